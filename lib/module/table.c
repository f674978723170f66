/**
 * table.c: the whole table of a program. Rows of record routes say only what is special; the rest
 * follows from their resource.
 */
#include "module/module_internal.h"

#include "base/log.h"

static bool ends_with(const char *text, const char *end)
{
        const size_t length = strlen(text), tail = strlen(end);

        return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* Routes that are about all records at once are named after their last segment. */
static const char *verb_of(const struct route *route)
{
        static const char *const verbs[METHOD__N] = {
                [GET] = "get",     [POST] = "create",   [PUT] = "update",
                [PATCH] = "merge", [DELETE] = "delete",
        };

        if (ends_with(route->path, "/import"))
                return "import";
        if (ends_with(route->path, "/export"))
                return "export";
        if (route->handler == resource_restore)
                return "restore";
        return verbs[route->method];
}

/* "listPersons", "getPerson", "listPersonHistory". */
static const char *operation_id(struct arena *arena, const struct route *route)
{
        const struct resource *res = route->resource;
        const bool bulk = ends_with(route->path, "/import") || ends_with(route->path, "/export");
        const bool list = route->method == GET && !ends_with(route->path, "}") && !bulk;
        const bool history = list && ends_with(route->path, "/history");
        const bool several = bulk || (list && !history);
        const char *noun = res->noun ? res->noun : several ? res->plural : res->label;
        const char first = noun[0] >= 'a' && noun[0] <= 'z' ? (char)(noun[0] - 'a' + 'A') : noun[0];

        return arena_printf(arena, "%s%c%s%s%s", list ? "list" : verb_of(route), first, noun + 1,
                            res->noun && several ? "s" : "", history ? "History" : "")
                .ptr;
}

static bool complete(struct arena *arena, struct route *route)
{
        if (!route->resource)
                return true;
        if (!route->dialect)
                route->dialect = route->resource->dialect;
        if (!route->id)
                route->id = operation_id(arena, route);
        return route->id;
}

bool table_complete(const struct module *module, struct arena *arena, struct module_tables *out)
{
        const size_t count = module->route_count + HEALTH_ROUTES;
        struct route *routes = arena_new(arena, struct route, count);
        bool whole = routes && health_routes(module->name, arena, routes + module->route_count);

        for (size_t i = 0; whole && i < module->route_count; i++) {
                routes[i] = module->routes[i];
                whole = complete(arena, &routes[i]);
        }
        if (!whole) {
                LOG(ERROR, "module.no_memory", LOG_TEXT("module", str_of(module->name)));
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
