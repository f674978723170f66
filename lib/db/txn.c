/**
 * txn.c: transactions, repeated when the database asks for it, settled when their outcome is
 * unknown.
 */
#include "db/db_internal.h"

#include <mysqld_error.h>
#include <unistd.h>

#include "base/log.h"

enum {
        TRIES = 5,
        BUDGET_US = 5000000,
        PAUSE_LEAST_US = 2000,
        PAUSE_MOST_US = 50000,
        SETTLE_PAUSE_US = 100000,
        SETTLE_LEAST_US =
                3000000 /* whatever the COMMIT took: another host must get the time to answer */
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
        enum status status;

        db_renew(db);
        status = db_connect(db);
        later_forget(&db->later);
        db->begun = false;
        db->in_transaction = db->later.begin = status == STATUS_OK;
        return status;
}

/* As the server's last answer says. One that it has ended by itself (on Galera after a conflict)
 * must not go on as single statements. */
bool db_transaction_gone(struct db *db)
{
        if (!db->begun || !db->mysql || db->mysql->server_status & SERVER_STATUS_IN_TRANS)
                return false;
        db->error = ER_LOCK_DEADLOCK;
        LOG(WARN, "db.transaction_gone");
        return true;
}

enum status db_commit(struct db *db)
{
        const bool connected = db->mysql != NULL, gone = db_transaction_gone(db);
        const enum status status = !connected ? STATUS_UNAVAILABLE
                                   : gone     ? STATUS_BUSY
                                              : later_commit(db);

        later_forget(&db->later);
        db->in_transaction = false;
        db->begun = false;
        if (!connected || gone)
                return status;
        if (status == STATUS_BUSY)
                db_rollback(db);
        else if (status != STATUS_OK)
                db_disconnect(db); /* whatever is open there must not be read back as stored */
        return status == STATUS_UNAVAILABLE || status == STATUS_NOMEM ? STATUS_UNKNOWN : status;
}

void db_rollback(struct db *db)
{
        const unsigned cause = db->error;
        const bool begun = !db->later.begin;

        db->in_transaction = db->begun = false;
        later_forget(&db->later);
        if (begun && db->mysql && db_command(db, "ROLLBACK") != STATUS_OK)
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
        const int64_t least = time_monotonic_us() + SETTLE_LEAST_US;
        enum status status;

        if (until < least)
                until = least;
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
