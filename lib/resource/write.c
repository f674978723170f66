/**
 * write.c: what creates, updates and deletes do inside the transaction: hooks, statement, totals,
 * audit, event.
 */
#include "resource/resource_internal.h"

static enum status run_hook(resource_hook *hook, struct request *r, struct resource_change *change)
{
        return hook ? hook(r, change) : STATUS_OK;
}

/* A violated unique index, in the resource's words. */
static enum status explain_conflict(struct request *r, const struct resource *resource)
{
        const struct str key = str_of(db_duplicate_key(r->db));

        for (size_t i = 0; i < resource->unique_count; i++) {
                const struct resource_unique *unique = &resource->uniques[i];
                const struct str name =
                        arena_printf(r->arena, "/%s", resource->shape->fields[unique->field].name);
                enum status status;

                if (!str_is(key, unique->index))
                        continue;
                fault_add(&r->faults, name, "duplicate", "%s", unique->detail);
                status = problem(r, unique->problem, "%s", unique->detail);
                r->response.problem.faults = r->faults.first;
                if (unique->status)
                        r->response.status = r->response.problem.status = unique->status;
                return status;
        }
        return STATUS_CONFLICT;
}

/* {"field": value, …} of the fields whose mark is set. */
static struct str document_of(struct arena *arena, const struct resource *resource,
                              const struct record *record, const bool *marks)
{
        struct str copy = {NULL, 0};
        struct buf text;
        struct emit e;

        buf_init(&text, 1 << 20);
        emit_start(&e, &text);
        emit_object(&e);
        for (size_t i = 0; i < resource->shape->count; i++)
                if (marks[i]) {
                        emit_key(&e, resource->shape->fields[i].name);
                        field_emit(&resource->shape->fields[i], &record->values[i], &e);
                }
        emit_object_end(&e);
        if (emit_finish(&e))
                copy = arena_copy(arena, buf_view(&text));
        buf_free(&text);
        return copy;
}

static size_t find_stamp(const struct resource *resource, const char *name)
{
        return shape_find(resource->shape, str_of(name));
}

static enum status read_back(struct request *r, const struct resource *resource,
                             const struct sql *sql, struct db_params params, struct record **record,
                             int64_t *version)
{
        struct db_rows rows;
        enum status status = db_row(r->db, sql, params, &rows), ended;

        if (status == STATUS_CONFLICT)
                return explain_conflict(r, resource);
        if (status != STATUS_OK)
                return status;
        status = row_to_record(r->arena, resource, &rows, record, version);
        ended = db_end(&rows);
        return status != STATUS_OK ? status : ended;
}

static size_t insert_values(const struct resource *resource, const struct record *record,
                            const struct uuid *id, time_ms now,
                            struct db_value values[static FIELDS_MAX])
{
        const struct shape *shape = resource->shape;
        size_t count = 0;

        values[count++] = db_uuid(id);
        for (size_t i = 1; i < shape->count; i++) {
                const unsigned flags = shape->fields[i].flags;
                const bool stamp = (flags & FIELD_READ_ONLY) && !(flags & FIELD_HOOK);

                if (resource_inserts(&shape->fields[i]))
                        values[count++] =
                                stamp && !record->given[i] ? db_time(now) : record->values[i];
        }
        return count;
}

static enum status note_change(struct request *r, const struct resource *resource,
                               enum change_op op, const struct uuid *id, int64_t version,
                               struct str before, struct str after, struct str document)
{
        const char *const types[] = {
                [CHANGE_CREATE] = resource->created,
                [CHANGE_UPDATE] = resource->updated,
                [CHANGE_DELETE] = resource->deleted,
        };
        struct change change = {
                .resource = resource->name,
                .record = *id,
                .version = (uint32_t)version,
                .op = op,
                .before = before,
                .after = after,
                .channel = resource->channel,
                .type = resource->channel ? types[op] : NULL,
                .document = document,
        };

        if (!uuid_v7(&change.receipt))
                return STATUS_UNAVAILABLE;
        return request_change(r, &change);
}

static enum status count_change(struct request *r, const struct resource *resource,
                                const struct record *before, const struct record *after)
{
        const struct str from =
                before ? resource_tally_bucket(r->arena, resource, before) : (struct str){NULL, 0};
        const struct str to =
                after ? resource_tally_bucket(r->arena, resource, after) : (struct str){NULL, 0};
        enum status status = STATUS_OK;

        if (resource->tally_count == 0)
                return STATUS_OK;
        if (from.ptr && to.ptr && str_eq(from, to))
                return tally_add(r->db, resource->name, to, 0);
        if (from.ptr)
                status = tally_add(r->db, resource->name, from, -1);
        if (to.ptr && status == STATUS_OK)
                status = tally_add(r->db, resource->name, to, 1);
        return status;
}

/* A row starts at version 1; one that comes back goes on where it ended. */
static enum status set_version(struct request *r, const struct resource *resource,
                               const struct uuid *id, int64_t version)
{
        const struct str text = arena_printf(
                r->arena, "UPDATE %s SET version = ? WHERE tenant_id = :tenant AND id = ?",
                resource->table);

        if (version == 1)
                return STATUS_OK;
        if (!text.ptr)
                return STATUS_NOMEM;
        return db_run(r->db, &(struct sql){text.ptr, SQL_OF_TENANT},
                      DB_PARAMS(db_int(version), db_uuid(id)), NULL);
}

enum status resource_insert(struct request *r, const struct resource *resource,
                            struct record *record, struct uuid *id, struct str *document)
{
        if (!uuid_v7(id))
                return STATUS_UNAVAILABLE;
        return resource_put(r, resource, record, id, 1, document);
}

enum status resource_insert_as(struct request *r, const struct resource *resource,
                               struct record *record, const struct uuid *id)
{
        return resource_put(r, resource, record, id, 1, NULL);
}

enum status resource_put(struct request *r, const struct resource *resource, struct record *record,
                         const struct uuid *id, int64_t version, struct str *document)
{
        const struct resource_sql *s = resource_statements(resource);
        struct db_value values[FIELDS_MAX];
        struct resource_change change = {
                .resource = resource, .op = CHANGE_CREATE, .id = *id, .after = record};
        struct record *stored = NULL;
        struct str text;
        int64_t first;
        size_t count;
        enum status status;

        if (!s)
                return STATUS_NOMEM;
        status = run_hook(resource->before, r, &change);
        if (status != STATUS_OK)
                return status;
        count = insert_values(resource, record, id, request_now(r), values);
        status = read_back(r, resource, &s->insert, (struct db_params){values, count}, &stored,
                           &first);
        if (status == STATUS_OK)
                status = set_version(r, resource, id, version);
        if (status == STATUS_OK)
                status = index_change(r, &change);
        if (status == STATUS_OK)
                status = run_hook(resource->after, r, &change);
        if (status == STATUS_OK)
                status = count_change(r, resource, NULL, stored);
        if (status != STATUS_OK)
                return status;
        text = resource_document(r->arena, resource, stored);
        if (!text.ptr)
                return STATUS_NOMEM;
        if (document)
                *document = text;
        return note_change(r, resource, CHANGE_CREATE, id, version, (struct str){NULL, 0}, text,
                           text);
}

/* Clocks of two machines may differ: a change is never older than the one before. */
static time_ms stamp_of_change(struct request *r, const struct resource *resource,
                               const struct record *before)
{
        const size_t stamp = find_stamp(resource, "updated_at");
        const time_ms earliest = stamp < resource->shape->count ? before->values[stamp].time : 0;

        return request_now(r) > earliest ? request_now(r) : earliest;
}

/* UPDATE … SET each changed column, version and updated_at. */
static enum status run_update(struct request *r, const struct resource *resource,
                              const struct uuid *id, int64_t version, const struct record *before,
                              const struct record *after)
{
        enum { MORE = 3 }; /* updated_at, id and version */
        const struct str text = sql_update(r->arena, resource, after->given);
        struct db_value values[FIELDS_MAX + MORE];
        uint64_t matched = 0;
        size_t count = 0;
        enum status status;

        if (!text.ptr)
                return STATUS_NOMEM;
        for (size_t i = 1; i < resource->shape->count; i++)
                if (after->given[i])
                        values[count++] = after->values[i];
        values[count++] = db_time(stamp_of_change(r, resource, before));
        values[count++] = db_uuid(id);
        values[count++] = db_int(version);
        status = db_run(r->db, &(struct sql){text.ptr, SQL_OF_TENANT},
                        (struct db_params){values, count}, &matched);
        if (status == STATUS_CONFLICT)
                return explain_conflict(r, resource);
        return status == STATUS_OK && matched == 0 ? STATUS_BUSY : status;
}

enum status note_update(struct request *r, const struct resource *resource, const struct uuid *id,
                        int64_t version, const struct record *before, const struct record *stored,
                        struct str document)
{
        const size_t stamp = find_stamp(resource, "updated_at");
        bool marks[FIELDS_MAX];
        struct str old, new;

        for (size_t i = 0; i < resource->shape->count; i++)
                marks[i] = i == stamp || !value_equal(&before->values[i], &stored->values[i]);
        old = document_of(r->arena, resource, before, marks);
        new = document_of(r->arena, resource, stored, marks);
        if (!old.ptr || !new.ptr)
                return STATUS_NOMEM;
        return note_change(r, resource, CHANGE_UPDATE, id, version, old, new, document);
}

enum status resource_modify(struct request *r, const struct resource *resource,
                            const struct uuid *id, int64_t version, const struct record *before,
                            struct record *after, int64_t *new_version, struct str *document)
{
        const struct resource_sql *s = resource_statements(resource);
        struct resource_change change = {.resource = resource,
                                         .op = CHANGE_UPDATE,
                                         .id = *id,
                                         .before = before,
                                         .after = after};
        struct db_value which[ROW_PARAMS_MAX];
        struct record *stored = NULL;
        struct str text;
        enum status status;

        if (!s)
                return STATUS_NOMEM;
        status = run_hook(resource->before, r, &change);
        if (status == STATUS_OK)
                status = run_update(r, resource, id, version, before, after);
        if (status == STATUS_OK)
                status = read_back(r, resource, &s->read, row_params(r, resource, id, which),
                                   &stored, new_version);
        if (status == STATUS_OK)
                status = index_change(r, &change);
        if (status == STATUS_OK)
                status = run_hook(resource->after, r, &change);
        if (status == STATUS_OK)
                status = count_change(r, resource, before, stored);
        if (status != STATUS_OK)
                return status;
        text = stored ? resource_document(r->arena, resource, stored) : (struct str){NULL, 0};
        if (!text.ptr)
                return STATUS_NOMEM;
        if (document)
                *document = text;
        return note_update(r, resource, id, *new_version, before, stored, text);
}

struct str resource_removal_event(struct request *r, const struct resource *resource,
                                  const struct uuid *id, const struct record *before)
{
        const struct str text = resource_id_format(r->arena, resource, id);
        char site[UUID_TEXT_SIZE];

        if (!resource->of_site || resource->site == 0)
                return arena_printf(r->arena, "{\"%s_id\":\"%.*s\"}", resource->name,
                                    STR_ARG(text));
        return arena_printf(r->arena, "{\"%s_id\":\"%.*s\",\"site_id\":\"%s\"}", resource->name,
                            STR_ARG(text),
                            uuid_format(&before->values[resource->site].uuid, site).ptr);
}

enum status resource_erase(struct request *r, const struct resource *resource,
                           const struct uuid *id, int64_t version, const struct record *before)
{
        const struct resource_sql *s = resource_statements(resource);
        struct resource_change change = {
                .resource = resource, .op = CHANGE_DELETE, .id = *id, .before = before};
        const struct str text = resource_document(r->arena, resource, before);
        const struct str event = resource_removal_event(r, resource, id, before);
        enum status status;

        if (!s || !text.ptr || !event.ptr)
                return STATUS_NOMEM;
        status = run_hook(resource->before, r, &change);
        if (status == STATUS_OK)
                status = db_run(r->db, &s->remove, DB_PARAMS(db_uuid(id)), NULL);
        if (status == STATUS_OK)
                status = index_change(r, &change);
        if (status == STATUS_OK)
                status = run_hook(resource->after, r, &change);
        if (status == STATUS_OK)
                status = count_change(r, resource, before, NULL);
        if (status != STATUS_OK)
                return status;
        return note_change(r, resource, CHANGE_DELETE, id, version + 1, text, (struct str){NULL, 0},
                           event);
}
