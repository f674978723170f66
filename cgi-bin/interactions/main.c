/**
 * interactions.fcgi: what happens with persons, and at sites.
 *
 * SYNOPSIS
 *      interactions.fcgi [--help | --config | --routes | --openapi | --sql | --audit | --check]
 *      Without an option it serves FastCGI on file descriptor 0.
 * DESCRIPTION
 *      /api/interactions is seed 000: what happened with a person at risk, counted on the person.
 * /api/v1/interactions is seed 001: meetings, calls and mails of a site, with history, restoring,
 * search and calendars.
 * SECURITY
 *      Needs a token or session, but for the secret addresses of calendars. Interactions of a site
 * are seen by its members and changed by its editors and admins; the library narrows every
 * statement to the caller's sites.
 * STANDARDS RFC 9110 (HTTP), RFC 9457 (problems), RFC 7396 (merge patch), RFC 5545 (calendars),
 * IANA time zones.
 * CONFIGURATION See --config; all keys are common to the modules.
 */
#include "module/module.h"

#include "feed/feed.h"
#include "search/search.h"

#include "interactions.h"

#define READERS (ADMIN | MANAGER | STAFF | CLINICIAN | VIEWER)
#define WRITERS (ADMIN | MANAGER | STAFF)

/* clang-format off */
#define FIND(verb, where, does, asks, name, text) \
        .method = verb, .path = where, .handler = does, .roles = MEMBERS, .rate = RATE_SEARCH, .resource = &site_interaction, .query = asks, .id = name, .summary = text

static const struct route routes[] = {
        LIST   (interaction, "/api/interactions",              READERS, "List interactions with persons."),
        {.method = POST, .path = "/api/interactions", .handler = resource_create, .roles = WRITERS, .rate = RATE_USER, .resource = &interaction,
         .errors = "PERSON_NOT_FOUND", .summary = "Record an interaction; it is counted on its person."},
        READ   (interaction, "/api/interactions/{id}",         READERS, "Get an interaction."),
        UPDATE (interaction, "/api/interactions/{id}",         WRITERS, "Update an interaction; members that are left out stay as they are."),
        MERGE  (interaction, "/api/interactions/{id}",         WRITERS, "Merge changes into an interaction (RFC 7396)."),
        REMOVE (interaction, "/api/interactions/{id}",         WRITERS, "Delete an interaction; its person's count goes down."),
        HISTORY(interaction, "/api/interactions/{id}/history", READERS, "List what was changed, by whom, when and from where; also after deletion."),

        LIST   (site_interaction, "/api/v1/interactions",              MEMBERS, "List the interactions of the caller's sites."),
        CREATE (site_interaction, "/api/v1/interactions",              MEMBERS, "Record an interaction of a site."),
        READ   (site_interaction, "/api/v1/interactions/{id}",         MEMBERS, "Get an interaction of a site."),
        UPDATE (site_interaction, "/api/v1/interactions/{id}",         MEMBERS, "Update an interaction; members that are left out stay as they are."),
        MERGE  (site_interaction, "/api/v1/interactions/{id}",         MEMBERS, "Merge changes into an interaction (RFC 7396)."),
        REMOVE (site_interaction, "/api/v1/interactions/{id}",         MEMBERS, "Delete an interaction; its history stays."),
        HISTORY(site_interaction, "/api/v1/interactions/{id}/history", MEMBERS, "List what was changed, by whom, when and from where; also after deletion."),
        RESTORE(site_interaction, "/api/v1/interactions/{id}/restore/{version}", MEMBERS, "Put an earlier version back as the newest; a deleted interaction comes back."),

        {.method = GET, .path = "/api/v1/interactions/{id}.ics", .handler = calendar_one, .dialect = &dialect_i, .roles = MEMBERS, .rate = RATE_USER,
         .produces = "text/calendar", .errors = "INTERACTION_NOT_FOUND", .id = "getInteractionCalendar", .summary = "Get an interaction of a site as iCalendar (RFC 5545)."},
        {.method = GET, .path = "/api/v1/interactions/feed/{secret}.ics", .handler = calendar_feed, .dialect = &dialect_i, .roles = ANYBODY, .rate = RATE_ANONYMOUS,
         .produces = "text/calendar", .errors = "FEED_NOT_FOUND", .id = "getCalendarFeed", .summary = "A user's private calendar: the interactions of their sites from 90 days ago to 400 ahead."},
        {.method = POST, .path = "/api/v1/interactions/feed", .handler = calendar_feed_make, .dialect = &dialect_i, .roles = MEMBERS, .rate = RATE_USER,
         .output = &feed_out, .flags = ROUTE_EMPTY_BODY | ROUTE_NO_TRANSACTION, .success = 201, .id = "createCalendarFeed", .summary = "Make the caller's calendar address; the one before ends."},
        {.method = DELETE, .path = "/api/v1/interactions/feed", .handler = calendar_feed_end, .dialect = &dialect_i, .roles = MEMBERS, .rate = RATE_USER,
         .success = 204, .errors = "FEED_NOT_FOUND", .id = "deleteCalendarFeed", .summary = "End the caller's calendar address."},

        {FIND(GET, "/api/v1/search/interactions", resource_search, &search_query, "searchInteractions", "Interactions that have all words, the best first: in the title before elsewhere, as written before continued or corrected."),
         .plural = "results", .flags = ROUTE_LIST},
        {FIND(POST, "/api/v1/search/advanced", find_advanced, NULL, "searchAdvanced", "Interactions for which all conditions hold."),
         .input = &advanced_in, .check = advanced_check, .plural = "results", .flags = ROUTE_LIST, .success = 200},
        {FIND(GET, "/api/v1/search/date-range", find_by_dates, &dates_query, "searchDateRange", "Interactions that happen, if only in part, between two times."),
         .plural = "results", .flags = ROUTE_LIST},
        {FIND(GET, "/api/v1/search/interactions/dates", find_by_dates, &dates_query, "searchInteractionDates", "The same as /search/date-range."),
         .plural = "results", .flags = ROUTE_LIST},
        {FIND(GET, "/api/v1/search/type/{type}", find_by_type, NULL, "searchType", "Interactions of a type."),
         .plural = "results", .flags = ROUTE_LIST},
        {FIND(GET, "/api/v1/search/lead/{lead}", find_by_lead, NULL, "searchLead", "Interactions that somebody leads."),
         .plural = "results", .flags = ROUTE_LIST},
        {FIND(GET, "/api/v1/search/upcoming", find_upcoming, &limit_query, "searchUpcoming", "The interactions that begin next."),
         .flags = ROUTE_FIRST_ROWS},
        {FIND(GET, "/api/v1/search/recent", find_recent, &limit_query, "searchRecent", "The interactions that were recorded last."),
         .flags = ROUTE_FIRST_ROWS},
};

static const struct resource *const resources[] = {&interaction, &site_interaction};
/* clang-format on */

static void tick(struct db *db)
{
        (void)tally_fold(db, 1000);
        search_sweep(db);
}

static const struct module interactions = {
        .name = "interactions",
        .title = "Interactions",
        .about = "What happens with persons at risk and at sites: records, history, search, "
                 "calendars.",
        .routes = routes,
        .route_count = sizeof(routes) / sizeof(routes[0]),
        .resources = resources,
        .resource_count = sizeof(resources) / sizeof(resources[0]),
        .tick = tick,
};

int main(int argc, char **argv)
{
        return module_main(&interactions, argc, argv);
}
