/**
 * zone.c: see zone.h. Changes of the offset are found by asking for it week by week and halving the
 * week in which it differs; every rule of a zone comes from the system's database.
 */
#include "report/zone.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { DAY = 86400, STEP = 7 * DAY };

static void use_system_zones(void)
{
        icaltimezone_set_builtin_tzdata(0);
}

icaltimezone *zone_find(struct str text, char name[static ZONE_NAME_SIZE])
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;

        pthread_once(&once, use_system_zones);
        if (text.len == 0 || text.len >= ZONE_NAME_SIZE)
                return NULL;
        snprintf(name, ZONE_NAME_SIZE, "%.*s", STR_ARG(text));
        return icaltimezone_get_builtin_timezone(name);
}

static int offset_at(icaltimezone *zone, int64_t at, int *is_dst)
{
        icaltimetype time =
                icaltime_from_timet_with_zone((time_t)at, 0, icaltimezone_get_utc_timezone());

        return icaltimezone_get_utc_offset_of_utc_time(zone, &time, is_dst);
}

bool zone_ambiguous(icaltimezone *zone, time_ms at)
{
        const int64_t now = at / 1000;
        int is_dst;
        const int offset = offset_at(zone, now, &is_dst);

        for (int side = -1; side <= 1; side += 2) {
                const int other = offset_at(zone, now + side * DAY / 4, &is_dst);
                const int64_t again = now + offset - other;

                if (other != offset && offset_at(zone, again, &is_dst) == other)
                        return true;
        }
        return false;
}

/* The first second of the new offset, after ${low} and not after ${high}. */
static int64_t halve(icaltimezone *zone, int64_t low, int64_t high)
{
        int is_dst;
        const int old = offset_at(zone, low, &is_dst);

        while (high - low > 1) {
                const int64_t middle = low + (high - low) / 2;

                if (offset_at(zone, middle, &is_dst) == old)
                        low = middle;
                else
                        high = middle;
        }
        return high;
}

/* DTSTART is the wall clock just before the change. */
static bool add_observance(icalcomponent *component, int64_t at, int before, int after, bool is_dst)
{
        icaltimetype start = icaltime_from_timet_with_zone((time_t)(at + before), 0,
                                                           icaltimezone_get_utc_timezone());
        icalcomponent *observance =
                is_dst ? icalcomponent_new_xdaylight() : icalcomponent_new_xstandard();

        if (!observance)
                return false;
        start.zone = NULL;
        icalcomponent_add_property(observance, icalproperty_new_dtstart(start));
        icalcomponent_add_property(observance, icalproperty_new_tzoffsetfrom(before));
        icalcomponent_add_property(observance, icalproperty_new_tzoffsetto(after));
        icalcomponent_add_component(component, observance);
        return true;
}

icalcomponent *zone_component(const char *name, time_ms from, time_ms to)
{
        char copy[ZONE_NAME_SIZE];
        icaltimezone *zone = zone_find(str_of(name), copy);
        icalcomponent *component = zone ? icalcomponent_new_vtimezone() : NULL;
        int64_t at = from / 1000 - DAY;
        const int64_t end = to / 1000 + DAY;
        int is_dst, offset;

        if (!component)
                return NULL;
        icalcomponent_add_property(component, icalproperty_new_tzid(name));
        offset = offset_at(zone, at, &is_dst);
        if (!add_observance(component, at, offset, offset, is_dst != 0))
                return component;
        for (; at < end; at += STEP) {
                const int next = offset_at(zone, at + STEP, &is_dst);

                if (next != offset && !add_observance(component, halve(zone, at, at + STEP), offset,
                                                      next, is_dst != 0))
                        return component;
                offset = next;
        }
        return component;
}
