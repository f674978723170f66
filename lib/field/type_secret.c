/**
 * type_secret.c: passwords: taken as they are, measured in bytes, never written anywhere.
 */
#include "field/field_internal.h"

enum { SECRET_LEAST = 8, SECRET_MOST = 128 };

static bool parse(const struct field *field, struct str in, struct str where, struct faults *faults,
                  struct db_value *out)
{
        const int64_t least = field->max ? field->min : SECRET_LEAST;
        const int64_t most = field_max(field, SECRET_MOST);

        if (!str_utf8_valid(in)) {
                fault_add(faults, where, "format", "%s must be valid UTF-8", field->name);
                return false;
        }
        if ((int64_t)in.len < least || (int64_t)in.len > most) {
                fault_add(faults, where, (int64_t)in.len < least ? "too_short" : "too_long",
                          "%s must have %lld to %lld bytes", field->name, (long long)least,
                          (long long)most);
                return false;
        }
        *out = db_text(in);
        return true;
}

static void emit_nothing(const struct field *field, const struct db_value *value, struct emit *e)
{
        (void)field;
        (void)value;
        emit_null(e);
}

static void put_nothing(const struct field *field, const struct db_value *value, struct buf *out)
{
        (void)field;
        (void)value;
        (void)out;
}

static void schema(const struct field *field, struct emit *e)
{
        emit_type(field, e, "string");
        emit_member_text(e, "format", "password");
        emit_member_int(e, "minLength", field->max ? field->min : SECRET_LEAST);
        emit_member_int(e, "maxLength", field_max(field, SECRET_MOST));
}

static bool fits(const struct field *field, const struct schema_column *column)
{
        (void)field;
        (void)column;
        return false; /* a secret has no column: its hash does */
}

const struct field_type type_secret = {
        "secret", DB_TEXT, read_through_parse, parse, emit_nothing, put_nothing, schema, fits,
};
