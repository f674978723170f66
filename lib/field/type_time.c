/**
 * type_time.c: a point in time, RFC 3339; always answered in UTC.
 */
#include "field/field_internal.h"

static bool parse(const struct field *field, struct str in, struct str where, struct faults *faults,
                  struct db_value *out)
{
        time_ms time;

        if (!time_parse(str_trim(in), &time)) {
                fault_add(faults, where, "format",
                          "%s must be a date and time such as 2024-01-18T10:30:00Z", field->name);
                return false;
        }
        *out = db_time(time);
        return true;
}

static void emit_time(const struct field *field, const struct db_value *value, struct emit *e)
{
        char text[TIME_TEXT_SIZE];

        (void)field;
        emit_str(e, time_format(value->time, text));
}

static void put_time(const struct field *field, const struct db_value *value, struct buf *out)
{
        char text[TIME_TEXT_SIZE];

        (void)field;
        buf_str(out, time_format(value->time, text));
}

static void schema(const struct field *field, struct emit *e)
{
        emit_type(field, e, "string");
        emit_member_text(e, "format", "date-time");
}

static bool fits(const struct field *field, const struct schema_column *column)
{
        (void)field;
        return column_is(column, "datetime");
}

const struct field_type type_time = {
        "time", DB_TIME, read_through_parse, parse, emit_time, put_time, schema, fits,
};
