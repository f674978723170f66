/**
 * type_any.c: any JSON value but null (which is a value where the row says so); JSON text in the
 * database.
 */
#include "field/field_internal.h"

/* No "type" at all says any JSON; a list of types would want "items" for its array. */
static void schema(const struct field *field, struct emit *e)
{
        (void)field;
        (void)e;
}

const struct field_type type_any = {
        "any", DB_TEXT, keep_json, parse_json, emit_value_json, put_value_text, schema, fits_json,
};
