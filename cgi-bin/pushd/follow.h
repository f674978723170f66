/**
 * follow.h: how far each tenant's stream has been read; of the relay's thread.
 */
#ifndef ALMONER_PUSHD_FOLLOW_H
#define ALMONER_PUSHD_FOLLOW_H

#include "db/db.h"
#include "mailbox.h"

struct follow;

/** follow_create(): nothing read yet; the first look only notes where the streams are. */
struct follow *follow_create(void);
void follow_destroy(struct follow *follow);

/** follow_ready(follow): whether it knows where the streams were when it began. */
bool follow_ready(const struct follow *follow);

/** follow_note(follow, tenant): there is something new. */
void follow_note(struct follow *follow, const struct tenant_id *tenant);

/** follow_read_noted(follow, db, news): read the noted tenants on, into ${news}. */
void follow_read_noted(struct follow *follow, struct db *db, struct mailbox *news);

/** follow_poll(follow, db, news): at most every 250 ms, look at all heads: others relay too. */
void follow_poll(struct follow *follow, struct db *db, struct mailbox *news);

#endif
