/**
 * set_null.c: records that name one which is deleted name nothing instead: each with its own line
 * in the audit and its event, in few statements.
 */
#include "resource/resource_internal.h"

enum { BATCH = 200 };

struct named {
        struct record *before;
        int64_t version;
};

struct naming {
        const struct resource *resource;
        size_t field, stamp; /* what is cleared, and updated_at */
        struct uuid owner;
        struct named *rows;
        size_t count;
};

static const char *column_of(const struct naming *n)
{
        return field_column(&n->resource->shape->fields[n->field]);
}

static enum status read_batch(struct request *r, struct naming *n)
{
        const struct resource_sql *s = resource_statements(n->resource);
        struct str text;
        struct db_rows rows;
        enum status status;

        n->count = 0;
        n->rows = arena_new(r->arena, struct named, BATCH);
        if (!s || !n->rows)
                return STATUS_NOMEM;
        text = arena_printf(r->arena,
                            "SELECT %s FROM %s WHERE tenant_id = :tenant AND %s = ?"
                            " ORDER BY id LIMIT ? FOR UPDATE",
                            s->columns, n->resource->table, column_of(n));
        if (!text.ptr)
                return STATUS_NOMEM;
        status = db_query(r->db, &(struct sql){text.ptr, SQL_OF_TENANT},
                          DB_PARAMS(db_uuid(&n->owner), db_int(BATCH)), &rows);
        while (status == STATUS_OK && n->count < BATCH && db_next(&rows)) {
                struct named *row = &n->rows[n->count++];

                status = row_to_record(r->arena, n->resource, &rows, &row->before, &row->version);
        }
        if (status == STATUS_OK)
                return db_end(&rows);
        (void)db_end(&rows);
        return status;
}

static enum status clear_batch(struct request *r, const struct naming *n, time_ms now)
{
        const struct str text = arena_printf(
                r->arena,
                "UPDATE %s SET %s = NULL, version = version + 1, updated_at = GREATEST(updated_at, "
                "?) WHERE tenant_id = :tenant AND %s = ? ORDER BY id LIMIT ?",
                n->resource->table, column_of(n), column_of(n));

        if (!text.ptr)
                return STATUS_NOMEM;
        return db_run(r->db, &(struct sql){text.ptr, SQL_OF_TENANT},
                      DB_PARAMS(db_time(now), db_uuid(&n->owner), db_int(BATCH)), NULL);
}

static enum status note_row(struct request *r, const struct naming *n, const struct named *row,
                            time_ms now)
{
        struct record *after = record_new(r->arena, n->resource->shape);
        struct str document;

        if (!after)
                return STATUS_NOMEM;
        for (size_t i = 0; i < n->resource->shape->count; i++)
                after->values[i] = row->before->values[i];
        after->values[n->field] = db_null();
        if (after->values[n->stamp].time < now)
                after->values[n->stamp] = db_time(now);
        document = resource_document(r->arena, n->resource, after);
        if (!document.ptr)
                return STATUS_NOMEM;
        return note_update(r, n->resource, &row->before->values[0].uuid, row->version + 1,
                           row->before, after, document);
}

enum status resource_set_null(struct request *r, const struct resource *resource, size_t field,
                              const struct uuid *owner)
{
        struct naming n = {
                .resource = resource,
                .field = field,
                .stamp = shape_find(resource->shape, STR("updated_at")),
                .owner = *owner,
                .count = BATCH,
        };
        const struct arena_mark mark = arena_mark(r->arena);
        const time_ms now = request_now(r);
        enum status status = STATUS_OK;

        while (n.count == BATCH && status == STATUS_OK) {
                status = read_batch(r, &n);
                if (status == STATUS_OK && n.count)
                        status = clear_batch(r, &n, now);
                for (size_t i = 0; i < n.count && status == STATUS_OK; i++)
                        status = note_row(r, &n, &n.rows[i], now);
                if (status == STATUS_OK && n.count)
                        status = tally_add(r->db, resource->name, STR("changed"), 0);
                arena_rollback(r->arena, mark);
        }
        return status;
}
