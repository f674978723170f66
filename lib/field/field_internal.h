/**
 * field_internal.h: what the types share.
 */
#ifndef ALMONER_FIELD_INTERNAL_H
#define ALMONER_FIELD_INTERNAL_H

#include "field/field.h"

/** field_max(field, otherwise), field_min(field, otherwise): the row's bound, or the type's. */
static inline int64_t field_max(const struct field *field, int64_t otherwise)
{
        return field->min == 0 && field->max == 0 ? otherwise : field->max;
}

/** wrong_type(field, where, faults, what): note that JSON of another type came; false. */
bool wrong_type(const struct field *field, struct str where, struct faults *faults,
                const char *what);

/** text_within(field, text, least, most, where, faults): length in code points, valid characters.
 */
bool text_within(const struct field *field, struct str text, int64_t least, int64_t most,
                 struct str where, struct faults *faults);

/** emit_type(field, e, type): the member "type", with "null" when the field may be. */
void emit_type(const struct field *field, struct emit *e, const char *type);

/** read_through_parse(…): for types whose JSON form is a string: parse does the work. */
bool read_through_parse(const struct field *field, const json_t *in, struct str where,
                        struct faults *faults, struct db_value *out);

/** value_as_text(…): for types whose value is DB_TEXT. */
void emit_value_text(const struct field *field, const struct db_value *value, struct emit *e);
void put_value_text(const struct field *field, const struct db_value *value, struct buf *out);

/** column_is(column, names): whether the column's type is one of the blank-separated ${names}. */
bool column_is(const struct schema_column *column, const char *names);

/* Lists, objects and anything else are JSON text in the database (json_value.c). */

/** keep_json(…): the read of type_any, and the end of the others': ${in} as compact JSON text. */
bool keep_json(const struct field *field, const json_t *in, struct str where, struct faults *faults,
               struct db_value *out);

/** members_valid(…): whether ${in} is an object that the members' rows accept. */
bool members_valid(const struct field *field, const json_t *in, struct str where,
                   struct faults *faults);

/** parse_json(…): JSON text, then the type's read. */
bool parse_json(const struct field *field, struct str in, struct str where, struct faults *faults,
                struct db_value *out);

/** emit_reference(field, e): the member "$ref" to the schema of the field's members. */
void emit_reference(const struct field *field, struct emit *e);

void emit_value_json(const struct field *field, const struct db_value *value, struct emit *e);
bool fits_json(const struct field *field, const struct schema_column *column);

#endif
