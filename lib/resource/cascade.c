/**
 * cascade.c: records that go with the one they belong to: each with its own line in the audit and
 * out of the totals, in few statements.
 */
#include "resource/resource_internal.h"

enum { BATCH = 200, BUCKETS_MAX = 64 };

struct bucket {
        struct str name;
        int count;
};

struct batch {
        struct change changes[BATCH];
        size_t count;
        struct bucket buckets[BUCKETS_MAX];
        size_t bucket_count;
};

/* One record less in its bucket; a full table is told at once. */
static enum status count_one(struct request *r, const struct resource *resource,
                             const struct record *record, struct batch *b)
{
        const struct str name = resource_tally_bucket(r->arena, resource, record);

        if (resource->tally_count == 0)
                return STATUS_OK;
        if (!name.ptr)
                return STATUS_NOMEM;
        for (size_t i = 0; i < b->bucket_count; i++)
                if (str_eq(b->buckets[i].name, name)) {
                        b->buckets[i].count++;
                        return STATUS_OK;
                }
        if (b->bucket_count == BUCKETS_MAX)
                return tally_add(r->db, resource->name, name, -1);
        b->buckets[b->bucket_count++] = (struct bucket){name, 1};
        return STATUS_OK;
}

static enum status note_one(struct request *r, const struct resource *resource,
                            const struct db_rows *rows, struct batch *b)
{
        struct change *change = &b->changes[b->count++];
        struct record *record;
        int64_t version;
        enum status status = row_to_record(r->arena, resource, rows, &record, &version);

        if (status != STATUS_OK)
                return status;
        *change = (struct change){
                .resource = resource->name,
                .record = record->values[0].uuid,
                .version = (uint32_t)version + 1,
                .op = CHANGE_DELETE,
                .before = resource_document(r->arena, resource, record),
                .channel = resource->channel,
                .type = resource->channel ? resource->deleted : NULL,
                .document = resource_removal_event(r, resource, &record->values[0].uuid, record),
        };
        if (!change->before.ptr || !change->document.ptr || !uuid_v7(&change->receipt))
                return STATUS_NOMEM;
        return count_one(r, resource, record, b);
}

static enum status read_batch(struct request *r, const struct resource *resource,
                              struct str condition, struct db_value owner, struct batch *b)
{
        const struct resource_sql *s = resource_statements(resource);
        struct str text;
        struct db_rows rows;
        enum status status;

        b->count = b->bucket_count = 0;
        if (!s)
                return STATUS_NOMEM;
        text = arena_printf(r->arena, "SELECT %s FROM %s WHERE %.*s FOR UPDATE", s->columns,
                            resource->table, STR_ARG(condition));
        if (!text.ptr)
                return STATUS_NOMEM;
        status = db_query(r->db, &(struct sql){text.ptr, SQL_OF_TENANT},
                          DB_PARAMS(owner, db_int(BATCH)), &rows);
        while (status == STATUS_OK && db_next(&rows))
                status = note_one(r, resource, &rows, b);
        if (status == STATUS_OK)
                return db_end(&rows);
        (void)db_end(&rows);
        return status;
}

static enum status erase_batch(struct request *r, const struct resource *resource,
                               struct str condition, struct db_value owner, const struct batch *b)
{
        const struct str text = arena_printf(r->arena, "DELETE FROM %s WHERE %.*s", resource->table,
                                             STR_ARG(condition));
        const struct actor actor = request_actor(r);
        enum status status = STATUS_NOMEM;

        if (text.ptr)
                status = db_run(r->db, &(struct sql){text.ptr, SQL_OF_TENANT},
                                DB_PARAMS(owner, db_int(BATCH)), NULL);
        for (size_t i = 0; i < b->bucket_count && status == STATUS_OK; i++)
                status = tally_add(r->db, resource->name, b->buckets[i].name, -b->buckets[i].count);
        return status == STATUS_OK ? event_record_many(r->db, &actor, b->changes, b->count)
                                   : status;
}

enum status resource_cascade(struct request *r, const struct resource *resource, size_t field,
                             const struct uuid *owner)
{
        const struct arena_mark mark = arena_mark(r->arena);
        enum status status = STATUS_OK;
        size_t last = BATCH;

        while (last == BATCH && status == STATUS_OK) {
                struct batch *b = arena_new(r->arena, struct batch, 1);
                const struct str condition =
                        arena_printf(r->arena, "tenant_id = :tenant AND %s = ? ORDER BY id LIMIT ?",
                                     field_column(&resource->shape->fields[field]));

                if (!b || !condition.ptr)
                        return STATUS_NOMEM;
                status = read_batch(r, resource, condition, db_uuid(owner), b);
                if (status == STATUS_OK && b->count)
                        status = erase_batch(r, resource, condition, db_uuid(owner), b);
                last = b->count;
                arena_rollback(r->arena, mark);
        }
        return status;
}
