/**
 * type_object.c: an object checked by its members' rows; JSON text in the database.
 */
#include "field/field_internal.h"

static bool read(const struct field *field, const json_t *in, struct str where,
                 struct faults *faults, struct db_value *out)
{
        return members_valid(field, in, where, faults) && keep_json(field, in, where, faults, out);
}

static void schema(const struct field *field, struct emit *e)
{
        if (!field->members) {
                emit_type(field, e, "object");
                return;
        }
        if (!(field->flags & FIELD_NULLABLE)) {
                emit_reference(field, e);
                return;
        }
        emit_key(e, "anyOf");
        emit_array(e);
        emit_object(e);
        emit_reference(field, e);
        emit_object_end(e);
        emit_raw(e, STR("{\"type\":\"null\"}"));
        emit_array_end(e);
}

const struct field_type type_object = {
        "object", DB_TEXT, read, parse_json, emit_value_json, put_value_text, schema, fits_json,
};
