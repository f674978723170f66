/**
 * address.c: which addresses may be connected to.
 */
#include "webhook/webhook.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/num.h"

enum { MAPPED_BITS = 96, TEXT_SIZE = INET6_ADDRSTRLEN };

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

/* What is not global unicast, of IPv4 (RFC 6890 and its successors' registry). */
static const struct {
        uint8_t bytes[4];
        unsigned bits;
} special4[] = {
        {{0, 0, 0, 0}, 8},       /* this network */
        {{10, 0, 0, 0}, 8},      /* private */
        {{100, 64, 0, 0}, 10},   /* shared: carrier-grade NAT */
        {{127, 0, 0, 0}, 8},     /* loopback */
        {{169, 254, 0, 0}, 16},  /* link-local, and clouds' metadata */
        {{172, 16, 0, 0}, 12},   /* private */
        {{192, 0, 0, 0}, 24},    /* protocol assignments */
        {{192, 0, 2, 0}, 24},    /* documentation */
        {{192, 88, 99, 0}, 24},  /* 6to4 relays */
        {{192, 168, 0, 0}, 16},  /* private */
        {{198, 18, 0, 0}, 15},   /* benchmarks */
        {{198, 51, 100, 0}, 24}, /* documentation */
        {{203, 0, 113, 0}, 24},  /* documentation */
        {{224, 0, 0, 0}, 3},     /* multicast, reserved, broadcast */
};

/* What is not, of 2000::/3; everything outside is not. */
static const struct webhook_network special6[] = {
        {{0x20, 0x01}, 23},             /* protocol assignments, Teredo */
        {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
        {{0x3f, 0xff}, 20},             /* documentation */
};

static const struct webhook_network global6 = {{0x20}, 3};

/* Addresses that hold an IPv4 one, from byte ${at}: that one is reached in the end. */
static const struct {
        struct webhook_network network;
        size_t at;
} holders[] = {
        {{{[10] = 0xff, [11] = 0xff}, MAPPED_BITS}, 12}, /* mapped */
        {{{0x00, 0x64, 0xff, 0x9b}, MAPPED_BITS}, 12},   /* NAT64, RFC 6052 */
        {{{0x20, 0x02}, 16}, 2},                         /* 6to4 */
};

static bool within(const uint8_t *address, const uint8_t *network, unsigned bits)
{
        const size_t whole = bits / 8;
        const unsigned rest = bits % 8;

        return memcmp(address, network, whole) == 0 &&
               (rest == 0 || ((address[whole] ^ network[whole]) >> (8 - rest)) == 0);
}

static bool good4(const uint8_t *address)
{
        for (size_t i = 0; i < sizeof(special4) / sizeof(special4[0]); i++)
                if (within(address, special4[i].bytes, special4[i].bits))
                        return false;
        return true;
}

static bool good6(const uint8_t *address)
{
        for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++)
                if (within(address, holders[i].network.bytes, holders[i].network.bits))
                        return good4(address + holders[i].at);
        if (!within(address, global6.bytes, global6.bits))
                return false;
        for (size_t i = 0; i < sizeof(special6) / sizeof(special6[0]); i++)
                if (within(address, special6[i].bytes, special6[i].bits))
                        return false;
        return true;
}

static bool bytes_of(const struct sockaddr *address, uint8_t out[static 16])
{
        struct sockaddr_in in;
        struct sockaddr_in6 in6;

        if (address->sa_family == AF_INET) {
                memcpy(&in, address, sizeof(in));
                memcpy(out, mapped, sizeof(mapped));
                memcpy(out + sizeof(mapped), &in.sin_addr, 4);
                return true;
        }
        if (address->sa_family != AF_INET6)
                return false;
        memcpy(&in6, address, sizeof(in6));
        memcpy(out, &in6.sin6_addr, 16);
        return true;
}

static bool listed(const struct webhook_allow *allow, const uint8_t *bytes)
{
        for (size_t i = 0; i < allow->count; i++)
                if (within(bytes, allow->networks[i].bytes, allow->networks[i].bits))
                        return true;
        return false;
}

bool webhook_address_listed(const struct webhook_allow *allow, const struct sockaddr *address)
{
        uint8_t bytes[16];

        return bytes_of(address, bytes) && listed(allow, bytes);
}

bool webhook_address_good(const struct webhook_allow *allow, const struct sockaddr *address)
{
        uint8_t bytes[16];

        return bytes_of(address, bytes) && (listed(allow, bytes) || good6(bytes));
}

static bool zero_after(const struct webhook_network *network)
{
        for (unsigned bit = network->bits; bit < 128; bit++)
                if (network->bytes[bit / 8] & 0x80u >> bit % 8)
                        return false;
        return true;
}

static bool network_parse(struct str text, struct webhook_network *out)
{
        char host[TEXT_SIZE];
        struct str address;
        int64_t bits = -1;
        bool four;

        (void)str_cut(&text, '/', &address);
        if (address.len == 0 || address.len >= sizeof(host) ||
            (text.ptr && !num_parse(text, 0, 128, &bits)))
                return false;
        memcpy(host, address.ptr, address.len);
        host[address.len] = '\0';
        memset(out, 0, sizeof(*out));
        four = inet_pton(AF_INET, host, out->bytes + sizeof(mapped)) == 1;
        if (four)
                memcpy(out->bytes, mapped, sizeof(mapped));
        else if (inet_pton(AF_INET6, host, out->bytes) != 1)
                return false;
        if (bits > (four ? 32 : 128))
                return false;
        out->bits = bits < 0 ? 128 : (unsigned)bits + (four ? (unsigned)MAPPED_BITS : 0);
        return strlen(host) == address.len && zero_after(out);
}

bool webhook_allow_parse(struct str text, struct webhook_allow *out)
{
        struct str piece;

        out->count = 0;
        text = str_trim(text);
        if (text.len == 0)
                return true;
        while (str_cut(&text, ',', &piece)) {
                if (out->count == WEBHOOK_NETWORKS_MAX ||
                    !network_parse(str_trim(piece), &out->networks[out->count]))
                        return false;
                out->count++;
        }
        return true;
}
