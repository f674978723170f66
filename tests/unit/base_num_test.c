/**
 * Goal: the one checked way from text to a number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/num.h"

static void reads_decimal_integers_alone(void **state)
{
        static const struct {
                const char *text;
                bool want;
                int64_t value;
        } rows[] = {
                {"0", true, 0},
                {"-1", true, -1},
                {"-0", true, 0},
                {"007", true, 7},
                {"9223372036854775807", true, INT64_MAX},
                {"-9223372036854775808", true, INT64_MIN},
                {"9223372036854775808", false, 0},
                {"-9223372036854775809", false, 0},
                {"", false, 0},
                {"-", false, 0},
                {"--1", false, 0},
                {"+1", false, 0},
                {" 1", false, 0},
                {"1 ", false, 0},
                {"1.0", false, 0},
                {"0x1", false, 0},
                {"١", false, 0},
        };
        int64_t value;

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                assert_int_equal(num_parse(str_of(rows[i].text), INT64_MIN, INT64_MAX, &value),
                                 rows[i].want);
                if (rows[i].want)
                        assert_int_equal(value, rows[i].value);
        }
}

static void keeps_to_the_bounds(void **state)
{
        static const struct {
                const char *text;
                int64_t min, max;
                bool want;
        } rows[] = {
                {"100", 0, 100, true}, {"101", 0, 100, false}, {"0", 0, 100, true},
                {"-1", 0, 100, false}, {"-5", -5, -5, true},   {"-4", -5, -5, false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                int64_t value = 4711;

                assert_int_equal(num_parse(str_of(rows[i].text), rows[i].min, rows[i].max, &value),
                                 rows[i].want);
                if (!rows[i].want)
                        assert_int_equal(value, 4711);
        }
}

static void stops_at_the_length(void **state)
{
        int64_t value;

        (void)state;
        assert_true(num_parse((struct str){"12345", 2}, 0, 1000, &value));
        assert_int_equal(value, 12);
        assert_false(num_parse((struct str){NULL, 0}, 0, 1000, &value));
        assert_false(num_parse((struct str){"1\0", 2}, 0, 1000, &value));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_decimal_integers_alone),
                cmocka_unit_test(keeps_to_the_bounds),
                cmocka_unit_test(stops_at_the_length),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
