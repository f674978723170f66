/* Goal: the description parses, every reference in it resolves, every operation is whole, and every
 * parameter says what it is. */
#include "resource_fixture.h"

#include <stdlib.h>

#include "resource/print.h"

static const struct field note_fields[] = {
        {"text", TYPE_TEXT, .class = PLAIN, .about = "Text.", .example = "\"A note\""},
};
static const struct shape note_shape = SHAPE("Note", note_fields, "A note.");
static const struct field lend_fields[] = {
        {"notes", TYPE_LIST, .members = &note_shape, .class = PLAIN, .about = "Notes.",
         .example = "[{\"text\":\"A note\"}]"},
        {"pin", TYPE_SECRET, .flags = FIELD_REQUIRED | FIELD_WRITE_ONLY, .class = SENSITIVE,
         .about = "Secret.", .example = "\"12345678\""},
};
static const struct shape lend_shape = SHAPE("Lend", lend_fields, "What to lend.");

/* One route of each kind in each family. */
struct library {
        struct route routes[5 * (BOOK_ROUTES + 1)];
        struct resource resources[5];
        const struct resource *pointers[5];
        struct module_tables tables;
        char paths[5 * (BOOK_ROUTES + 1)][60], ids[5 * (BOOK_ROUTES + 1)][40];
};

static enum status lend(struct request *r)
{
        return respond(r, 204);
}

static void add_family(struct library *l, size_t family, const struct dialect *dialect)
{
        l->resources[family] = book;
        l->resources[family].dialect = dialect;
        l->pointers[family] = &l->resources[family];
        for (size_t i = 0; i <= BOOK_ROUTES; i++) {
                const size_t n = l->tables.route_count++;
                struct route *route = &l->routes[n];

                *route = i < BOOK_ROUTES ? book_routes[i]
                                         : (struct route){.method = POST,
                                                          .path = "/api/lend",
                                                          .handler = lend,
                                                          .roles = ADMIN,
                                                          .input = &lend_shape,
                                                          .output = &note_shape,
                                                          .errors = "PERSON_NOT_FOUND",
                                                          .id = "lend",
                                                          .summary = "Lend."};
                snprintf(l->paths[n], sizeof(l->paths[n]), "/%s%s", dialect->name, route->path);
                snprintf(l->ids[n], sizeof(l->ids[n]), "%s%s", route->id, dialect->name);
                route->path = l->paths[n];
                route->id = l->ids[n];
                route->dialect = dialect;
                if (route->resource)
                        route->resource = &l->resources[family];
        }
}

static json_t *describe(struct library *l)
{
        const struct dialect *const dialects[] = {&dialect_p, &dialect_i, &dialect_b, &dialect_r,
                                                  &dialect_c};
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        json_t *document;
        json_error_t error;

        memset(l, 0, sizeof(*l));
        l->tables = (struct module_tables){.name = "books",
                                           .title = "Books",
                                           .about = "Books.",
                                           .routes = l->routes,
                                           .resources = l->pointers,
                                           .resource_count = 5};
        for (size_t i = 0; i < 5; i++)
                add_family(l, i, dialects[i]);
        assert_non_null(out);
        assert_int_equal(openapi_print(&l->tables, out), 0);
        assert_int_equal(fclose(out), 0);
        document = json_loads(text, JSON_REJECT_DUPLICATES, &error);
        if (!document)
                fail_msg("%s at %d", error.text, error.position);
        free(text);
        return document;
}

/* "#/components/schemas/Book" in the document. */
static const json_t *resolve(const json_t *document, const char *reference)
{
        struct str rest = str_of(reference), name;

        assert_true(str_cut(&rest, '/', &name) && str_is(name, "#"));
        while (document && str_cut(&rest, '/', &name)) {
                char key[100];

                snprintf(key, sizeof(key), "%.*s", STR_ARG(name));
                document = json_object_get(document, key);
        }
        return document;
}

static size_t check_references(const json_t *document, const json_t *node)
{
        const char *key;
        json_t *value;
        size_t i, count = 0;

        if (json_is_array(node))
                json_array_foreach(node, i, value) count += check_references(document, value);
        if (json_is_object(node))
                json_object_foreach((json_t *)(uintptr_t)node, key, value)
                {
                        if (strcmp(key, "$ref") == 0) {
                                if (!resolve(document, json_string_value(value)))
                                        fail_msg("%s leads nowhere", json_string_value(value));
                                count++;
                        }
                        count += check_references(document, value);
                }
        return count;
}

static void references_resolve(void **state)
{
        struct library l;
        json_t *document = describe(&l);

        (void)state;
        assert_true(check_references(document, document) > 500);
        assert_string_equal(json_string_value(json_object_get(document, "openapi")), "3.1.0");
        json_decref(document);
}

static const json_t *operation_of(const json_t *document, const struct route *route)
{
        static const char *const words[METHOD__N] = {"get", "post", "put", "patch", "delete"};
        const json_t *path = json_object_get(json_object_get(document, "paths"), route->path);
        const json_t *operation = json_object_get(path, words[route->method]);

        if (!operation)
                fail_msg("%s %s is missing", words[route->method], route->path);
        return operation;
}

static const char *text_of(const json_t *object, const char *name)
{
        const char *text = json_string_value(json_object_get(object, name));

        return text ? text : "";
}

static void check_parameters(const struct route *route, const json_t *parameters)
{
        const json_t *parameter;
        size_t i;

        json_array_foreach(parameters, i, parameter)
        {
                const bool path = strcmp(text_of(parameter, "in"), "path") == 0;

                assert_true(text_of(parameter, "name")[0] && text_of(parameter, "description")[0]);
                assert_true(json_is_object(json_object_get(parameter, "schema")));
                assert_int_equal(json_is_true(json_object_get(parameter, "required")), path);
                if (path)
                        assert_non_null(strstr(route->path, text_of(parameter, "name")));
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(text_of(parameter, "name"),
                                                text_of(json_array_get(parameters, k), "name"));
        }
}

static void operations_are_whole(void **state)
{
        struct library l;
        json_t *document = describe(&l);

        (void)state;
        for (size_t i = 0; i < l.tables.route_count; i++) {
                const struct route *route = &l.routes[i];
                const json_t *operation = operation_of(document, route);
                const json_t *security = json_object_get(operation, "security");

                assert_string_equal(text_of(operation, "operationId"), route->id);
                assert_string_equal(text_of(operation, "summary"), route->summary);
                assert_true(text_of(operation, "description")[0]);
                assert_int_equal(json_is_array(security) && json_array_size(security) == 0,
                                 route->roles == ANYBODY);
                assert_int_equal(json_object_get(operation, "requestBody") != NULL,
                                 route->method == POST || route->method == PUT ||
                                         route->method == PATCH);
                check_parameters(route, json_object_get(operation, "parameters"));
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(l.routes[k].id, route->id);
        }
        json_decref(document);
}

static bool has(const json_t *operation, const char *status)
{
        return json_object_get(json_object_get(operation, "responses"), status) != NULL;
}

/* clang-format off */
static const struct { size_t family; const char *created, *removed, *invalid; } families[] = {
        {0, "201", "200", "400"}, {1, "201", "200", "400"}, {2, "200", "200", "422"}, {3, "201", "204", "422"}, {4, "201", "200", "400"},
};
/* clang-format on */

static void statuses_are_the_familys(void **state)
{
        struct library l;
        json_t *document = describe(&l);

        (void)state;
        for (size_t i = 0; i < 5; i++) {
                const struct route *routes = &l.routes[families[i].family * (BOOK_ROUTES + 1)];
                const json_t *list = operation_of(document, &routes[0]),
                             *create = operation_of(document, &routes[1]),
                             *read = operation_of(document, &routes[2]),
                             *update = operation_of(document, &routes[3]),
                             *removal = operation_of(document, &routes[5]),
                             *verb = operation_of(document, &routes[7]);

                assert_true(has(list, "200") && has(list, "304") && has(list, "429"));
                assert_true(has(list, families[i].invalid) && has(list, "400"));
                assert_false(has(list, "404") || has(list, "409") || has(list, "412"));
                assert_true(has(create, families[i].created) && has(create, families[i].invalid));
                assert_true(has(create, "409") && has(create, "415") && has(create, "413"));
                assert_true(has(create, "422")); /* the unique index's own status; a reused key */
                assert_true(has(read, "304") && has(read, "404") && !has(read, "401"));
                assert_true(has(update, "412") && has(update, "404") && has(update, "204"));
                assert_true(has(removal, families[i].removed) && has(removal, "412"));
                assert_true(has(verb, "404") && has(verb, "401") && has(verb, "403"));
        }
        json_decref(document);
}

/* A member of the example of what a route takes. */
static const json_t *example_of(const json_t *document, const struct route *route, const char *name)
{
        const json_t *body = json_object_get(operation_of(document, route), "requestBody");
        const json_t *media = json_object_get(json_object_get(body, "content"), "application/json");

        return json_object_get(json_object_get(media, "example"), name);
}

static void shapes_hide_what_they_must(void **state)
{
        struct library l;
        json_t *document = describe(&l);
        const json_t *schemas = resolve(document, "#/components/schemas");
        const json_t *input = json_object_get(json_object_get(schemas, "BookInput"), "properties"),
                     *change =
                             json_object_get(json_object_get(schemas, "BookChange"), "properties"),
                     *answer = json_object_get(json_object_get(schemas, "Book"), "properties");

        (void)state;
        assert_true(json_object_get(input, "title") && json_object_get(input, "isbn"));
        assert_null(json_object_get(input, "id"));
        assert_null(json_object_get(input, "rank"));
        assert_null(json_object_get(change, "isbn"));
        assert_null(json_object_get(json_object_get(schemas, "BookChange"), "required"));
        assert_int_equal(json_object_size(answer), BOOK__N);
        for (size_t i = 0; i < 5; i++) {
                static const char *const names[] = {"ProblemP", "ProblemI", "ProblemB", "ProblemR",
                                                    "ProblemC"};

                assert_non_null(json_object_get(schemas, names[i]));
        }
        assert_non_null(json_object_get(schemas, "Note"));
        assert_non_null(example_of(document, &l.routes[1], "isbn"));
        assert_null(example_of(document, &l.routes[1], "id"));
        assert_non_null(example_of(document, &l.routes[3], "title"));
        assert_null(example_of(document, &l.routes[3], "isbn"));
        json_decref(document);
}

/* A list's example is in the family's own envelope. */
static void examples_are_the_familys(void **state)
{
        static const char *const members[] = {"books", "books", NULL, "items", "books"};
        struct library l;
        json_t *document = describe(&l);

        (void)state;
        for (size_t i = 0; i < 5; i++) {
                const json_t *list = operation_of(document, &l.routes[i * (BOOK_ROUTES + 1)]);
                const json_t *ok = json_object_get(json_object_get(list, "responses"), "200");
                const json_t *media =
                        json_object_get(json_object_get(ok, "content"), "application/json");
                const json_t *example = json_object_get(media, "example");
                const json_t *items = members[i] ? json_object_get(example, members[i]) : example;

                assert_int_equal(json_array_size(items), 1);
                assert_string_equal(text_of(json_array_get(items, 0), "title"), "Emma");
        }
        json_decref(document);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(references_resolve),
                cmocka_unit_test(operations_are_whole),
                cmocka_unit_test(statuses_are_the_familys),
                cmocka_unit_test(shapes_hide_what_they_must),
                cmocka_unit_test(examples_are_the_familys),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
