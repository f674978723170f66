/**
 * type_json.c: lists, objects and any other JSON: JSON text in the database, checked by their members' rows when they have some.
 */
#include "field/field_internal.h"

static bool keep(const json_t *in, struct faults *faults, struct db_value *out)
{
        *out = db_text(json_of_any(faults->arena, in));
        return out->type == DB_TEXT;
}

/* Check one object against the members' rows. */
static bool members_valid(const struct field *field, const json_t *in, struct str where,
                          struct faults *faults)
{
        struct record *record;

        if (!field->members)
                return true;
        if (!json_is_object(in))
                return wrong_type(field, where, faults, "an object");
        record = record_new(faults->arena, field->members);
        return record && record_read(record, in, READ_INPUT, where, faults);
}

static bool read_list(const struct field *field, const json_t *in, struct str where,
                      struct faults *faults, struct db_value *out)
{
        const int64_t most = field_max(field, 1000);
        bool good = true;

        if (!json_is_array(in))
                return wrong_type(field, where, faults, "an array");
        if ((int64_t)json_array_size(in) < field->min || (int64_t)json_array_size(in) > most) {
                fault_add(faults, where, "out_of_range", "%s must have %lld to %lld entries", field->name,
                          (long long)field->min, (long long)most);
                return false;
        }
        for (size_t i = 0; i < json_array_size(in); i++) {
                const struct str item = arena_printf(faults->arena, "%.*s/%zu", STR_ARG(where), i);

                if (!item.ptr || !members_valid(field, json_array_get(in, i), item, faults))
                        good = false;
        }
        return good && keep(in, faults, out);
}

static bool read_object(const struct field *field, const json_t *in, struct str where,
                        struct faults *faults, struct db_value *out)
{
        if (!json_is_object(in))
                return wrong_type(field, where, faults, "an object");
        return members_valid(field, in, where, faults) && keep(in, faults, out);
}

static bool read_any(const struct field *field, const json_t *in, struct str where,
                     struct faults *faults, struct db_value *out)
{
        (void)field;
        (void)where;
        return keep(in, faults, out);
}

static bool parse(const struct field *field, struct str in, struct str where, struct faults *faults,
                  struct db_value *out)
{
        json_t *value = json_loadb(in.ptr ? in.ptr : "", in.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
        bool good;

        if (!value)
                return wrong_type(field, where, faults, "JSON text");
        good = field->type->read(field, value, where, faults, out);
        json_decref(value);
        return good;
}

static void emit_reference(const struct field *field, struct emit *e)
{
        char reference[100];

        stpcpy(stpcpy(reference, "#/components/schemas/"), field->members->name);
        emit_member_text(e, "$ref", reference);
}

static void schema_list(const struct field *field, struct emit *e)
{
        emit_type(field, e, "array");
        emit_key(e, "items");
        emit_object(e);
        if (field->members)
                emit_reference(field, e);
        emit_object_end(e);
}

static void schema_object(const struct field *field, struct emit *e)
{
        if (field->members)
                emit_reference(field, e);
        else
                emit_type(field, e, "object");
}

static void schema_any(const struct field *field, struct emit *e)
{
        (void)field;
        (void)e;
}

const struct field_type type_list = {
        "list", DB_TEXT, read_list, parse, emit_value_json, put_value_text, schema_list, fits_json,
};
const struct field_type type_object = {
        "object", DB_TEXT, read_object, parse, emit_value_json, put_value_text, schema_object, fits_json,
};
const struct field_type type_any = {
        "any", DB_TEXT, read_any, parse, emit_value_json, put_value_text, schema_any, fits_json,
};
