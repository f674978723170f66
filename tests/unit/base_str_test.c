/**
 * Goal: slices: absent and empty, cutting, trimming, well-formed UTF-8 by the Unicode table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"

static void compares(void **state)
{
        const struct str absent = {NULL, 0};

        (void)state;
        assert_true(str_eq(absent, STR("")));
        assert_true(str_eq(STR("a\0b"), (struct str){"a\0b", 3}));
        assert_false(str_eq(STR("a\0b"), STR("a\0c")));
        assert_false(str_is(STR("ab"), "a"));
        assert_true(str_is(absent, ""));
        assert_null(str_of(NULL).ptr);
        assert_true(str_eq_nocase(STR("Bearer"), STR("bEARER")));
        assert_false(str_eq_nocase(STR("Bearer"), STR("Bearers")));
        assert_false(str_eq_nocase(STR("["), STR("{")));
        assert_false(str_eq_nocase(STR("É"), STR("é")));
        assert_true(str_starts(STR("prefix"), STR("pre")));
        assert_false(str_starts(STR("pre"), STR("prefix")));
        assert_true(str_starts(absent, STR("")));
        assert_true(str_is(str_skip(STR("abc"), 3), ""));
}

static void trims(void **state)
{
        static const struct {
                const char *text, *want;
        } rows[] = {
                {"", ""}, {"   ", ""}, {"x", "x"}, {" \t x y\r\n", "x y"}, {"\v\fa", "a"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                assert_true(str_is(str_trim(str_of(rows[i].text)), rows[i].want));
        assert_null(str_trim((struct str){NULL, 0}).ptr);
}

static void cuts(void **state)
{
        static const struct {
                const char *text;
                size_t pieces;
                const char *want[4];
        } rows[] = {
                {"a,,b", 3, {"a", "", "b"}}, {"", 1, {""}},     {",", 2, {"", ""}}, {"a", 1, {"a"}},
                {"a,", 2, {"a", ""}},        {NULL, 0, {NULL}},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct str rest = str_of(rows[i].text), piece;
                size_t n = 0;

                for (; str_cut(&rest, ',', &piece); n++) {
                        assert_true(n < rows[i].pieces);
                        assert_true(str_is(piece, rows[i].want[n]));
                }
                assert_int_equal(n, rows[i].pieces);
        }
}

static void knows_utf8(void **state)
{
        static const char *const good[] = {
                "",
                "plain",
                "\x7f",
                "\xc2\x80",
                "\xdf\xbf",
                "\xe0\xa0\x80",
                "\xed\x9f\xbf",
                "\xee\x80\x80",
                "\xef\xbf\xbf",
                "\xf0\x90\x80\x80",
                "\xf4\x8f\xbf\xbf",
                "é漢🦄",
        };
        static const char *const bad[] = {
                "\x80",             /* no start */
                "\xc0\xaf",         /* overlong */
                "\xc1\xbf",         /* overlong */
                "\xe0\x9f\xbf",     /* overlong */
                "\xf0\x8f\xbf\xbf", /* overlong */
                "\xed\xa0\x80",     /* surrogate */
                "\xed\xbf\xbf",     /* surrogate */
                "\xf4\x90\x80\x80", /* past U+10FFFF */
                "\xf5\x80\x80\x80", /* no start */
                "\xff",             /* no start */
                "\xe2\x82",         /* cut */
                "\xc3",             /* cut */
                "\xf0\x9f\xa6",     /* cut */
                "\xe2\x28\xa1",     /* broken in the middle */
                "\xf0\x9f\x28\x84", /* broken in the middle */
                "a\xc3z",           /* broken inside text */
        };

        (void)state;
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
                assert_true(str_utf8_valid(str_of(good[i])));
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_false(str_utf8_valid(str_of(bad[i])));
        assert_true(str_utf8_valid(STR("a\0b")));
        assert_true(str_utf8_valid((struct str){NULL, 0}));
}

static void counts_code_points(void **state)
{
        (void)state;
        assert_int_equal(str_utf8_length(STR("")), 0);
        assert_int_equal(str_utf8_length(STR("abc")), 3);
        assert_int_equal(str_utf8_length(STR("é漢🦄")), 3);
}

static void puts_what_fits(void **state)
{
        char out[4];

        (void)state;
        str_put(out, sizeof(out), STR("abc"));
        assert_string_equal(out, "abc");
        str_put(out, sizeof(out), STR("abcd"));
        assert_string_equal(out, "abc");
        str_put(out, sizeof(out), STR(""));
        assert_string_equal(out, "");
        str_put(out, sizeof(out), STR("a"));
        str_put(out, sizeof(out), (struct str){NULL, 0});
        assert_string_equal(out, "");
        str_put(out, 1, STR("abc"));
        assert_string_equal(out, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(compares),
                cmocka_unit_test(trims),
                cmocka_unit_test(cuts),
                cmocka_unit_test(knows_utf8),
                cmocka_unit_test(counts_code_points),
                cmocka_unit_test(puts_what_fits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
