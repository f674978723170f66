/**
 * Goal: only public addresses are connected to, in whatever clothes a private one comes, and what
 * the operator lists.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "webhook/webhook.h"

static void address_of(const char *text, struct sockaddr_storage *out)
{
        struct sockaddr_in in = {.sin_family = AF_INET};
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

        if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
                memcpy(out, &in, sizeof(in));
                return;
        }
        assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
        memcpy(out, &in6, sizeof(in6));
}

static bool good(const char *text, const char *list)
{
        struct sockaddr_storage address;
        struct webhook_allow allow;

        assert_true(webhook_allow_parse(str_of(list), &allow));
        address_of(text, &address);
        return webhook_address_good(&allow, (const struct sockaddr *)&address);
}

static const struct {
        const char *address;
        bool want;
} addresses[] = {
        {"1.1.1.1", true},
        {"8.8.8.8", true},
        {"100.63.255.255", true},
        {"100.128.0.0", true},
        {"172.15.255.255", true},
        {"172.32.0.0", true},
        {"192.167.255.255", true},
        {"198.17.255.255", true},
        {"223.255.255.255", true},
        {"0.0.0.0", false},
        {"0.1.2.3", false},
        {"10.0.0.1", false},
        {"10.255.255.255", false},
        {"100.64.0.1", false},
        {"100.127.255.255", false},
        {"127.0.0.1", false},
        {"127.255.255.254", false},
        {"169.254.169.254", false},
        {"172.16.0.1", false},
        {"172.31.255.255", false},
        {"192.0.0.8", false},
        {"192.0.2.1", false},
        {"192.88.99.1", false},
        {"192.168.1.1", false},
        {"198.18.0.1", false},
        {"198.19.255.255", false},
        {"198.51.100.7", false},
        {"203.0.113.7", false},
        {"224.0.0.1", false},
        {"239.255.255.255", false},
        {"240.0.0.1", false},
        {"255.255.255.255", false},
        {"2606:4700:4700::1111", true},
        {"2a00:1450::1", true},
        {"::", false},
        {"::1", false},
        {"::7f00:1", false},         /* IPv4-compatible, deprecated */
        {"::ffff:127.0.0.1", false}, /* mapped */
        {"::ffff:10.0.0.1", false},
        {"::ffff:169.254.169.254", false},
        {"::ffff:8.8.8.8", true},
        {"64:ff9b::10.0.0.1", false}, /* NAT64 */
        {"64:ff9b::169.254.169.254", false},
        {"64:ff9b::8.8.8.8", true},
        {"64:ff9b:1::8.8.8.8", false}, /* local NAT64 */
        {"2002:7f00:1::", false},      /* 6to4 of 127.0.0.1 */
        {"2002:a00:1::1", false},
        {"2002:808:808::1", true},
        {"2001::1", false}, /* Teredo */
        {"2001:db8::1", false},
        {"3fff::1", false},
        {"3fff:1000::1", true},
        {"fc00::1", false},
        {"fd00:ec2::254", false}, /* a cloud's metadata */
        {"fe80::1", false},
        {"fec0::1", false},
        {"ff02::1", false},
        {"100::1", false},
        {"4000::1", false},
};

static void only_public_addresses_are_good(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
                if (good(addresses[i].address, "") != addresses[i].want)
                        fail_msg("%s", addresses[i].address);
}

static void listed_networks_go_before(void **state)
{
        static const struct {
                const char *list, *address;
                bool want;
        } rows[] = {
                {"127.0.0.9", "127.0.0.9", true},
                {"127.0.0.9", "127.0.0.8", false},
                {"127.0.0.9", "::ffff:127.0.0.9", true},
                {"10.0.0.0/8, 192.168.4.0/22", "10.200.1.1", true},
                {"10.0.0.0/8, 192.168.4.0/22", "192.168.7.255", true},
                {"10.0.0.0/8, 192.168.4.0/22", "192.168.8.0", false},
                {"fd12::/16", "fd12:ffff::1", true},
                {"fd12::/16", "fd13::1", false},
                {"::/0", "fe80::1", true},
                {"0.0.0.0/0", "127.0.0.1", true},
                {"0.0.0.0/0", "::1", false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (good(rows[i].address, rows[i].list) != rows[i].want)
                        fail_msg("%s of %s", rows[i].address, rows[i].list);
}

static void malformed_lists_are_refused(void **state)
{
        static const char *const rows[] = {
                "10.0.0.0/33", "10.0.0.1/8", "10.0.0/8",    "fd12::/129",
                "fd12::1/16",  "10.0.0.0/",  "10.0.0.0/-1", "10.0.0.0/8,",
                ",10.0.0.0",   "localhost",  "10.0.0.0 /8", "10.0.0.0/8/8",
        };
        char many[33 * 9] = "";
        struct webhook_allow allow;

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (webhook_allow_parse(str_of(rows[i]), &allow))
                        fail_msg("%s", rows[i]);
        for (size_t i = 0; i < 33; i++)
                memcpy(many + 9 * i, i < 32 ? "10.0.0.1," : "10.0.0.1", i < 32 ? 9 : 8);
        assert_false(webhook_allow_parse((struct str){many, 33 * 9 - 1}, &allow));
        assert_true(webhook_allow_parse((struct str){many, 32 * 9 - 1}, &allow));
        assert_int_equal(allow.count, 32);
}

static void urls_are_judged(void **state)
{
        static const struct {
                const char *url, *want;
        } rows[] = {
                {"https://partner.example/hooks?x=1", NULL},
                {"https://partner.example:8443", NULL},
                {"HTTPS://PARTNER.EXAMPLE/", NULL},
                {"https://8.8.8.8/", NULL},
                {"https://[2606:4700:4700::1111]:443/", NULL},
                {"http://127.0.0.9:81/", NULL},
                {"https://127.0.0.9/", NULL},
                {"http://partner.example/", "must use https"},
                {"http://8.8.8.8/", "must use https"},
                {"http://127.0.0.10/", "must use https"},
                {"ftp://127.0.0.9/", "must use https"},
                {"file:///etc/passwd", "must be a URL"},
                {"gopher://127.0.0.9/", "must use https"},
                {"javascript:alert(1)", "must be a URL"},
                {"", "must be a URL"},
                {"https://", "must be a URL"},
                {"https:// space.example/", "must be a URL"},
                {"https://partner.example/\r\nx: y", "must be a URL"},
                {"https://a:b@partner.example/", "must have neither user nor fragment"},
                {"https://partner.example/#x", "must have neither user nor fragment"},
                {"https://10.0.0.1/", "must not name a private address"},
                {"https://0x7f.1/", "must not name a private address"},
                {"https://0177.0.0.1/", "must not name a private address"},
                {"https://2130706433/", "must not name a private address"},
                {"https://127.1/", "must not name a private address"},
                {"https://127./", "must not name a private address"},
                {"https://[::1]/", "must not name a private address"},
                {"https://[::ffff:7f00:1]/", "must not name a private address"},
                {"https://[fe80::1%25eth0]/", "must not name a private address"},
        };
        struct webhook_allow allow;

        (void)state;
        assert_true(webhook_allow_parse(STR("127.0.0.9"), &allow));
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const char *fault = webhook_url_fault(rows[i].url, &allow, NULL);

                if (!str_eq(str_of(fault), str_of(rows[i].want)))
                        fail_msg("%s: %s", rows[i].url, fault ? fault : "taken");
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(only_public_addresses_are_good),
                cmocka_unit_test(listed_networks_go_before),
                cmocka_unit_test(malformed_lists_are_refused),
                cmocka_unit_test(urls_are_judged),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
