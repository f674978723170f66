/**
 * check.c: a program's tables checked before anybody trusts them: holes, repeats, rows that say too
 * little, columns that do not fit.
 */
#include "resource/resource_internal.h"

#include "resource/print.h"

enum { CHECK_ARENA = 1 << 20 };

static int complain(FILE *out, const char *where, const char *name, const char *why)
{
        fprintf(out, "%s: %s: %s\n", where, name ? name : "(no name)", why);
        return 1;
}

/* The row's example, and its default, must be values that the row itself accepts. */
static int check_value(const char *where, const struct field *field, const char *text,
                       const char *why, FILE *out)
{
        struct arena *arena = arena_create(CHECK_ARENA);
        struct faults faults = {.arena = arena};
        json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
        struct db_value ignored;
        bool good = arena && value &&
                    (json_is_null(value) ||
                     field->type->read(field, value, STR(""), &faults, &ignored));

        json_decref(value);
        arena_destroy(arena);
        return good ? 0 : complain(out, where, field->name, why);
}

static int check_field(const char *where, const struct field *field, FILE *out)
{
        int faults = 0;

        if (!field->name || !field->type)
                return complain(out, where, field->name, "a hole in the table");
        if (field->class == CLASS_NONE)
                faults += complain(out, where, field->name, "says no data class");
        if (!field->about)
                faults += complain(out, where, field->name, "says not what it is");
        if (field->type == &type_enum && (!field->choices || !field->choices[0]))
                return faults + complain(out, where, field->name, "has no choices");
        if (field->max && field->min > field->max)
                faults += complain(out, where, field->name, "its least is above its most");
        if (field->example)
                faults += check_value(where, field, field->example, "its example is refused", out);
        else
                faults += complain(out, where, field->name, "has no example");
        if (field->otherwise)
                faults +=
                        check_value(where, field, field->otherwise, "its default is refused", out);
        return faults;
}

static int check_shape(const struct shape *shape, FILE *out)
{
        int faults = 0;

        for (size_t i = 0; i < shape->count; i++) {
                faults += check_field(shape->name, &shape->fields[i], out);
                for (size_t k = 0; k < i && shape->fields[i].name; k++)
                        if (shape->fields[k].name &&
                            strcmp(shape->fields[k].name, shape->fields[i].name) == 0)
                                faults += complain(out, shape->name, shape->fields[i].name,
                                                   "stands twice");
        }
        return faults;
}

static int check_resource(const struct resource *resource, FILE *out)
{
        const struct shape *shape = resource->shape;
        struct filter filter;
        int faults = check_shape(shape, out);

        if (shape->count > FIELDS_MAX || shape->count == 0 ||
            strcmp(shape->fields[0].name, "id") != 0)
                return faults + complain(out, resource->name, "id", "row 0 must be the id");
        for (size_t i = 0; i < shape->count; i++) {
                if ((shape->fields[i].flags & FIELD_SORT) &&
                    (shape->fields[i].flags & FIELD_NULLABLE))
                        faults += complain(out, resource->name, shape->fields[i].name,
                                           "null can't be sorted by");
                if (shape->fields[i].type == &type_secret)
                        faults += complain(out, resource->name, shape->fields[i].name,
                                           "a secret has no row");
        }
        if (!sort_read(resource, str_of(resource->default_sort ? resource->default_sort : ""),
                       &filter))
                faults +=
                        complain(out, resource->name, "default_sort", "names no field to sort by");
        for (size_t i = 0; i < resource->tally_count; i++)
                if (!shape->fields[resource->tally[i]].choices)
                        faults += complain(out, resource->name,
                                           shape->fields[resource->tally[i]].name,
                                           "only enums are counted");
        for (size_t i = 0; i < resource->filter_count; i++)
                faults += check_field(resource->name, &resource->filters[i].field, out);
        return faults;
}

static int check_route(const struct module_tables *tables, size_t index, FILE *out)
{
        const struct route *route = &tables->routes[index];
        int faults = 0;

        if (!route->handler || !route->dialect || !route->summary || !route->id)
                return complain(out, "route", route->path, "lacks handler, dialect, summary or id");
        for (size_t i = 0; i < index; i++)
                if (tables->routes[i].id && strcmp(tables->routes[i].id, route->id) == 0)
                        faults += complain(out, route->path, route->id, "the id stands twice");
        if (route->input)
                faults += check_shape(route->input, out);
        if (route->output)
                faults += check_shape(route->output, out);
        if (route->query)
                faults += check_shape(route->query, out);
        return faults;
}

int tables_check(const struct module_tables *tables, FILE *out)
{
        int faults = 0;

        for (size_t i = 0; i < tables->route_count; i++)
                faults += check_route(tables, i, out);
        for (size_t i = 0; i < tables->resource_count; i++)
                faults += check_resource(tables->resources[i], out);
        return faults;
}

struct visit {
        const struct resource *resource;
        bool seen[FIELDS_MAX];
        int faults;
        FILE *out;
};

static void visit_column(const struct schema_column *column, void *context)
{
        struct visit *v = context;

        for (size_t i = 0; i < v->resource->shape->count; i++) {
                const struct field *field = &v->resource->shape->fields[i];

                if (!str_is(column->name, field_column(field)))
                        continue;
                v->seen[i] = true;
                if (!field->type->fits(field, column))
                        v->faults += complain(v->out, v->resource->table, field->name,
                                              "the column can't hold it");
                if ((field->flags & FIELD_NULLABLE) && !column->nullable)
                        v->faults += complain(v->out, v->resource->table, field->name,
                                              "the column refuses NULL");
                if ((field->flags & (FIELD_FILTER | FIELD_SORT)) && !column->indexed)
                        v->faults += complain(v->out, v->resource->table, field->name,
                                              "has no index to filter or sort by");
                if (column->generated != ((field->flags & FIELD_COMPUTED) != 0))
                        v->faults += complain(v->out, v->resource->table, field->name,
                                              "computed here, or there, but not both");
        }
}

int tables_check_schema(const struct module_tables *tables, struct db *db, FILE *out)
{
        int faults = 0;

        for (size_t i = 0; i < tables->resource_count; i++) {
                struct visit v = {.resource = tables->resources[i], .out = out};

                if (schema_columns(db, v.resource->table, visit_column, &v) != STATUS_OK)
                        return faults +
                               complain(out, "database", v.resource->table, "can't be read");
                for (size_t k = 0; k < v.resource->shape->count; k++)
                        if (!v.seen[k])
                                v.faults += complain(out, v.resource->table,
                                                     v.resource->shape->fields[k].name,
                                                     "there is no such column");
                faults += v.faults;
        }
        return faults;
}
