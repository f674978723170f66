/**
 * lease.h: one process at a time, over all machines, does what a table's only row stands for.
 *
 * The holder renews its lease with all it does, inside the same transaction where that alone keeps
 * two from doing it: one that lost it without knowing then does nothing. Another takes it when it
 * was given up or stood still for three seconds of the watcher's own monotonic clock: the clocks of
 * two machines need not agree.
 *
 * The table: id (always 1), holder (a UUID), epoch (counts holders), expires_at (renewals move it).
 */
#ifndef ALMONER_DB_LEASE_H
#define ALMONER_DB_LEASE_H

#include "base/id.h"
#include "db/db.h"

struct lease_sql {
        struct sql make, keep, look, take, drop;
};

/** The statements of a table: static const struct lease_sql relay_lease = LEASE("relay_lease"); */
#define LEASE(table)                                                                              \
        {                                                                                         \
                .make = SQL_GLOBAL("INSERT IGNORE INTO " table " (id, holder, epoch, expires_at)" \
                                   " VALUES (1, ?, 0, '2000-01-01')"),                            \
                .keep = SQL_GLOBAL("UPDATE " table " SET expires_at = ? WHERE id = 1"             \
                                   " AND holder = ? AND expires_at > '2000-01-01'"),              \
                .look = SQL_GLOBAL(                                                               \
                        "SELECT holder, expires_at, expires_at <= '2000-01-01' FROM " table       \
                        " WHERE id = 1"),                                                         \
                .take = SQL_GLOBAL("UPDATE " table " SET epoch = epoch + 1, holder = ?,"          \
                                   " expires_at = ? WHERE id = 1 AND holder = ?"                  \
                                   " AND expires_at = ?"),                                        \
                .drop = SQL_GLOBAL("UPDATE " table " SET expires_at = '2000-01-01' WHERE id = 1"  \
                                   " AND holder = ?"),                                            \
        }

/** Of one process; callers only fill ${sql}. */
struct lease {
        const struct lease_sql *sql;
        struct uuid holder; /* this process */
        struct uuid seen;   /* the lease as it was seen last, and since when it looks so */
        time_ms stamp;
        int64_t since_us;
        int64_t renewed_us; /* 0: not held */
};

/** lease_open(lease, sql): a name of its own; false without randomness. */
bool lease_open(struct lease *lease, const struct lease_sql *sql);

/** lease_take(lease, db): renew it, or take it when nobody holds it; inside a transaction or alone.
 * ${db} has no tenant afterwards. STATUS_DENIED: another has it. */
enum status lease_take(struct lease *lease, struct db *db);

/** lease_hold(lease, db): lease_take, unless that went well within the last second: for work that
 * two holders at a time can't do wrong, only twice as dear. */
enum status lease_hold(struct lease *lease, struct db *db);

/** lease_drop(lease, db): let the next one have it at once. */
void lease_drop(struct lease *lease, struct db *db);

#endif
