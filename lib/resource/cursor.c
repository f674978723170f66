/**
 * cursor.c: "direction field|id|value" as base64url; without value it is NULL. The value is data:
 * it goes into a parameter, never into a statement.
 */
#include "resource/resource_internal.h"

struct str cursor_make(struct arena *arena, const struct resource *resource,
                       const struct filter *filter, const struct cursor *cursor)
{
        const struct field *field = &resource->shape->fields[filter->sort];
        char uuid[UUID_TEXT_SIZE];
        struct str coded = {NULL, 0};
        struct buf text;

        buf_init(&text, CONDITIONS_MAX);
        buf_printf(&text, "%c%s|%s", filter->descending ? '-' : '+', field->name,
                   uuid_format(&cursor->id, uuid).ptr);
        if (cursor->value.type != DB_NULL) {
                buf_char(&text, '|');
                field->type->text(field, &cursor->value, &text);
        }
        if (buf_ok(&text))
                coded = base64url_encode(arena, buf_view(&text));
        buf_free(&text);
        return coded;
}

/* The value is told in the field's text form; what a row could never have held is refused. */
static bool parse_value(struct request *r, const struct field *field, struct str text,
                        struct db_value *out)
{
        struct faults ignored = {.arena = r->arena};

        *out = db_null();
        if (!text.ptr)
                return (field->flags & FIELD_NULLABLE) != 0;
        return field->type->parse(field, text, STR("cursor"), &ignored, out);
}

static bool parse(struct request *r, const struct resource *resource, struct str text,
                  const struct filter *filter, struct cursor *out)
{
        const struct field *field = &resource->shape->fields[filter->sort];
        const char direction = filter->descending ? '-' : '+';
        struct str rest = base64url_decode(r->arena, text), order, uuid;

        return rest.ptr && str_utf8_valid(rest) && str_cut(&rest, '|', &order) && order.len &&
               order.ptr[0] == direction && str_is(str_skip(order, 1), field->name) &&
               str_cut(&rest, '|', &uuid) && uuid_parse(uuid, &out->id) &&
               parse_value(r, field, rest, &out->value);
}

bool cursor_read(struct request *r, const struct resource *resource, struct str text,
                 const struct filter *filter, struct cursor *cursor)
{
        if (parse(r, resource, text, filter, cursor))
                return true;
        fault_add(&r->faults, STR("cursor"), "format",
                  "cursor must be one that this list gave in this order");
        return false;
}

/* MariaDB sorts NULL before everything. */
static void after_null(struct filter *filter, const char *column, const struct uuid *id)
{
        if (filter->descending)
                buf_printf(&filter->where, " AND %s IS NULL AND id < ?", column);
        else
                buf_printf(&filter->where, " AND (%s IS NOT NULL OR id > ?)", column);
        filter_param(filter, db_uuid(id));
}

/* Never a row value: MariaDB does not use the index for (a, b) < (?, ?). */
void cursor_apply(const struct resource *resource, const struct cursor *cursor,
                  struct filter *filter)
{
        const struct field *field = &resource->shape->fields[filter->sort];
        const char *column = field_column(field), *beyond = filter->descending ? "<" : ">";

        if (cursor->value.type == DB_NULL) {
                after_null(filter, column, &cursor->id);
                return;
        }
        if (filter->descending && (field->flags & FIELD_NULLABLE))
                buf_printf(&filter->where,
                           " AND (%s IS NULL OR %s <= ?) AND (%s IS NULL OR %s < ? OR id < ?)",
                           column, column, column, column);
        else
                buf_printf(&filter->where, " AND %s %s= ? AND (%s %s ? OR id %s ?)", column, beyond,
                           column, beyond, beyond);
        filter_param(filter, cursor->value);
        filter_param(filter, cursor->value);
        filter_param(filter, db_uuid(&cursor->id));
}
