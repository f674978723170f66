/**
 * follow.h: how far each tenant's stream has been read; of the relay's thread.
 */
#ifndef ALMONER_PUSHD_FOLLOW_H
#define ALMONER_PUSHD_FOLLOW_H

#include "db/db.h"
#include "event.h"
#include "mailbox.h"

struct follow;

/** follow_create(): nothing read yet; the first look only notes where the streams are. */
struct follow *follow_create(void);
void follow_destroy(struct follow *follow);

/** follow_ready(follow): whether it knows where the streams were when it began. */
bool follow_ready(const struct follow *follow);

/** follow_look(follow, db, news): look at all heads and read on what has grown, into ${news}. An
 * event with seq 0 goes before what doesn't follow: a new epoch, a stream that went back, or one
 * that was swept before it was read. */
void follow_look(struct follow *follow, struct db *db, struct mailbox *news);

/** follow_poll(follow, db, news): the same at most every 250 ms: others relay too. */
void follow_poll(struct follow *follow, struct db *db, struct mailbox *news);

/** follow_head(follow, tenant, seq): the last event that was read. False: the stream is not known
 * yet, or known to go on. */
bool follow_head(const struct follow *follow, const struct tenant_id *tenant, int64_t *seq);

/** follow_next(follow, row): the event of a row that was just committed, when it is the one that
 * follows; else NULL, and the next look reads it. ${row}'s epoch is filled in. */
struct event *follow_next(struct follow *follow, struct event_row *row);

#endif
