/* Goal: the right row answers a path; literals win; what a path lacks is told. */
#include "http_fixture.h"

static enum status nothing(struct request *r)
{
        return respond(r, 204);
}

#define ROW(verb, where)                                                                 \
        {                                                                                \
                .method = verb, .path = where, .handler = nothing, .id = #verb " " where \
        }

static const struct route routes[] = {
        ROW(GET, "/health"),
        ROW(GET, "/api/persons"),
        ROW(POST, "/api/persons"),
        ROW(GET, "/api/persons/{id}"),
        ROW(PUT, "/api/persons/{id}"),
        ROW(PATCH, "/api/persons/{id}"),
        ROW(DELETE, "/api/persons/{id}"),
        ROW(GET, "/api/persons/{id}/history"),
        ROW(GET, "/api/persons/export"),
        ROW(GET, "/api/reports/{id}"),
        ROW(DELETE, "/api/reports/{id}"),
        ROW(GET, "/api/reports/list"),
        ROW(POST, "/api/reports/intervention/{person_id}"),
        ROW(GET, "/a/{x}/b/{y}/c/{z}/d/{w}"),
        ROW(GET, "/a/fixed/b"),
        ROW(GET, "/.well-known/jwks.json"),
        ROW(GET, "/calendars/{id}"),
        ROW(GET, "/calendars/{id}.ics"),
        ROW(GET, "/calendars/{id}.v2.ics"),
        ROW(GET, "/calendars/{id}/days/{day}.ics"),
};

enum { COUNT = sizeof(routes) / sizeof(routes[0]) };

#define BIT(method) (1u << (method))
#define PERSON (BIT(GET) | BIT(PUT) | BIT(PATCH) | BIT(DELETE))

struct row {
        enum method method;
        const char *path;
        const char *want; /* id of the route; NULL: none */
        unsigned allowed;
        const char *first, *last; /* arguments */
};

/* clang-format off */
static const struct row rows[] = {
        {GET,    "/health",                         "GET /health", 0, NULL, NULL},
        {GET,    "/api/persons",                    "GET /api/persons", 0, NULL, NULL},
        {POST,   "/api/persons",                    "POST /api/persons", 0, NULL, NULL},
        {GET,    "/api/persons/person_1",           "GET /api/persons/{id}", 0, "person_1", NULL},
        {PATCH,  "/api/persons/a%20b",              "PATCH /api/persons/{id}", 0, "a b", NULL},
        {GET,    "/api/persons/a%2Fb",              "GET /api/persons/{id}", 0, "a/b", NULL},
        {GET,    "/api/persons/a+b",                "GET /api/persons/{id}", 0, "a+b", NULL},
        {GET,    "/api/%70ersons/x",                "GET /api/persons/{id}", 0, "x", NULL},
        {GET,    "/api/persons/x/history",          "GET /api/persons/{id}/history", 0, "x", NULL},
        {GET,    "/api/persons/export",             "GET /api/persons/export", 0, NULL, NULL},
        {GET,    "/api/persons/export/history",     "GET /api/persons/{id}/history", 0, "export", NULL},
        {DELETE, "/api/persons/export",             NULL, BIT(GET), NULL, NULL},
        {GET,    "/api/reports/list",               "GET /api/reports/list", 0, NULL, NULL},
        {DELETE, "/api/reports/list",               NULL, BIT(GET), NULL, NULL},
        {POST,   "/api/reports/intervention/p",     "POST /api/reports/intervention/{person_id}", 0, "p", NULL},
        {GET,    "/api/reports/intervention",       "GET /api/reports/{id}", 0, "intervention", NULL},
        {GET,    "/a/1/b/2/c/3/d/4",                "GET /a/{x}/b/{y}/c/{z}/d/{w}", 0, "1", "4"},
        {GET,    "/a/fixed/b/2/c/3/d/4",            "GET /a/{x}/b/{y}/c/{z}/d/{w}", 0, "fixed", "4"},
        {GET,    "/.well-known/jwks.json",          "GET /.well-known/jwks.json", 0, NULL, NULL},
        {GET,    "/calendars/7",                    "GET /calendars/{id}", 0, "7", NULL},
        {GET,    "/calendars/7.ics",                "GET /calendars/{id}.ics", 0, "7", NULL},
        {GET,    "/calendars/7.v2.ics",             "GET /calendars/{id}.v2.ics", 0, "7", NULL},
        {GET,    "/calendars/.ics",                 "GET /calendars/{id}", 0, ".ics", NULL},
        {GET,    "/calendars/7.ics/days/8.ics",     "GET /calendars/{id}/days/{day}.ics", 0, "7.ics", NULL},
        {GET,    "/calendars/7/days/8",             NULL, 0, NULL, NULL},
        {POST,   "/api/persons/x",                  NULL, PERSON, NULL, NULL},
        {METHOD__N, "/api/persons",                 NULL, BIT(GET) | BIT(POST), NULL, NULL},
        {GET,    "/api/persons/",                   NULL, 0, NULL, NULL},
        {GET,    "/api//persons",                   NULL, 0, NULL, NULL},
        {GET,    "//api/persons",                   NULL, 0, NULL, NULL},
        {GET,    "/api/Persons",                    NULL, 0, NULL, NULL},
        {GET,    "/api/persons/x/y",                NULL, 0, NULL, NULL},
        {GET,    "/api",                            NULL, 0, NULL, NULL},
        {GET,    "/",                               NULL, 0, NULL, NULL},
        {GET,    "",                                NULL, 0, NULL, NULL},
        {GET,    "api/persons",                     NULL, 0, NULL, NULL},
        {GET,    "/api/persons/%zz",                NULL, 0, NULL, NULL},
        {GET,    "/api/persons/%00",                NULL, 0, NULL, NULL},
        {GET,    "/api/persons/%ff",                NULL, 0, NULL, NULL},
        {GET,    "/api%2Fpersons",                  NULL, 0, NULL, NULL},
        {GET,    "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", NULL, 0, NULL, NULL},
};
/* clang-format on */

static void finds_the_row(void **state)
{
        struct router *router = router_create(routes, COUNT);
        struct arena *arena = arena_create(1 << 16);

        (void)state;
        assert_non_null(router);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct str arguments[REQUEST_PATH_PARAMETERS_MAX] = {{NULL, 0}};
                unsigned allowed = 99;
                const struct route *route = router_find(
                        router, rows[i].method, str_of(rows[i].path), arena, arguments, &allowed);

                if (!rows[i].want) {
                        assert_null(route);
                        assert_int_equal(allowed, rows[i].allowed);
                        continue;
                }
                assert_non_null(route);
                assert_string_equal(route->id, rows[i].want);
                assert_true(str_eq(arguments[0], str_of(rows[i].first)));
                assert_true(str_eq(arguments[3], str_of(rows[i].last)));
        }
        arena_destroy(arena);
        router_destroy(router);
}

static void refuses_bad_tables(void **state)
{
        static const struct route twice[] = {ROW(GET, "/a/{x}"), ROW(GET, "/a/{y}")};
        static const struct route rootless[] = {ROW(GET, "a")};
        static const struct route many[] = {ROW(GET, "/{a}/{b}/{c}/{d}/{e}")};

        (void)state;
        assert_null(router_create(twice, 2));
        assert_null(router_create(rootless, 1));
        assert_null(router_create(many, 1));
}

static void names_methods(void **state)
{
        struct buf out;
        enum method method;

        (void)state;
        buf_init(&out, 100);
        methods_write(BIT(GET) | BIT(POST) | BIT(DELETE), &out);
        assert_string_equal(out.data, "GET, HEAD, POST, DELETE, OPTIONS");
        buf_free(&out);
        assert_true(method_parse(STR("PATCH"), &method));
        assert_int_equal(method, PATCH);
        assert_false(method_parse(STR("patch"), &method));
        assert_false(method_parse(STR("HEAD"), &method));
        assert_string_equal(method_name(DELETE), "DELETE");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds_the_row),
                cmocka_unit_test(refuses_bad_tables),
                cmocka_unit_test(names_methods),
        };

        return cmocka_run_group_tests_name("http route", tests, NULL, NULL);
}
