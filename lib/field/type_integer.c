/**
 * type_integer.c: whole numbers within bounds.
 */
#include <math.h>

#include "base/num.h"
#include "field/field_internal.h"

/* Beyond 2^53 a double no longer tells neighbours apart. */
#define EXACT_MAX 9007199254740992.0

static int64_t least(const struct field *field)
{
        return field->min == 0 && field->max == 0 ? INT32_MIN : field->min;
}

/* A row that gives only a least has the type's most. */
static int64_t most(const struct field *field)
{
        return field->max == 0 && field->min >= 0 ? INT32_MAX : field->max;
}

static bool out_of_range(const struct field *field, struct str where, struct faults *faults)
{
        fault_add(faults, where, field->range_fault ? field->range_fault : "out_of_range",
                  "%s must be between %lld and %lld", field->name, (long long)least(field),
                  (long long)most(field));
        return false;
}

static bool within(const struct field *field, int64_t number, struct str where,
                   struct faults *faults, struct db_value *out)
{
        if (number < least(field) || number > most(field))
                return out_of_range(field, where, faults);
        *out = db_int(number);
        return true;
}

static bool read(const struct field *field, const json_t *in, struct str where,
                 struct faults *faults, struct db_value *out)
{
        const double real = json_real_value(in);

        if (json_is_integer(in))
                return within(field, json_integer_value(in), where, faults, out);
        if (!json_is_real(in) || real != floor(real))
                return wrong_type(field, where, faults, "a whole number");
        if (fabs(real) > EXACT_MAX)
                return out_of_range(field, where, faults);
        return within(field, (int64_t)real, where, faults, out);
}

static bool parse(const struct field *field, struct str in, struct str where, struct faults *faults,
                  struct db_value *out)
{
        int64_t number;

        if (!num_parse(str_trim(in), INT64_MIN, INT64_MAX, &number))
                return wrong_type(field, where, faults, "a whole number");
        return within(field, number, where, faults, out);
}

static void emit_number(const struct field *field, const struct db_value *value, struct emit *e)
{
        (void)field;
        emit_int(e, value->integer);
}

static void text(const struct field *field, const struct db_value *value, struct buf *out)
{
        (void)field;
        buf_int(out, value->integer);
}

static void schema(const struct field *field, struct emit *e)
{
        emit_type(field, e, "integer");
        emit_member_int(e, "minimum", least(field));
        emit_member_int(e, "maximum", most(field));
}

static bool fits(const struct field *field, const struct schema_column *column)
{
        const int64_t limit = column_is(column, "tinyint")    ? INT8_MAX
                              : column_is(column, "smallint") ? INT16_MAX
                              : column_is(column, "int")      ? INT32_MAX
                              : column_is(column, "bigint")   ? INT64_MAX
                                                              : 0;

        return limit && most(field) <= limit && least(field) >= -limit - 1;
}

const struct field_type type_integer = {
        "integer", DB_INT, read, parse, emit_number, text, schema, fits,
};
