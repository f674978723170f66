/**
 * outcome.c: what became of an attempt, and when the next one is due.
 */
#include "hookd.h"

#include "base/config.h"
#include "base/log.h"
#include "events/events.h"

enum { GONE = 410 };

/* A replay meanwhile has set the count of tries back; then this attempt is not counted. */
static const struct sql sql_record =
        SQL("UPDATE webhook_deliveries SET state = ?, next_at = ?, response_status = ?,"
            " duration_ms = ?, error = ?, updated_at = ?, version = version + 1"
            " WHERE tenant_id = :tenant AND id = ? AND tries = ? AND state = 'pending'");
static const struct sql sql_lock_webhook =
        SQL("SELECT version FROM webhooks"
            " WHERE tenant_id = :tenant AND id = ? AND enabled = 1 FOR UPDATE");
static const struct sql sql_disable =
        SQL("UPDATE webhooks SET enabled = 0, disabled_reason = ?, updated_at = ?,"
            " version = version + 1 WHERE tenant_id = :tenant AND id = ?");

static const struct str gone_text = {"the receiver answered 410 Gone", 30};

struct report {
        const struct delivery *delivery;
        const struct outcome *outcome;
        const char *state;
        time_ms next_at; /* 0: none */
};

static enum status record(struct db *db, const struct report *report)
{
        const struct outcome *outcome = report->outcome;
        const struct delivery *d = report->delivery;

        db_scope(db, &d->tenant);
        return db_run(db, &sql_record,
                      DB_PARAMS(db_text(str_of(report->state)),
                                report->next_at ? db_time(report->next_at) : db_null(),
                                outcome->status ? db_int(outcome->status) : db_null(),
                                db_int(outcome->duration_ms), db_text(str_of(outcome->error)),
                                db_time(time_now()), db_uuid(&d->id), db_int(d->tries)),
                      NULL);
}

static enum status note_disabled(struct db *db, const struct delivery *d, int64_t version)
{
        struct change change = {
                .resource = "webhook",
                .record = d->webhook,
                .version = (uint32_t)version,
                .op = CHANGE_UPDATE,
                .before = STR("{\"enabled\":true,\"disabled_reason\":null}"),
                .after = STR("{\"enabled\":false,"
                             "\"disabled_reason\":\"the receiver answered 410 Gone\"}"),
        };

        if (!uuid_v7(&change.receipt))
                return STATUS_UNAVAILABLE;
        return event_record(db, &(struct actor){.address = STR("")}, &change);
}

/* 410: the receiver wants nothing any more. */
static enum status disable(struct db *db, const struct delivery *d)
{
        struct db_rows rows;
        int64_t version;
        enum status status = db_row(db, &sql_lock_webhook, DB_PARAMS(db_uuid(&d->webhook)), &rows);

        if (status != STATUS_OK)
                return status == STATUS_NOT_FOUND ? STATUS_OK : status;
        version = db_get_int(&rows, 0) + 1;
        status = db_end(&rows);
        if (status == STATUS_OK)
                status = db_run(db, &sql_disable,
                                DB_PARAMS(db_text(gone_text), db_time(time_now_second()),
                                          db_uuid(&d->webhook)),
                                NULL);
        return status == STATUS_OK ? note_disabled(db, d, version) : status;
}

static enum status body(struct db *db, void *context)
{
        const struct report *report = context;
        const enum status status = record(db, report);

        return status == STATUS_OK && report->outcome->status == GONE
                       ? disable(db, report->delivery)
                       : status;
}

static time_ms next_try(const struct delivery *d, const struct outcome *outcome)
{
        uint64_t random = 0;
        int64_t pause;

        (void)random_bytes(&random, sizeof(random));
        pause = webhook_pause(config_int(CONFIG_WEBHOOK_RETRY_BASE), d->tries, random);
        if (pause < outcome->wait_s * 1000)
                pause = outcome->wait_s * 1000;
        return time_now() + pause;
}

static void settle(struct hookd *h, const struct report *report)
{
        const struct db_work work = {.body = body, .context = (void *)report};
        const enum status status = db_transaction(h->db, &work);

        if (status != STATUS_OK) /* it is sent again when its claim ends */
                LOG(WARN, "hookd.outcome_lost", LOG_TEXT("cause", str_of(status_name(status))));
}

void outcome_record(struct hookd *h, const struct delivery *d, const struct outcome *outcome)
{
        const bool last = d->tries >= config_int(CONFIG_WEBHOOK_TRIES) || outcome->status == GONE;
        const struct report report = {
                .delivery = d,
                .outcome = outcome,
                .state = outcome->arrived ? "delivered"
                         : last           ? "dead"
                                          : "pending",
                .next_at = outcome->arrived || last ? 0 : next_try(d, outcome),
        };

        settle(h, &report);
}

void outcome_gone(struct hookd *h, const struct delivery *d)
{
        const struct outcome outcome = {.error = "the event is no longer kept"};
        const struct report report = {.delivery = d, .outcome = &outcome, .state = "dead"};

        settle(h, &report);
}
