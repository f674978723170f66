/* Goal: list envelopes of the families, and who speaks for a path without route. */
#include "http_fixture.h"

struct row {
        const struct dialect *dialect;
        const char *want;
};

static const struct row rows[] = {
        {&dialect_p,
         "{\"things\":[1],\"total\":7,\"page\":2,\"per_page\":5,\"next_cursor\":\"c\"}"},
        {&dialect_i,
         "{\"things\":[1],\"total\":7,\"page\":2,\"page_size\":5,\"next_cursor\":\"c\"}"},
        {&dialect_b, "[1]"},
        {&dialect_r, "{\"items\":[1],\"total\":7,\"next_cursor\":\"c\"}"},
        {&dialect_c, "{\"success\":true,\"things\":[1],\"total\":7,\"page\":2,\"limit\":5,\"next_"
                     "cursor\":\"c\"}"},
};

static void envelopes(void **state)
{
        const struct page page = {.number = 2, .size = 5};

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct buf out;
                struct emit e;

                buf_init(&out, 1024);
                emit_start(&e, &out);
                rows[i].dialect->list_open(&e, "things");
                emit_int(&e, 1);
                rows[i].dialect->list_close(&e, "things", 7, &page, STR("c"));
                assert_true(emit_finish(&e));
                assert_string_equal(out.data, rows[i].want);
                buf_free(&out);
        }
}

static void speakers(void **state)
{
        static const char *const want[][2] = {
                {"/api/persons/x/y", "P"},
                {"/api/persons", "P"},
                {"/api/personsx", "C"},
                {"/api/v1/people/1", "R"},
                {"/api/v1/nothing", "I"},
                {"/api/auth/x", "B"},
                {"/api/visitors/token", "C"},
                {"/nope", "C"},
                {"", "C"},
                {"/api/reports/list", "C"},
                {"/api/reports/intervention/1", "P"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
                assert_string_equal(dialect_of_path(str_of(want[i][0]))->name, want[i][1]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(envelopes),
                cmocka_unit_test(speakers),
        };

        return cmocka_run_group_tests_name("http dialect", tests, NULL, NULL);
}
