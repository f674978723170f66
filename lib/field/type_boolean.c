/**
 * type_boolean.c: true or false; 1 or 0 in the database.
 */
#include "field/field_internal.h"

static bool read(const struct field *field, const json_t *in, struct str where,
                 struct faults *faults, struct db_value *out)
{
        if (!json_is_boolean(in))
                return wrong_type(field, where, faults, "true or false");
        *out = db_int(json_is_true(in));
        return true;
}

static bool parse(const struct field *field, struct str in, struct str where, struct faults *faults,
                  struct db_value *out)
{
        const bool yes = str_is(in, "true") || str_is(in, "1");

        if (!yes && !str_is(in, "false") && !str_is(in, "0"))
                return wrong_type(field, where, faults, "true or false");
        *out = db_int(yes);
        return true;
}

static void emit_truth(const struct field *field, const struct db_value *value, struct emit *e)
{
        (void)field;
        emit_bool(e, value->integer != 0);
}

static void text(const struct field *field, const struct db_value *value, struct buf *out)
{
        (void)field;
        buf_text(out, value->integer ? "true" : "false");
}

static void schema(const struct field *field, struct emit *e)
{
        emit_type(field, e, "boolean");
}

static bool fits(const struct field *field, const struct schema_column *column)
{
        (void)field;
        return column_is(column, "tinyint");
}

const struct field_type type_boolean = {
        "boolean", DB_INT, read, parse, emit_truth, text, schema, fits,
};
