/**
 * type_email.c: an address as mail systems take it: RFC 5321 mailbox without quoting, RFC 6531 for
 * other scripts.
 */
#include "field/field_internal.h"

enum { EMAIL_MAX = 254, LOCAL_MAX = 64, LABEL_MAX = 63 };

static bool is_letter_or_digit(unsigned char c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c >= 0x80;
}

static bool local_part_valid(struct str local)
{
        struct str rest = local, atom;

        if (local.len == 0 || local.len > LOCAL_MAX)
                return false;
        while (str_cut(&rest, '.', &atom)) {
                if (atom.len == 0)
                        return false;
                for (size_t i = 0; i < atom.len; i++)
                        if (!is_letter_or_digit((unsigned char)atom.ptr[i]) &&
                            !strchr("!#$%&'*+-/=?^_`{|}~", atom.ptr[i]))
                                return false;
        }
        return true;
}

static bool domain_valid(struct str domain)
{
        struct str rest = domain, label;
        size_t labels = 0;

        while (str_cut(&rest, '.', &label)) {
                if (label.len == 0 || label.len > LABEL_MAX || label.ptr[0] == '-' ||
                    label.ptr[label.len - 1] == '-')
                        return false;
                for (size_t i = 0; i < label.len; i++)
                        if (!is_letter_or_digit((unsigned char)label.ptr[i]) && label.ptr[i] != '-')
                                return false;
                labels++;
        }
        return labels >= 2 || str_eq_nocase(domain, STR("localhost"));
}

static bool address_valid(struct str text)
{
        const char *at = text.len ? memrchr(text.ptr, '@', text.len) : NULL;
        const size_t local = at ? (size_t)(at - text.ptr) : 0;

        return at && text.len <= EMAIL_MAX && local_part_valid((struct str){text.ptr, local}) &&
               domain_valid(str_skip(text, local + 1));
}

static bool parse(const struct field *field, struct str in, struct str where, struct faults *faults,
                  struct db_value *out)
{
        const struct str text = str_trim(in);

        if (!text_within(field, text, 0, EMAIL_MAX, where, faults))
                return false;
        if (!address_valid(text)) {
                fault_add(faults, where, "format", "%s must be a valid e-mail address",
                          field->name);
                return false;
        }
        *out = db_text(text);
        return true;
}

static void schema(const struct field *field, struct emit *e)
{
        emit_type(field, e, "string");
        emit_member_text(e, "format", "email");
        emit_member_int(e, "maxLength", EMAIL_MAX);
}

static bool fits(const struct field *field, const struct schema_column *column)
{
        (void)field;
        return column_is(column, "varchar") && column->length >= EMAIL_MAX;
}

const struct field_type type_email = {
        "email", DB_TEXT, read_through_parse, parse, emit_value_text, put_value_text, schema, fits,
};
