/**
 * claim.c: what is due, of each webhook the next one. A claim counts the attempt and hides the
 * delivery for longer than an attempt may take.
 */
#include "hookd.h"

#include <stdlib.h>

#include "base/config.h"
#include "base/log.h"

enum { MARGIN_MS = 5000 };

/* In no order, so that no webhook is always the last when there are more than can be under way. */
static const struct sql sql_select_due = SQL_GLOBAL(
        "SELECT w.tenant_id, w.id, w.url, (SELECT d.id FROM webhook_deliveries AS d"
        "  WHERE d.tenant_id = w.tenant_id AND d.webhook_id = w.id AND d.state = 'pending'"
        "  AND d.next_at <= ? ORDER BY d.next_at, d.id LIMIT 1) AS due"
        " FROM webhooks AS w WHERE w.enabled = 1 HAVING due IS NOT NULL ORDER BY RAND() LIMIT ?");
static const struct sql sql_claim =
        SQL("UPDATE webhook_deliveries SET tries = tries + 1, attempted_at = ?, next_at = ?,"
            " updated_at = ?, version = version + 1"
            " WHERE tenant_id = :tenant AND id = ? AND state = 'pending' AND next_at <= ?");
static const struct sql sql_select_claimed =
        SQL("SELECT epoch, seq, type, tries, created_at FROM webhook_deliveries"
            " WHERE tenant_id = :tenant AND id = ?");

struct claim {
        struct hookd *h;
        struct delivery *items[UNDER_WAY_MAX];
        bool ours[UNDER_WAY_MAX];
        size_t count;
};

static bool under_way(const struct hookd *h, const struct uuid *webhook)
{
        for (size_t i = 0; i < h->count; i++)
                if (uuid_eq(&h->under_way[i]->webhook, webhook))
                        return true;
        return false;
}

static struct delivery *delivery_of(const struct hookd *h, const struct db_rows *rows)
{
        enum { BODY_MAX = 64 << 20 };
        struct delivery *d = calloc(1, sizeof(*d));

        if (!d)
                return NULL;
        d->tenant.uuid = db_get_uuid(rows, 0);
        d->webhook = db_get_uuid(rows, 1);
        str_put(d->url, sizeof(d->url), db_get_str(rows, 2));
        d->id = db_get_uuid(rows, 3);
        d->allow = &h->allow;
        buf_init(&d->body, BODY_MAX);
        return d;
}

static enum status read_due(struct claim *claim)
{
        struct hookd *h = claim->h;
        struct db_rows rows;
        enum status status;

        db_scope(h->db, NULL);
        status = db_query(h->db, &sql_select_due,
                          DB_PARAMS(db_time(time_now()), db_int(2 * UNDER_WAY_MAX)), &rows);
        while (status == STATUS_OK && db_next(&rows)) {
                const struct uuid webhook = db_get_uuid(&rows, 1);

                if (h->count + claim->count == UNDER_WAY_MAX || under_way(h, &webhook))
                        continue;
                claim->items[claim->count] = delivery_of(h, &rows);
                if (claim->items[claim->count])
                        claim->count++;
        }
        return status == STATUS_OK ? db_end(&rows) : status;
}

static enum status read_claimed(struct db *db, struct delivery *d)
{
        struct db_rows rows;
        enum status status = db_row(db, &sql_select_claimed, DB_PARAMS(db_uuid(&d->id)), &rows);

        if (status != STATUS_OK)
                return status;
        d->epoch = db_get_int(&rows, 0);
        d->seq = db_get_int(&rows, 1);
        str_put(d->type, sizeof(d->type), db_get_str(&rows, 2));
        d->tries = db_get_int(&rows, 3);
        d->planned_at = db_get_time(&rows, 4);
        return db_end(&rows);
}

static enum status claim_all(struct db *db, void *context)
{
        struct claim *claim = context;
        const time_ms now = time_now();
        const time_ms until = now + config_int(CONFIG_WEBHOOK_TIMEOUT) * 1000 + MARGIN_MS;
        enum status status = lease_take(&claim->h->lease, db);

        for (size_t i = 0; i < claim->count && status == STATUS_OK; i++) {
                struct delivery *d = claim->items[i];
                uint64_t rows = 0;

                db_scope(db, &d->tenant);
                status = db_run(db, &sql_claim,
                                DB_PARAMS(db_time(now), db_time(until), db_time(now),
                                          db_uuid(&d->id), db_time(now)),
                                &rows);
                claim->ours[i] = rows > 0;
                if (status == STATUS_OK && rows)
                        status = read_claimed(db, d);
        }
        return status;
}

static void begin(struct hookd *h, struct delivery *d)
{
        const enum status status = event_load(h, d);

        if (status == STATUS_OK) {
                send_start(h, d);
                return;
        }
        if (status == STATUS_NOT_FOUND)
                outcome_gone(h, d);
        else
                LOG(WARN, "hookd.delivery_waits", LOG_TEXT("cause", str_of(status_name(status))));
        delivery_free(d);
}

void claim_due(struct hookd *h)
{
        static struct claim claim; /* of the one thread */
        const struct db_work work = {.body = claim_all, .context = &claim};
        enum status status;

        claim.h = h;
        claim.count = 0;
        status = read_due(&claim);
        if (status == STATUS_OK && claim.count)
                status = db_transaction(h->db, &work);
        for (size_t i = 0; i < claim.count; i++)
                if (status == STATUS_OK && claim.ours[i])
                        begin(h, claim.items[i]);
                else
                        delivery_free(claim.items[i]);
}
