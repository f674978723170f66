/**
 * delivery.c: the log of a webhook, and what is sent once more.
 *
 * A delivery names its event by its place in the stream and has no copy of it: an event that is
 * erased, or older than the stream is kept, can't be sent again.
 */
#include "webhooks.h"

#include "base/num.h"
#include "events/events.h"

static const struct sql sql_insert_test =
        SQL("INSERT INTO webhook_deliveries (tenant_id, id, webhook_id, epoch, seq, type, state,"
            " next_at, created_at, updated_at)"
            " VALUES (:tenant, ?, ?, 0, 0, 'webhook.test', 'pending', ?, ?, ?)");

static const struct sql sql_select_delivery =
        SQL("SELECT d.seq = 0 OR EXISTS (SELECT s.seq FROM stream AS s JOIN stream_head AS h"
            "  ON h.tenant_id = :tenant AND h.epoch = d.epoch"
            "  WHERE s.tenant_id = :tenant AND s.seq = d.seq AND s.type <> '" EVENT_ERASED "')"
            " FROM webhook_deliveries AS d"
            " WHERE d.tenant_id = :tenant AND d.id = ? AND d.webhook_id = ? FOR UPDATE");

static const struct sql sql_plan_again =
        SQL("UPDATE webhook_deliveries SET state = 'pending', tries = 0, next_at = ?,"
            " updated_at = ?, version = version + 1 WHERE tenant_id = :tenant AND id = ?");

static const struct sql sql_select_kept =
        SQL("SELECT h.epoch, h.seq,"
            " COALESCE((SELECT MIN(s.seq) FROM stream AS s WHERE s.tenant_id = :tenant), h.seq + 1)"
            " FROM stream_head AS h WHERE h.tenant_id = :tenant");

/* Only back, never on: nothing is skipped. Assignments are made from left to right. */
static const struct sql sql_rewind_cursor =
        SQL("UPDATE webhook_cursors SET seq = IF(epoch = ?, LEAST(seq, ?), 0), epoch = ?"
            " WHERE tenant_id = :tenant AND webhook_id = ?");

enum {
        DELIVERY_ID,
        DELIVERY_EVENT_ID,
        DELIVERY_EVENT,
        DELIVERY_TYPE,
        DELIVERY_STATE,
        DELIVERY_ATTEMPTS,
        DELIVERY_NEXT_AT,
        DELIVERY_ATTEMPTED_AT,
        DELIVERY_RESPONSE_STATUS,
        DELIVERY_DURATION_MS,
        DELIVERY_ERROR,
        DELIVERY_CREATED_AT,
        DELIVERY_UPDATED_AT,
        DELIVERY__N
};

/* clang-format off */
#define EXAMPLE_UUID "\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\""
#define READ_ONLY .flags = FIELD_READ_ONLY | FIELD_HOOK
#define COMPUTED .flags = FIELD_READ_ONLY | FIELD_COMPUTED
static const struct field fields[DELIVERY__N] = {
        [DELIVERY_ID] = {"id", TYPE_ID, .flags = FIELD_READ_ONLY, .class = PLAIN, .about = "The delivery.", .example = EXAMPLE_UUID},
        [DELIVERY_EVENT_ID] = {"event_id", TYPE_TEXT, COMPUTED, .class = PLAIN,
                .reads = "IF(seq = 0, CONCAT('test_', LOWER(HEX(id))), CONCAT('evt_', LOWER(HEX(tenant_id)), '_', epoch, '_', seq))",
                .about = "webhook-id: the same for each attempt, replay and webhook.", .example = "\"evt_018d1b2c3e4f7a5b8c6d7e8f9a0b1c2d_1705574100000_17\""},
        [DELIVERY_EVENT] = {"event", TYPE_TEXT, COMPUTED | FIELD_NULLABLE, .class = PLAIN, .reads = "IF(seq = 0, NULL, CONCAT(epoch, '.', seq))",
                .about = "Its place in the stream, as in ?since=; null for a test.", .example = "\"1705574100000.17\""},
        [DELIVERY_TYPE] = {"type", TYPE_TEXT, .max = WEBHOOK_EVENT_MAX, READ_ONLY, .class = PLAIN, .about = "Type of the event.", .example = "\"person_updated\""},
        [DELIVERY_STATE] = {"state", TYPE_ENUM, .choices = ONE_OF("pending", "delivered", "dead"), READ_ONLY, .class = PLAIN,
                .about = "dead: given up; replay sends it once more.", .example = "\"delivered\""},
        [DELIVERY_ATTEMPTS] = {"attempts", TYPE_INTEGER, .column = "tries", READ_ONLY, .class = PLAIN, .about = "How often it was tried.", .example = "1"},
        [DELIVERY_NEXT_AT] = {"next_at", TYPE_TIME, READ_ONLY | FIELD_NULLABLE, .class = PLAIN, .about = "No attempt before; null: none is due.", .example = "null"},
        [DELIVERY_ATTEMPTED_AT] = {"attempted_at", TYPE_TIME, READ_ONLY | FIELD_NULLABLE, .class = PLAIN, .about = "When the last attempt began.", .example = "\"2024-01-18T10:35:00Z\""},
        [DELIVERY_RESPONSE_STATUS] = {"response_status", TYPE_INTEGER, READ_ONLY | FIELD_NULLABLE, .class = PLAIN, .about = "HTTP status of the last attempt.", .example = "204"},
        [DELIVERY_DURATION_MS] = {"duration_ms", TYPE_INTEGER, READ_ONLY | FIELD_NULLABLE, .class = PLAIN, .about = "Milliseconds of the last attempt.", .example = "38"},
        [DELIVERY_ERROR] = {"error", TYPE_TEXT, .max = 200, READ_ONLY | FIELD_NULLABLE, .class = PLAIN, .about = "Why the last attempt failed.", .example = "null"},
        [DELIVERY_CREATED_AT] = {"created_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_SORT, .class = PLAIN, .about = "When it was planned.", .example = "\"2024-01-18T10:35:00Z\""},
        [DELIVERY_UPDATED_AT] = {"updated_at", TYPE_TIME, .flags = FIELD_READ_ONLY, .class = PLAIN, .about = "When anything happened last.", .example = "\"2024-01-18T10:35:00Z\""},
};
static const struct shape shape = {"WebhookDelivery", fields, DELIVERY__N, "What was or will be sent to a webhook."};

const struct resource delivery = {
        .name = "webhook_delivery", .plural = "deliveries", .label = "Delivery", .noun = "WebhookDelivery", .table = "webhook_deliveries",
        .dialect = &dialect_i, .shape = &shape, .not_found = PROBLEM_DELIVERY_NOT_FOUND, .default_sort = "-created_at",
};
/* clang-format on */

static enum status find(struct request *r, struct uuid *id, int64_t *version,
                        struct record **record)
{
        return resource_load(r, &webhook, r->arguments[0], false, id, record, version);
}

enum status delivery_list(struct request *r)
{
        const bool any = !record_has(r->filter, 0);
        struct db_value params[2];
        struct record *record;
        struct uuid id;
        int64_t version;
        const enum status status = find(r, &id, &version, &record);

        if (status != STATUS_OK)
                return status;
        params[0] = db_uuid(&id);
        params[1] = r->filter->values[0];
        return resource_answer(r, &delivery,
                               &(struct resource_question){
                                       .where = any ? STR(" AND webhook_id = ?")
                                                    : STR(" AND webhook_id = ? AND state = ?"),
                                       .params = params,
                                       .param_count = any ? 1 : 2,
                               });
}

static enum status answer(struct request *r, const struct uuid *id)
{
        struct emit *e = respond_json(r, 202);

        emit_object(e);
        emit_member_uuid(e, "delivery_id", id);
        emit_object_end(e);
        return STATUS_OK;
}

static enum status note(struct request *r, const struct uuid *hook, int64_t version,
                        const char *what, const struct uuid *id)
{
        char text[UUID_TEXT_SIZE];

        return webhook_note(r, hook, version, what, uuid_format(id, text));
}

enum status webhook_test(struct request *r)
{
        const struct db_value now = db_time(r->now);
        struct record *record;
        struct uuid hook, id;
        int64_t version;
        enum status status = find(r, &hook, &version, &record);

        if (status != STATUS_OK)
                return status;
        if (!record_int(record, WEBHOOK_ENABLED))
                return problem(r, PROBLEM_INVALID_TRANSITION,
                               "Nothing is sent while enabled is false");
        if (!uuid_v7(&id))
                return STATUS_UNAVAILABLE;
        status = db_run(r->db, &sql_insert_test,
                        DB_PARAMS(db_uuid(&id), db_uuid(&hook), now, now, now), NULL);
        if (status == STATUS_OK)
                status = note(r, &hook, version, "tested", &id);
        return status == STATUS_OK ? answer(r, &id) : status;
}

static enum status find_delivery(struct request *r, const struct uuid *hook, struct uuid *id)
{
        struct db_rows rows;
        bool kept;
        enum status status = STATUS_NOT_FOUND;

        if (uuid_parse(r->arguments[1], id))
                status = db_row(r->db, &sql_select_delivery, DB_PARAMS(db_uuid(id), db_uuid(hook)),
                                &rows);
        if (status == STATUS_NOT_FOUND)
                return problem(r, PROBLEM_DELIVERY_NOT_FOUND, "Delivery with ID %.*s not found",
                               STR_ARG(r->arguments[1]));
        if (status != STATUS_OK)
                return status;
        kept = db_get_int(&rows, 0) != 0;
        status = db_end(&rows);
        if (status != STATUS_OK || kept)
                return status;
        return problem(r, PROBLEM_EVENT_GONE, "The event is no longer kept");
}

enum status delivery_replay(struct request *r)
{
        const struct db_value now = db_time(r->now);
        struct record *record;
        struct uuid hook, id;
        int64_t version;
        enum status status = find(r, &hook, &version, &record);

        if (status == STATUS_OK)
                status = find_delivery(r, &hook, &id);
        if (status == STATUS_OK)
                status = db_run(r->db, &sql_plan_again, DB_PARAMS(now, now, db_uuid(&id)), NULL);
        if (status == STATUS_OK)
                status = note(r, &hook, version, "replayed", &id);
        return status == STATUS_OK ? answer(r, &id) : status;
}

struct kept {
        int64_t epoch, seq, first;
};

static enum status read_kept(struct request *r, struct kept *kept)
{
        struct db_rows rows;
        enum status status = db_row(r->db, &sql_select_kept, DB_NO_PARAMS, &rows);

        *kept = (struct kept){0};
        if (status != STATUS_OK)
                return status == STATUS_NOT_FOUND ? STATUS_OK : status;
        *kept = (struct kept){db_get_int(&rows, 0), db_get_int(&rows, 1), db_get_int(&rows, 2)};
        return db_end(&rows);
}

/* "epoch.seq", of the stream that is there. */
static enum status read_since(struct request *r, const struct kept *kept, int64_t *seq)
{
        struct str text = record_str(r->input, 0), epoch_text;
        int64_t epoch;

        if (!str_cut(&text, '.', &epoch_text) || !text.ptr ||
            !num_parse(epoch_text, 0, INT64_MAX, &epoch) || !num_parse(text, 0, INT64_MAX, seq)) {
                fault_add(&r->faults, STR("/since"), "format", "since must be epoch.seq");
                return problem_invalid(r);
        }
        if (epoch != kept->epoch || *seq + 1 < kept->first)
                return problem(r, PROBLEM_EVENT_GONE,
                               "Events after %lld.%lld are kept, none before",
                               (long long)kept->epoch, (long long)kept->first - 1);
        return STATUS_OK;
}

enum status webhook_replay(struct request *r)
{
        struct kept kept;
        struct record *record;
        struct uuid hook;
        struct str since;
        int64_t version, seq = 0;
        struct emit *e;
        enum status status = find(r, &hook, &version, &record);

        if (status == STATUS_OK)
                status = read_kept(r, &kept);
        if (status == STATUS_OK)
                status = read_since(r, &kept, &seq);
        if (status == STATUS_OK)
                status = db_run(r->db, &sql_rewind_cursor,
                                DB_PARAMS(db_int(kept.epoch), db_int(seq), db_int(kept.epoch),
                                          db_uuid(&hook)),
                                NULL);
        if (status != STATUS_OK)
                return status;
        since = arena_printf(r->arena, "%lld.%lld", (long long)kept.epoch, (long long)seq);
        status = webhook_note(r, &hook, version, "replayed_since", since);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 202);
        emit_object(e);
        emit_member_str(e, "since", since);
        emit_member_int(e, "events", kept.seq > seq ? kept.seq - seq : 0);
        emit_object_end(e);
        return STATUS_OK;
}

/* clang-format off */
static const struct field query_fields[] = {
        {"state", TYPE_ENUM, .choices = ONE_OF("pending", "delivered", "dead"), .class = PLAIN, .about = "Only those; dead: the dead letters.", .example = "\"dead\""},
};
const struct shape delivery_query = SHAPE("DeliveryQuery", query_fields, "Which deliveries.");

static const struct field delivery_fields[] = {
        {"delivery_id", TYPE_ID, .class = PLAIN, .about = "The delivery.", .example = EXAMPLE_UUID},
};
const struct shape delivery_out = SHAPE("PlannedDelivery", delivery_fields, "A delivery that is due now.");

static const struct field replay_fields[] = {
        {"since", TYPE_TEXT, .min = 3, .max = 41, .flags = FIELD_REQUIRED, .class = PLAIN, .about = "Place in the stream, epoch.seq: what follows is sent again.", .example = "\"1705574100000.17\""},
};
const struct shape replay_in = SHAPE("WebhookReplay", replay_fields, "From where to send again.");
static const struct field replayed_fields[] = {
        {"since", TYPE_TEXT, .class = PLAIN, .about = "From where.", .example = "\"1705574100000.17\""},
        {"events", TYPE_INTEGER, .class = PLAIN, .about = "Events of the tenant that follow; those that the webhook wants are sent.", .example = "3"},
};
const struct shape replay_out = SHAPE("ReplayedWebhook", replayed_fields, "What is sent again.");
/* clang-format on */
