/**
 * print_sql.c: --sql: every statement that is built from the tables, one a line, sorted, for a
 * golden file. Filters are shown as the condition that each parameter adds.
 */
#include <stdlib.h>

#include "resource/resource_internal.h"

#include "resource/print.h"

enum { PRINT_ARENA = 4 << 20, LINES_MAX = 1024 };

struct lines {
        struct arena *arena;
        const char *texts[LINES_MAX];
        size_t count;
        bool failed;
};

static void add_line(struct lines *lines, const struct resource *resource, const char *what,
                     struct str text)
{
        const struct str line =
                arena_printf(lines->arena, "%s %s: %.*s", resource->name, what, STR_ARG(text));

        if (!text.ptr || !line.ptr || lines->count == LINES_MAX)
                lines->failed = true;
        else
                lines->texts[lines->count++] = line.ptr;
}

/* The text that a query string would hold for a row's example. */
static struct str example_text(struct arena *arena, const struct field *field)
{
        json_t *value = json_loads(field->example ? field->example : "", JSON_DECODE_ANY, NULL);
        struct str text;

        if (json_is_string(value))
                text = arena_copy(arena, str_of(json_string_value(value)));
        else
                text = str_of(field->example);
        json_decref(value);
        return text;
}

static void add_condition(struct lines *lines, const struct resource *resource, const char *name,
                          struct str value)
{
        struct request r = {.arena = lines->arena, .dialect = resource->dialect};
        const struct parameter parameter = {str_of(name), value};
        struct filter filter;

        r.faults.arena = lines->arena;
        filter_start(resource, &filter);
        if (!name || !filter_add(&r, resource, &parameter, &filter) || r.faults.count ||
            !buf_ok(&filter.where))
                lines->failed = true;
        else if (filter.where.len)
                add_line(lines, resource, arena_printf(lines->arena, "filter %s", name).ptr,
                         buf_view(&filter.where));
        buf_free(&filter.where);
}

static void add_ranges(struct lines *lines, const struct resource *resource,
                       const struct field *field)
{
        static const char *const numbers[] = {"min_%s", "max_%s"}, *const times[] = {"%s_from",
                                                                                     "%s_to"};
        const char *const *names = field->type->stored == DB_INT ? numbers : times;
        const struct str value = example_text(lines->arena, field);

        for (size_t i = 0; i < 2; i++) {
                char name[100];

                snprintf(name, sizeof(name), names[i], field->name);
                add_condition(lines, resource, name, value);
        }
}

static void add_conditions(struct lines *lines, const struct resource *resource)
{
        for (size_t i = 0; i < resource->shape->count; i++) {
                const struct field *field = &resource->shape->fields[i];

                if (field->flags & FIELD_FILTER)
                        add_condition(lines, resource, field->name,
                                      example_text(lines->arena, field));
                if (field->flags & FIELD_RANGE)
                        add_ranges(lines, resource, field);
        }
        for (size_t i = 0; i < resource->filter_count; i++)
                add_condition(lines, resource, resource->filters[i].field.name,
                              example_text(lines->arena, &resource->filters[i].field));
        if (resource_searches(resource))
                add_condition(lines, resource, "q", STR("word"));
}

/* Each order that a list can be asked for, with what follows a cursor in it. */
static void add_orders(struct lines *lines, const struct resource *resource,
                       const struct resource_sql *s)
{
        for (size_t i = 0; i < resource->shape->count; i++) {
                const struct field *field = &resource->shape->fields[i];
                const struct cursor cursor = {.value = {.type = field->type->stored}};
                struct filter filter;
                char what[100];

                if (!(field->flags & FIELD_SORT))
                        continue;
                filter_start(resource, &filter);
                filter.sort = i;
                filter.descending = false;
                cursor_apply(resource, &cursor, &filter);
                snprintf(what, sizeof(what), "page after %s", field->name);
                add_line(lines, resource, what, sql_page(lines->arena, s, "", &filter));
                buf_free(&filter.where);
        }
}

static void add_statements(struct lines *lines, const struct resource *resource)
{
        const struct resource_sql *s = resource_statements(resource);
        bool marks[FIELDS_MAX] = {false};
        struct filter filter;

        if (!s) {
                lines->failed = true;
                return;
        }
        for (size_t i = 1; i < resource->shape->count; i++)
                marks[i] = resource_updates(&resource->shape->fields[i]);
        filter_start(resource, &filter);
        add_line(lines, resource, "read", str_of(s->read.text));
        add_line(lines, resource, "lock", str_of(s->lock.text));
        add_line(lines, resource, "insert", str_of(s->insert.text));
        add_line(lines, resource, "remove", str_of(s->remove.text));
        add_line(lines, resource, "update", sql_update(lines->arena, resource, marks));
        add_line(lines, resource, "count", sql_count(lines->arena, resource, &filter));
        add_line(lines, resource, "page", sql_page(lines->arena, s, "", &filter));
        if (resource->tally_count)
                add_line(lines, resource, "page counted",
                         sql_page(lines->arena, s, ", " TALLY_STATE, &filter));
        add_line(lines, resource, "page far", sql_far_page(lines->arena, s, "", &filter));
        buf_free(&filter.where);
        add_orders(lines, resource, s);
        add_conditions(lines, resource);
}

static int compare(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int sql_print(const struct module_tables *tables, FILE *out)
{
        struct arena *arena = arena_create(PRINT_ARENA);
        struct lines *lines = arena ? arena_new(arena, struct lines, 1) : NULL;
        bool good = lines;

        if (good) {
                lines->arena = arena;
                for (size_t i = 0; i < tables->resource_count; i++)
                        add_statements(lines, tables->resources[i]);
                qsort(lines->texts, lines->count, sizeof(lines->texts[0]), compare);
                for (size_t i = 0; i < lines->count; i++)
                        fprintf(out, "%s\n", lines->texts[i]);
                good = !lines->failed && !ferror(out);
        }
        arena_destroy(arena);
        return good ? 0 : 1;
}
