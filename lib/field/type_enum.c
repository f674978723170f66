/**
 * type_enum.c: one of a few words, exactly as written.
 */
#include "field/field_internal.h"

static void say_choices(const struct field *field, struct str where, struct faults *faults)
{
        char list[200] = "";
        char *to = list;

        for (const char *const *choice = field->choices; *choice; choice++)
                if ((size_t)(to - list) + strlen(*choice) + 3 < sizeof(list))
                        to = stpcpy(stpcpy(to, choice == field->choices ? "" : ", "), *choice);
        fault_add(faults, where, "not_in_list", "%s must be one of: %s", field->name, list);
}

static bool parse(const struct field *field, struct str in, struct str where, struct faults *faults,
                  struct db_value *out)
{
        for (const char *const *choice = field->choices; *choice; choice++)
                if (str_is(in, *choice)) {
                        *out = db_text(str_of(*choice));
                        return true;
                }
        say_choices(field, where, faults);
        return false;
}

static void schema(const struct field *field, struct emit *e)
{
        emit_type(field, e, "string");
        emit_key(e, "enum");
        emit_array(e);
        for (const char *const *choice = field->choices; *choice; choice++)
                emit_text(e, *choice);
        if (field->flags & FIELD_NULLABLE)
                emit_null(e);
        emit_array_end(e);
}

static bool fits(const struct field *field, const struct schema_column *column)
{
        for (const char *const *choice = field->choices; *choice; choice++)
                if ((int64_t)strlen(*choice) > column->length)
                        return false;
        return column_is(column, "varchar char enum");
}

const struct field_type type_enum = {
        "enum", DB_TEXT, read_through_parse, parse, emit_value_text, put_value_text, schema, fits,
};
