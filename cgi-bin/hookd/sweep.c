/**
 * sweep.c: deletes what has run out, in small batches.
 */
#include "hookd.h"

#include "base/config.h"

enum { BATCH = 500 };

static const struct sql sql_sweep_deliveries =
        SQL_GLOBAL("DELETE FROM webhook_deliveries WHERE created_at < ? LIMIT 500");
static const struct sql sql_sweep_secrets =
        SQL_GLOBAL("DELETE FROM webhook_secrets WHERE expires_at < ? LIMIT 500");

void sweep(struct hookd *h)
{
        const time_ms now = time_now();
        const time_ms keep = now - config_int(CONFIG_WEBHOOK_LOG_RETENTION) * 86400000;
        uint64_t rows = 0;

        if (time_monotonic_us() < h->sweep_us)
                return;
        db_scope(h->db, NULL);
        if (db_run(h->db, &sql_sweep_deliveries, DB_PARAMS(db_time(keep)), &rows) == STATUS_OK &&
            rows == BATCH)
                return; /* on in the next round */
        (void)db_run(h->db, &sql_sweep_secrets, DB_PARAMS(db_time(now)), NULL);
        h->sweep_us = time_monotonic_us() + config_int(CONFIG_SWEEP_INTERVAL) * 1000000;
}
