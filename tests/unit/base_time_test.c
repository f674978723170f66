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
        {"2024-01-18T10:30:00.1Z", "2024-01-18T10:30:00.100Z"},
        {"2024-01-18T10:30:00.12Z", "2024-01-18T10:30:00.120Z"},
        {"2024-01-18T10:30:00.1239Z", "2024-01-18T10:30:00.123Z"},
        {"2024-01-18T10:30:00.000999Z", "2024-01-18T10:30:00Z"},
        {"2024-01-18T10:30:00.5", "2024-01-18T10:30:00.500Z"},
        {"2024-01-18T10:30:00.Z", NULL},
        {"2024-01-18T10:30:00,5Z", NULL},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
        {"2016-12-31T18:59:60.25-05:00", "2017-01-01T00:00:00.250Z"},
        {"9999-12-31T23:59:60Z", NULL},
        {"2024-01-18T10:30:61Z", NULL},
        {"2024-01-18T24:00:00Z", NULL},
        {"2024-01-18T10:60:00Z", NULL},
        {"2024-13-01T00:00:00Z", NULL},
        {"2024-00-01T00:00:00Z", NULL},
        {"2024-01-18T10:30:00+25:00", NULL},
        {"2024-01-18T10:30:00+24:00", NULL},
        {"2024-01-18T10:30:00+02:60", NULL},
        {"2024-01-18T10:30:00+23:59", "2024-01-17T10:31:00Z"},
        {"2024-01-18T10:30:00-23:59", "2024-01-19T10:29:00Z"},
        {"2024-01-18T10:30:00-00:00", "2024-01-18T10:30:00Z"},
        {"2024-02-29T23:30:00-00:30", "2024-03-01T00:00:00Z"},
        {"2024-01-18T10:30:00+0200", NULL},
        {"2024-01-18T10:30:00+02", NULL},
        {"2024-01-18T10:30:00Z ", NULL},
        {" 2024-01-18T10:30:00Z", NULL},
        {"2024-01-18T10:30:00ZZ", NULL},
        {"2024-01-18X10:30:00Z", NULL},
        {"24-01-18T10:30:00Z", NULL},
        {"+2024-01-18T10:30:00Z", NULL},
        {"2024-1-18T10:30:00Z", NULL},
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

static void test_dates(void **state)
{
        static const char *const bad[] = {"2023-02-29", "2024-04-31", "2024-01-00",
                                          "0000-01-01", "2024-1-01",  "2024-01-01T00:00:00Z",
                                          "20240101",   "",           "2024-01-011",
                                          "2024/01/01", "10000-01-01"};
        day_number day = 4711;

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_false(date_parse(str_of(bad[i]), &day));
        assert_int_equal(day, 4711);
        assert_true(date_parse(STR("1970-01-01"), &day));
        assert_int_equal(day, 0);
        assert_true(date_parse(STR("1969-12-31"), &day));
        assert_int_equal(day, -1);
        assert_int_equal(date_of(-1), -1);
        assert_int_equal(date_of(0), 0);
}

static void test_civil(void **state)
{
        const struct civil c = time_civil(-1);
        const struct civil leap = {2024, 2, 29, 12, 34, 56, 789};
        struct civil back;

        (void)state;
        assert_int_equal(c.year, 1969);
        assert_int_equal(c.month, 12);
        assert_int_equal(c.day, 31);
        assert_int_equal(c.hour, 23);
        assert_int_equal(c.minute, 59);
        assert_int_equal(c.second, 59);
        assert_int_equal(c.ms, 999);
        assert_int_equal(time_from_civil(&c), -1);
        assert_int_equal(time_from_civil(&leap), 1709210096789);
        back = time_civil(1709210096789);
        assert_memory_equal(&back, &leap, sizeof(leap));
}

static void test_clocks(void **state)
{
        const int64_t before = time_monotonic_us();
        time_ms second;

        (void)state;
        assert_true(time_now() > 1700000000000);
        second = time_now_second();
        assert_int_equal(second % 1000, 0);
        assert_true(time_now() - second < 5000);
        assert_true(time_monotonic_us() >= before);
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
                cmocka_unit_test(test_times),  cmocka_unit_test(test_known_times),
                cmocka_unit_test(test_dates),  cmocka_unit_test(test_civil),
                cmocka_unit_test(test_clocks), cmocka_unit_test(test_every_day),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
