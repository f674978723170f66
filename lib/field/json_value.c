/**
 * json_value.c: what the types share whose values are JSON text in the database.
 */
#include <stdio.h>

#include "json/read.h"
#include "field/field_internal.h"

enum { JSON_MAX = 1 << 20 }; /* bytes */

bool keep_json(const struct field *field, const json_t *in, struct str where, struct faults *faults,
               struct db_value *out)
{
        struct buf text;
        struct emit e;
        bool fits;

        buf_init(&text, JSON_MAX);
        emit_start(&e, &text);
        emit_parsed(&e, in);
        fits = emit_finish(&e);
        *out = db_text(fits ? arena_copy(faults->arena, buf_view(&text)) : (struct str){NULL, 0});
        if (text.starved)
                arena_fail(faults->arena);
        else if (!fits)
                fault_add(faults, where, "too_long", "%s must have at most %d bytes", field->name,
                          JSON_MAX);
        buf_free(&text);
        return out->type == DB_TEXT;
}

bool members_valid(const struct field *field, const json_t *in, struct str where,
                   struct faults *faults)
{
        struct record *record;

        if (!json_is_object(in))
                return wrong_type(field, where, faults, "an object");
        if (!field->members)
                return true;
        record = record_new(faults->arena, field->members);
        return record && record_read(record, in, READ_INPUT, where, faults);
}

bool parse_json(const struct field *field, struct str in, struct str where, struct faults *faults,
                struct db_value *out)
{
        struct json_fault fault;
        json_t *value;

        if (json_read(faults->arena, in, &value, &fault) != STATUS_OK)
                return wrong_type(field, where, faults, "JSON text");
        return field->type->read(field, value, where, faults, out);
}

void emit_reference(const struct field *field, struct emit *e)
{
        char reference[100];

        snprintf(reference, sizeof(reference), "#/components/schemas/%s", field->members->name);
        emit_member_text(e, "$ref", reference);
}

void emit_value_json(const struct field *field, const struct db_value *value, struct emit *e)
{
        (void)field;
        emit_raw(e, value->text);
}

bool fits_json(const struct field *field, const struct schema_column *column)
{
        (void)field;
        return column_is(column, "longtext mediumtext text json");
}
