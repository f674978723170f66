/**
 * shared.c: what several types do alike.
 */
#include "field/field_internal.h"

bool wrong_type(const struct field *field, struct str where, struct faults *faults,
                const char *what)
{
        fault_add(faults, where, "type", "%s must be %s", field->name, what);
        return false;
}

static bool is_layout(unsigned char c)
{
        return c == '\n' || c == '\r' || c == '\t';
}

/* Unicode's category Cc: C0, DEL, and C1, which is C2 80 to C2 9F in well-formed UTF-8. */
static bool has_refused_control(struct str text, bool several_lines)
{
        unsigned char before = 0;

        for (size_t i = 0; i < text.len; i++) {
                const unsigned char c = (unsigned char)text.ptr[i];

                if (c == 0x7f || (c < 0x20 && !(several_lines && is_layout(c))))
                        return true;
                if (before == 0xc2 && c < 0xa0)
                        return true;
                before = c;
        }
        return false;
}

bool text_within(const struct field *field, struct str text, int64_t least, int64_t most,
                 struct str where, struct faults *faults)
{
        int64_t length;

        if (!str_utf8_valid(text)) {
                fault_add(faults, where, "format", "%s must be valid UTF-8", field->name);
                return false;
        }
        length = (int64_t)str_utf8_length(text);
        if (length < least) {
                if (length == 0)
                        fault_add(faults, where, "too_short", "%s must not be empty", field->name);
                else
                        fault_add(faults, where, "too_short",
                                  "%s must have at least %lld characters", field->name,
                                  (long long)least);
                return false;
        }
        if (length > most) {
                fault_add(faults, where, "too_long", "%s must have at most %lld characters",
                          field->name, (long long)most);
                return false;
        }
        if (has_refused_control(text, most > 255)) {
                fault_add(faults, where, "format", "%s must not hold control characters",
                          field->name);
                return false;
        }
        return true;
}

void emit_type(const struct field *field, struct emit *e, const char *type)
{
        emit_key(e, "type");
        if (!(field->flags & FIELD_NULLABLE)) {
                emit_text(e, type);
                return;
        }
        emit_array(e);
        emit_text(e, type);
        emit_text(e, "null");
        emit_array_end(e);
}

bool read_through_parse(const struct field *field, const json_t *in, struct str where,
                        struct faults *faults, struct db_value *out)
{
        if (!json_is_string(in))
                return wrong_type(field, where, faults, "a string");
        return field->type->parse(field,
                                  (struct str){json_string_value(in), json_string_length(in)},
                                  where, faults, out);
}

void emit_value_text(const struct field *field, const struct db_value *value, struct emit *e)
{
        (void)field;
        emit_str(e, value->text);
}

void put_value_text(const struct field *field, const struct db_value *value, struct buf *out)
{
        (void)field;
        buf_str(out, value->text);
}

bool column_is(const struct schema_column *column, const char *names)
{
        struct str list = str_of(names), name;

        while (str_cut(&list, ' ', &name))
                if (str_eq(column->type, name))
                        return true;
        return false;
}
