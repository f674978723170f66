/**
 * field.c: a field's column, its value in a result, its JSON and its schema.
 */
#include "field/field_internal.h"

const char *field_column(const struct field *field)
{
        return field->column ? field->column : field->name;
}

const char *field_reads(const struct field *field)
{
        return field->reads ? field->reads : field_column(field);
}

size_t shape_find(const struct shape *shape, struct str name)
{
        size_t i = 0;

        while (i < shape->count && !str_is(name, shape->fields[i].name))
                i++;
        return i;
}

struct db_value field_cell(const struct field *field, const struct db_rows *rows, unsigned column)
{
        struct db_value value = {.type = field->type->stored};

        if (db_is_null(rows, column))
                return db_null();
        switch (value.type) {
        case DB_INT:
                value.integer = db_get_int(rows, column);
                break;
        case DB_DOUBLE:
                value.real = db_get_real(rows, column);
                break;
        case DB_UUID:
                value.uuid = db_get_uuid(rows, column);
                break;
        case DB_TIME:
                value.time = db_get_time(rows, column);
                break;
        case DB_DATE:
                value.day = db_get_date(rows, column);
                break;
        default:
                value.text = db_get_str(rows, column);
        }
        return value;
}

void field_emit(const struct field *field, const struct db_value *value, struct emit *e)
{
        if (value->type == DB_NULL)
                emit_null(e);
        else
                field->type->emit(field, value, e);
}

static void emit_json_text(struct emit *e, const char *name, const char *text)
{
        if (!text)
                return;
        emit_key(e, name);
        emit_raw(e, str_of(text));
}

static void emit_annotations(const struct field *field, struct emit *e)
{
        if (field->about)
                emit_member_text(e, "description", field->about);
        emit_json_text(e, "default", field->otherwise);
        if (field->flags & (FIELD_READ_ONLY | FIELD_COMPUTED))
                emit_member_bool(e, "readOnly", true);
        if (field->flags & FIELD_WRITE_ONLY)
                emit_member_bool(e, "writeOnly", true);
        if (!field->example)
                return;
        emit_key(e, "examples");
        emit_array(e);
        emit_raw(e, str_of(field->example));
        emit_array_end(e);
}

void field_schema(const struct field *field, struct emit *e)
{
        emit_object(e);
        field->type->schema(field, e);
        emit_annotations(field, e);
        emit_object_end(e);
}

static bool stands_in(const struct field *field, bool answer)
{
        return answer ? !(field->flags & FIELD_WRITE_ONLY)
                      : !(field->flags & (FIELD_READ_ONLY | FIELD_COMPUTED));
}

static bool is_due(const struct field *field, bool answer)
{
        return answer ? !(field->flags & FIELD_NULLABLE) : (field->flags & FIELD_REQUIRED) != 0;
}

static void emit_required(const struct shape *shape, bool answer, struct emit *e)
{
        bool any = false;

        for (size_t i = 0; i < shape->count; i++) {
                const struct field *field = &shape->fields[i];

                if (!stands_in(field, answer) || !is_due(field, answer))
                        continue;
                if (!any) {
                        emit_key(e, "required");
                        emit_array(e);
                        any = true;
                }
                emit_text(e, field->name);
        }
        if (any)
                emit_array_end(e);
}

void shape_schema(const struct shape *shape, bool answer, struct emit *e)
{
        emit_object(e);
        emit_member_text(e, "type", "object");
        if (shape->about)
                emit_member_text(e, "description", shape->about);
        emit_key(e, "properties");
        emit_object(e);
        for (size_t i = 0; i < shape->count; i++) {
                if (!stands_in(&shape->fields[i], answer))
                        continue;
                emit_key(e, shape->fields[i].name);
                field_schema(&shape->fields[i], e);
        }
        emit_object_end(e);
        emit_required(shape, answer, e);
        emit_object_end(e);
}
