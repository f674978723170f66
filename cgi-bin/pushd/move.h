/**
 * move.h: a batch of committed events, from the outbox into the streams of their tenants.
 */
#ifndef ALMONER_PUSHD_MOVE_H
#define ALMONER_PUSHD_MOVE_H

#include "db/db.h"

#include "follow.h"

struct moving;

/** move_create(): NULL without memory. move_destroy(moving): NULL is fine. */
struct moving *move_create(void);
void move_destroy(struct moving *moving);

/** move_read(moving, db, count): what is in the outbox, at most MOVE_BATCH rows. */
enum status move_read(struct moving *moving, struct db *db, size_t *count);

/** move_number(moving, db, follow): each row becomes the next of its tenant's stream. False when
 * one is not known to the end, even after a head was made: look, and read again. */
bool move_number(struct moving *moving, struct db *db, const struct follow *follow);

/**
 * move_store(moving, db): inside the caller's transaction, all in the round trip of its COMMIT:
 * STATUS_CONFLICT when a stream does not end where move_number thought. Outbox rows are deleted by
 * primary key, one by one, as a range would wait for other writers' rows. What is deleted leaves
 * nothing of itself in the stream but its place.
 */
enum status move_store(const struct moving *moving, struct db *db);

/** move_hand_on(moving, follow, news): after COMMIT, to those who serve. True when the batch was
 * full. */
bool move_hand_on(struct moving *moving, struct follow *follow, struct mailbox *news);

#endif
