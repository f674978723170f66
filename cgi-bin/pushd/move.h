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

/** move_forget(moving): nothing has moved; at the begin of every try. */
void move_forget(struct moving *moving);

/**
 * move_some(moving, db): at most MOVE_BATCH rows, inside the caller's transaction. Few statements:
 * a tenant's head is raised once, its rows are inserted in chunks; outbox rows are deleted by
 * primary key, one by one, as a range would wait for other writers' rows. What is deleted leaves
 * nothing of itself in the stream but its place.
 */
enum status move_some(struct moving *moving, struct db *db);

/** move_note(moving, follow): after COMMIT: whose streams have grown. True when the batch was full.
 */
bool move_note(const struct moving *moving, struct follow *follow);

#endif
