/**
 * filter.c: the query string of a list as conditions with parameters. Names come from the tables,
 * values never reach the text.
 */
#include "resource/resource_internal.h"

enum {
        WORDS_MAX = 8,
        IN_MAX = 16,
        SEARCH_MAX = 200,
        NAME_SHOWN_MAX = 60,
        INDEX_QUESTION_MAX = 500
};

void filter_param(struct filter *filter, struct db_value value)
{
        if (filter->param_count < QUERY_PARAMS_MAX)
                filter->params[filter->param_count++] = value;
}

void filter_condition_param(struct filter *filter, struct db_value value)
{
        if (filter->param_count < FILTER_PARAMS_MAX)
                filter_param(filter, value);
        else
                filter->full = true;
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
                                   field_reads(&resource->shape->fields[field]),
                                   ranges[i].operator);
                        filter_condition_param(filter, value);
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

/* One value is asked for by "=": of a prepared IN (?) MariaDB 10.11 forgets, when it executes it
 * again, that it is one, and reads the rows in the order of another index. */
static bool add_equal(struct request *r, const struct resource *resource, const struct parameter *p,
                      struct filter *filter)
{
        const size_t index = shape_find(resource->shape, p->name);
        const struct field *field = &resource->shape->fields[index];
        struct str rest = p->value.ptr ? p->value : STR(""), one = rest;
        struct db_value value = db_null();
        size_t count = 0;
        bool many;

        if (index == resource->shape->count || !(field->flags & FIELD_FILTER))
                return false;
        if (resource->of_site && index == resource->site)
                return true; /* site_narrow adds it: it chooses the site */
        many = field->choices && rest.len && memchr(rest.ptr, ',', rest.len);
        buf_printf(&filter->where, " AND %s %s", field_reads(field), many ? "IN (" : "= ");
        while (field->choices ? str_cut(&rest, ',', &one) : count == 0) {
                if (!field->type->parse(field, one, p->name, &r->faults, &value))
                        return true;
                if (count == IN_MAX) {
                        fault_add(&r->faults, p->name, "too_long", "%s must name at most %d values",
                                  field->name, IN_MAX);
                        return true;
                }
                filter_condition_param(filter, value);
                buf_text(&filter->where, count++ ? ", ?" : "?");
        }
        buf_text(&filter->where, many ? ")" : "");
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
                if (!parse_bound(r, &special->field, p, special->until, &value))
                        return true;
                buf_printf(&filter->where, " AND %s", special->sql);
                for (unsigned uses = 0; uses < (special->uses ? special->uses : 1); uses++)
                        filter_condition_param(filter, value);
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
                if (word.ptr[i] == '%' || word.ptr[i] == '_' || word.ptr[i] == '\\')
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
                filter_condition_param(filter, db_text(pattern));
                joint = " OR ";
        }
        buf_char(&filter->where, ')');
}

static void add_search(struct request *r, const struct resource *resource, struct str text,
                       struct filter *filter)
{
        size_t words = 0;
        struct str word;

        if (text.len > SEARCH_MAX) {
                fault_add(&r->faults, STR("q"), "too_long", "q must have at most %d bytes",
                          SEARCH_MAX);
                return;
        }
        while (str_cut(&text, ' ', &word)) {
                if (!word.len)
                        continue;
                if (words++ == WORDS_MAX) {
                        fault_add(&r->faults, STR("q"), "too_long", "q must have at most %d words",
                                  WORDS_MAX);
                        return;
                }
                add_word(r, resource, word, filter);
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

bool resource_searches(const struct resource *resource)
{
        for (size_t i = 0; i < resource->shape->count; i++)
                if (resource->shape->fields[i].flags & FIELD_SEARCH)
                        return true;
        return false;
}

static void put_range_names(struct buf *out, const struct field *field)
{
        for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
                if (ranges[i].number != is_time(field))
                        buf_printf(out, ", %s%s%s", ranges[i].before, field->name, ranges[i].after);
}

/* Every name a list understands. */
static void put_names(struct buf *out, const struct resource *resource)
{
        buf_text(out, "page, per_page, page_size, limit, skip, offset, cursor, sort, fields");
        if (resource_searches(resource))
                buf_text(out, resource->indexed ? ", q, search" : ", q");
        for (size_t i = 0; i < resource->filter_count; i++)
                buf_printf(out, ", %s", resource->filters[i].field.name);
        for (size_t i = 0; i < resource->shape->count; i++) {
                const struct field *field = &resource->shape->fields[i];

                if (field->flags & FIELD_FILTER)
                        buf_printf(out, ", %s", field->name);
                if (field->flags & FIELD_RANGE)
                        put_range_names(out, field);
        }
}

static void refuse_unknown(struct request *r, const struct resource *resource, struct str name)
{
        const int shown = name.len > NAME_SHOWN_MAX ? NAME_SHOWN_MAX : (int)name.len;
        struct str detail;
        struct buf names;

        buf_init(&names, CONDITIONS_MAX);
        put_names(&names, resource);
        detail = arena_printf(r->arena, "Unknown query parameter %.*s; known are: %s", shown,
                              name.ptr, buf_view(&names).ptr);
        buf_free(&names);
        fault_add(&r->faults, name, "unknown", "%.*s is not a parameter here", shown, name.ptr);
        (void)problem(r, PROBLEM_UNKNOWN_PARAMETER, NULL);
        if (detail.ptr)
                r->response.problem.detail = detail;
        r->response.problem.faults = r->faults.first;
}

static bool is_search(const struct resource *resource, struct str name)
{
        return (str_is(name, "q") || (resource->indexed && str_is(name, "search"))) &&
               resource_searches(resource);
}

/* Left to search_narrow, once the database may be asked; nothing to look for is no condition. */
static void ask_index(struct request *r, const struct parameter *p, struct filter *filter)
{
        if (p->value.len > INDEX_QUESTION_MAX)
                fault_add(&r->faults, p->name, "too_long", "%.*s must have at most %d bytes",
                          STR_ARG(p->name), INDEX_QUESTION_MAX);
        else if (str_trim(p->value).len)
                filter->search = p->value;
}

bool filter_add(struct request *r, const struct resource *resource,
                const struct parameter *parameter, struct filter *filter)
{
        const struct parameter *p = parameter;

        if (is_search(resource, p->name)) {
                if (resource->indexed)
                        ask_index(r, p, filter);
                else
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

void filter_start(const struct resource *resource, struct filter *filter)
{
        *filter = (struct filter){.only_tally = true};
        buf_init(&filter->where, CONDITIONS_MAX);
        memset(filter->selected, 1, sizeof(filter->selected));
        (void)sort_read(resource, str_of(resource->default_sort), filter);
}

static void release(void *buf)
{
        buf_free(buf);
}

bool filter_read(struct request *r, const struct resource *resource, struct filter *filter)
{
        filter_start(resource, filter);
        if (!arena_on_reset(r->arena, release, &filter->where))
                return false;
        for (size_t i = 0; i < r->query_count; i++) {
                if (page_is_word(r->query[i].name) || filter_add(r, resource, &r->query[i], filter))
                        continue;
                refuse_unknown(r, resource, r->query[i].name);
                return false;
        }
        if (filter->full)
                fault_add(&r->faults, STR(""), "too_long", "The filter has too many conditions");
        if (r->faults.count) {
                (void)problem_invalid(r);
                return false;
        }
        return buf_ok(&filter->where) && !arena_failed(r->arena);
}
