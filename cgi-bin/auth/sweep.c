/**
 * sweep.c: deletes what has expired, in small batches, so that no sweep ever holds many locks.
 */
#include "auth_module.h"

#include "base/config.h"

enum { KEEP_AFTER = 86400000 /* ms: a day longer, for questions */ };

/* Each names the rows that ended before its one parameter. */
static const struct sql sweeps[] = {
        SQL_GLOBAL("DELETE FROM tickets WHERE expires_at < ? LIMIT 500"),
        SQL_GLOBAL("DELETE FROM password_resets WHERE expires_at < ? LIMIT 500"),
        SQL_GLOBAL("DELETE FROM password_reset_requests WHERE requested_at < ? LIMIT 500"),
        SQL_GLOBAL("DELETE FROM refresh_tokens WHERE expires_at < ? LIMIT 500"),
        SQL_GLOBAL("DELETE FROM sessions WHERE expires_at < ? LIMIT 500"),
        SQL_GLOBAL("DELETE FROM login_attempts WHERE last_at < ? LIMIT 500"),
};

static const struct sql sql_sweep_idempotency =
        SQL_GLOBAL("DELETE FROM idempotency WHERE created_at < ? LIMIT 500");

void sweep(struct db *db)
{
        const time_ms now = time_now();
        const time_ms remembered = now - config_int(CONFIG_IDEMPOTENCY_RETENTION) * 3600000;

        for (size_t i = 0; i < sizeof(sweeps) / sizeof(sweeps[0]); i++)
                if (db_run(db, &sweeps[i], DB_PARAMS(db_time(now - KEEP_AFTER)), NULL) != STATUS_OK)
                        return;
        (void)db_run(db, &sql_sweep_idempotency, DB_PARAMS(db_time(remembered)), NULL);
}
