/**
 * lease.c: see lease.h.
 */
#include "db/lease.h"

enum { LEASE_MS = 5000, WATCH_US = 3000000, RENEW_US = 1000000 };

bool lease_open(struct lease *lease, const struct lease_sql *sql)
{
        *lease = (struct lease){.sql = sql};
        return uuid_v7(&lease->holder);
}

/* STATUS_OK when nobody holds it: given up, or not renewed while we watched. */
static enum status watch(struct lease *lease, struct db *db)
{
        const int64_t now = time_monotonic_us();
        struct db_rows rows;
        struct uuid holder;
        time_ms stamp;
        bool given_up;
        enum status status = db_row(db, &lease->sql->look, DB_NO_PARAMS, &rows);

        if (status != STATUS_OK)
                return status;
        holder = db_get_uuid(&rows, 0);
        stamp = db_get_time(&rows, 1);
        given_up = db_get_int(&rows, 2) != 0;
        status = db_end(&rows);
        if (status != STATUS_OK)
                return status;
        if (!uuid_eq(&holder, &lease->seen) || stamp != lease->stamp) {
                lease->seen = holder;
                lease->stamp = stamp;
                lease->since_us = now;
        }
        return given_up || now - lease->since_us >= WATCH_US ? STATUS_OK : STATUS_DENIED;
}

static enum status look(struct lease *lease, struct db *db)
{
        enum status status = watch(lease, db);

        if (status != STATUS_NOT_FOUND)
                return status;
        status = db_run(db, &lease->sql->make, DB_PARAMS(db_uuid(&lease->holder)), NULL);
        return status == STATUS_OK ? watch(lease, db) : status;
}

enum status lease_take(struct lease *lease, struct db *db)
{
        const struct db_value me = db_uuid(&lease->holder), until = db_time(time_now() + LEASE_MS);
        uint64_t rows = 0;
        enum status status;

        db_scope(db, NULL);
        status = db_run(db, &lease->sql->keep, DB_PARAMS(until, me), &rows);
        if (status != STATUS_OK || rows)
                return status;
        status = look(lease, db);
        if (status != STATUS_OK)
                return status;
        status = db_run(db, &lease->sql->take,
                        DB_PARAMS(me, until, db_uuid(&lease->seen), db_time(lease->stamp)), &rows);
        return status == STATUS_OK && !rows ? STATUS_DENIED : status;
}

enum status lease_hold(struct lease *lease, struct db *db)
{
        const int64_t now = time_monotonic_us();
        enum status status;

        if (lease->renewed_us && now - lease->renewed_us < RENEW_US)
                return STATUS_OK;
        status = lease_take(lease, db);
        lease->renewed_us = status == STATUS_OK ? now : 0;
        return status;
}

void lease_drop(struct lease *lease, struct db *db)
{
        lease->renewed_us = 0;
        db_scope(db, NULL);
        (void)db_run(db, &lease->sql->drop, DB_PARAMS(db_uuid(&lease->holder)), NULL);
}
