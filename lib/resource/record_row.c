/**
 * record_row.c: a result row as a record, a record as its JSON.
 */
#include "resource/resource_internal.h"

static struct db_value owned(struct arena *arena, struct db_value value)
{
        if (value.type == DB_TEXT || value.type == DB_BYTES)
                value.text = arena_copy(arena, value.text);
        return value;
}

enum status row_to_record(struct arena *arena, const struct resource *resource,
                          const struct db_rows *rows, struct record **record, int64_t *version)
{
        const struct shape *shape = resource->shape;
        struct record *copy = record_new(arena, shape);

        if (!copy)
                return STATUS_NOMEM;
        for (size_t i = 0; i < shape->count; i++)
                copy->values[i] = owned(arena, field_cell(&shape->fields[i], rows, (unsigned)i));
        *version = db_get_int(rows, (unsigned)shape->count);
        *record = copy;
        return arena_failed(arena) ? STATUS_NOMEM : STATUS_OK;
}

void resource_emit_members(const struct resource *resource, const struct record *record,
                           struct emit *e)
{
        for (size_t i = 0; i < resource->shape->count; i++) {
                emit_key(e, resource->shape->fields[i].name);
                field_emit(&resource->shape->fields[i], &record->values[i], e);
        }
}

void resource_emit(const struct resource *resource, const struct record *record, struct emit *e)
{
        emit_object(e);
        resource_emit_members(resource, record, e);
        emit_object_end(e);
}

static void put_personal(const struct shape *shape, struct buf *names)
{
        for (size_t i = 0; i < shape->count; i++) {
                const struct field *field = &shape->fields[i];

                if (field->class != PLAIN)
                        buf_printf(names, "%s%s", names->len ? "," : "", field->name);
                else if (field->members)
                        put_personal(field->members, names);
        }
}

void resource_mark_shape(struct request *r, const struct shape *shape)
{
        struct str list = {NULL, 0};
        struct buf names;

        buf_init(&names, 4096);
        put_personal(shape, &names);
        if (buf_ok(&names))
                list = arena_copy(r->arena, buf_view(&names));
        if (list.len) {
                response_header(r, "X-Contains-PHI", STR("true"));
                response_header(r, "X-PHI-Fields", list);
        }
        buf_free(&names);
}

void resource_mark_phi(struct request *r, const struct resource *resource)
{
        if (resource->marks_phi)
                resource_mark_shape(r, resource->shape);
}

struct str resource_document(struct arena *arena, const struct resource *resource,
                             const struct record *record)
{
        struct str copy = {NULL, 0};
        struct buf text;
        struct emit e;

        buf_init(&text, 1 << 20);
        emit_start(&e, &text);
        resource_emit(resource, record, &e);
        if (emit_finish(&e))
                copy = arena_copy(arena, buf_view(&text));
        buf_free(&text);
        return copy;
}

bool value_equal(const struct db_value *a, const struct db_value *b)
{
        if (a->type != b->type)
                return false;
        switch (a->type) {
        case DB_NULL:
                return true;
        case DB_TEXT:
        case DB_BYTES:
                return str_eq(a->text, b->text);
        case DB_UUID:
                return uuid_eq(&a->uuid, &b->uuid);
        case DB_DATE:
                return a->day == b->day;
        case DB_DOUBLE:
                return a->real >= b->real && a->real <= b->real;
        default:
                return a->integer == b->integer;
        }
}

bool resource_id_parse(const struct resource *resource, struct str text, struct uuid *out)
{
        const char *prefix = resource->shape->fields[0].prefix;

        return prefix ? typeid_parse(prefix, text, out) : uuid_parse(text, out);
}

struct str resource_id_format(struct arena *arena, const struct resource *resource,
                              const struct uuid *id)
{
        const char *prefix = resource->shape->fields[0].prefix;
        char text[TYPEID_TEXT_SIZE];

        return arena_copy(arena, prefix ? typeid_format(prefix, id, text) : uuid_format(id, text));
}

/* An enum's word, or the site. */
static void put_dimension(struct buf *out, const struct db_value *value)
{
        char text[UUID_TEXT_SIZE];

        if (value->type == DB_UUID)
                buf_str(out, uuid_format(&value->uuid, text));
        else if (value->type == DB_TEXT)
                buf_str(out, value->text);
}

struct str resource_tally_bucket(struct arena *arena, const struct resource *resource,
                                 const struct record *record)
{
        struct str copy = {NULL, 0};
        struct buf text;

        buf_init(&text, BUCKET_MAX);
        for (size_t i = 0; i < resource->tally_count; i++) {
                buf_text(&text, i ? "|" : "");
                buf_text(&text, resource->shape->fields[resource->tally[i]].name);
                buf_char(&text, '=');
                put_dimension(&text, &record->values[resource->tally[i]]);
        }
        if (buf_ok(&text))
                copy = arena_copy(arena, buf_view(&text));
        buf_free(&text);
        return copy;
}
