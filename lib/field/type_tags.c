/**
 * type_tags.c: labels: a comma string outward, an array accepted, a set inside.
 */
#include "field/field_internal.h"

enum { TAG_MAX = 100, TAGS_MAX = 50, TAGS_LENGTH_DEFAULT = 1000 };

struct tags {
        const struct field *field;
        struct str where;
        struct faults *faults;
        struct buf *out;
        size_t count;
};

static bool has_tag(struct str list, struct str tag)
{
        struct str each;

        while (str_cut(&list, ',', &each))
                if (str_eq(each, tag))
                        return true;
        return false;
}

static bool add_tag(struct tags *tags, struct str tag)
{
        tag = str_trim(tag);
        if (tag.len == 0 || (tags->count && has_tag(buf_view(tags->out), tag)))
                return true;
        if (!text_within(tags->field, tag, 1, TAG_MAX, tags->where, tags->faults))
                return false;
        if (++tags->count > TAGS_MAX) {
                fault_add(tags->faults, tags->where, "too_long", "%s must have at most %d entries",
                          tags->field->name, TAGS_MAX);
                return false;
        }
        if (tags->count > 1)
                buf_char(tags->out, ',');
        buf_str(tags->out, tag);
        return true;
}

static bool add_list(struct tags *tags, struct str list)
{
        struct str tag;

        while (str_cut(&list, ',', &tag))
                if (!add_tag(tags, tag))
                        return false;
        return true;
}

/* The collected set as a value, when it is not too long as a whole. */
static bool finish(struct tags *tags, struct db_value *out)
{
        const int64_t most = field_max(tags->field, TAGS_LENGTH_DEFAULT);

        if (!text_within(tags->field, buf_view(tags->out), 0, most, tags->where, tags->faults))
                return false;
        *out = db_text(arena_copy(tags->faults->arena, buf_view(tags->out)));
        return out->type == DB_TEXT;
}

static bool parse(const struct field *field, struct str in, struct str where, struct faults *faults,
                  struct db_value *out)
{
        struct buf text;
        struct tags tags = {field, where, faults, &text, 0};
        bool good;

        buf_init(&text, 65536);
        good = add_list(&tags, in) && finish(&tags, out);
        buf_free(&text);
        return good;
}

static bool read_array(const struct field *field, const json_t *in, struct str where,
                       struct faults *faults, struct db_value *out)
{
        struct buf text;
        struct tags tags = {field, where, faults, &text, 0};
        bool good = true;

        buf_init(&text, 65536);
        for (size_t i = 0; good && i < json_array_size(in); i++) {
                const json_t *item = json_array_get(in, i);

                good = json_is_string(item)
                               ? add_list(&tags, (struct str){json_string_value(item),
                                                              json_string_length(item)})
                               : wrong_type(field, where, faults, "an array of strings");
        }
        good = good && finish(&tags, out);
        buf_free(&text);
        return good;
}

static bool read(const struct field *field, const json_t *in, struct str where,
                 struct faults *faults, struct db_value *out)
{
        if (json_is_array(in))
                return read_array(field, in, where, faults, out);
        if (json_is_string(in))
                return read_through_parse(field, in, where, faults, out);
        return wrong_type(field, where, faults, "a comma separated string or an array of strings");
}

static void schema(const struct field *field, struct emit *e)
{
        emit_type(field, e, "string");
        emit_member_int(e, "maxLength", field_max(field, TAGS_LENGTH_DEFAULT));
}

static bool fits(const struct field *field, const struct schema_column *column)
{
        return column_is(column, "varchar") &&
               field_max(field, TAGS_LENGTH_DEFAULT) <= column->length;
}

const struct field_type type_tags = {
        "tags", DB_TEXT, read, parse, emit_value_text, put_value_text, schema, fits,
};
