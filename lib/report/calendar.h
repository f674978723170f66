/**
 * calendar.h: a calendar as others subscribe to it (iCalendar, RFC 5545), by libical.
 *
 * Times stand in the event's own zone beside a VTIMEZONE that holds for all events of that zone, so
 * that a meeting stays at its wall-clock time whatever the reader's rules are; a wall-clock time
 * that occurs twice is told in UTC.
 */
#ifndef ALMONER_REPORT_CALENDAR_H
#define ALMONER_REPORT_CALENDAR_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"

struct calendar;

struct calendar_event {
        struct str uid; /* unique in the world, the same as long as the event lives */
        struct str summary, description, location, category, contact; /* absent: left out */
        struct str zone;                                              /* IANA name */
        time_ms start, end;
        bool all_day;     /* the whole of the day (UTC) that ${start} is in; no zone, no end */
        time_ms changed;  /* DTSTAMP and LAST-MODIFIED */
        int64_t sequence; /* counts changes */
};

/** calendar_create(name): an empty one; NULL without memory. */
struct calendar *calendar_create(const char *name);

/** calendar_destroy(calendar): NULL is fine. */
void calendar_destroy(struct calendar *calendar);

/** calendar_add(calendar, event): one event; false without memory. An event of a zone that the
 * system does not know is told in UTC. */
bool calendar_add(struct calendar *calendar, const struct calendar_event *event);

/** calendar_write(calendar, out): text/calendar; false without memory. */
bool calendar_write(struct calendar *calendar, struct buf *out);

#endif
