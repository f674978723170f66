/**
 * filter.c: the query string of a list as conditions with parameters. Names come from the tables,
 * values never reach the text.
 */
#include <stdio.h>

#include "resource/resource_internal.h"

enum { WORDS_MAX = 8, IN_MAX = 16 };

bool filter_param(struct filter *filter, struct db_value value)
{
        if (filter->param_count == QUERY_PARAMS_MAX) {
                filter->where.failed = true;
                return false;
        }
        filter->params[filter->param_count++] = value;
        return true;
}

/* What a parameter is asked of: the row's name with an operator's word around it. */
/* clang-format off */
static const struct range { const char *before, *after, *operator; bool number; } ranges[] = {
        {"min_", "",      ">=", true},
        {"max_", "",      "<=", true},
        {"",     "_from", ">=", false},
        {"",     "_to",   "<=", false},
};
/* clang-format on */

static bool is_time(const struct field *field)
{
        return field->type->stored == DB_TIME || field->type->stored == DB_DATE;
}

/* The field that ?name= is a range of; shape->count when none. */
static size_t find_range(const struct shape *shape, struct str name, const struct range *range)
{
        const size_t before = strlen(range->before), after = strlen(range->after);
        size_t field;

        if (name.len <= before + after || memcmp(name.ptr, range->before, before) != 0 ||
            memcmp(name.ptr + name.len - after, range->after, after) != 0)
                return shape->count;
        field = shape_find(shape, (struct str){name.ptr + before, name.len - before - after});
        if (field < shape->count && (!(shape->fields[field].flags & FIELD_RANGE) ||
                                     is_time(&shape->fields[field]) == range->number))
                return shape->count;
        return field;
}

/* A bare date means its whole day: from its first moment, to its last. */
static bool parse_bound(struct request *r, const struct field *field, const struct parameter *p,
                        bool upper, struct db_value *out)
{
        day_number day;

        if (field->type->stored == DB_TIME && date_parse(p->value, &day)) {
                *out = db_time(upper ? date_start(day + 1) - 1 : date_start(day));
                return true;
        }
        return field->type->parse(field, p->value, p->name, &r->faults, out);
}

static bool add_range(struct request *r, const struct resource *resource, const struct parameter *p,
                      struct filter *filter)
{
        for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
                const size_t field = find_range(resource->shape, p->name, &ranges[i]);
                struct db_value value;

                if (field == resource->shape->count)
                        continue;
                filter->only_tally = false;
                if (parse_bound(r, &resource->shape->fields[field], p, ranges[i].operator[0] == '<',
                                &value)) {
                        buf_printf(&filter->where, " AND %s %s ?",
                                   field_column(&resource->shape->fields[field]),
                                   ranges[i].operator);
                        (void)filter_param(filter, value);
                }
                return true;
        }
        return false;
}

/* Keep the value for the exact totals when the field is one of their dimensions and one value is
 * asked. */
static void note_tally(const struct resource *resource, size_t field, const struct db_value *value,
                       size_t values, struct filter *filter)
{
        for (size_t i = 0; i < resource->tally_count; i++)
                if (resource->tally[i] == field && values == 1) {
                        filter->tally[i] = value->text;
                        return;
                }
        filter->only_tally = false;
}

static bool add_equal(struct request *r, const struct resource *resource, const struct parameter *p,
                      struct filter *filter)
{
        const size_t index = shape_find(resource->shape, p->name);
        const struct field *field = &resource->shape->fields[index];
        struct str rest = p->value.ptr ? p->value : STR(""), one = rest;
        struct db_value value = db_null();
        size_t count = 0;

        if (index == resource->shape->count || !(field->flags & FIELD_FILTER))
                return false;
        buf_printf(&filter->where, " AND %s IN (", field_column(field));
        while (field->choices ? str_cut(&rest, ',', &one) : count == 0) {
                if (!field->type->parse(field, one, p->name, &r->faults, &value))
                        return true;
                if (count == IN_MAX || !filter_param(filter, value))
                        break;
                buf_text(&filter->where, count++ ? ", ?" : "?");
        }
        buf_char(&filter->where, ')');
        note_tally(resource, index, &value, count, filter);
        return true;
}

static bool add_special(struct request *r, const struct resource *resource,
                        const struct parameter *p, struct filter *filter)
{
        for (size_t i = 0; i < resource->filter_count; i++) {
                const struct resource_filter *special = &resource->filters[i];
                struct db_value value;

                if (!str_is(p->name, special->field.name))
                        continue;
                filter->only_tally = false;
                if (!special->field.type->parse(&special->field, p->value, p->name, &r->faults,
                                                &value))
                        return true;
                buf_printf(&filter->where, " AND %s", special->sql);
                for (unsigned uses = 0; uses < (special->uses ? special->uses : 1); uses++)
                        (void)filter_param(filter, value);
                return true;
        }
        return false;
}

/* "%word%" with LIKE's own characters escaped. */
static struct str like_pattern(struct arena *arena, struct str word)
{
        char *text = arena_alloc(arena, word.len * 2 + 3), *to = text;

        if (!text)
                return (struct str){NULL, 0};
        *to++ = '%';
        for (size_t i = 0; i < word.len; i++) {
                if (strchr("%_\\", word.ptr[i]))
                        *to++ = '\\';
                *to++ = word.ptr[i];
        }
        *to++ = '%';
        return (struct str){text, (size_t)(to - text)};
}

static void add_word(struct request *r, const struct resource *resource, struct str word,
                     struct filter *filter)
{
        const struct str pattern = like_pattern(r->arena, word);
        const char *joint = " AND (";

        for (size_t i = 0; i < resource->shape->count; i++) {
                const struct field *field = &resource->shape->fields[i];

                if (!(field->flags & FIELD_SEARCH))
                        continue;
                buf_printf(&filter->where, "%s%s LIKE ?", joint, field_column(field));
                (void)filter_param(filter, db_text(pattern));
                joint = " OR ";
        }
        buf_char(&filter->where, ')');
}

static void add_search(struct request *r, const struct resource *resource, struct str text,
                       struct filter *filter)
{
        size_t words = 0;
        struct str word;

        if (!text.ptr || text.len > 200) {
                fault_add(&r->faults, STR("q"), "too_long", "q must have at most 200 bytes");
                return;
        }
        while (str_cut(&text, ' ', &word) && words < WORDS_MAX)
                if (word.len) {
                        add_word(r, resource, word, filter);
                        words++;
                        filter->only_tally = false;
                }
}

static void select_fields(struct request *r, const struct resource *resource, struct str list,
                          struct filter *filter)
{
        struct str name;

        memset(filter->selected, 0, sizeof(filter->selected));
        filter->selected[0] = true;
        while (str_cut(&list, ',', &name)) {
                const size_t field = shape_find(resource->shape, str_trim(name));

                if (field == resource->shape->count)
                        fault_add(&r->faults, STR("fields"), "not_in_list",
                                  "fields names no field %.*s", STR_ARG(name));
                else
                        filter->selected[field] = true;
        }
}

/* Every name a list understands, for who asked for another. */
static enum status unknown_parameter(struct request *r, const struct resource *resource,
                                     struct str name)
{
        char known[700], *to = known;
        const char *const end = known + sizeof(known) - 64;

        to += snprintf(to, 100, "page, per_page, limit, skip, cursor, sort, fields, q");
        for (size_t i = 0; i < resource->filter_count && to < end; i++)
                to += snprintf(to, 60, ", %s", resource->filters[i].field.name);
        for (size_t i = 0; i < resource->shape->count && to < end; i++) {
                const struct field *field = &resource->shape->fields[i];

                if (field->flags & FIELD_FILTER)
                        to += snprintf(to, 60, ", %s", field->name);
                if ((field->flags & FIELD_RANGE) && to < end)
                        to += snprintf(to, 60, is_time(field) ? ", %s_from/_to" : ", min_/max_%s",
                                       field->name);
        }
        return problem(r, PROBLEM_UNKNOWN_PARAMETER, "Unknown parameter %.*s; known are: %s",
                       STR_ARG(name), known);
}

/* One parameter that is no paging; false when nothing knows it. */
static bool add(struct request *r, const struct resource *resource, const struct parameter *p,
                struct filter *filter)
{
        if (str_is(p->name, "q")) {
                add_search(r, resource, p->value, filter);
                return true;
        }
        if (str_is(p->name, "fields")) {
                select_fields(r, resource, p->value, filter);
                return true;
        }
        if (str_is(p->name, "sort")) {
                if (!sort_read(resource, p->value, filter))
                        fault_add(&r->faults, p->name, "not_in_list",
                                  "sort must name a field that lists can be sorted by");
                return true;
        }
        return add_special(r, resource, p, filter) || add_equal(r, resource, p, filter) ||
               add_range(r, resource, p, filter);
}

static void release(void *buf)
{
        buf_free(buf);
}

bool filter_read(struct request *r, const struct resource *resource, struct filter *filter)
{
        *filter = (struct filter){.only_tally = true};
        buf_init(&filter->where, CONDITIONS_MAX);
        memset(filter->selected, 1, sizeof(filter->selected));
        (void)sort_read(resource, str_of(resource->default_sort), filter);
        if (!arena_on_reset(r->arena, release, &filter->where))
                return false;
        for (size_t i = 0; i < r->query_count; i++) {
                if (page_is_word(r->query[i].name) || add(r, resource, &r->query[i], filter))
                        continue;
                (void)unknown_parameter(r, resource, r->query[i].name);
                return false;
        }
        if (r->faults.count) {
                (void)problem_invalid(r);
                return false;
        }
        return buf_ok(&filter->where);
}
