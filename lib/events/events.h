/**
 * events.h: one change, one transaction, one event.
 *
 * event_record writes the audit row (who, when, from where, what) and the outbox row inside the
 * caller's transaction, after the record itself is locked. The relay in pushd moves committed
 * outbox rows on; doorbell_ring after COMMIT only saves it the wait for its next poll. The audit
 * row's id is the receipt of the change: after an unknown COMMIT, event_committed tells whether it
 * happened.
 */
#ifndef ALMONER_EVENTS_EVENTS_H
#define ALMONER_EVENTS_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/status.h"
#include "base/str.h"
#include "db/db.h"

/** The type of an event whose record was deleted later: it keeps its place in the stream, and
 * nothing else. */
#define EVENT_ERASED "erased"

enum change_op { CHANGE_CREATE, CHANGE_UPDATE, CHANGE_DELETE, CHANGE_ACCESS };

/** Who does it and from where; borrowed. */
struct actor {
        struct user_id user; /* zero: the system */
        struct str address;  /* client address, canonical */
        struct str request_id;
};

struct change {
        struct uuid receipt;  /* uuid_v7, made by the caller */
        const char *resource; /* "person" */
        struct uuid record;
        uint32_t version; /* after the change */
        enum change_op op;
        struct str before; /* JSON object of the changed fields as they were; absent on create */
        struct str after;  /* JSON object of the changed fields as they are; absent on delete */
        /* The event; no outbox row is written when ${type} is NULL. */
        const char *channel; /* "persons" */
        const char *type;    /* "person_updated" */
        struct str document; /* JSON: what subscribers get */
};

/** event_record(db, actor, change): both rows. STATUS_OK or what db_run says. */
enum status event_record(struct db *db, const struct actor *actor, const struct change *change);

/** event_record_many(db, actor, changes, count): the same for many changes in few statements. */
enum status event_record_many(struct db *db, const struct actor *actor,
                              const struct change *changes, size_t count);

/** event_send(db, event): an outbox row alone, for what happened without a change of a record:
 * ${channel}, ${type}, ${record} and ${document} count. */
enum status event_send(struct db *db, const struct change *event);

/** event_committed(db, receipt): STATUS_OK when the audit row is there, STATUS_NOT_FOUND when not.
 */
enum status event_committed(struct db *db, const struct uuid *receipt);

/** doorbell_ring(): tell the relay that something was committed: a datagram to
 * VAR/run/doorbell.sock, never blocking, its loss harmless. */
void doorbell_ring(void);

/* Exact totals without counting. Each change of a counted resource adds delta rows in its own
 * transaction; a background fold adds them to the base. A bucket is a combination of the dimensions
 * that lists filter by most: ASCII, at most 200 characters.
 *
 * Why a total is exact, whoever writes and folds meanwhile:
 *   - a change and its deltas commit together, so every snapshot has both or neither;
 *   - the fold adds to the base what it deletes from the deltas, in one transaction, so every
 *     snapshot has a delta either in the deltas or in the base;
 *   - it does so under the lock of the resource's head row and reads the deltas after it has that
 *     lock (READ COMMITTED), so no delta is added twice by two folders;
 *   - a reader sums base and deltas in one statement, which InnoDB gives one snapshot.
 * Rows are only inserted by writers, and deleted by primary key: nobody waits for anybody but one
 * folder for another of the same resource. */

/** tally_add(db, resource, bucket, by): append a delta; by 0 only marks "something changed". */
enum status tally_add(struct db *db, const char *resource, struct str bucket, int by);

struct tally {
        int64_t total; /* of the buckets asked for */
        int64_t base;  /* of it, what was folded */
        int64_t folds; /* (folds, deltas) changes whenever a change of the resource is committed */
        int64_t deltas;
};

/** tally_read(db, resource, like, out): exact sum over buckets that match the LIKE pattern ${like}
 * ("%" for all), read in one statement. */
enum status tally_read(struct db *db, const char *resource, struct str like, struct tally *out);

/** A column for a statement about other rows: what has changed since the last fold, from the same
 * snapshot as those. Parameters: tally_state_values. With the base of that fold it is the total. */
#define TALLY_STATE                                                                     \
        "(SELECT CONCAT(COALESCE(SUM(IF(bucket LIKE ?, d, 0)), 0), ' ', COUNT(*), ' '," \
        " (SELECT COALESCE(MAX(folds), 0) FROM tally_head WHERE tenant_id = :tenant"    \
        " AND resource = ?)) FROM tally_delta WHERE tenant_id = :tenant AND resource = ?)"
enum { TALLY_STATE_VALUES = 3 };

/** tally_state_values(resource, like, out): ${resource} and ${like} are borrowed. */
void tally_state_values(const char *resource, struct str like,
                        struct db_value out[static TALLY_STATE_VALUES]);

/** tally_state_read(text, out): the column's text; total is what the deltas add to the base. False
 * when it is none. */
bool tally_state_read(struct str text, struct tally *out);

/** tally_fold(db, most): fold the deltas of all tenants, at most ${most} rows (up to 1000) a
 * transaction, until few are left; for a background thread; safe beside other folders. ${db} has no
 * tenant afterwards. */
enum status tally_fold(struct db *db, unsigned most);

#endif
