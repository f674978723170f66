/**
 * cursor.c: "direction field|id|value" as base64url. The value is data: it goes into a parameter,
 * never into a statement.
 */
#include "resource/resource_internal.h"

struct str cursor_make(struct arena *arena, const struct resource *resource,
                       const struct filter *filter, const struct db_value *value,
                       const struct uuid *id)
{
        const struct field *field = &resource->shape->fields[filter->sort];
        char uuid[UUID_TEXT_SIZE];
        struct str coded = {NULL, 0};
        struct buf text;

        buf_init(&text, 16384);
        buf_printf(&text, "%c%s|%s|", filter->descending ? '-' : '+', field->name,
                   uuid_format(id, uuid).ptr);
        field->type->text(field, value, &text);
        if (buf_ok(&text))
                coded = base64url_encode(arena, buf_view(&text));
        buf_free(&text);
        return coded;
}

static bool parse(struct request *r, const struct resource *resource, struct str text,
                  const struct filter *filter, struct db_value *value, struct uuid *id)
{
        const struct field *field = &resource->shape->fields[filter->sort];
        const char direction = filter->descending ? '-' : '+';
        struct faults ignored = {.arena = r->arena};
        struct str rest = base64url_decode(r->arena, text), order, uuid;

        return rest.ptr && str_utf8_valid(rest) && str_cut(&rest, '|', &order) && order.len &&
               order.ptr[0] == direction && str_is(str_skip(order, 1), field->name) &&
               str_cut(&rest, '|', &uuid) && uuid_parse(uuid, id) && rest.ptr &&
               field->type->parse(field, rest, STR("cursor"), &ignored, value);
}

bool cursor_apply(struct request *r, const struct resource *resource, struct str text,
                  struct filter *filter)
{
        const char *column = field_column(&resource->shape->fields[filter->sort]);
        const char *beyond = filter->descending ? "<" : ">";
        struct db_value value;
        struct uuid id;

        if (!parse(r, resource, text, filter, &value, &id)) {
                fault_add(&r->faults, STR("cursor"), "format",
                          "cursor must be one that this list gave in this order");
                return false;
        }
        /* Never a row value: MariaDB does not use the index for (a, b) < (?, ?). */
        buf_printf(&filter->where, " AND %s %s= ? AND (%s %s ? OR id %s ?)", column, beyond, column,
                   beyond, beyond);
        (void)filter_param(filter, value);
        (void)filter_param(filter, value);
        return filter_param(filter, db_uuid(&id));
}
