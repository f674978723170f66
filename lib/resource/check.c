/**
 * check.c: a program's tables checked before anybody trusts them: holes, repeats, rows that say too
 * little or contradict themselves.
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

static int check_shape_below(const struct shape *shape, unsigned depth, FILE *out)
{
        enum { DEPTH_MAX = 8 };
        int faults = 0;

        for (size_t i = 0; i < shape->count; i++) {
                faults += check_field(shape->name, &shape->fields[i], out);
                for (size_t k = 0; k < i && shape->fields[i].name; k++)
                        if (shape->fields[k].name &&
                            strcmp(shape->fields[k].name, shape->fields[i].name) == 0)
                                faults += complain(out, shape->name, shape->fields[i].name,
                                                   "stands twice");
                if (shape->fields[i].members && depth < DEPTH_MAX)
                        faults += check_shape_below(shape->fields[i].members, depth + 1, out);
        }
        return faults;
}

static int check_shape(const struct shape *shape, FILE *out)
{
        return check_shape_below(shape, 0, out);
}

/* Names go into statements as they are. */
static bool is_identifier(const char *name)
{
        size_t i = 0;

        for (; name && name[i]; i++)
                if (!(name[i] == '_' || (name[i] >= 'a' && name[i] <= 'z') ||
                      (name[i] >= '0' && name[i] <= '9')))
                        return false;
        return i > 0 && i <= 64;
}

static int check_use(const struct resource *resource, const struct field *field, FILE *out)
{
        const enum db_type stored = field->type->stored;
        const bool is_text = stored == DB_TEXT;
        int faults = 0;

        if (!is_identifier(field_column(field)))
                faults += complain(out, resource->name, field->name, "its column is no identifier");
        if (field->reads && (field->flags & FIELD_SORT))
                faults += complain(out, resource->name, field->name,
                                   "no index sorts what is computed while reading");
        if (field->type == &type_secret || (field->flags & FIELD_WRITE_ONLY))
                faults += complain(out, resource->name, field->name, "a secret has no row");
        if ((field->flags & FIELD_SEARCH) && !is_text)
                faults += complain(out, resource->name, field->name, "only texts are searched");
        if ((field->flags & FIELD_RANGE) &&
            !(stored == DB_INT || stored == DB_TIME || stored == DB_DATE))
                faults += complain(out, resource->name, field->name,
                                   "only numbers, times and dates have ranges");
        return faults;
}

static unsigned markers_of(const char *sql)
{
        unsigned count = 0;
        char quote = '\0';

        for (; *sql; sql++)
                if (quote)
                        quote = *sql == quote ? '\0' : quote;
                else if (*sql == '\'' || *sql == '"')
                        quote = *sql;
                else
                        count += *sql == '?';
        return count;
}

static int check_filters(const struct resource *resource, FILE *out)
{
        int faults = 0;

        for (size_t i = 0; i < resource->filter_count; i++) {
                const struct resource_filter *filter = &resource->filters[i];

                faults += check_field(resource->name, &filter->field, out);
                if (!filter->sql || markers_of(filter->sql) != (filter->uses ? filter->uses : 1))
                        faults += complain(out, resource->name, filter->field.name,
                                           "its condition has not as many ? as it is used");
        }
        return faults;
}

static bool is_site(const struct resource *resource, size_t dimension)
{
        return resource->of_site && resource->tally[dimension] == resource->site;
}

/* A bucket's longest name must fit its column. */
static int check_tally(const struct resource *resource, FILE *out)
{
        size_t longest = 0;

        if (resource->tally_count > RESOURCE_TALLY_DIMENSIONS_MAX)
                return complain(out, resource->name, "tally", "has too many dimensions");
        for (size_t i = 0; i < resource->tally_count; i++) {
                const struct field *field = resource->tally[i] < resource->shape->count
                                                    ? &resource->shape->fields[resource->tally[i]]
                                                    : NULL;
                size_t word = 0;

                if (!field || !field->name || !(field->choices || is_site(resource, i)))
                        return complain(out, resource->name, field ? field->name : "tally",
                                        "only enums and the site are counted");
                if (is_site(resource, i))
                        word = UUID_TEXT_SIZE - 1;
                for (const char *const *choice = field->choices; choice && *choice; choice++)
                        word = strlen(*choice) > word ? strlen(*choice) : word;
                longest += strlen(field->name) + word + 2;
        }
        if (longest > BUCKET_MAX)
                return complain(out, resource->name, "tally", "its buckets' names are too long");
        return 0;
}

static int check_words(const struct resource *resource, FILE *out)
{
        struct filter filter;
        int faults = 0;

        if (!sort_read(resource, str_of(resource->default_sort ? resource->default_sort : ""),
                       &filter))
                faults +=
                        complain(out, resource->name, "default_sort", "names no field to sort by");
        for (size_t i = 0; i < resource->sort_count; i++)
                if (!resource->sorts[i].word || resource->sorts[i].field >= resource->shape->count)
                        faults += complain(out, resource->name, resource->sorts[i].word,
                                           "sorts by no field");
        for (size_t i = 0; i < resource->unique_count; i++)
                if (!resource->uniques[i].index || !resource->uniques[i].detail ||
                    resource->uniques[i].field >= resource->shape->count)
                        faults += complain(out, resource->name, resource->uniques[i].index,
                                           "a unique index lacks name, field or words");
        return faults;
}

static int check_resource(const struct resource *resource, FILE *out)
{
        const struct shape *shape = resource->shape;
        int faults;

        if (!resource->name || !resource->plural || !resource->label || !resource->dialect ||
            !shape)
                return complain(out, "resource", resource->name,
                                "lacks name, plural, label, dialect or shape");
        faults = check_shape(shape, out);
        if (faults) /* the rest would stumble over holes */
                return faults;
        if (shape->count > FIELDS_MAX || shape->count == 0 ||
            strcmp(shape->fields[0].name, "id") != 0 || shape->fields[0].type != &type_id)
                return complain(out, resource->name, "id", "row 0 must be the id");
        if (!is_identifier(resource->table))
                faults += complain(out, resource->name, resource->table,
                                   "its table is no identifier");
        for (size_t i = 0; i < shape->count; i++)
                faults += check_use(resource, &shape->fields[i], out);
        if (resource->of_site &&
            (resource->site >= shape->count || shape->fields[resource->site].type != &type_id))
                faults += complain(out, resource->name, "site", "names no field of type id");
        return faults + check_words(resource, out) + check_tally(resource, out) +
               check_filters(resource, out);
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
