/**
 * type_text.c: text in any script, trimmed, measured in code points.
 */
#include "field/field_internal.h"

enum { TEXT_MAX_DEFAULT = 255 };

static bool parse(const struct field *field, struct str in, struct str where, struct faults *faults,
                  struct db_value *out)
{
        const struct str text = str_trim(in);

        if (!text_within(field, text, field->min, field_max(field, TEXT_MAX_DEFAULT), where,
                         faults))
                return false;
        *out = db_text(text);
        return true;
}

static void schema(const struct field *field, struct emit *e)
{
        emit_type(field, e, "string");
        if (field->min)
                emit_member_int(e, "minLength", field->min);
        emit_member_int(e, "maxLength", field_max(field, TEXT_MAX_DEFAULT));
}

static bool fits(const struct field *field, const struct schema_column *column)
{
        const int64_t most = field_max(field, TEXT_MAX_DEFAULT);

        /* A TEXT column says its length in bytes: four a character at worst. */
        if (column_is(column, "text mediumtext longtext"))
                return most * 4 <= column->length;
        return column_is(column, "varchar char") && most <= column->length;
}

const struct field_type type_text = {
        "text", DB_TEXT, read_through_parse, parse, emit_value_text, put_value_text, schema, fits,
};
