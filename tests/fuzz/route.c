/**
 * route.c: fuzz target: paths. A route that was found must have the method that was asked for, and
 * only well-formed arguments; a path without route gives no arguments away as allowed methods of
 * nothing.
 */
#include <stdint.h>
#include <stdlib.h>

#include "http/http_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROW(verb, where)                      \
        {                                     \
                .method = verb, .path = where \
        }

static const struct route routes[] = {
        ROW(GET, "/health"),
        ROW(GET, "/api/persons"),
        ROW(POST, "/api/persons"),
        ROW(GET, "/api/persons/{id}"),
        ROW(DELETE, "/api/persons/{id}"),
        ROW(GET, "/api/persons/{id}/history"),
        ROW(GET, "/api/persons/export"),
        ROW(GET, "/a/{x}/b/{y}/c/{z}/d/{w}"),
        ROW(GET, "/a/fixed/b"),
};

static void check(const struct route *route, enum method method, const struct str *arguments,
                  unsigned allowed)
{
        if (!route) {
                if (method < METHOD__N && allowed & 1u << method)
                        abort();
                return;
        }
        if (route->method != method || allowed)
                abort();
        for (size_t i = 0; i < REQUEST_PATH_PARAMETERS_MAX; i++)
                if (arguments[i].ptr && (!str_utf8_valid(arguments[i]) || arguments[i].len == 0 ||
                                         memchr(arguments[i].ptr, '\0', arguments[i].len)))
                        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct str arguments[REQUEST_PATH_PARAMETERS_MAX] = {{NULL, 0}};
        struct router *router = router_create(routes, sizeof(routes) / sizeof(routes[0]));
        struct arena *arena = arena_create(1 << 20);
        unsigned allowed = 0;

        if (router && arena && size > 0) {
                const enum method method = (enum method)(data[0] % (METHOD__N + 1));
                const struct route *route =
                        router_find(router, method, (struct str){(const char *)data + 1, size - 1},
                                    arena, arguments, &allowed);

                check(route, method, arguments, allowed);
        }
        arena_destroy(arena);
        router_destroy(router);
        return 0;
}
