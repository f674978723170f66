/**
 * time.h: points in time and calendar days. UTC only; RFC 3339 is the text form.
 */
#ifndef ALMONER_BASE_TIME_H
#define ALMONER_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/** Milliseconds since 1970-01-01T00:00:00Z, negative before; years 0001 to 9999. */
typedef int64_t time_ms;

/** Days since 1970-01-01 in the proleptic Gregorian calendar. */
typedef int32_t day_number;

struct civil {
        int year;       /* 1..9999 */
        int month, day; /* 1..12, 1..31 */
        int hour, minute, second, ms;
};

enum { TIME_TEXT_SIZE = sizeof("2024-01-18T10:30:00.123Z"), DATE_TEXT_SIZE = sizeof("2024-01-18") };

/** time_now(): the wall clock now. */
time_ms time_now(void);

/** time_now_second(): the wall clock cut to a whole second: created_at and updated_at of records.
 */
time_ms time_now_second(void);

/** time_monotonic_us(): microseconds of a clock that never steps back; for durations only. */
int64_t time_monotonic_us(void);

/**
 * time_parse(text, out): RFC 3339 date-time with "T", "t" or blank between, fraction of 1 to 9
 * digits (cut to milliseconds) and "Z", "z" or an offset. A leap second counts as the second after.
 * Without offset (naive ISO 8601) the time is taken as UTC. False when malformed, or outside
 * years 1..9999.
 */
bool time_parse(struct str text, time_ms *out);

/** time_format(time, text): "2024-01-18T10:30:00Z", with ".123" when milliseconds are not zero. */
struct str time_format(time_ms time, char text[static TIME_TEXT_SIZE]);

/** date_parse(text, out): "YYYY-MM-DD" that exists in the calendar. */
bool date_parse(struct str text, day_number *out);

struct str date_format(day_number day, char text[static DATE_TEXT_SIZE]);

struct civil time_civil(time_ms time);
time_ms time_from_civil(const struct civil *civil);
day_number date_of(time_ms time);
time_ms date_start(day_number day);

/** time_http(time, text): "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, IMF-fixdate); text of 30
 * bytes. */
struct str time_http(time_ms time, char text[static 30]);

#endif
