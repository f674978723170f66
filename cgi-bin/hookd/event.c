/**
 * event.c: what a delivery says: the event as the stream has it now, signed with the secrets that
 * are in force.
 */
#include "hookd.h"

#include <stdio.h>

#include "base/digest.h"
#include "events/events.h"
#include "json/emit.h"

static const struct sql sql_select_event =
        SQL("SELECT s.body, s.created_at FROM stream AS s"
            " JOIN stream_head AS h ON h.tenant_id = :tenant AND h.epoch = ?"
            " WHERE s.tenant_id = :tenant AND s.seq = ? AND s.type <> '" EVENT_ERASED "'");
static const struct sql sql_select_secrets =
        SQL("SELECT secret FROM webhook_secrets WHERE tenant_id = :tenant AND webhook_id = ?"
            " AND (expires_at IS NULL OR expires_at > ?) ORDER BY id DESC LIMIT ?");

static bool put_body(struct delivery *d, time_ms at, struct str data)
{
        struct emit e;

        emit_start(&e, &d->body);
        emit_object(&e);
        emit_member_text(&e, "type", d->type);
        emit_member_time(&e, "timestamp", at);
        emit_key(&e, "data");
        emit_raw(&e, data);
        emit_object_end(&e);
        return emit_finish(&e);
}

static enum status load_test(struct delivery *d)
{
        char id[UUID_TEXT_SIZE], data[64], hex[2 * sizeof(d->id.bytes) + 1];

        (void)snprintf(d->event_id, sizeof(d->event_id), "test_%s",
                       hex_format(d->id.bytes, sizeof(d->id.bytes), hex).ptr);
        (void)snprintf(data, sizeof(data), "{\"webhook_id\":\"%s\"}",
                       uuid_format(&d->webhook, id).ptr);
        return put_body(d, d->planned_at, str_of(data)) ? STATUS_OK : STATUS_NOMEM;
}

static enum status load_event(struct hookd *h, struct delivery *d)
{
        char hex[2 * sizeof(d->id.bytes) + 1];
        struct db_rows rows;
        bool whole;
        enum status status;

        (void)snprintf(d->event_id, sizeof(d->event_id), "evt_%s_%lld_%lld",
                       hex_format(d->tenant.uuid.bytes, sizeof(d->tenant.uuid.bytes), hex).ptr,
                       (long long)d->epoch, (long long)d->seq);
        status = db_row(h->db, &sql_select_event, DB_PARAMS(db_int(d->epoch), db_int(d->seq)),
                        &rows);
        if (status != STATUS_OK)
                return status;
        whole = put_body(d, db_get_time(&rows, 1), db_get_str(&rows, 0));
        status = db_end(&rows);
        return status == STATUS_OK && !whole ? STATUS_NOMEM : status;
}

static enum status sign(struct hookd *h, struct delivery *d)
{
        const time_ms now = time_now();
        struct db_rows rows;
        size_t length = 0;
        enum status status =
                db_query(h->db, &sql_select_secrets,
                         DB_PARAMS(db_uuid(&d->webhook), db_time(now), db_int(SIGNED_MAX)), &rows);

        d->signed_s = now / 1000;
        while (status == STATUS_OK && db_next(&rows)) {
                char signature[WEBHOOK_SIGNATURE_SIZE];

                if (webhook_sign(db_get_str(&rows, 0), str_of(d->event_id), d->signed_s,
                                 buf_view(&d->body), signature))
                        length += (size_t)snprintf(d->signatures + length,
                                                   sizeof(d->signatures) - length, "%s%s",
                                                   length ? " " : "", signature);
        }
        if (status == STATUS_OK)
                status = db_end(&rows);
        return status == STATUS_OK && length == 0 ? STATUS_NOT_FOUND : status;
}

enum status event_load(struct hookd *h, struct delivery *d)
{
        enum status status;

        db_scope(h->db, &d->tenant);
        status = d->seq ? load_event(h, d) : load_test(d);
        return status == STATUS_OK ? sign(h, d) : status;
}
