/**
 * time.c: fuzz target: RFC 3339 times and calendar days. What is taken lies inside the years 1 to
 * 9999, comes out in one form only, and that form is read back as the same point in time.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
        if (!holds)
                abort();
}

static void check_civil(time_ms time)
{
        const struct civil c = time_civil(time);

        require(c.year >= 1 && c.year <= 9999 && c.month >= 1 && c.month <= 12 && c.day >= 1 &&
                c.day <= 31);
        require(c.hour >= 0 && c.hour <= 23 && c.minute >= 0 && c.minute <= 59 && c.second >= 0 &&
                c.second <= 59 && c.ms >= 0 && c.ms <= 999);
        require(time_from_civil(&c) == time);
}

static void check_time(time_ms time)
{
        char text[TIME_TEXT_SIZE], again_text[TIME_TEXT_SIZE], http[30];
        const struct str printed = time_format(time, text);
        time_ms again;

        require(printed.len == strlen(text) && printed.len < TIME_TEXT_SIZE);
        require(time_parse(printed, &again) && again == time);
        require(str_eq(time_format(again, again_text), printed));
        require(time_http(time, http).len == 29 && strlen(http) == 29);
        require(date_start(date_of(time)) <= time && time < date_start(date_of(time) + 1));
        check_civil(time);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct str text = {(const char *)data, size};
        char date[DATE_TEXT_SIZE];
        day_number day;
        time_ms time;

        if (time_parse(text, &time))
                check_time(time);
        if (date_parse(text, &day)) {
                require(str_eq(date_format(day, date), text));
                require(date_of(date_start(day)) == day);
        }
        return 0;
}
