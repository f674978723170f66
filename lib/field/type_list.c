/**
 * type_list.c: an array of texts, or of objects checked by their members' rows; JSON text in the
 * database.
 */
#include "field/field_internal.h"

enum { ITEMS_MAX_DEFAULT = 1000, ITEM_MAX = 255 };

static bool count_within(const struct field *field, const json_t *in, struct str where,
                         struct faults *faults)
{
        const int64_t count = (int64_t)json_array_size(in);
        const int64_t most = field_max(field, ITEMS_MAX_DEFAULT);

        if (count >= field->min && count <= most)
                return true;
        fault_add(faults, where, "out_of_range", "%s must have %lld to %lld entries", field->name,
                  (long long)field->min, (long long)most);
        return false;
}

static bool item_valid(const struct field *field, const json_t *item, struct str where,
                       struct faults *faults)
{
        if (field->members)
                return members_valid(field, item, where, faults);
        if (!json_is_string(item))
                return wrong_type(field, where, faults, "an array of strings");
        return text_within(field, (struct str){json_string_value(item), json_string_length(item)},
                           field->item_max ? 1 : 0, field->item_max ? field->item_max : ITEM_MAX,
                           where, faults);
}

static bool read(const struct field *field, const json_t *in, struct str where,
                 struct faults *faults, struct db_value *out)
{
        bool good = true;

        if (!json_is_array(in))
                return wrong_type(field, where, faults, "an array");
        if (!count_within(field, in, where, faults))
                return false;
        for (size_t i = 0; i < json_array_size(in); i++) {
                const struct str item = arena_printf(faults->arena, "%.*s/%zu", STR_ARG(where), i);

                if (!item.ptr || !item_valid(field, json_array_get(in, i), item, faults))
                        good = false;
        }
        return good && keep_json(field, in, where, faults, out);
}

/* Texts have no "items": answers may hold more than what an input could. */
static void schema(const struct field *field, struct emit *e)
{
        emit_type(field, e, "array");
        if (field->min)
                emit_member_int(e, "minItems", field->min);
        if (field->max)
                emit_member_int(e, "maxItems", field->max);
        emit_key(e, "items");
        emit_object(e);
        if (field->members)
                emit_reference(field, e);
        emit_object_end(e);
}

const struct field_type type_list = {
        "list", DB_TEXT, read, parse_json, emit_value_json, put_value_text, schema, fits_json,
};
