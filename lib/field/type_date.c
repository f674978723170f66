/**
 * type_date.c: a calendar day.
 */
#include "field/field_internal.h"

static bool parse(const struct field *field, struct str in, struct str where, struct faults *faults,
                  struct db_value *out)
{
        day_number day;

        if (!date_parse(str_trim(in), &day)) {
                fault_add(faults, where, "format", "%s must be a date such as 2024-01-18",
                          field->name);
                return false;
        }
        *out = db_date(day);
        return true;
}

static void emit_date(const struct field *field, const struct db_value *value, struct emit *e)
{
        char text[DATE_TEXT_SIZE];

        (void)field;
        emit_str(e, date_format(value->day, text));
}

static void put_date(const struct field *field, const struct db_value *value, struct buf *out)
{
        char text[DATE_TEXT_SIZE];

        (void)field;
        buf_str(out, date_format(value->day, text));
}

static void schema(const struct field *field, struct emit *e)
{
        emit_type(field, e, "string");
        emit_member_text(e, "format", "date");
}

static bool fits(const struct field *field, const struct schema_column *column)
{
        (void)field;
        return column_is(column, "date");
}

const struct field_type type_date = {
        "date", DB_DATE, read_through_parse, parse, emit_date, put_date, schema, fits,
};
