/**
 * calendar.c: see calendar.h.
 */
#include "report/calendar.h"

#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/zone.h"

enum { ZONES_MAX = 600 };

/* The times that events of a zone need it for. */
struct span {
        char zone[ZONE_NAME_SIZE];
        time_ms from, to;
};

struct calendar {
        icalcomponent *root;
        struct span *spans;
        size_t count;
        bool failed;
};

struct calendar *calendar_create(const char *name)
{
        struct calendar *calendar = calloc(1, sizeof(*calendar));

        if (!calendar)
                return NULL;
        calendar->root = icalcomponent_vanew(
                ICAL_VCALENDAR_COMPONENT, icalproperty_new_version("2.0"),
                icalproperty_new_prodid("-//Almoner//Almoner//EN"),
                icalproperty_new_calscale("GREGORIAN"), icalproperty_new_name(name), NULL);
        if (calendar->root)
                return calendar;
        free(calendar);
        return NULL;
}

void calendar_destroy(struct calendar *calendar)
{
        if (!calendar)
                return;
        icalcomponent_free(calendar->root);
        free(calendar->spans);
        free(calendar);
}

static bool note_span(struct calendar *calendar, const char *zone, time_ms from, time_ms to)
{
        struct span *span = calendar->spans, *grown;

        for (size_t i = 0; i < calendar->count; i++, span++) {
                if (strcmp(span->zone, zone) != 0)
                        continue;
                span->from = from < span->from ? from : span->from;
                span->to = to > span->to ? to : span->to;
                return true;
        }
        if (calendar->count == ZONES_MAX)
                return false;
        grown = realloc(calendar->spans, (calendar->count + 1) * sizeof(*grown));
        if (!grown)
                return false;
        calendar->spans = grown;
        span = &grown[calendar->count++];
        *span = (struct span){.from = from, .to = to};
        snprintf(span->zone, sizeof(span->zone), "%s", zone);
        return true;
}

static icaltimetype utc(time_ms at)
{
        return icaltime_from_timet_with_zone((time_t)(at / 1000), 0,
                                             icaltimezone_get_utc_timezone());
}

static icalproperty *with_zone(icalproperty *property, const char *zone)
{
        if (property && zone)
                icalproperty_add_parameter(property, icalparameter_new_tzid(zone));
        return property;
}

static void add(icalcomponent *event, icalproperty *property)
{
        if (property)
                icalcomponent_add_property(event, property);
}

/* A time of the event: in its zone, or in UTC. */
static icaltimetype local(time_ms at, icaltimezone *zone)
{
        icaltimetype time = utc(at);

        if (!zone)
                return time;
        time = icaltime_convert_to_zone(time, zone);
        time.zone = NULL; /* the name of the zone is ours to tell */
        return time;
}

typedef icalproperty *property_of_text(const char *text);

static void add_text(icalcomponent *event, property_of_text *make, struct str text)
{
        char *copy;

        if (!text.len)
                return;
        copy = strndup(text.ptr, text.len);
        if (copy)
                add(event, make(copy));
        free(copy);
}

/* An ambiguous wall-clock time is told in UTC. */
static void put_time(icalcomponent *event, icalproperty *(*make)(icaltimetype), time_ms at,
                     icaltimezone *zone, const char *name)
{
        const bool plain = zone && !zone_ambiguous(zone, at);

        add(event, with_zone(make(local(at, plain ? zone : NULL)), plain ? name : NULL));
}

/* A day without times; it takes nobody's time either. */
static void put_day(icalcomponent *event, time_ms start)
{
        icaltimetype day = utc(start);

        day.is_date = 1;
        day.zone = NULL;
        add(event, icalproperty_new_dtstart(day));
        add(event, icalproperty_new_transp(ICAL_TRANSP_TRANSPARENT));
}

static bool put_times(struct calendar *calendar, icalcomponent *event,
                      const struct calendar_event *from)
{
        char name[ZONE_NAME_SIZE];
        icaltimezone *zone;

        if (from->all_day) {
                put_day(event, from->start);
                return true;
        }
        zone = zone_find(from->zone, name);
        if (zone && !note_span(calendar, name, from->start, from->end))
                return false;
        put_time(event, icalproperty_new_dtstart, from->start, zone, name);
        put_time(event, icalproperty_new_dtend, from->end, zone, name);
        return true;
}

bool calendar_add(struct calendar *calendar, const struct calendar_event *from)
{
        icalcomponent *event = icalcomponent_new_vevent();

        if (!event)
                return false;
        add_text(event, icalproperty_new_uid, from->uid);
        add(event, icalproperty_new_dtstamp(utc(from->changed)));
        add(event, icalproperty_new_lastmodified(utc(from->changed)));
        add(event, icalproperty_new_sequence((int)from->sequence));
        add_text(event, icalproperty_new_summary, from->summary);
        add_text(event, icalproperty_new_description, from->description);
        add_text(event, icalproperty_new_location, from->location);
        add_text(event, icalproperty_new_categories, from->category);
        add_text(event, icalproperty_new_contact, from->contact);
        if (!put_times(calendar, event, from)) {
                icalcomponent_free(event);
                return false;
        }
        icalcomponent_add_component(calendar->root, event);
        return true;
}

/* Readers want the zones before the events; their order is that of first use. */
bool calendar_write(struct calendar *calendar, struct buf *out)
{
        icalcomponent *whole = icalcomponent_new_clone(calendar->root);
        char *text = NULL;

        for (size_t i = 0; whole && i < calendar->count; i++) {
                icalcomponent *zone = zone_component(
                        calendar->spans[i].zone, calendar->spans[i].from, calendar->spans[i].to);

                if (zone)
                        icalcomponent_add_component(whole, zone);
        }
        if (whole)
                text = icalcomponent_as_ical_string_r(whole);
        if (text)
                buf_text(out, text);
        free(text);
        icalcomponent_free(whole);
        return text && buf_ok(out);
}
