/**
 * import_store.c: fifty rows with one INSERT; row by row when one of them breaks a rule of the
 * database.
 */
#include <stdio.h>

#include "resource/import_internal.h"

static void emit_faults(struct emit *e, int64_t number, const struct faults *faults)
{
        emit_object(e);
        emit_member_int(e, "row", number);
        emit_key(e, "errors");
        emit_array(e);
        for (const struct fault *fault = faults->first; fault; fault = fault->next) {
                emit_object(e);
                emit_member_str(e, "pointer", fault->pointer);
                emit_member_text(e, "code", fault->code);
                emit_member_str(e, "detail", fault->detail);
                emit_object_end(e);
        }
        emit_array_end(e);
        emit_object_end(e);
}

void import_row_failed(struct import *import, int64_t number, const struct faults *faults)
{
        struct emit e;

        import->failed++;
        if (import->reported == IMPORT_REPORT_MAX)
                return;
        import->reported++;
        if (!import->keep_good && !import->dry_run) {
                for (const struct fault *fault = faults->first; fault; fault = fault->next)
                        fault_add(&import->r->faults,
                                  arena_printf(import->r->arena, "/%lld%.*s", (long long)number,
                                               STR_ARG(fault->pointer)),
                                  fault->code, "Row %lld: %.*s", (long long)number,
                                  STR_ARG(fault->detail));
                return;
        }
        if (import->reported > 1)
                buf_char(import->report, ',');
        emit_start(&e, import->report);
        emit_faults(&e, number, faults);
}

/* The resource's cross-field check; what it finds belongs to the row, not to the request. */
static void check_row(struct import *import, struct record *record, struct faults *faults)
{
        struct request *r = import->r;
        struct resource_change change = {
                .resource = import->resource, .op = CHANGE_CREATE, .after = record};
        const struct faults of_request = r->faults;
        enum status status;

        if (!import->resource->check)
                return;
        r->faults = *faults;
        status = import->resource->check(r, &change);
        *faults = r->faults;
        r->faults = of_request;
        if (status != STATUS_OK && !faults->count)
                fault_add(faults, STR(""), "conflict", "the row is refused");
}

bool import_add(struct import *import, struct record *record, const struct faults *faults)
{
        const int64_t number = ++import->total;
        struct faults all = *faults;

        check_row(import, record, &all);
        if (arena_failed(import->arena)) { /* a value or a fault is missing */
                import->status = STATUS_NOMEM;
                return false;
        }
        if (all.count) {
                import_row_failed(import, number, &all);
                if (import->pending == 0)
                        arena_reset(import->arena);
                return true;
        }
        import->rows[import->pending++] = (struct import_row){.number = number, .record = record};
        return import->pending < IMPORT_BATCH || import_store(import);
}

/* "INSERT … VALUES (…), (…) RETURNING …" for a number of rows, out of the one for a single row. */
static struct str insert_text(struct import *import, size_t rows)
{
        const struct resource_sql *s = resource_statements(import->resource);
        const char *values = s ? strstr(s->insert.text, "VALUES (") : NULL,
                   *end = values ? strstr(values, " RETURNING") : NULL;
        struct str copy = {NULL, 0};
        struct buf text;

        if (!end)
                return copy;
        values += strlen("VALUES ");
        buf_init(&text, STATEMENT_MAX);
        buf_put(&text, s->insert.text, (size_t)(values - s->insert.text));
        for (size_t i = 0; i < rows; i++) {
                buf_text(&text, i ? ", " : "");
                buf_put(&text, values, (size_t)(end - values));
        }
        buf_text(&text, end);
        if (buf_ok(&text))
                copy = arena_copy(import->arena, buf_view(&text));
        buf_free(&text);
        return copy;
}

static size_t row_values(const struct import *import, const struct import_row *row,
                         struct db_value *values)
{
        const struct shape *shape = import->resource->shape;
        size_t count = 0;

        values[count++] = db_uuid(&row->id);
        for (size_t i = 1; i < shape->count; i++)
                if (resource_inserts(&shape->fields[i]))
                        values[count++] = shape->fields[i].flags & FIELD_READ_ONLY
                                                  ? db_time(request_now(import->r))
                                                  : row->record->values[i];
        return count;
}

static enum status before_rows(struct import *import, const struct import_row *rows, size_t count)
{
        enum status status = STATUS_OK;

        for (size_t i = 0; import->resource->before && i < count && status == STATUS_OK; i++) {
                struct resource_change change = {.resource = import->resource,
                                                 .op = CHANGE_CREATE,
                                                 .id = rows[i].id,
                                                 .after = rows[i].record};

                status = import->resource->before(import->r, &change);
        }
        return status;
}

/* Insert ${count} rows; ${stored} gets them as the database has them. */
static enum status insert_rows(struct import *import, const struct import_row *rows, size_t count,
                               struct record **stored)
{
        struct db_value *values = arena_new(import->arena, struct db_value, count * FIELDS_MAX);
        const struct str text = insert_text(import, count);
        struct db_rows result;
        size_t used = 0, read = 0;
        int64_t version;
        enum status status, ended;

        if (!values || !text.ptr)
                return STATUS_NOMEM;
        status = before_rows(import, rows, count);
        if (status != STATUS_OK)
                return status;
        for (size_t i = 0; i < count; i++)
                used += row_values(import, &rows[i], values + used);
        status = db_query(import->r->db, &(struct sql){text.ptr, SQL_OF_TENANT},
                          (struct db_params){values, used}, &result);
        if (status != STATUS_OK)
                return status;
        while (read < count && status == STATUS_OK && db_next(&result))
                status = row_to_record(import->arena, import->resource, &result, &stored[read++],
                                       &version);
        ended = db_end(&result);
        if (ended != STATUS_OK || status != STATUS_OK)
                return ended != STATUS_OK ? ended : status;
        return read == count ? STATUS_OK : STATUS_BUG;
}

/* One delta a bucket, whatever the number of rows in it. */
static enum status count_rows(struct import *import, struct record **stored, size_t count)
{
        struct str buckets[IMPORT_BATCH];
        enum status status = STATUS_OK;

        for (size_t i = 0; i < count; i++) {
                buckets[i] = resource_tally_bucket(import->arena, import->resource, stored[i]);
                if (!buckets[i].ptr)
                        return STATUS_NOMEM;
        }
        for (size_t i = 0; i < count && status == STATUS_OK; i++) {
                int rows = 0;
                bool first = true;

                for (size_t k = 0; k < count; k++)
                        if (str_eq(buckets[i], buckets[k])) {
                                first = first && k >= i;
                                rows++;
                        }
                if (first)
                        status = tally_add(import->r->db, import->resource->name, buckets[i], rows);
        }
        return status;
}

/* The row is in: what its hook allocated is forgotten, so that memory stays flat. */
static enum status after_row(struct import *import, struct resource_change *change)
{
        struct arena *arena = import->r->arena;
        const struct arena_mark mark = arena_mark(arena);
        enum status status;

        if (!import->resource->after)
                return STATUS_OK;
        status = import->resource->after(import->r, change);
        if (status == STATUS_OK && !arena_failed(arena))
                arena_rollback(arena, mark);
        return status;
}

/* Audit, events, totals and hooks of rows that are in. */
static enum status note_rows(struct import *import, const struct import_row *rows,
                             struct record **stored, size_t count)
{
        const struct resource *resource = import->resource;
        const struct actor actor = request_actor(import->r);
        struct change changes[IMPORT_BATCH];
        enum status status = STATUS_OK;

        for (size_t i = 0; i < count && status == STATUS_OK; i++) {
                struct resource_change change = {.resource = resource,
                                                 .op = CHANGE_CREATE,
                                                 .id = rows[i].id,
                                                 .after = rows[i].record};
                const struct str text = resource_document(import->arena, resource, stored[i]);

                changes[i] = (struct change){.resource = resource->name,
                                             .record = rows[i].id,
                                             .version = 1,
                                             .op = CHANGE_CREATE,
                                             .after = text,
                                             .channel = resource->channel,
                                             .type = resource->channel ? resource->created : NULL,
                                             .document = text};
                if (!text.ptr || !uuid_v7(&changes[i].receipt))
                        return STATUS_NOMEM;
                status = after_row(import, &change);
        }
        if (status == STATUS_OK && resource->tally_count)
                status = count_rows(import, stored, count);
        return status == STATUS_OK ? event_record_many(import->r->db, &actor, changes, count)
                                   : status;
}

static void explain(struct import *import, int64_t number)
{
        const struct str key = str_of(db_duplicate_key(import->r->db));
        const struct resource *resource = import->resource;
        struct faults faults = {.arena = import->arena};

        for (size_t i = 0; i < resource->unique_count; i++)
                if (str_is(key, resource->uniques[i].index))
                        fault_add(&faults,
                                  arena_printf(
                                          import->arena, "/%s",
                                          resource->shape->fields[resource->uniques[i].field].name),
                                  "duplicate", "%s", resource->uniques[i].detail);
        if (!faults.count)
                fault_add(&faults, STR(""), "conflict", "the row contradicts what is stored");
        import_row_failed(import, number, &faults);
}

struct storing {
        struct import *import;
        int64_t imported, failed, reported;
        size_t report_length;
};

static enum status store_one_by_one(struct import *import)
{
        struct record *stored[1];
        enum status status = STATUS_OK;

        for (size_t i = 0; i < import->pending && status == STATUS_OK; i++) {
                status = insert_rows(import, &import->rows[i], 1, stored);
                if (status == STATUS_OK)
                        status = note_rows(import, &import->rows[i], stored, 1);
                if (status == STATUS_OK) {
                        import->imported++;
                } else if (status == STATUS_CONFLICT) { /* only this statement is undone */
                        explain(import, import->rows[i].number);
                        status = STATUS_OK;
                }
        }
        return status;
}

static enum status store(struct db *db, void *context)
{
        struct storing *s = context;
        struct import *import = s->import;
        struct record *stored[IMPORT_BATCH];
        enum status status = STATUS_CONFLICT;

        (void)db;
        if (import->pending == IMPORT_BATCH) {
                status = insert_rows(import, import->rows, IMPORT_BATCH, stored);
                if (status == STATUS_OK)
                        status = note_rows(import, import->rows, stored, IMPORT_BATCH);
                if (status == STATUS_OK)
                        import->imported += IMPORT_BATCH;
        }
        return status == STATUS_CONFLICT ? store_one_by_one(import) : status;
}

static void again(void *context)
{
        struct storing *s = context;

        s->import->imported = s->imported;
        s->import->failed = s->failed;
        s->import->reported = s->reported;
        s->import->report->len = s->report_length;
}

/* A batch whose COMMIT got lost: its first row tells. */
static enum status committed(struct db *db, void *context)
{
        const struct storing *s = context;
        const struct resource_sql *sql = resource_statements(s->import->resource);
        struct db_rows rows;
        enum status status =
                db_row(db, &sql->read, DB_PARAMS(db_uuid(&s->import->rows[0].id)), &rows);

        return status == STATUS_OK ? db_end(&rows) : status;
}

bool import_store(struct import *import)
{
        struct storing storing = {import, import->imported, import->failed, import->reported,
                                  import->report->len};
        const struct db_work work = {store, again, committed, &storing};

        for (size_t i = 0; i < import->pending; i++)
                if (!uuid_v7(&import->rows[i].id))
                        import->status = STATUS_UNAVAILABLE;
        if (import->pending && import->status == STATUS_OK)
                import->status = db_in_transaction(import->r->db)
                                         ? store(import->r->db, &storing)
                                         : db_transaction(import->r->db, &work);
        import->pending = 0;
        arena_reset(import->arena);
        return import->status == STATUS_OK;
}
