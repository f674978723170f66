/**
 * lease.c: one hookd delivers at a time; another follows when its lease has run out.
 */
#include "hookd.h"

#include "base/log.h"

enum { LEASE_MS = 5000, KEEP_US = 1000000, TRY_US = 250000 };

static const struct sql sql_make_lease =
        SQL_GLOBAL("INSERT IGNORE INTO webhook_lease (id, holder, expires_at)"
                   " VALUES (1, ?, '2000-01-01')");
static const struct sql sql_take_lease =
        SQL_GLOBAL("UPDATE webhook_lease SET holder = ?, expires_at = ?"
                   " WHERE id = 1 AND (holder = ? OR expires_at < ?)");
static const struct sql sql_drop_lease = SQL_GLOBAL(
        "UPDATE webhook_lease SET expires_at = '2000-01-01' WHERE id = 1 AND holder = ?");

enum status lease_take(struct hookd *h)
{
        const time_ms now = time_now();
        const struct db_value holder = db_uuid(&h->holder);
        uint64_t rows = 0;
        enum status status;

        db_scope(h->db, NULL);
        status = db_run(h->db, &sql_take_lease,
                        DB_PARAMS(holder, db_time(now + LEASE_MS), holder, db_time(now)), &rows);
        return status == STATUS_OK && !rows ? STATUS_DENIED : status;
}

void lease_keep(struct hookd *h)
{
        const int64_t now = time_monotonic_us();
        const bool led = h->leads;

        if (now < h->lease_us)
                return;
        db_scope(h->db, NULL);
        if (!led)
                (void)db_run(h->db, &sql_make_lease, DB_PARAMS(db_uuid(&h->holder)), NULL);
        h->leads = lease_take(h) == STATUS_OK;
        h->lease_us = now + (h->leads ? KEEP_US : TRY_US);
        if (h->leads != led)
                LOG(INFO, h->leads ? "hookd.leads" : "hookd.follows",
                    LOG_INT("under_way", (int64_t)h->count));
}

void lease_drop(struct hookd *h)
{
        h->leads = false;
        db_scope(h->db, NULL);
        (void)db_run(h->db, &sql_drop_lease, DB_PARAMS(db_uuid(&h->holder)), NULL);
}
