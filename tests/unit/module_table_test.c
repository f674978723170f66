/* Goal: what a row of a record route leaves out follows from its resource; the built-in routes are
 * there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "module/module_internal.h"

static enum status nothing(struct request *r)
{
        return respond(r, 204);
}

static const struct resource person = {
        .name = "person",
        .plural = "persons",
        .label = "Person",
        .dialect = &dialect_p,
};

/* clang-format off */
static const struct route routes[] = {
        {.method = GET,    .path = "/api/persons",              .handler = nothing, .resource = &person},
        {.method = POST,   .path = "/api/persons",              .handler = nothing, .resource = &person},
        {.method = GET,    .path = "/api/persons/{id}",         .handler = nothing, .resource = &person},
        {.method = PUT,    .path = "/api/persons/{id}",         .handler = nothing, .resource = &person},
        {.method = PATCH,  .path = "/api/persons/{id}",         .handler = nothing, .resource = &person},
        {.method = DELETE, .path = "/api/persons/{id}",         .handler = nothing, .resource = &person},
        {.method = GET,    .path = "/api/persons/{id}/history", .handler = nothing, .resource = &person},
        {.method = GET,    .path = "/api/persons/{id}/risk",    .handler = nothing, .resource = &person, .dialect = &dialect_i, .id = "getRisk"},
        {.method = GET,    .path = "/plain",                    .handler = nothing, .dialect = &dialect_c, .id = "plain"},
};

static const char *const want_ids[] = {
        "listPersons", "createPerson", "getPerson", "updatePerson", "mergePerson", "deletePerson",
        "listPersonHistory", "getRisk", "plain",
        "getThingsHealth", "getThingsHealthShort", "getThingsHealthApi", "getThingsMetrics",
};

static const char *const want_paths[] = {"/health/things", "/health", "/api/health", "/metrics/things"};
/* clang-format on */

enum { OWN = sizeof(routes) / sizeof(routes[0]) };

static const struct module things = {.name = "things", .routes = routes, .route_count = OWN};

static void completes(void **state)
{
        struct arena *arena = arena_create(1 << 16);
        struct module_tables tables;
        struct router *router;

        (void)state;
        assert_true(table_complete(&things, arena, &tables));
        assert_int_equal(tables.route_count, OWN + HEALTH_ROUTES);
        for (size_t i = 0; i < tables.route_count; i++)
                assert_string_equal(tables.routes[i].id, want_ids[i]);
        assert_ptr_equal(tables.routes[0].dialect, &dialect_p);
        assert_ptr_equal(tables.routes[7].dialect, &dialect_i);
        for (size_t i = 0; i < HEALTH_ROUTES; i++) {
                assert_string_equal(tables.routes[OWN + i].path, want_paths[i]);
                assert_int_equal(tables.routes[OWN + i].roles, ANYBODY);
                assert_true(tables.routes[OWN + i].flags & ROUTE_ALWAYS);
        }
        router = router_create(tables.routes, tables.route_count);
        assert_non_null(router);
        router_destroy(router);
        arena_destroy(arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(completes)};

        return cmocka_run_group_tests_name("module table", tests, NULL, NULL);
}
