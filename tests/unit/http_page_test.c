/* Goal: paging in every family's words, and the links that lead on. */
#include "http_fixture.h"

struct row {
        const struct dialect *dialect;
        const char *query;
        int64_t number, size, offset; /* number 0: refused */
};

/* clang-format off */
static const struct row rows[] = {
        {&dialect_p, "",                          1, 50,  0},
        {&dialect_i, "",                          1, 20,  0},
        {&dialect_b, "",                          1, 50,  0},
        {&dialect_r, "",                          1, 1000, 0},
        {&dialect_c, "",                          1, 20,  0},
        {&dialect_p, "page=3&per_page=10",        3, 10,  20},
        {&dialect_i, "page=2&page_size=25",       2, 25,  25},
        {&dialect_b, "limit=20&skip=40",          3, 20,  40},
        {&dialect_b, "limit=20&skip=45",          3, 20,  45},
        {&dialect_c, "limit=7&offset=14&page=9",  3, 7,   14},
        {&dialect_p, "per_page=100000",           1, 200, 0},
        {&dialect_p, "per_page=0",                1, 1,   0},
        {&dialect_p, "page=-1",                   1, 50,  0},
        {&dialect_p, "page=99999999999999999999", 1000000000, 50, 49999999950},
        {&dialect_b, "skip=-5",                   1, 50,  0},
        {&dialect_i, "page=-1",                   0, 0,   0},
        {&dialect_i, "page_size=101",             0, 0,   0},
        {&dialect_i, "page=0",                    0, 0,   0},
        {&dialect_p, "page=abc",                  0, 0,   0},
        {&dialect_p, "page=",                     0, 0,   0},
        {&dialect_p, "page=1.5",                  0, 0,   0},
        {&dialect_p, "page=-",                    0, 0,   0},
        {&dialect_p, "cursor=",                   0, 0,   0},
        {&dialect_p, "cursor=abc&per_page=10",    1, 10,  0},
};
/* clang-format on */

static void reads_pages(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct fixture f;
                struct request *r = fixture_open(&f, rows[i].dialect);
                struct page page;

                fixture_query(&f, rows[i].query);
                assert_int_equal(page_read(r, &page), rows[i].number != 0);
                if (rows[i].number) {
                        assert_int_equal(page.number, rows[i].number);
                        assert_int_equal(page.size, rows[i].size);
                        assert_int_equal(page.offset, rows[i].offset);
                } else {
                        assert_int_equal(r->response.status, 400);
                        assert_int_equal(r->faults.count, 1);
                }
                fixture_close(&f);
        }
}

struct link_row {
        const char *query;
        int64_t total;
        const char *cursor;
        const char *want;
};

/* clang-format off */
static const struct link_row link_rows[] = {
        {"",                     10,  "",    ""},
        {"",                     120, "",    "</api/things?page=2>; rel=\"next\""},
        {"q=a+b%26&page=2",      120, "",    "</api/things?q=a%20b%26&page=1>; rel=\"first\", </api/things?q=a%20b%26&page=1>; rel=\"prev\", </api/things?q=a%20b%26&page=3>; rel=\"next\""},
        {"page=3",               120, "",    "</api/things?page=1>; rel=\"first\", </api/things?page=2>; rel=\"prev\""},
        {"per_page=10&cursor=x", 120, "y/z", "</api/things?per_page=10&page=1>; rel=\"first\", </api/things?per_page=10&cursor=y%2Fz>; rel=\"next\""},
        {"cursor=x",             120, "",    "</api/things?page=1>; rel=\"first\""},
};
/* clang-format on */

static void links(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(link_rows) / sizeof(link_rows[0]); i++) {
                struct fixture f;
                struct request *r = fixture_open(&f, &dialect_p);
                struct page page;

                fixture_query(&f, link_rows[i].query);
                assert_true(page_read(r, &page));
                page_links(r, &page, link_rows[i].total, str_of(link_rows[i].cursor));
                assert_string_equal(fixture_header(&f, "Link"), link_rows[i].want);
                assert_string_equal(fixture_header(&f, "X-Total-Count"),
                                    link_rows[i].total == 10 ? "10" : "120");
                fixture_close(&f);
        }
}

static void a_path_cannot_break_out_of_a_link(void **state)
{
        struct fixture f;
        struct request *r = fixture_open(&f, &dialect_p);
        const struct page page = {.number = 2, .size = 1, .offset = 1};

        (void)state;
        r->path = STR("/api/things>; rel=\"evil\"");
        page_links(r, &page, 9, STR(""));
        assert_string_equal(fixture_header(&f, "Link"), "");
        fixture_close(&f);
}

static void words(void **state)
{
        (void)state;
        assert_true(page_is_word(STR("per_page")));
        assert_true(page_is_word(STR("cursor")));
        assert_false(page_is_word(STR("pages")));
        assert_false(page_is_word(STR("")));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_pages),
                cmocka_unit_test(links),
                cmocka_unit_test(a_path_cannot_break_out_of_a_link),
                cmocka_unit_test(words),
        };

        return cmocka_run_group_tests_name("http page", tests, NULL, NULL);
}
