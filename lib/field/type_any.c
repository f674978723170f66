/**
 * type_any.c: any JSON value but null (which is a value where the row says so); JSON text in the
 * database.
 */
#include "field/field_internal.h"

static void schema(const struct field *field, struct emit *e)
{
        if (field->flags & FIELD_NULLABLE)
                return;
        emit_key(e, "type");
        emit_raw(e, STR("[\"string\",\"number\",\"boolean\",\"object\",\"array\"]"));
}

const struct field_type type_any = {
        "any", DB_TEXT, keep_json, parse_json, emit_value_json, put_value_text, schema, fits_json,
};
