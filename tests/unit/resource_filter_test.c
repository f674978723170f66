/* Goal: a query string becomes exactly these conditions and parameters, or every fault is told. */
#include "resource_fixture.h"

struct good {
        const char *query, *where, *params;
        bool only_tally;
};

/* clang-format off */
static const struct good goods[] = {
        {"",                                 "", "", true},
        {"page=2&per_page=10&cursor=x",      "", "", true},
        {"state=in",                         " AND state = ?", "in", true},
        {"state=in&kind=atlas",              " AND state = ? AND kind = ?", "in, atlas", true},
        {"state=in,out",                     " AND state IN (?, ?)", "in, out", false},
        {"title=Emma,%20or%20not",           " AND title = ?", "Emma, or not", false},
        {"shelf=",                           " AND shelf_mark = ?", "", false},
        {"pages=7",                          " AND pages = ?", "7", false},
        {"min_pages=7&max_pages=9",          " AND pages >= ? AND pages <= ?", "7, 9", false},
        {"lent_on_from=2024-02-29&lent_on_to=2024-03-01", " AND lent_on >= ? AND lent_on <= ?", "2024-02-29, 2024-03-01", false},
        {"created_at_from=2024-01-18&created_at_to=2024-01-18", " AND created_at >= ? AND created_at <= ?", "2024-01-18T00:00:00Z, 2024-01-18T23:59:59.999Z", false},
        {"created_at_to=2024-01-18T12:00:00%2B02:00", " AND created_at <= ?", "2024-01-18T10:00:00Z", false},
        {"from_date=2024-01-18&to_date=2024-01-18", " AND created_at >= ? AND created_at <= ?", "2024-01-18T00:00:00Z, 2024-01-18T23:59:59.999Z", false},
        {"to_date=9999-12-31",               " AND created_at <= ?", "9999-12-31T23:59:59.999Z", false},
        {"reader=reader_01h455vb4pex5vsknk084sn02q", " AND (reader_id = ? OR '?' <> '' AND heir_id = ?)",
                "01890a5d-ac96-774b-bcce-b302099a8057, 01890a5d-ac96-774b-bcce-b302099a8057", false},
        {"q=",                               "", "", true},
        {"q=++",                             "", "", true},
        {"q=emma",                           " AND (title LIKE ? OR shelf_mark LIKE ?)", "%emma%, %emma%", false},
        {"q=a+b",                            " AND (title LIKE ? OR shelf_mark LIKE ?) AND (title LIKE ? OR shelf_mark LIKE ?)", "%a%, %a%, %b%, %b%", false},
        {"q=50%25_%5C",                      " AND (title LIKE ? OR shelf_mark LIKE ?)", "%50\\%\\_\\\\%, %50\\%\\_\\\\%", false},
        {"title=x'%20OR%201=1--",            " AND title = ?", "x' OR 1=1--", false},
        {"sort=title&fields=title,%20pages", "", "", true},
};

static const struct { const char *query, *faults; } bads[] = {
        {"state=away",                            "not_in_list state"},
        {"state=in,away",                         "not_in_list state"},
        {"state=",                                "not_in_list state"},
        {"state=IN",                              "not_in_list state"},
        {"state=in,in,in,in,in,in,in,in,in,in,in,in,in,in,in,in,in", "too_long state"},
        {"pages=many",                            "type pages"},
        {"min_pages=1e3",                         "type min_pages"},
        {"max_pages=10000",                       "out_of_range max_pages"},
        {"lent_on_from=2023-02-29",               "format lent_on_from"},
        {"lent_on_to=2024-01-18T00:00:00Z",       "format lent_on_to"},
        {"created_at_from=yesterday",             "format created_at_from"},
        {"to_date=2024-02-30",                    "format to_date"},
        {"reader=book_01h455vb4pex5vsknk084sn02q", "format reader"},
        {"sort=colour",                           "not_in_list sort"},
        {"sort=isbn",                             "not_in_list sort"},
        {"sort=",                                 "not_in_list sort"},
        {"sort=title,pages",                      "not_in_list sort"},
        {"fields=title,colour,",                  "not_in_list fields, not_in_list fields"},
        {"q=1+2+3+4+5+6+7+8+9",                   "too_long q"},
        {"state=away&min_pages=x&sort=nope",      "not_in_list state, type min_pages, not_in_list sort"},
};

/* What looks like a parameter and is none. */
static const char *const unknowns[] = {
        "colour=blue", "min_title=a", "pages_from=1", "min_created_at=1", "created_at=2024-01-18", "updated_at_from=2024-01-18", "isbn=1",
        "min_=1", "_from=1", "id=1", "version=1", "tenant_id=1", "shelf_mark=1", "Title=a", "=1", "state%20=in",
};
/* clang-format on */

static void conditions(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(goods) / sizeof(goods[0]); i++) {
                struct fixture f;
                struct request *r = books_open(&f);
                struct filter filter;

                if (!books_filter(&f, goods[i].query, &filter))
                        fail_msg("%s: %s", goods[i].query, books_faults(r));
                assert_string_equal(arena_copy(r->arena, buf_view(&filter.where)).ptr,
                                    goods[i].where);
                assert_string_equal(books_params(r->arena, &filter), goods[i].params);
                if (filter.only_tally != goods[i].only_tally)
                        fail_msg("%s: only_tally %d", goods[i].query, filter.only_tally);
                fixture_close(&f);
        }
}

static void faults(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
                struct fixture f;
                struct request *r = books_open(&f);
                struct filter filter;

                if (books_filter(&f, bads[i].query, &filter))
                        fail_msg("%s was taken", bads[i].query);
                assert_string_equal(books_faults(r), bads[i].faults);
                assert_int_equal(r->response.status, 400);
                assert_int_equal(r->response.problem.problem, PROBLEM_VALIDATION_ERROR);
                fixture_close(&f);
        }
}

static void unknown(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(unknowns) / sizeof(unknowns[0]); i++) {
                struct fixture f;
                struct request *r = books_open(&f);
                struct filter filter;

                if (books_filter(&f, unknowns[i], &filter))
                        fail_msg("%s was taken", unknowns[i]);
                assert_int_equal(r->response.status, 400);
                assert_int_equal(r->response.problem.problem, PROBLEM_UNKNOWN_PARAMETER);
                assert_non_null(r->response.problem.faults);
                fixture_close(&f);
        }
}

static void names_what_is_known(void **state)
{
        struct fixture f;
        struct request *r = books_open(&f);
        struct filter filter;

        (void)state;
        assert_false(books_filter(&f, "colour=blue", &filter));
        assert_string_equal(
                r->response.problem.detail.ptr,
                "Unknown query parameter colour; known are: page, per_page, page_size, limit, "
                "skip, "
                "offset, cursor, sort, fields, q, reader, to_date, from_date, title, shelf, state, "
                "kind, pages, min_pages, max_pages, lent_on_from, lent_on_to, created_at_from, "
                "created_at_to");
        fixture_close(&f);
}

/* A resource without searched fields has no q: it would be a condition without a column. */
static void q_needs_a_field(void **state)
{
        static const struct shape plain = {"Plain", &book_fields[BOOK_STATE], 2, "Plain."};
        struct resource resource = book;
        struct fixture f;
        struct request *r = books_open(&f);
        struct filter filter;

        (void)state;
        resource.shape = &plain;
        resource.filter_count = 0;
        resource.default_sort = "state";
        resource.tally_count = 0;
        fixture_query(&f, "q=x");
        assert_false(filter_read(r, &resource, &filter));
        assert_int_equal(r->response.problem.problem, PROBLEM_UNKNOWN_PARAMETER);
        fixture_close(&f);
}

static void tally_values(void **state)
{
        struct fixture f;
        struct request *r = books_open(&f);
        struct filter filter;

        (void)state;
        assert_true(books_filter(&f, "kind=atlas", &filter));
        assert_null(filter.tally[0].ptr);
        assert_true(str_is(filter.tally[1], "atlas"));
        assert_string_equal(total_like(r->arena, &book, &filter).ptr, "state=%|kind=atlas");
        fixture_close(&f);

        r = books_open(&f);
        assert_true(books_filter(&f, "state=lost_50%25", &filter));
        assert_string_equal(total_like(r->arena, &book, &filter).ptr, "state=lost\\_50\\%|kind=%");
        fixture_close(&f);
}

static void narrows_fields(void **state)
{
        struct fixture f;
        struct filter filter;

        (void)state;
        books_open(&f);
        assert_true(books_filter(&f, "fields=pages,title", &filter));
        for (size_t i = 0; i < BOOK__N; i++)
                assert_int_equal(filter.selected[i],
                                 i == BOOK_ID || i == BOOK_TITLE || i == BOOK_PAGES);
        fixture_close(&f);

        books_open(&f);
        assert_true(books_filter(&f, "", &filter));
        for (size_t i = 0; i < BOOK__N; i++)
                assert_true(filter.selected[i]);
        fixture_close(&f);
}

/* More than a statement takes is refused, not cut; the cursor and the page always have a place. */
static void refuses_too_much(void **state)
{
        struct fixture f;
        struct request *r = books_open(&f);
        const struct parameter p = {STR("state"), STR("in,in,in,in,in,in,in,in,in,in,in,in,in,in")};
        struct filter filter;

        (void)state;
        filter_start(&book, &filter);
        for (size_t i = 0; i < 6; i++)
                assert_true(filter_add(r, &book, &p, &filter));
        assert_false(filter.full);
        assert_true(filter_add(r, &book, &p, &filter));
        assert_true(filter.full);
        assert_int_equal(filter.param_count, FILTER_PARAMS_MAX);
        buf_free(&filter.where);
        fixture_close(&f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(conditions),      cmocka_unit_test(faults),
                cmocka_unit_test(unknown),         cmocka_unit_test(names_what_is_known),
                cmocka_unit_test(q_needs_a_field), cmocka_unit_test(tally_values),
                cmocka_unit_test(narrows_fields),  cmocka_unit_test(refuses_too_much),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
