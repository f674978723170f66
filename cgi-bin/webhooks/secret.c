/**
 * secret.c: POST /api/v1/webhooks and …/{id}/rotate-secret: the two answers that show a secret.
 */
#include "webhooks.h"

#include <openssl/crypto.h>

enum { IN_URL, IN_EVENTS, IN_DESCRIPTION, IN_ENABLED, IN_SECRET };
enum { OVERLAP_MS = 86400000 };

static const struct sql sql_insert_cursor =
        SQL("INSERT INTO webhook_cursors (tenant_id, webhook_id, epoch, seq)"
            " SELECT :tenant, ?, COALESCE(MAX(epoch), 0), COALESCE(MAX(seq), 0) FROM stream_head"
            " WHERE tenant_id = :tenant");

static const struct sql sql_insert_secret =
        SQL("INSERT INTO webhook_secrets (tenant_id, webhook_id, id, secret)"
            " VALUES (:tenant, ?, ?, ?)");

static const struct sql sql_end_secret =
        SQL("UPDATE webhook_secrets SET expires_at = ?"
            " WHERE tenant_id = :tenant AND webhook_id = ? AND expires_at IS NULL");

/* A change that shows a secret; the transaction's body may run several times. */
struct task {
        struct request *r;
        enum status (*body)(struct task *task);
        struct str secret;
        struct record *record; /* to store, then as stored */
        struct uuid id;
        int64_t version;
        time_ms until;
};

static enum status run(struct db *db, void *context)
{
        struct task *task = context;

        (void)db;
        return task->body(task);
}

static void again(void *context)
{
        const struct task *task = context;

        task->r->receipt = (struct uuid){{0}};
        task->r->rang = false;
}

static enum status committed(struct db *db, void *context)
{
        const struct task *task = context;

        return event_committed(db, &task->r->receipt);
}

/* The secret that was given, else a new one; a malformed one has been answered. */
static enum status settle_secret(struct task *task, size_t index)
{
        struct request *r = task->r;
        char made[WEBHOOK_SECRET_SIZE];

        if (!record_has(r->input, index)) {
                if (!webhook_secret_make(made))
                        return STATUS_UNAVAILABLE;
                task->secret = arena_copy(r->arena, str_of(made));
                OPENSSL_cleanse(made, sizeof(made));
                return task->secret.ptr ? STATUS_OK : STATUS_NOMEM;
        }
        task->secret = record_str(r->input, index);
        if (!webhook_secret_valid(task->secret))
                fault_add(&r->faults, STR("/secret"), "format",
                          "secret must be whsec_ and base64 of 24 to 64 bytes");
        return STATUS_OK;
}

static enum status keep_secret(struct task *task)
{
        struct uuid id;

        if (!uuid_v7(&id))
                return STATUS_UNAVAILABLE;
        return db_run(task->r->db, &sql_insert_secret,
                      DB_PARAMS(db_uuid(&task->id), db_uuid(&id), db_text(task->secret)), NULL);
}

static enum status load(struct task *task, bool lock, struct str text)
{
        return resource_load(task->r, &webhook, text, lock, &task->id, &task->record,
                             &task->version);
}

static enum status create(struct task *task)
{
        struct request *r = task->r;
        char text[UUID_TEXT_SIZE];
        struct record *record = task->record;
        enum status status = resource_insert(r, &webhook, record, &task->id, NULL);

        if (status == STATUS_OK)
                status = db_run(r->db, &sql_insert_cursor, DB_PARAMS(db_uuid(&task->id)), NULL);
        if (status == STATUS_OK)
                status = keep_secret(task);
        if (status == STATUS_OK)
                status = load(task, false, uuid_format(&task->id, text));
        if (status != STATUS_OK)
                task->record = record; /* for another run */
        return status;
}

static struct record *record_of(struct request *r)
{
        static const enum webhook_field fields[] = {
                [IN_URL] = WEBHOOK_URL,
                [IN_EVENTS] = WEBHOOK_EVENTS,
                [IN_DESCRIPTION] = WEBHOOK_DESCRIPTION,
                [IN_ENABLED] = WEBHOOK_ENABLED,
        };
        struct record *record = record_new(r->arena, webhook.shape);

        for (size_t i = 0; record && i < sizeof(fields) / sizeof(fields[0]); i++) {
                record->values[fields[i]] = r->input->values[i];
                record->given[fields[i]] = r->input->given[i];
        }
        return record;
}

static enum status prepare(struct task *task)
{
        struct request *r = task->r;
        struct resource_change change = {
                .resource = &webhook, .op = CHANGE_CREATE, .after = record_of(r)};
        enum status status;

        if (!change.after)
                return STATUS_NOMEM;
        task->record = change.after;
        status = settle_secret(task, IN_SECRET);
        if (status == STATUS_OK)
                status = resource_check(r, &webhook, &change);
        return status == STATUS_OK && r->faults.count ? problem_invalid(r) : status;
}

static void answer_created(const struct task *task)
{
        struct request *r = task->r;
        struct emit *e = respond_json(r, 201);
        char text[UUID_TEXT_SIZE];

        emit_object(e);
        emit_key(e, webhook.name);
        emit_object(e);
        resource_emit_members(&webhook, task->record, e);
        emit_member_str(e, "secret", task->secret);
        emit_object_end(e);
        emit_object_end(e);
        response_etag(r, task->version);
        response_location(r, "%.*s/%.*s", STR_ARG(r->path), STR_ARG(uuid_format(&task->id, text)));
}

enum status webhook_create(struct request *r)
{
        struct task task = {.r = r, .body = create};
        const struct db_work work = {run, again, committed, &task};
        enum status status = prepare(&task);

        if (status == STATUS_OK)
                status = db_transaction(r->db, &work);
        if (status == STATUS_OK)
                answer_created(&task);
        return status;
}

static enum status rotate(struct task *task)
{
        struct request *r = task->r;
        enum status status = load(task, true, r->arguments[0]);

        if (status == STATUS_OK)
                status = db_run(r->db, &sql_end_secret,
                                DB_PARAMS(db_time(task->until), db_uuid(&task->id)), NULL);
        if (status == STATUS_OK)
                status = keep_secret(task);
        return status == STATUS_OK
                       ? webhook_note(r, &task->id, task->version, "secret", STR("rotated"))
                       : status;
}

enum status webhook_rotate(struct request *r)
{
        struct task task = {.r = r, .body = rotate, .until = request_now(r) + OVERLAP_MS};
        const struct db_work work = {run, again, committed, &task};
        struct emit *e;
        enum status status = settle_secret(&task, 0);

        if (status == STATUS_OK && r->faults.count)
                return problem_invalid(r);
        if (status == STATUS_OK)
                status = db_transaction(r->db, &work);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        emit_object(e);
        emit_member_uuid(e, "webhook_id", &task.id);
        emit_member_str(e, "secret", task.secret);
        emit_member_time(e, "previous_until", task.until);
        emit_object_end(e);
        return STATUS_OK;
}

/* clang-format off */
#define EXAMPLE_UUID "\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\""
#define EXAMPLE_SECRET "\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\""
#define EXAMPLE_EVENTS "[\"persons\",\"site_created\"]"
#define ROW_SECRET {"secret", TYPE_TEXT, .min = 38, .max = WEBHOOK_SECRET_MAX, .flags = FIELD_NULLABLE | FIELD_WRITE_ONLY, .class = SENSITIVE, \
        .about = "What deliveries are signed with: whsec_ and base64 of 24 to 64 bytes; made when left out.", .example = EXAMPLE_SECRET}
static const struct field in_fields[] = {
        [IN_URL] = {"url", TYPE_TEXT, .min = 1, .max = WEBHOOK_URL_MAX, .flags = FIELD_REQUIRED, .class = PLAIN, .about = "Where to, by https; private addresses are refused.", .example = "\"https://partner.example/hooks\""},
        [IN_EVENTS] = {"events", TYPE_LIST, .min = 1, .max = 100, .flags = FIELD_REQUIRED, .class = PLAIN, .about = "Types of events, channels, or * for all.", .example = EXAMPLE_EVENTS},
        [IN_DESCRIPTION] = {"description", TYPE_TEXT, .max = 500, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "What it is for.", .example = "\"Keeps the partner's copy fresh\""},
        [IN_ENABLED] = {"enabled", TYPE_BOOLEAN, .otherwise = "true", .class = PLAIN, .about = "Whether anything is sent.", .example = "true"},
        [IN_SECRET] = ROW_SECRET,
};
const struct shape webhook_in = SHAPE("WebhookRequest", in_fields, "A new webhook.");

static const struct field shown_fields[] = {
        {"id", TYPE_ID, .class = PLAIN, .about = "Identifier.", .example = EXAMPLE_UUID},
        {"url", TYPE_TEXT, .max = WEBHOOK_URL_MAX, .class = PLAIN, .about = "Where to.", .example = "\"https://partner.example/hooks\""},
        {"events", TYPE_LIST, .class = PLAIN, .about = "Types of events, channels, or * for all.", .example = EXAMPLE_EVENTS},
        {"description", TYPE_TEXT, .max = 500, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "What it is for.", .example = "null"},
        {"enabled", TYPE_BOOLEAN, .class = PLAIN, .about = "Whether anything is sent.", .example = "true"},
        {"disabled_reason", TYPE_TEXT, .max = 100, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Why it was switched off by itself.", .example = "null"},
        {"created_at", TYPE_TIME, .class = PLAIN, .about = "When it was added.", .example = "\"2024-01-18T10:35:00Z\""},
        {"updated_at", TYPE_TIME, .class = PLAIN, .about = "When it was last changed.", .example = "\"2024-01-18T10:35:00Z\""},
        {"secret", TYPE_TEXT, .class = SENSITIVE, .about = "What deliveries are signed with; never shown again.", .example = EXAMPLE_SECRET},
};
static const struct shape shown = SHAPE("WebhookWithSecret", shown_fields, "A new webhook and its secret.");
static const struct field wrapped[] = {
        {"webhook", TYPE_OBJECT, .members = &shown, .class = SENSITIVE, .about = "The webhook.",
                .example = "{\"id\":" EXAMPLE_UUID ",\"url\":\"https://partner.example/hooks\",\"events\":" EXAMPLE_EVENTS ",\"description\":null,\"enabled\":true,"
                           "\"disabled_reason\":null,\"created_at\":\"2024-01-18T10:35:00Z\",\"updated_at\":\"2024-01-18T10:35:00Z\",\"secret\":" EXAMPLE_SECRET "}"},
};
const struct shape webhook_out = SHAPE("CreatedWebhook", wrapped, "A new webhook and its secret.");

static const struct field rotate_fields[] = {ROW_SECRET};
const struct shape rotate_in = SHAPE("SecretRotation", rotate_fields, "Another secret.");
static const struct field rotated_fields[] = {
        {"webhook_id", TYPE_ID, .class = PLAIN, .about = "The webhook.", .example = EXAMPLE_UUID},
        {"secret", TYPE_TEXT, .class = SENSITIVE, .about = "The new secret; never shown again.", .example = EXAMPLE_SECRET},
        {"previous_until", TYPE_TIME, .class = PLAIN, .about = "Until when deliveries are signed with the old one too.", .example = "\"2024-01-19T10:35:00Z\""},
};
const struct shape rotate_out = SHAPE("RotatedSecret", rotated_fields, "A webhook's new secret.");
/* clang-format on */
