/**
 * throttle.c: slows down guessing without locking anybody out.
 *
 * Failures are counted for the pair of account and address, and for the address alone; past an
 * allowance each further failure doubles a wait, up to 15 minutes. Somebody else's address is
 * another pair, so a victim can always log in. Counted in the database: it survives restarts and
 * holds for all processes.
 */
#include "auth_module.h"

enum {
        PAIR_ALLOWANCE = 5, /* wrong passwords for one account before waits begin */
        ADDRESS_ALLOWANCE =
                50, /* for all accounts of an address: a whole office may sit behind it */
        FORGET_AFTER = 3600000, /* ms without a failure */
};

static const struct sql sql_select_wait =
        SQL_GLOBAL("SELECT MAX(blocked_until) FROM login_attempts WHERE subject_hash IN (?, ?) AND "
                   "blocked_until > ?");

static const struct sql sql_count_failure = SQL_GLOBAL(
        "INSERT INTO login_attempts (subject_hash, failures, last_at, blocked_until) VALUES (?, 1, "
        "?, ?)"
        " ON DUPLICATE KEY UPDATE failures = IF(last_at < ?, 1, failures + 1), last_at = "
        "VALUES(last_at),"
        " blocked_until = IF(failures <= ?, VALUES(blocked_until),"
        " VALUES(last_at) + INTERVAL LEAST(900, POW(2, LEAST(failures - ?, 20))) SECOND)");

static const struct sql sql_forget_failures =
        SQL_GLOBAL("DELETE FROM login_attempts WHERE subject_hash = ?");

/* Addresses are compared without case, as the database does. */
static bool subjects(struct request *r, struct str login, struct throttle *out)
{
        struct str copy = arena_copy(r->arena, login);
        struct str pair =
                arena_printf(r->arena, "pair|%.*s|%.*s", STR_ARG(copy), STR_ARG(r->address));
        struct str address = arena_printf(r->arena, "address|%.*s", STR_ARG(r->address));

        if (!pair.ptr || !address.ptr)
                return false;
        for (char *c = (char *)(uintptr_t)pair.ptr; *c; c++)
                if (*c >= 'A' && *c <= 'Z')
                        *c = (char)(*c + 'a' - 'A');
        return digest_sha256(pair, &out->pair) && digest_sha256(address, &out->address);
}

static struct db_value subject(const struct digest *digest)
{
        return db_bytes(digest->bytes, sizeof(digest->bytes));
}

enum status throttle_check(struct request *r, struct str login, struct throttle *throttle)
{
        const time_ms now = time_now();
        struct db_rows rows;
        time_ms until = 0;
        enum status status;

        if (!subjects(r, login, throttle))
                return STATUS_NOMEM;
        status = db_row(
                r->db, &sql_select_wait,
                DB_PARAMS(subject(&throttle->pair), subject(&throttle->address), db_time(now)),
                &rows);
        if (status == STATUS_OK) {
                until = db_is_null(&rows, 0) ? 0 : db_get_time(&rows, 0);
                status = db_end(&rows);
        }
        if (status != STATUS_OK || until <= now)
                return status;
        response_header(r, "Retry-After",
                        arena_printf(r->arena, "%lld", (long long)(until - now) / 1000 + 1));
        return problem(r, PROBLEM_RATE_LIMITED, "Too many failed logins; try again later");
}

static enum status count_failure(struct request *r, const struct digest *digest, int allowance)
{
        const time_ms now = time_now();

        return db_run(r->db, &sql_count_failure,
                      DB_PARAMS(subject(digest), db_time(now), db_time(now),
                                db_time(now - FORGET_AFTER), db_int(allowance), db_int(allowance)),
                      NULL);
}

enum status throttle_failed(struct request *r, const struct throttle *throttle)
{
        enum status status = count_failure(r, &throttle->pair, PAIR_ALLOWANCE);

        return status == STATUS_OK ? count_failure(r, &throttle->address, ADDRESS_ALLOWANCE)
                                   : status;
}

enum status throttle_passed(struct request *r, const struct throttle *throttle)
{
        return db_run(r->db, &sql_forget_failures, DB_PARAMS(subject(&throttle->pair)), NULL);
}
