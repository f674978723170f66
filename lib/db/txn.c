/**
 * txn.c: transactions, repeated when the database asks for it, settled when their outcome is
 * unknown.
 */
#include "db/db_internal.h"

#include <unistd.h>

#include "base/log.h"

enum {
        TRIES = 5,
        BUDGET_US = 5000000,
        PAUSE_LEAST_US = 2000,
        PAUSE_MOST_US = 50000,
        SETTLE_PAUSE_US = 100000
};

enum status db_command(struct db *db, const char *text)
{
        db->round_trips++;
        db->error = 0;
        if (mysql_real_query(db->mysql, text, (unsigned long)strlen(text)) == 0)
                return STATUS_OK;
        return db_fail(db, mysql_errno(db->mysql), mysql_error(db->mysql), text);
}

enum status db_begin(struct db *db)
{
        const bool kept = db->mysql != NULL;
        enum status status = db_connect(db);

        if (status == STATUS_OK)
                status = db_command(db, "START TRANSACTION");
        if (status == STATUS_UNAVAILABLE && kept && !db->mysql && db_connect(db) == STATUS_OK)
                status = db_command(db, "START TRANSACTION"); /* the kept connection had died */
        db->in_transaction = status == STATUS_OK;
        return status;
}

enum status db_commit(struct db *db)
{
        enum status status;

        db->in_transaction = false;
        if (!db->mysql)
                return STATUS_UNAVAILABLE;
        status = db_command(db, "COMMIT");
        if (status == STATUS_BUSY)
                db_rollback(db);
        else if (status != STATUS_OK)
                db_disconnect(db); /* whatever is open there must not be read back as stored */
        return status == STATUS_UNAVAILABLE || status == STATUS_NOMEM ? STATUS_UNKNOWN : status;
}

void db_rollback(struct db *db)
{
        const unsigned cause = db->error;

        db->in_transaction = false;
        if (db->mysql && db_command(db, "ROLLBACK") != STATUS_OK)
                db_disconnect(db);
        db->error = cause;
}

bool db_in_transaction(const struct db *db)
{
        return db->in_transaction;
}

static enum status run_once(struct db *db, const struct db_work *work)
{
        enum status status = db_begin(db);

        if (status != STATUS_OK)
                return status;
        status = work->body(db, work->context);
        if (status == STATUS_OK)
                return db_commit(db);
        db_rollback(db);
        return status;
}

/* On a new connection, as soon as there is one: had the lost COMMIT happened? BUSY means no: run it
 * again. */
static enum status settle(struct db *db, const struct db_work *work, int64_t until)
{
        enum status status;

        if (!work->committed)
                return STATUS_UNKNOWN;
        status = work->committed(db, work->context);
        while (status == STATUS_UNAVAILABLE && !db->mysql && time_monotonic_us() < until) {
                usleep(SETTLE_PAUSE_US);
                status = work->committed(db, work->context);
        }
        LOG(WARN, "db.commit_settled", LOG_TEXT("outcome", str_of(status_name(status))));
        return status == STATUS_OK          ? STATUS_OK
               : status == STATUS_NOT_FOUND ? STATUS_BUSY
                                            : STATUS_UNKNOWN;
}

static void pause_a_little(unsigned try)
{
        uint32_t random = 0;
        const uint32_t doubled = (uint32_t)PAUSE_LEAST_US << try;
        const uint32_t most = doubled < PAUSE_MOST_US ? doubled : PAUSE_MOST_US;

        (void)random_bytes(&random, sizeof(random));
        usleep(PAUSE_LEAST_US + random % most);
}

enum status db_transaction(struct db *db, const struct db_work *work)
{
        const int64_t until = time_monotonic_us() + BUDGET_US;
        enum status status = STATUS_BUSY;

        for (unsigned try = 0; try < TRIES; try++) {
                if (try) {
                        pause_a_little(try);
                        if (work->again)
                                work->again(work->context);
                }
                status = run_once(db, work);
                if (status == STATUS_UNKNOWN)
                        status = settle(db, work, until);
                if (status != STATUS_BUSY && !(status == STATUS_UNAVAILABLE && db_lost(db->error)))
                        return status;
                if (time_monotonic_us() > until)
                        break;
        }
        return status;
}
