/**
 * record.c: the audit row and the outbox row of a change.
 */
#include "events/events.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

enum { CHUNK = 50, AUDIT_COLUMNS = 11, OUTBOX_COLUMNS = 7, TEXT_MAX = 16384 };

#define INSERT_AUDIT                                                                      \
        "INSERT INTO audit (tenant_id, id, at, actor_id, address, request_id, resource, " \
        "record_id,"                                                                      \
        " version, op, before_doc, after_doc) VALUES "
#define AUDIT_ROW "(:tenant, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define INSERT_OUTBOX                                                                  \
        "INSERT INTO outbox (tenant_id, channel, type, resource, op, record_id, body," \
        " created_at) VALUES "
#define OUTBOX_ROW "(:tenant, ?, ?, ?, ?, ?, ?, ?)"

static const struct sql sql_insert_audit = SQL(INSERT_AUDIT AUDIT_ROW);
static const struct sql sql_insert_outbox = SQL(INSERT_OUTBOX OUTBOX_ROW);

static const struct sql sql_select_receipt =
        SQL("SELECT 1 FROM audit WHERE tenant_id = :tenant AND id = ? LOCK IN SHARE MODE");

static const char *const op_texts[] = {
        [CHANGE_CREATE] = "create",
        [CHANGE_UPDATE] = "update",
        [CHANGE_DELETE] = "delete",
        [CHANGE_ACCESS] = "access",
};

static void audit_values(struct db_value *to, const struct actor *actor,
                         const struct change *change, time_ms now)
{
        const bool somebody = !uuid_is_zero(&actor->user.uuid);
        const struct db_value values[AUDIT_COLUMNS] = {
                db_uuid(&change->receipt),
                db_time(now),
                somebody ? db_uuid(&actor->user.uuid) : db_null(),
                db_text(actor->address.ptr ? actor->address : STR("")),
                db_text(actor->request_id.ptr ? actor->request_id : STR("")),
                db_text(str_of(change->resource)),
                db_uuid(&change->record),
                db_int(change->version),
                db_text(str_of(op_texts[change->op])),
                db_text(change->before),
                db_text(change->after),
        };

        memcpy(to, values, sizeof(values));
}

static void outbox_values(struct db_value *to, const struct change *change, time_ms now)
{
        const struct db_value values[OUTBOX_COLUMNS] = {
                db_text(str_of(change->channel)),
                db_text(str_of(change->type)),
                db_text(change->resource ? str_of(change->resource) : STR("")),
                db_text(change->resource ? str_of(op_texts[change->op]) : STR("")),
                db_uuid(&change->record),
                db_text(change->document),
                db_time(now),
        };

        memcpy(to, values, sizeof(values));
}

enum status event_record(struct db *db, const struct actor *actor, const struct change *change)
{
        struct db_value values[AUDIT_COLUMNS];
        const time_ms now = time_now();
        enum status status;

        audit_values(values, actor, change, now);
        status = db_later(db, &sql_insert_audit, (struct db_params){values, AUDIT_COLUMNS});
        if (status != STATUS_OK || !change->type)
                return status;
        outbox_values(values, change, now);
        return db_later(db, &sql_insert_outbox, (struct db_params){values, OUTBOX_COLUMNS});
}

enum status event_send(struct db *db, const struct change *event)
{
        struct db_value values[AUDIT_COLUMNS];

        outbox_values(values, event, time_now());
        return db_later(db, &sql_insert_outbox, (struct db_params){values, OUTBOX_COLUMNS});
}

/* The same statements with CHUNK rows: written once, from the very texts of the single ones. */
static struct {
        pthread_once_t once;
        char audit[TEXT_MAX], outbox[TEXT_MAX];
} chunk = {.once = PTHREAD_ONCE_INIT};

static void repeat(char *out, const char *insert, const char *row)
{
        char *to = stpcpy(out, insert);

        for (unsigned i = 0; i < CHUNK; i++)
                to = stpcpy(stpcpy(to, i ? ", " : ""), row);
}

static void write_chunk_texts(void)
{
        repeat(chunk.audit, INSERT_AUDIT, AUDIT_ROW);
        repeat(chunk.outbox, INSERT_OUTBOX, OUTBOX_ROW);
}

static enum status record_chunk(struct db *db, const struct actor *actor,
                                const struct change *changes)
{
        const struct sql audit = {chunk.audit, SQL_OF_TENANT},
                         outbox = {chunk.outbox, SQL_OF_TENANT};
        struct db_value values[CHUNK * AUDIT_COLUMNS];
        const time_ms now = time_now();
        enum status status;

        for (size_t i = 0; i < CHUNK; i++)
                audit_values(values + i * AUDIT_COLUMNS, actor, &changes[i], now);
        status = db_run(db, &audit, (struct db_params){values, CHUNK * AUDIT_COLUMNS}, NULL);
        if (status != STATUS_OK)
                return status;
        for (size_t i = 0; i < CHUNK; i++)
                outbox_values(values + i * OUTBOX_COLUMNS, &changes[i], now);
        return db_run(db, &outbox, (struct db_params){values, CHUNK * OUTBOX_COLUMNS}, NULL);
}

static bool all_have_events(const struct change *changes, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (!changes[i].type)
                        return false;
        return true;
}

enum status event_record_many(struct db *db, const struct actor *actor,
                              const struct change *changes, size_t count)
{
        enum status status = STATUS_OK;

        pthread_once(&chunk.once, write_chunk_texts);
        for (; count >= CHUNK && all_have_events(changes, CHUNK) && status == STATUS_OK;
             count -= CHUNK) {
                status = record_chunk(db, actor, changes);
                changes += CHUNK;
        }
        for (; count && status == STATUS_OK; count--)
                status = event_record(db, actor, changes++);
        return status;
}

enum status event_committed(struct db *db, const struct uuid *receipt)
{
        struct db_rows rows;
        enum status status = db_row(db, &sql_select_receipt, DB_PARAMS(db_uuid(receipt)), &rows);

        return status == STATUS_OK ? db_end(&rows) : status;
}
