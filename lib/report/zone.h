/**
 * zone.h: a time zone of the system's IANA database, for the time that a calendar needs it.
 */
#ifndef ALMONER_REPORT_ZONE_H
#define ALMONER_REPORT_ZONE_H

#include <libical/ical.h>
#include <stdbool.h>

#include "base/str.h"
#include "base/time.h"

enum { ZONE_NAME_SIZE = 64 };

/** zone_find(text, name): the zone, its name copied to ${name}; NULL when the system knows none. */
icaltimezone *zone_find(struct str text, char name[static ZONE_NAME_SIZE]);

/** zone_ambiguous(zone, at): whether the wall clock shows the same time once more, before or after
 * ${at}: readers disagree on which is meant. */
bool zone_ambiguous(icaltimezone *zone, time_ms at);

/** zone_component(name, from, to): a VTIMEZONE (RFC 5545 3.6.5) that is right from a day before
 * ${from} until a day after ${to}: one observance for the start, one for each change of the offset.
 * NULL without memory. */
icalcomponent *zone_component(const char *name, time_ms from, time_ms to);

#endif
