/**
 * table.c: the whole table of a program. Rows of record routes say only what is special; the rest
 * follows from their resource.
 */
#include "module/module_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

static bool ends_with(const char *text, const char *end)
{
        const size_t length = strlen(text), tail = strlen(end);

        return length >= tail && strcmp(text + length - tail, end) == 0;
}

static const char *verb_of(const struct route *route)
{
        static const char *const verbs[METHOD__N] = {
                [GET] = "get",     [POST] = "create",   [PUT] = "update",
                [PATCH] = "merge", [DELETE] = "delete",
        };

        return verbs[route->method];
}

/* "listPersons", "getPerson", "listPersonHistory". */
static const char *operation_id(const struct route *route)
{
        const struct resource *res = route->resource;
        const bool list = route->method == GET && !ends_with(route->path, "}");
        const bool history = list && ends_with(route->path, "/history");
        char text[128];

        snprintf(text, sizeof(text), "%s%s%s", list ? "list" : verb_of(route),
                 list && !history ? res->plural : res->label, history ? "History" : "");
        if (list && !history && text[4] >= 'a' && text[4] <= 'z')
                text[4] = (char)(text[4] - 'a' + 'A');
        return strdup(text);
}

static bool complete(struct route *route)
{
        if (!route->resource)
                return true;
        if (!route->dialect)
                route->dialect = route->resource->dialect;
        if (!route->id)
                route->id = operation_id(route);
        return route->id;
}

bool table_complete(const struct module *module, struct module_tables *out)
{
        const size_t count = module->route_count + HEALTH_ROUTES;
        struct route *routes = calloc(count, sizeof(*routes));
        bool whole = routes && health_routes(module->name, routes + module->route_count);

        for (size_t i = 0; whole && i < module->route_count; i++) {
                routes[i] = module->routes[i];
                whole = complete(&routes[i]);
        }
        if (!whole) {
                LOG(ERROR, "module.no_memory", LOG_TEXT("module", str_of(module->name)));
                free(routes);
                return false;
        }
        *out = (struct module_tables){
                .name = module->name,
                .title = module->title,
                .about = module->about,
                .routes = routes,
                .route_count = count,
                .resources = module->resources,
                .resource_count = module->resource_count,
        };
        return true;
}
