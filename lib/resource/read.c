/**
 * read.c: finding one record by the id in the path.
 */
#include "resource/resource_internal.h"

unsigned route_success(const struct route *route)
{
        const bool record = route->resource && !route->output;

        if (route->success)
                return route->success;
        if (record && route->method == POST)
                return route->dialect->create_status;
        if (record && route->method == DELETE)
                return route->dialect->delete_status;
        return 200;
}

enum status resource_not_found(struct request *r, const struct resource *resource, struct str text)
{
        if (resource->dialect == &dialect_r)
                return problem(r, resource->not_found, "%s with ID %.*s not found", resource->label,
                               STR_ARG(text));
        return problem(r, resource->not_found, "%s not found", resource->label);
}

bool resource_path_id(struct request *r, const struct resource *resource, struct str text,
                      struct uuid *id)
{
        if (resource_id_parse(resource, text, id))
                return true;
        if (resource->dialect == &dialect_r) {
                fault_add(&r->faults, STR("id"), "format", "id must be a UUID");
                (void)problem_invalid(r);
        } else {
                (void)resource_not_found(r, resource, text);
        }
        return false;
}

enum status resource_load(struct request *r, const struct resource *resource, struct str text,
                          bool lock, struct uuid *id, struct record **record, int64_t *version)
{
        const struct resource_sql *s = resource_statements(resource);
        struct db_value values[ROW_PARAMS_MAX];
        struct db_rows rows;
        enum status status, ended;

        if (!s)
                return STATUS_NOMEM;
        if (!resource_path_id(r, resource, text, id))
                return STATUS_NOT_FOUND;
        status = site_named(r, resource);
        if (status != STATUS_OK)
                return status;
        status = db_row(r->db, lock ? &s->lock : &s->read, row_params(r, resource, id, values),
                        &rows);
        if (status == STATUS_NOT_FOUND)
                return resource_not_found(r, resource, text);
        if (status != STATUS_OK)
                return status;
        status = row_to_record(r->arena, resource, &rows, record, version);
        ended = db_end(&rows);
        return status != STATUS_OK ? status : ended;
}

const char *route_plural(const struct route *route)
{
        return route->plural ? route->plural : route->resource->plural;
}

const char *resource_key(const struct resource *resource)
{
        return resource->key ? resource->key : resource->name;
}

void resource_open(const struct request *r, struct emit *e)
{
        if (!r->dialect->record_named)
                return;
        emit_object(e);
        emit_key(e, resource_key(r->route->resource));
}

void resource_close(const struct request *r, struct emit *e)
{
        if (r->dialect->record_named)
                emit_object_end(e);
}

static bool fresh(struct request *r, int64_t version)
{
        char text[24];
        struct buf out = {.data = text, .cap = sizeof(text), .max = sizeof(text) - 1};

        buf_int(&out, version);
        return condition_fresh(r, buf_view(&out));
}

/* The hot path: the row goes straight from the result's buffers into the answer. */
enum status resource_read(struct request *r)
{
        const struct resource *resource = r->route->resource;
        const struct shape *shape = resource->shape;
        const struct resource_sql *s = resource_statements(resource);
        struct db_value values[ROW_PARAMS_MAX];
        struct db_rows rows;
        struct uuid id;
        int64_t version;
        struct emit *e;
        enum status status;

        if (!s)
                return STATUS_NOMEM;
        if (r->query_count)
                return problem(r, PROBLEM_UNKNOWN_PARAMETER,
                               "Unknown query parameter; known are: none");
        if (!resource_path_id(r, resource, r->arguments[0], &id))
                return STATUS_NOT_FOUND;
        status = site_named(r, resource);
        if (status != STATUS_OK)
                return status;
        status = db_row(r->db, &s->read, row_params(r, resource, &id, values), &rows);
        if (status == STATUS_NOT_FOUND)
                return resource_not_found(r, resource, r->arguments[0]);
        if (status != STATUS_OK)
                return status;
        version = db_get_int(&rows, (unsigned)shape->count);
        if (!resource->daily && fresh(r, version))
                return db_end(&rows);
        e = respond_json(r, 200);
        response_etag(r, version);
        resource_mark_phi(r, resource);
        resource_open(r, e);
        emit_object(e);
        for (size_t i = 0; i < shape->count; i++) {
                const struct db_value value = field_cell(&shape->fields[i], &rows, (unsigned)i);

                emit_key(e, shape->fields[i].name);
                field_emit(&shape->fields[i], &value, e);
        }
        emit_object_end(e);
        resource_close(r, e);
        return db_end(&rows);
}
