/**
 * change.c: the handlers that create, update and delete: read, decide, answer.
 */
#include "resource/resource_internal.h"

static const struct field *field_of(const struct resource *resource, size_t index)
{
        return &resource->shape->fields[index];
}

static enum status check_reference(struct request *r, const struct resource *resource,
                                   const struct resource_reference *reference,
                                   const struct db_value *value)
{
        const struct str text =
                arena_printf(r->arena, "SELECT 1 FROM %s WHERE tenant_id = :tenant AND id = ?%s",
                             reference->table, reference->condition ? reference->condition : "");
        const struct str where =
                arena_printf(r->arena, "/%s", field_of(resource, reference->field)->name);
        struct db_rows rows;
        enum status status;

        if (!text.ptr || !where.ptr)
                return STATUS_NOMEM;
        status = db_row(r->db, &(struct sql){text.ptr, SQL_OF_TENANT}, DB_PARAMS(*value), &rows);
        if (status == STATUS_OK)
                return db_end(&rows);
        if (status != STATUS_NOT_FOUND)
                return status;
        fault_add(&r->faults, where, "unknown", "%s", reference->detail);
        return STATUS_OK;
}

static enum status check_references(struct request *r, const struct resource *resource,
                                    const struct record *after)
{
        enum status status = STATUS_OK;

        for (size_t i = 0; i < resource->reference_count && status == STATUS_OK; i++) {
                const struct resource_reference *reference = &resource->references[i];

                if (after->given[reference->field] &&
                    after->values[reference->field].type == DB_UUID)
                        status = check_reference(r, resource, reference,
                                                 &after->values[reference->field]);
        }
        return status;
}

enum status resource_check(struct request *r, const struct resource *resource,
                           struct resource_change *change)
{
        enum status status = check_references(r, resource, change->after);

        if (status == STATUS_OK && resource->check)
                status = resource->check(r, change);
        return status;
}

enum status change_check(struct request *r, const struct resource *resource,
                         struct resource_change *change)
{
        const enum status status = resource_check(r, resource, change);

        if (r->faults.count)
                return problem_invalid(r);
        return status;
}

void change_answer(struct request *r, unsigned http, int64_t version, struct str document)
{
        struct emit *e = respond_json(r, http);

        response_etag(r, version);
        resource_mark_phi(r, r->route->resource);
        resource_open(r, e);
        emit_raw(e, document);
        resource_close(r, e);
}

enum status resource_create(struct request *r)
{
        const struct resource *resource = r->route->resource;
        struct record *record = record_new(r->arena, resource->shape);
        struct resource_change change = {
                .resource = resource, .op = CHANGE_CREATE, .after = record};
        struct uuid id;
        struct str document;
        enum status status;

        if (!record)
                return STATUS_NOMEM;
        (void)record_read(record, r->body, READ_CREATE, STR(""), &r->faults);
        status = site_settle(r, resource, record);
        if (status == STATUS_OK)
                status = change_check(r, resource, &change);
        if (status == STATUS_OK)
                status = resource_insert(r, resource, record, &id, &document);
        if (status != STATUS_OK)
                return status;
        change_answer(r, r->dialect->create_status, 1, document);
        response_location(r, "%.*s/%.*s", STR_ARG(r->path),
                          STR_ARG(resource_id_format(r->arena, resource, &id)));
        return STATUS_OK;
}

struct record *record_merge(struct request *r, const struct record *before,
                            const struct record *given)
{
        struct record *after = record_new(r->arena, before->shape);

        for (size_t i = 0; after && i < before->shape->count; i++) {
                const bool takes = given->given[i] && resource_updates(&before->shape->fields[i]);

                after->values[i] = takes ? given->values[i] : before->values[i];
                after->given[i] = takes && !value_equal(&given->values[i], &before->values[i]);
        }
        return after;
}

/* A whole replacement: what is left out and has no default is gone. */
static void empty_the_rest(struct record *given)
{
        for (size_t i = 0; i < given->shape->count; i++) {
                const struct field *field = &given->shape->fields[i];

                if (given->given[i] || !(field->flags & FIELD_NULLABLE))
                        continue;
                given->values[i] = db_null();
                given->given[i] = true;
        }
}

bool change_any(const struct record *record)
{
        for (size_t i = 0; i < record->shape->count; i++)
                if (record->given[i])
                        return true;
        return false;
}

enum status resource_apply(struct request *r, const struct resource *resource, struct str text,
                           const json_t *body, enum read_mode mode, int64_t *version,
                           struct str *document)
{
        struct record *before, *after, *given = record_new(r->arena, resource->shape);
        struct resource_change change = {.resource = resource, .op = CHANGE_UPDATE};
        enum status status = resource_load(r, resource, text, true, &change.id, &before, version);

        if (status == STATUS_OK)
                status = site_may_change(r, resource, before);
        if (status == STATUS_OK)
                status = given ? condition_check(r, *version) : STATUS_NOMEM;
        if (status != STATUS_OK)
                return status;
        (void)record_read(given, body, mode, STR(""), &r->faults);
        if (mode == READ_CREATE)
                empty_the_rest(given);
        after = record_merge(r, before, given);
        if (!after)
                return STATUS_NOMEM;
        change.before = before;
        change.after = after;
        status = change_check(r, resource, &change);
        if (status != STATUS_OK)
                return status;
        if (change_any(after))
                return resource_modify(r, resource, &change.id, *version, before, after, version,
                                       document);
        *document = resource_document(r->arena, resource, before);
        return STATUS_OK;
}

static enum status update(struct request *r, enum read_mode mode)
{
        struct str document;
        int64_t version;
        const enum status status = resource_apply(r, r->route->resource, r->arguments[0], r->body,
                                                  mode, &version, &document);

        if (status == STATUS_OK)
                change_answer(r, 200, version, document);
        return status;
}

enum status resource_update(struct request *r)
{
        return update(r, READ_PATCH);
}

static bool asks_strictly(struct str prefer)
{
        struct str item, token;

        while (str_cut(&prefer, ',', &item)) {
                (void)str_cut(&item, ';', &token);
                if (str_eq_nocase(str_trim(token), STR("handling=strict")))
                        return true;
        }
        return false;
}

/* The seeds' PUT takes partial bodies; RFC 7240's handling=strict asks for the whole record. */
enum status resource_replace(struct request *r)
{
        enum status status;

        if (!asks_strictly(request_header(r, "HTTP_PREFER")))
                return update(r, READ_UPDATE);
        status = update(r, READ_CREATE);
        if (status == STATUS_OK)
                response_header(r, "Preference-Applied", STR("handling=strict"));
        return status;
}

struct record *record_with(struct arena *arena, const struct record *record, size_t field,
                           struct db_value value)
{
        struct record *copy = record_new(arena, record->shape);

        for (size_t i = 0; copy && i < record->shape->count; i++)
                copy->values[i] = record->values[i];
        if (copy) {
                copy->values[field] = value;
                copy->given[field] = !value_equal(&value, &record->values[field]);
        }
        return copy;
}

enum status resource_set(struct request *r, size_t field, struct db_value value, resource_hook *may)
{
        const struct resource *resource = r->route->resource;
        struct resource_change change = {.resource = resource, .op = CHANGE_UPDATE};
        struct record *before;
        struct str document;
        int64_t version;
        enum status status =
                resource_load(r, resource, r->arguments[0], true, &change.id, &before, &version);

        if (status == STATUS_OK)
                status = condition_check(r, version);
        if (status != STATUS_OK)
                return status;
        change.before = before;
        change.after = record_with(r->arena, before, field, value);
        if (!change.after)
                return STATUS_NOMEM;
        if (may)
                status = may(r, &change);
        if (status != STATUS_OK)
                return status;
        document = resource_document(r->arena, resource, before);
        if (change_any(change.after))
                status = resource_modify(r, resource, &change.id, version, before, change.after,
                                         &version, &document);
        if (status == STATUS_OK)
                change_answer(r, 200, version, document);
        return status;
}

enum status resource_take_away(struct request *r, const struct resource *resource, struct str text,
                               struct uuid *id)
{
        struct record *before;
        int64_t version;
        enum status status = resource_load(r, resource, text, true, id, &before, &version);

        if (status == STATUS_OK)
                status = site_may_change(r, resource, before);
        if (status == STATUS_OK)
                status = condition_check(r, version);
        return status == STATUS_OK ? resource_erase(r, resource, id, version, before) : status;
}

enum status resource_remove(struct request *r)
{
        const struct resource *resource = r->route->resource;
        struct uuid id;
        struct emit *e;
        const enum status status = resource_take_away(r, resource, r->arguments[0], &id);

        if (status != STATUS_OK)
                return status;
        if (route_success(r->route) == 204)
                return respond(r, 204);
        e = respond_json(r, route_success(r->route));
        emit_object(e);
        emit_member_bool(e, "success", true);
        if (r->dialect->removal & REMOVAL_MESSAGE)
                emit_member_str(e, "message",
                                arena_printf(r->arena, "%s deleted successfully", resource->label));
        if (r->dialect->removal & REMOVAL_ID)
                emit_member_str(e, arena_printf(r->arena, "%s_id", resource->name).ptr,
                                resource_id_format(r->arena, resource, &id));
        emit_object_end(e);
        return STATUS_OK;
}
