/**
 * Goal: points in time and days by RFC 3339, at their edges.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/time.h"

static const struct {
        const char *text, *want; /* NULL: refused */
} times[] = {
        {"2024-01-18T10:30:00Z", "2024-01-18T10:30:00Z"},
        {"2024-01-18t10:30:00z", "2024-01-18T10:30:00Z"},
        {"2024-01-18 10:30:00Z", "2024-01-18T10:30:00Z"},
        {"2024-01-18T10:30:00", "2024-01-18T10:30:00Z"},
        {"2024-01-18T10:30:00+02:00", "2024-01-18T08:30:00Z"},
        {"2024-01-01T00:30:00+01:00", "2023-12-31T23:30:00Z"},
        {"2024-12-31T23:30:00-01:00", "2025-01-01T00:30:00Z"},
        {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
        {"2023-02-29T00:00:00Z", NULL},
        {"1900-02-29T00:00:00Z", NULL},
        {"2000-02-29T12:00:00.5Z", "2000-02-29T12:00:00.500Z"},
        {"2024-01-18T10:30:00.123456789Z", "2024-01-18T10:30:00.123Z"},
        {"2024-01-18T10:30:00.1234567890Z", NULL},
        {"2024-01-18T10:30:00.Z", NULL},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
        {"2024-01-18T24:00:00Z", NULL},
        {"2024-01-18T10:60:00Z", NULL},
        {"2024-13-01T00:00:00Z", NULL},
        {"2024-00-01T00:00:00Z", NULL},
        {"2024-01-18T10:30:00+25:00", NULL},
        {"2024-01-18T10:30:00+0200", NULL},
        {"2024-01-18T10:30Z", NULL},
        {"2024-01-18", NULL},
        {"", NULL},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
        {"0001-01-01T00:00:00+00:01", NULL},
        {"0000-12-31T00:00:00Z", NULL},
        {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
        {"9999-12-31T23:59:59-00:01", NULL},
        {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
};

static void test_times(void **state)
{
        char text[TIME_TEXT_SIZE];
        time_ms time;

        (void)state;
        for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
                assert_int_equal(time_parse(str_of(times[i].text), &time), times[i].want != NULL);
                if (times[i].want)
                        assert_string_equal(time_format(time, text).ptr, times[i].want);
        }
}

static void test_known_times(void **state)
{
        time_ms time;
        char text[30];

        (void)state;
        assert_true(time_parse(STR("1970-01-01T00:00:00Z"), &time));
        assert_int_equal(time, 0);
        assert_true(time_parse(STR("2001-09-09T01:46:40Z"), &time));
        assert_int_equal(time, 1000000000000);
        assert_string_equal(time_http(784111777000, text).ptr, "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_string_equal(time_http(0, text).ptr, "Thu, 01 Jan 1970 00:00:00 GMT");
}

static void test_every_day(void **state)
{
        char text[DATE_TEXT_SIZE];
        day_number first, last, parsed;

        (void)state;
        assert_true(date_parse(STR("0001-01-01"), &first));
        assert_true(date_parse(STR("9999-12-31"), &last));
        assert_int_equal(last - first, 3652058);
        for (day_number day = first; day <= last; day++) {
                assert_true(date_parse(date_format(day, text), &parsed));
                assert_int_equal(parsed, day);
                assert_int_equal(date_of(date_start(day)), day);
                assert_int_equal(date_of(date_start(day) + 86399999), day);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_times),
                cmocka_unit_test(test_known_times),
                cmocka_unit_test(test_every_day),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
