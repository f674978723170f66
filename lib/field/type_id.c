/**
 * type_id.c: identifiers: a TypeID when the row has a prefix, a UUID otherwise.
 */
#include "field/field_internal.h"

static bool parse(const struct field *field, struct str in, struct str where, struct faults *faults,
                  struct db_value *out)
{
        struct uuid id;

        if (!(field->prefix ? typeid_parse(field->prefix, in, &id) : uuid_parse(in, &id))) {
                fault_add(faults, where, "format", "%s must be %s", field->name,
                          field->prefix ? "an identifier as this API gives them" : "a UUID");
                return false;
        }
        *out = db_uuid(&id);
        return true;
}

static struct str format(const struct field *field, const struct uuid *id,
                         char text[static TYPEID_TEXT_SIZE])
{
        return field->prefix ? typeid_format(field->prefix, id, text) : uuid_format(id, text);
}

static void emit_id(const struct field *field, const struct db_value *value, struct emit *e)
{
        char text[TYPEID_TEXT_SIZE];

        emit_str(e, format(field, &value->uuid, text));
}

static void put_id(const struct field *field, const struct db_value *value, struct buf *out)
{
        char text[TYPEID_TEXT_SIZE];

        buf_str(out, format(field, &value->uuid, text));
}

static void schema(const struct field *field, struct emit *e)
{
        char pattern[100];

        emit_type(field, e, "string");
        if (!field->prefix) {
                emit_member_text(e, "format", "uuid");
                return;
        }
        stpcpy(stpcpy(stpcpy(pattern, "^"), field->prefix), "_[0-7][0-9a-hjkmnp-tv-z]{25}$");
        emit_member_text(e, "pattern", pattern);
}

static bool fits(const struct field *field, const struct schema_column *column)
{
        (void)field;
        return column_is(column, "binary") && column->length == 16;
}

const struct field_type type_id = {
        "id", DB_UUID, read_through_parse, parse, emit_id, put_id, schema, fits,
};
