/**
 * time.c: the proleptic Gregorian calendar and RFC 3339, without the C library's time zones.
 */
#include "base/time.h"

#include <time.h>

enum { DAY_MS = 86400000, YEAR_MAX = 9999 };

static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

time_ms time_now(void)
{
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        return (time_ms)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

time_ms time_now_second(void)
{
        return time_now() / 1000 * 1000;
}

int64_t time_monotonic_us(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Days from 1970-01-01, counting years from March so that the leap day comes last. */
static day_number days_from_civil(int year, int month, int day)
{
        const int y = month <= 2 ? year - 1 : year;
        const int era = (y >= 0 ? y : y - 399) / 400;
        const int year_of_era = y - era * 400;
        const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        const int day_of_era =
                year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

        return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(day_number days, struct civil *out)
{
        const int shifted = days + 719468;
        const int era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
        const int doe = shifted - era * 146097;
        const int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
        const int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        const int mp = (5 * doy + 2) / 153;

        out->day = doy - (153 * mp + 2) / 5 + 1;
        out->month = mp < 10 ? mp + 3 : mp - 9;
        out->year = yoe + era * 400 + (out->month <= 2);
}

struct civil time_civil(time_ms time)
{
        struct civil c = {0};
        day_number day = date_of(time);
        int rest = (int)(time - date_start(day));

        civil_from_days(day, &c);
        c.ms = rest % 1000;
        c.second = rest / 1000 % 60;
        c.minute = rest / 60000 % 60;
        c.hour = rest / 3600000;
        return c;
}

time_ms time_from_civil(const struct civil *c)
{
        const time_ms in_day =
                ((c->hour * 60 + c->minute) * 60 + c->second) * (time_ms)1000 + c->ms;

        return date_start(days_from_civil(c->year, c->month, c->day)) + in_day;
}

day_number date_of(time_ms time)
{
        return (day_number)((time >= 0 ? time : time - (DAY_MS - 1)) / DAY_MS);
}

time_ms date_start(day_number day)
{
        return (time_ms)day * DAY_MS;
}

static bool is_leap(int year)
{
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool date_exists(const struct civil *c)
{
        return c->year >= 1 && c->year <= YEAR_MAX && c->month >= 1 && c->month <= 12 &&
               c->day >= 1 &&
               c->day <= month_days[c->month - 1] + (c->month == 2 && is_leap(c->year));
}

/* Exactly ${count} digits from the start of ${rest}. */
static bool take_digits(struct str *rest, size_t count, int *out)
{
        int value = 0;

        if (rest->len < count)
                return false;
        for (size_t i = 0; i < count; i++) {
                if (rest->ptr[i] < '0' || rest->ptr[i] > '9')
                        return false;
                value = value * 10 + (rest->ptr[i] - '0');
        }
        *rest = str_skip(*rest, count);
        *out = value;
        return true;
}

static bool take_char(struct str *rest, const char *any_of)
{
        if (rest->len == 0 || rest->ptr[0] == '\0' || !strchr(any_of, rest->ptr[0]))
                return false;
        *rest = str_skip(*rest, 1);
        return true;
}

static bool take_date(struct str *rest, struct civil *c)
{
        return take_digits(rest, 4, &c->year) && take_char(rest, "-") &&
               take_digits(rest, 2, &c->month) && take_char(rest, "-") &&
               take_digits(rest, 2, &c->day) && date_exists(c);
}

static bool take_fraction(struct str *rest, int *ms)
{
        int digits = 0, scale = 100;

        *ms = 0;
        for (; rest->len && rest->ptr[0] >= '0' && rest->ptr[0] <= '9'; digits++, scale /= 10) {
                *ms += (rest->ptr[0] - '0') * scale;
                *rest = str_skip(*rest, 1);
        }
        return digits >= 1 && digits <= 9;
}

/* "Z" or an offset, in minutes east of UTC; nothing at all counts as UTC. */
static bool take_offset(struct str *rest, int *minutes)
{
        int sign, hour, minute;

        *minutes = 0;
        if (rest->len == 0 || take_char(rest, "Zz"))
                return rest->len == 0;
        sign = rest->ptr[0] == '-' ? -1 : 1;
        if (!take_char(rest, "+-") || !take_digits(rest, 2, &hour) || !take_char(rest, ":") ||
            !take_digits(rest, 2, &minute) || hour > 23 || minute > 59)
                return false;
        *minutes = sign * (hour * 60 + minute);
        return rest->len == 0;
}

bool time_parse(struct str text, time_ms *out)
{
        struct civil c = {0};
        time_ms time;
        int offset;

        if (!take_date(&text, &c) || !take_char(&text, "Tt ") || !take_digits(&text, 2, &c.hour) ||
            !take_char(&text, ":") || !take_digits(&text, 2, &c.minute) || !take_char(&text, ":") ||
            !take_digits(&text, 2, &c.second))
                return false;
        if (c.hour > 23 || c.minute > 59 || c.second > 60)
                return false;
        if (take_char(&text, ".") && !take_fraction(&text, &c.ms))
                return false;
        if (!take_offset(&text, &offset))
                return false;
        time = time_from_civil(&c) - (time_ms)offset * 60000;
        c = time_civil(time);
        if (c.year < 1 || c.year > YEAR_MAX)
                return false;
        *out = time;
        return true;
}

static char *put_digits(char *to, int value, int count)
{
        for (int i = count - 1; i >= 0; i--, value /= 10)
                to[i] = (char)('0' + value % 10);
        return to + count;
}

static char *put_date(char *to, const struct civil *c)
{
        to = put_digits(to, c->year, 4);
        *to++ = '-';
        to = put_digits(to, c->month, 2);
        *to++ = '-';
        return put_digits(to, c->day, 2);
}

static char *put_clock(char *to, const struct civil *c)
{
        to = put_digits(to, c->hour, 2);
        *to++ = ':';
        to = put_digits(to, c->minute, 2);
        *to++ = ':';
        return put_digits(to, c->second, 2);
}

struct str time_format(time_ms time, char text[static TIME_TEXT_SIZE])
{
        const struct civil c = time_civil(time);
        char *to = put_date(text, &c);

        *to++ = 'T';
        to = put_clock(to, &c);
        if (c.ms) {
                *to++ = '.';
                to = put_digits(to, c.ms, 3);
        }
        *to++ = 'Z';
        *to = '\0';
        return (struct str){text, (size_t)(to - text)};
}

bool date_parse(struct str text, day_number *out)
{
        struct civil c = {0};

        if (!take_date(&text, &c) || text.len)
                return false;
        *out = days_from_civil(c.year, c.month, c.day);
        return true;
}

struct str date_format(day_number day, char text[static DATE_TEXT_SIZE])
{
        struct civil c = {0};

        civil_from_days(day, &c);
        *put_date(text, &c) = '\0';
        return (struct str){text, DATE_TEXT_SIZE - 1};
}

struct str time_http(time_ms time, char text[static 30])
{
        static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */
        static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
        const struct civil c = time_civil(time);
        char *to = text;

        memcpy(to, days + ((date_of(time) % 7 + 7) % 7) * 3, 3);
        memcpy(to + 3, ", ", 2);
        to = put_digits(to + 5, c.day, 2);
        *to++ = ' ';
        memcpy(to, months + (c.month - 1) * 3, 3);
        to[3] = ' ';
        to = put_digits(to + 4, c.year, 4);
        *to++ = ' ';
        to = put_clock(to, &c);
        memcpy(to, " GMT", 5);
        return (struct str){text, (size_t)(to - text) + 4};
}
