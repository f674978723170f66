/**
 * print_audit.c: --audit: role by route by personal field: who can reach what. A golden file, so
 * that a new exposure is seen in review.
 */
#include "resource/openapi_internal.h"

enum { NAME_MAX_SHOWN = 160 };

static const char *class_name(enum data_class class)
{
        static const char *const names[] = {"none", "plain", "personal", "sensitive"};

        return names[class];
}

/* ${hidden}: flags of rows that do not travel in this direction; ${path}: of the members around. */
static void print_fields(const struct shape *shape, const char *what, unsigned hidden,
                         const char *path, FILE *out)
{
        for (size_t i = 0; shape && i < shape->count; i++) {
                const struct field *field = &shape->fields[i];
                char name[NAME_MAX_SHOWN];

                if (field->flags & hidden)
                        continue;
                snprintf(name, sizeof(name), "%s%s%s", path, path[0] ? "." : "", field->name);
                if (field->class > PLAIN)
                        fprintf(out, "        %s %s %s\n", what, name, class_name(field->class));
                if (strlen(name) + 1 < sizeof(name))
                        print_fields(field->members, what, hidden, name, out);
        }
}

static void print_roles(const struct route *route, FILE *out)
{
        fprintf(out, "%s %s:", method_name(route->method), route->path);
        for (unsigned role = 0; role < ROLE__N && route->roles; role++)
                if (route->roles & (1u << role))
                        fprintf(out, " %s", role_text((enum role)role));
        fprintf(out, "%s\n", route->roles ? "" : " anybody");
}

static const struct shape *answer_of(const struct route *route)
{
        if (route->output || !route->resource)
                return route->output;
        return route->method == DELETE ? NULL : route->resource->shape;
}

static const struct shape *body_of(const struct route *route)
{
        if (route->input || !route->resource || route->method == GET || route->method == DELETE)
                return route->input;
        return route_is_record(route) || route->consumes ? route->resource->shape : NULL;
}

int audit_print(const struct module_tables *tables, FILE *out)
{
        for (size_t i = 0; i < tables->route_count; i++) {
                const struct route *route = &tables->routes[i];

                print_roles(route, out);
                print_fields(answer_of(route), "reads", HIDDEN_OUT, "", out);
                print_fields(body_of(route), "writes", HIDDEN_IN, "", out);
        }
        return ferror(out) ? 1 : 0;
}
