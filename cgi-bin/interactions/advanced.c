/**
 * advanced.c: POST /api/v1/search/advanced: conditions over any field, all of which must hold.
 *
 * {"filters": [{"field": "type", "operator": "in", "value": ["Meeting", "Call"]}, …],
 *  "sort": {"field": "start_datetime", "direction": "desc"}, "page": 1, "size": 20}
 *
 * Field names come from the table of fields and operators from the one below; values are
 * parameters, read as the field's own type.
 */
#include "interactions.h"

#include "json/read.h"

enum { ADVANCED_FILTERS, ADVANCED_SORT, ADVANCED_PAGE, ADVANCED_SIZE };
enum { FILTERS_MAX = 20, VALUES_MAX = 20, PARAMS_MAX = 60, WHERE_MAX = 8192 };

/* clang-format off */
static const struct operator { const char *name, *sql; } operators[] = {
        {"eq",  "="}, {"neq", "<>"}, {"gt", ">"}, {"lt", "<"}, {"gte", ">="}, {"lte", "<="},
        {"contains", NULL}, {"in", NULL},
};
/* clang-format on */

struct advanced {
        struct request *r;
        struct buf where;
        struct db_value params[PARAMS_MAX];
        size_t count;
};

static const struct operator* operator_named(struct str name)
{
        for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
                if (str_is(name, operators[i].name))
                        return &operators[i];
        return NULL;
}

static struct str pointer(struct advanced *a, size_t index, const char *member)
{
        return arena_printf(a->r->arena, "/filters/%zu/%s", index, member);
}

static bool add_value(struct advanced *a, const struct field *field, const json_t *in,
                      struct str where)
{
        struct field row = *field;
        struct db_value value;

        row.min = row.max = 0; /* what is looked for may be shorter than what is stored */
        if (row.type == &type_list || row.type == &type_timezone)
                row.type = &type_text;
        if (row.type == &type_text)
                row.max = 5000;
        if (!row.type->read(&row, in, where, &a->r->faults, &value))
                return false;
        if (a->count == PARAMS_MAX) {
                fault_add(&a->r->faults, where, "too_long", "There are too many values");
                return false;
        }
        a->params[a->count++] = value;
        return true;
}

/* IN with each value of an array. */
static void add_in(struct advanced *a, const struct field *field, const json_t *list,
                   struct str where)
{
        const size_t count = json_array_size(list);

        if (!json_is_array(list) || count == 0 || count > VALUES_MAX) {
                fault_add(&a->r->faults, where, "type", "value must be an array of 1 to %d values",
                          VALUES_MAX);
                return;
        }
        buf_printf(&a->where, " AND %s IN (", field_column(field));
        for (size_t i = 0; i < count && add_value(a, field, json_array_get(list, i), where); i++)
                buf_text(&a->where, i ? ", ?" : "?");
        buf_char(&a->where, ')');
}

static void add_contains(struct advanced *a, const struct field *field, const json_t *value,
                         struct str where)
{
        const struct field text = {.name = field->name, .type = TYPE_TEXT};

        if (field->type->stored != DB_TEXT) {
                fault_add(&a->r->faults, where, "type", "only texts can contain something");
                return;
        }
        if (add_value(a, &text, value, where))
                buf_printf(&a->where, " AND INSTR(%s, ?) > 0", field_column(field));
}

static void add_null(struct advanced *a, const struct field *field, const struct operator* op,
                     struct str where)
{
        const bool negative = op->sql && strcmp(op->sql, "<>") == 0;

        if (!op->sql || (strcmp(op->sql, "=") != 0 && !negative))
                fault_add(&a->r->faults, where, "type", "null can only be eq or neq");
        else
                buf_printf(&a->where, " AND %s IS %sNULL", field_column(field),
                           negative ? "NOT " : "");
}

/* A record whose field is null is one that is not equal to any value. */
static void add_comparison(struct advanced *a, const struct field *field, const struct operator* op,
                           const json_t *value, struct str where)
{
        const char *column = field_column(field);

        if (!add_value(a, field, value, where))
                return;
        if ((field->flags & FIELD_NULLABLE) && strcmp(op->sql, "<>") == 0)
                buf_printf(&a->where, " AND (%s <> ? OR %s IS NULL)", column, column);
        else
                buf_printf(&a->where, " AND %s %s ?", column, op->sql);
}

static void add_filter(struct advanced *a, const json_t *filter, size_t index)
{
        const struct shape *shape = site_interaction.shape;
        const size_t row = shape_find(shape, json_get_text(filter, "field"));
        const struct operator* op = operator_named(json_get_text(filter, "operator"));
        const json_t *value = json_object_get(filter, "value");
        const struct str where = pointer(a, index, "value");
        const struct field *field = &shape->fields[row];

        if (row == shape->count)
                fault_add(&a->r->faults, pointer(a, index, "field"), "not_in_list",
                          "field must name a field of interactions");
        if (!op)
                fault_add(&a->r->faults, pointer(a, index, "operator"), "not_in_list",
                          "operator must be one of eq, neq, gt, lt, gte, lte, contains, in");
        if (row == shape->count || !op)
                return;
        if (json_is_null(value))
                add_null(a, field, op, where);
        else if (op->sql)
                add_comparison(a, field, op, value, where);
        else if (strcmp(op->name, "in") == 0)
                add_in(a, field, value, where);
        else
                add_contains(a, field, value, where);
}

/* What the table of members has refused already needs no second fault. */
static bool is_refused(const struct request *r, struct str where)
{
        for (const struct fault *fault = r->faults.first; fault; fault = fault->next)
                if (str_starts(fault->pointer, where) &&
                    (fault->pointer.len == where.len || fault->pointer.ptr[where.len] == '/'))
                        return true;
        return false;
}

static void add_filters(struct advanced *a)
{
        const json_t *list = json_object_get(a->r->body, "filters");

        if (json_array_size(list) > FILTERS_MAX) {
                fault_add(&a->r->faults, STR("/filters"), "too_long",
                          "filters must have at most %d entries", FILTERS_MAX);
                return;
        }
        for (size_t i = 0; i < json_array_size(list); i++)
                if (!is_refused(a->r, arena_printf(a->r->arena, "/filters/%zu", i)))
                        add_filter(a, json_array_get(list, i), i);
}

/* "start_datetime" or "-start_datetime"; NULL when nothing is asked. */
static const char *read_sort(struct advanced *a)
{
        const json_t *sort = json_object_get(a->r->body, "sort");
        const struct str field = json_get_text(sort, "field");
        const struct str direction = json_get_text(sort, "direction");
        const size_t row = shape_find(site_interaction.shape, field);
        const bool down = str_eq_nocase(direction, STR("desc"));

        if (!sort || json_is_null(sort) || is_refused(a->r, STR("/sort")))
                return NULL;
        if (row == site_interaction.shape->count ||
            !(site_interaction.shape->fields[row].flags & FIELD_SORT))
                fault_add(&a->r->faults, STR("/sort/field"), "not_in_list",
                          "sort.field must name a field that lists can be sorted by");
        if (direction.ptr && !down && !str_eq_nocase(direction, STR("asc")))
                fault_add(&a->r->faults, STR("/sort/direction"), "not_in_list",
                          "sort.direction must be asc or desc");
        return arena_printf(a->r->arena, "%s%.*s", down ? "-" : "", STR_ARG(field)).ptr;
}

static void release(void *buf)
{
        buf_free(buf);
}

/* The conditions and the order; NULL without memory. */
static struct advanced *build(struct request *r, const char **sort)
{
        struct advanced *a = arena_new(r->arena, struct advanced, 1);

        if (!a)
                return NULL;
        a->r = r;
        buf_init(&a->where, WHERE_MAX);
        if (!arena_on_reset(r->arena, release, &a->where))
                return NULL;
        add_filters(a);
        *sort = read_sort(a);
        return a;
}

void advanced_check(struct request *r)
{
        const char *sort;

        (void)build(r, &sort);
}

enum status find_advanced(struct request *r)
{
        struct resource_question question = {0};
        struct advanced *a = build(r, &question.sort);

        if (!a)
                return STATUS_NOMEM;
        if (!buf_ok(&a->where))
                return STATUS_NOMEM;
        question.where = buf_view(&a->where);
        question.params = a->params;
        question.param_count = a->count;
        question.page =
                record_has(r->input, ADVANCED_PAGE) ? record_int(r->input, ADVANCED_PAGE) : 1;
        question.size = record_int(r->input, ADVANCED_SIZE);
        return resource_answer(r, &site_interaction, &question);
}

/* clang-format off */
static const struct field filter_fields[] = {
        {"field", TYPE_TEXT, .flags = FIELD_REQUIRED, .class = PLAIN, .about = "A field of interactions.", .example = "\"type\""},
        {"operator", TYPE_TEXT, .flags = FIELD_REQUIRED, .class = PLAIN, .about = "eq, neq, gt, lt, gte, lte, contains or in.", .example = "\"eq\""},
        {"value", TYPE_ANY, .flags = FIELD_REQUIRED | FIELD_NULLABLE, .class = SENSITIVE, .about = "What to compare with; for in an array.", .example = "\"Meeting\""},
};
static const struct shape filter_in = SHAPE("SearchFilter", filter_fields, "One condition.");
static const struct field sort_fields[] = {
        {"field", TYPE_TEXT, .flags = FIELD_REQUIRED, .class = PLAIN, .about = "A field that lists can be sorted by.", .example = "\"start_datetime\""},
        {"direction", TYPE_TEXT, .otherwise = "\"asc\"", .class = PLAIN, .about = "asc or desc, in any case.", .example = "\"desc\""},
};
static const struct shape sort_in = SHAPE("SearchSort", sort_fields, "What to sort by.");
static const struct field advanced_fields[] = {
        [ADVANCED_FILTERS] = {"filters", TYPE_LIST, .members = &filter_in, .otherwise = "[]", .class = PLAIN, .about = "Conditions that must all hold.", .example = "[{\"field\":\"type\",\"operator\":\"eq\",\"value\":\"Meeting\"}]"},
        [ADVANCED_SORT] = {"sort", TYPE_OBJECT, .members = &sort_in, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "What to sort by; by default newest first.", .example = "{\"field\":\"start_datetime\",\"direction\":\"desc\"}"},
        [ADVANCED_PAGE] = {"page", TYPE_INTEGER, .min = 1, .max = 1000000, .otherwise = "1", .class = PLAIN, .about = "Number of the page.", .example = "1"},
        [ADVANCED_SIZE] = {"size", TYPE_INTEGER, .min = 1, .max = 100, .otherwise = "20", .class = PLAIN, .about = "Records a page.", .example = "20"},
};
const struct shape advanced_in = SHAPE("AdvancedSearch", advanced_fields, "Conditions over any field.");
/* clang-format on */
