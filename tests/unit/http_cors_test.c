/* Goal: only origins that are listed exactly, and pages that are ours, get anything. */
#include "http_fixture.h"

#define LIST "https://a.example, https://b.example:8443,http://localhost:3000"

struct row {
        const char *origin;
        bool listed;
        bool trusted; /* for a change with a cookie, asked of Host almoner.example:8443 */
};

/* clang-format off */
static const struct row rows[] = {
        {"https://a.example",             true,  true},
        {"https://b.example:8443",        true,  true},
        {"http://localhost:3000",         true,  true},
        {"https://almoner.example:8443",  false, true},
        {"http://almoner.example:8443",   false, true},
        {"https://ALMONER.example:8443",  false, true},
        {"https://public.example",        false, true},
        {"https://public.example:444",    false, false},
        {"https://a.example.evil",        false, false},
        {"https://evil-a.example",        false, false},
        {"https://a.example:443",         false, false},
        {"http://a.example",              false, false},
        {"https://b.example",             false, false},
        {"https://almoner.example",       false, false},
        {"ftp://almoner.example:8443",    false, false},
        {"null",                          false, false},
        {"",                              false, false},
        {NULL,                            false, false},
};
/* clang-format on */

static void exact_origins(void **state)
{
        const struct site whole = {STR("almoner.example:8443"), STR("8443"),
                                   STR("https://public.example/path"), STR(LIST)};
        const struct site split = {STR("almoner.example"), STR("8443"),
                                   STR("https://public.example/path"), STR(LIST)};

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const struct str origin = str_of(rows[i].origin);
                const bool bare = str_is(origin, "https://almoner.example");

                assert_int_equal(cors_allows(STR(LIST), origin), rows[i].listed);
                assert_false(cors_allows(STR(""), origin));
                assert_int_equal(origin_trusted(origin, &whole), rows[i].trusted);
                assert_int_equal(origin_trusted(origin, &split), rows[i].trusted || bare);
        }
}

static void no_host_is_nobody(void **state)
{
        const struct site none = {STR(""), STR(""), STR("https://p.example"), STR("")};
        const struct site other = {STR("a"), STR("80"), STR(""), STR("")};

        (void)state;
        assert_false(origin_trusted(STR("https://"), &none));
        assert_true(origin_trusted(STR("https://p.example"), &none));
        assert_true(origin_trusted(STR("http://a:80"), &other));
        assert_false(origin_trusted(STR("http://a:8"), &other));
        assert_false(origin_trusted(STR("http://a;80"), &other));
        assert_false(origin_trusted(STR("http://b:80"), &other));
}

static void lists_in_headers(void **state)
{
        (void)state;
        assert_true(header_has(STR("a, Return=Minimal ;x=1"), STR("return=minimal")));
        assert_false(header_has(STR("return=minimalist"), STR("return=minimal")));
        assert_false(header_has((struct str){NULL, 0}, STR("x")));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(exact_origins),
                cmocka_unit_test(no_host_is_nobody),
                cmocka_unit_test(lists_in_headers),
        };

        return cmocka_run_group_tests_name("http cors", tests, NULL, NULL);
}
