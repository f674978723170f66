/**
 * record.c: the values of a shape, read from JSON or text.
 */
#include "field/field_internal.h"

#include "json/read.h"

struct record *record_new(struct arena *arena, const struct shape *shape)
{
        struct record *record = arena_new(arena, struct record, 1);

        if (!record)
                return NULL;
        record->shape = shape;
        record->values = arena_new(arena, struct db_value, shape->count);
        record->given = arena_new(arena, bool, shape->count);
        return record->values && record->given ? record : NULL;
}

/* The row's default; NULL when it has none. */
static bool take_default(const struct field *field, struct faults *faults, struct db_value *out)
{
        struct json_fault fault;
        json_t *value;

        *out = db_null();
        if (!field->otherwise)
                return true;
        return json_read(faults->arena, str_of(field->otherwise), &value, &fault) == STATUS_OK &&
               field->type->read(field, value, STR(""), faults, out);
}

static bool read_missing(struct record *record, size_t i, enum read_mode mode, struct str where,
                         struct faults *faults)
{
        const struct field *field = &record->shape->fields[i];

        if (mode == READ_UPDATE || mode == READ_PATCH)
                return true;
        if (field->flags & FIELD_REQUIRED) {
                fault_add(faults, where, "required", "%s is required", field->name);
                return false;
        }
        record->given[i] = field->otherwise != NULL;
        return take_default(field, faults, &record->values[i]);
}

static bool read_null(struct record *record, size_t i, enum read_mode mode, struct str where,
                      struct faults *faults)
{
        const struct field *field = &record->shape->fields[i];

        if (field->flags & FIELD_NULLABLE) {
                record->values[i] = db_null();
                record->given[i] = true;
                return true;
        }
        if (field->flags & FIELD_REQUIRED) {
                fault_add(faults, where, "required", "%s must not be null", field->name);
                return false;
        }
        if (mode == READ_PATCH && field->otherwise) { /* RFC 7396: null takes the member away */
                record->given[i] = true;
                return take_default(field, faults, &record->values[i]);
        }
        fault_add(faults, where, "type", "%s must not be null", field->name);
        return false;
}

static bool taken_from_body(const struct field *field, enum read_mode mode)
{
        if (field->flags & (FIELD_READ_ONLY | FIELD_COMPUTED))
                return false;
        return !(field->flags & FIELD_WRITE_ONCE) || mode == READ_CREATE || mode == READ_INPUT;
}

bool record_read(struct record *record, const json_t *body, enum read_mode mode, struct str where,
                 struct faults *faults)
{
        bool good = true;

        if (body && !json_is_object(body)) {
                fault_add(faults, where, "type", "%s must be an object", record->shape->name);
                return false;
        }
        for (size_t i = 0; i < record->shape->count; i++) {
                const struct field *field = &record->shape->fields[i];
                const json_t *in = json_object_get(body, field->name);
                const struct str pointer =
                        arena_printf(faults->arena, "%.*s/%s", STR_ARG(where), field->name);
                bool taken;

                if (!taken_from_body(field, mode))
                        continue;
                if (!pointer.ptr)
                        return false;
                if (!in)
                        taken = read_missing(record, i, mode, pointer, faults);
                else if (json_is_null(in))
                        taken = read_null(record, i, mode, pointer, faults);
                else
                        taken = record->given[i] =
                                field->type->read(field, in, pointer, faults, &record->values[i]);
                good = good && taken;
        }
        return good;
}

bool record_complete(struct record *record, struct str where, struct faults *faults)
{
        bool good = true;

        for (size_t i = 0; i < record->shape->count; i++) {
                const struct field *field = &record->shape->fields[i];
                const struct str pointer =
                        arena_printf(faults->arena, "%.*s/%s", STR_ARG(where), field->name);

                if (record->given[i] || !taken_from_body(field, READ_CREATE))
                        continue;
                if (!pointer.ptr || !read_missing(record, i, READ_CREATE, pointer, faults))
                        good = false;
        }
        return good;
}

bool record_parse(struct record *record, size_t index, struct str text, struct str where,
                  struct faults *faults)
{
        const struct field *field = &record->shape->fields[index];

        if (!str_utf8_valid(text)) {
                fault_add(faults, where, "format", "%s must be valid UTF-8", field->name);
                return false;
        }
        record->given[index] =
                field->type->parse(field, text, where, faults, &record->values[index]);
        return record->given[index];
}

struct str record_str(const struct record *record, size_t index)
{
        const struct db_value *value = &record->values[index];

        return value->type == DB_TEXT || value->type == DB_BYTES ? value->text
                                                                 : (struct str){NULL, 0};
}

int64_t record_int(const struct record *record, size_t index)
{
        const struct db_value *value = &record->values[index];

        return value->type == DB_INT ? value->integer : 0;
}

bool record_has(const struct record *record, size_t index)
{
        return record->given[index] && record->values[index].type != DB_NULL;
}
