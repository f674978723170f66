/**
 * print.c: --sql and --audit: the statements of every resource, and who reaches which personal
 * fields.
 */
#include "resource/resource_internal.h"

#include "resource/print.h"

int sql_print(const struct module_tables *tables, FILE *out)
{
        for (size_t i = 0; i < tables->resource_count; i++) {
                const struct resource_sql *s = resource_statements(tables->resources[i]);

                if (!s)
                        return 1;
                fprintf(out, "%s read: %s\n%s lock: %s\n", s->resource->name, s->read.text,
                        s->resource->name, s->lock.text);
                fprintf(out, "%s insert: %s\n%s remove: %s\n", s->resource->name, s->insert.text,
                        s->resource->name, s->remove.text);
        }
        return ferror(out) ? 1 : 0;
}

static const char *class_name(enum data_class class)
{
        static const char *const names[] = {"none", "plain", "personal", "sensitive"};

        return names[class];
}

static void print_fields(const struct shape *shape, const char *what, FILE *out)
{
        for (size_t i = 0; shape && i < shape->count; i++)
                if (shape->fields[i].class > PLAIN)
                        fprintf(out, "        %s %s %s\n", what, shape->fields[i].name,
                                class_name(shape->fields[i].class));
}

int audit_print(const struct module_tables *tables, FILE *out)
{
        for (size_t i = 0; i < tables->route_count; i++) {
                const struct route *route = &tables->routes[i];
                const struct shape *answer = route->output     ? route->output
                                             : route->resource ? route->resource->shape
                                                               : NULL;

                fprintf(out, "%s %s:", method_name(route->method), route->path);
                for (unsigned role = 0; role < ROLE__N && route->roles; role++)
                        if (route->roles & (1u << role))
                                fprintf(out, " %s", role_text((enum role)role));
                fprintf(out, "%s\n", route->roles ? "" : " anybody");
                if (route->method == GET || route->output)
                        print_fields(answer, "reads", out);
                if (route->method != GET && route->method != DELETE)
                        print_fields(route->input ? route->input : answer, "writes", out);
        }
        return ferror(out) ? 1 : 0;
}
