/**
 * interactions.h: what the files of interactions.fcgi share.
 */
#ifndef ALMONER_INTERACTIONS_H
#define ALMONER_INTERACTIONS_H

#include "http/http.h"
#include "person/person.h"
#include "resource/resource.h"
#include "site/site.h"

#define MEMBERS (EVERY_ROLE & ~(role_set)KIOSK) /* their role at the site decides */

/* site_interaction.c: the rows of an interaction of a site (seed 001), in the order of its JSON */
enum site_interaction_field {
        SITE_INTERACTION_ID,
        SITE_INTERACTION_SITE_ID,
        SITE_INTERACTION_TITLE,
        SITE_INTERACTION_TYPE,
        SITE_INTERACTION_LEAD,
        SITE_INTERACTION_START,
        SITE_INTERACTION_END,
        SITE_INTERACTION_TIMEZONE,
        SITE_INTERACTION_LOCATION,
        SITE_INTERACTION_DESCRIPTION,
        SITE_INTERACTION_NOTES,
        SITE_INTERACTION_PARTICIPANTS,
        SITE_INTERACTION_DURATION,
        SITE_INTERACTION_CREATED_BY,
        SITE_INTERACTION_CREATED_AT,
        SITE_INTERACTION_UPDATED_AT,
        SITE_INTERACTION__N
};

extern const struct resource site_interaction;

/* participants.c */

/** participants_check(r, record): each must be a person of the tenant; faults are noted. */
enum status participants_check(struct request *r, struct record *record);

/** participants_prune(r, record): those who are no persons any more are left out. */
enum status participants_prune(struct request *r, struct record *record);

/** participants_store(r, id, record): the list as rows. */
enum status participants_store(struct request *r, const struct uuid *id,
                               const struct record *record);

/* find.c: lists that ask for one thing: /api/v1/search/… */
handler_fn find_by_dates, find_by_type, find_by_lead, find_upcoming, find_recent;
extern const struct shape dates_query, limit_query;

/* advanced.c: POST /api/v1/search/advanced */
handler_fn find_advanced;
void advanced_check(struct request *r);
extern const struct shape advanced_in;

/* calendar.c: its answers are feed_out of feed/feed.h */
handler_fn calendar_one, calendar_feed, calendar_feed_make, calendar_feed_end;

#endif
