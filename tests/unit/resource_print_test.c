/* Goal: what a program prints of its tables: every statement, sorted, and who reaches which
 * personal field. */
#include "resource_fixture.h"

#include <stdlib.h>

#include "resource/print.h"

static const struct resource *const resources[] = {&book};
static const struct module_tables tables = {
        .name = "books",
        .title = "Books",
        .about = "Books.",
        .routes = book_routes,
        .route_count = BOOK_ROUTES,
        .resources = resources,
        .resource_count = 1,
};

typedef int print_fn(const struct module_tables *of, FILE *out);

/* What ${print} writes, to be freed. */
static char *printed(print_fn *print)
{
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(out);
        assert_int_equal(print(&tables, out), 0);
        assert_int_equal(fclose(out), 0);
        return text;
}

static void statements_are_sorted(void **state)
{
        char *text = printed(sql_print), before[4096] = "";
        struct str rest = str_of(text), line;
        size_t lines = 0;

        (void)state;
        while (str_cut(&rest, '\n', &line) && line.len) {
                char now[4096];

                snprintf(now, sizeof(now), "%.*s", STR_ARG(line));
                assert_true(strcmp(before, now) < 0);
                assert_true(strncmp(now, "book ", 5) == 0);
                memcpy(before, now, sizeof(now));
                lines++;
        }
        assert_int_equal(lines, 9 + 6 + 14 + 1);
        free(text);
}

static void statements_name_the_tenant(void **state)
{
        char *text = printed(sql_print);
        struct str rest = str_of(text), line;

        (void)state;
        while (str_cut(&rest, '\n', &line) && line.len)
                if (!memmem(line.ptr, line.len, "book filter ", 12))
                        assert_non_null(memmem(line.ptr, line.len, ":tenant", 7));
        assert_non_null(strstr(text, "\nbook filter to_date:  AND created_at <= ?\n"));
        assert_non_null(strstr(text, "book page after lent_on: SELECT"));
        free(text);
}

static void audit_says_who_reaches_what(void **state)
{
        char *text = printed(audit_print);

        (void)state;
        assert_string_equal(text, "GET /api/books: admin viewer\n"
                                  "        reads shelf personal\n"
                                  "        reads lent_on sensitive\n"
                                  "POST /api/books: admin\n"
                                  "        reads shelf personal\n"
                                  "        reads lent_on sensitive\n"
                                  "        writes shelf personal\n"
                                  "        writes lent_on sensitive\n"
                                  "GET /api/books/{id}: anybody\n"
                                  "        reads shelf personal\n"
                                  "        reads lent_on sensitive\n"
                                  "PUT /api/books/{id}: admin\n"
                                  "        reads shelf personal\n"
                                  "        reads lent_on sensitive\n"
                                  "        writes shelf personal\n"
                                  "        writes lent_on sensitive\n"
                                  "PATCH /api/books/{id}: admin\n"
                                  "        reads shelf personal\n"
                                  "        reads lent_on sensitive\n"
                                  "        writes shelf personal\n"
                                  "        writes lent_on sensitive\n"
                                  "DELETE /api/books/{id}: admin\n"
                                  "GET /api/books/{id}/history: admin\n"
                                  "        reads shelf personal\n"
                                  "        reads lent_on sensitive\n");
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(statements_are_sorted),
                cmocka_unit_test(statements_name_the_tenant),
                cmocka_unit_test(audit_says_who_reaches_what),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
