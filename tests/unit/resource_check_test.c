/* Goal: a table as it should be passes; each fault planted in it is found and named. */
#include "resource_fixture.h"

#include <stdlib.h>

#include "resource/print.h"

/* A copy of the small resource and its routes, to be spoilt. */
struct copy {
        struct field fields[BOOK__N];
        struct shape shape;
        struct resource_filter filters[3];
        struct resource_sort sorts[1];
        struct resource_unique uniques[1];
        struct resource resource;
        struct route routes[BOOK_ROUTES];
};

static void copy_of_books(struct copy *c)
{
        memcpy(c->fields, book_fields, sizeof(c->fields));
        memcpy(c->filters, book_filters, sizeof(c->filters));
        memcpy(c->sorts, book_sorts, sizeof(c->sorts));
        memcpy(c->uniques, book_uniques, sizeof(c->uniques));
        memcpy(c->routes, book_routes, sizeof(c->routes));
        c->shape = book_shape;
        c->shape.fields = c->fields;
        c->resource = book;
        c->resource.shape = &c->shape;
        c->resource.filters = c->filters;
        c->resource.sorts = c->sorts;
        c->resource.uniques = c->uniques;
        for (size_t i = 0; i < BOOK_ROUTES; i++)
                c->routes[i].resource = &c->resource;
}

static int check(const struct copy *c, char *text, size_t size)
{
        const struct resource *const resources[] = {&c->resource};
        const struct module_tables tables = {.name = "books",
                                             .routes = c->routes,
                                             .route_count = BOOK_ROUTES,
                                             .resources = resources,
                                             .resource_count = 1};
        FILE *out = fmemopen(text, size, "w");
        int faults;

        assert_non_null(out);
        faults = tables_check(&tables, out);
        fclose(out);
        return faults;
}

/* clang-format off */
#define PLANT(name, spoil) static void name(struct copy *c) { spoil; }
PLANT(hole,            c->fields[BOOK_SHELF].name = NULL)
PLANT(hole_of_type,    c->fields[BOOK_SHELF].type = NULL)
PLANT(twice,           c->fields[BOOK_SHELF].name = "title")
PLANT(no_class,        c->fields[BOOK_PAGES].class = CLASS_NONE)
PLANT(no_text,         c->fields[BOOK_PAGES].about = NULL)
PLANT(no_example,      c->fields[BOOK_PAGES].example = NULL)
PLANT(bad_example,     c->fields[BOOK_PAGES].example = "\"many\"")
PLANT(example_no_json, c->fields[BOOK_PAGES].example = "{")
PLANT(bad_default,     c->fields[BOOK_STATE].otherwise = "\"away\"")
PLANT(no_choices,      c->fields[BOOK_STATE].choices = NULL)
PLANT(bounds,          c->fields[BOOK_PAGES].min = 10000)
PLANT(no_id,           c->fields[BOOK_ID].name = "key")
PLANT(id_of_type,      c->fields[BOOK_ID].type = TYPE_TEXT)
PLANT(secret,          c->fields[BOOK_ISBN].type = TYPE_SECRET)
PLANT(write_only,      c->fields[BOOK_ISBN].flags |= FIELD_WRITE_ONLY)
PLANT(column,          c->fields[BOOK_SHELF].column = "shelf; DROP TABLE books")
PLANT(table,           c->resource.table = "books AS b")
PLANT(search_number,   c->fields[BOOK_PAGES].flags |= FIELD_SEARCH)
PLANT(range_text,      c->fields[BOOK_TITLE].flags |= FIELD_RANGE)
PLANT(no_order,        c->resource.default_sort = "isbn")
PLANT(null_order,      c->resource.default_sort = NULL)
PLANT(word_of_nothing, c->sorts[0].field = BOOK__N)
PLANT(tally_text,      c->resource.tally[1] = BOOK_TITLE)
PLANT(tally_nothing,   c->resource.tally[1] = BOOK__N)
PLANT(tally_many,      c->resource.tally_count = RESOURCE_TALLY_DIMENSIONS_MAX + 1)
PLANT(filter_markers,  c->filters[0].uses = 1)
PLANT(filter_no_sql,   c->filters[1].sql = NULL)
PLANT(filter_example,  c->filters[0].field.example = "\"x\"")
PLANT(unique_words,    c->uniques[0].detail = NULL)
PLANT(unique_field,    c->uniques[0].field = BOOK__N)
PLANT(no_label,        c->resource.label = NULL)
PLANT(route_handler,   c->routes[0].handler = NULL)
PLANT(route_summary,   c->routes[0].summary = NULL)
PLANT(route_id,        c->routes[1].id = "listBooks")

static const struct { void (*plant)(struct copy *c); const char *want; } rows[] = {
        {hole,            "Book: (no name): a hole in the table\n"},
        {hole_of_type,    "Book: shelf: a hole in the table\n"},
        {twice,           "Book: title: stands twice\n"},
        {no_class,        "Book: pages: says no data class\n"},
        {no_text,         "Book: pages: says not what it is\n"},
        {no_example,      "Book: pages: has no example\n"},
        {bad_example,     "Book: pages: its example is refused\n"},
        {example_no_json, "Book: pages: its example is refused\n"},
        {bad_default,     "Book: state: its default is refused\n"},
        {no_choices,      "Book: state: has no choices\n"},
        {bounds,          "Book: pages: its least is above its most\n"},
        {no_id,           "book: id: row 0 must be the id\n"},
        {id_of_type,      "book: id: row 0 must be the id\n"},
        {secret,          "book: isbn: a secret has no row\n"},
        {write_only,      "book: isbn: a secret has no row\n"},
        {column,          "book: shelf: its column is no identifier\n"},
        {table,           "book: books AS b: its table is no identifier\n"},
        {search_number,   "book: pages: only texts are searched\n"},
        {range_text,      "book: title: only numbers, times and dates have ranges\n"},
        {no_order,        "book: default_sort: names no field to sort by\n"},
        {null_order,      "book: default_sort: names no field to sort by\n"},
        {word_of_nothing, "book: thickest: sorts by no field\n"},
        {tally_text,      "book: title: only enums and the site are counted\n"},
        {tally_nothing,   "book: tally: only enums and the site are counted\n"},
        {tally_many,      "book: tally: has too many dimensions\n"},
        {filter_markers,  "book: reader: its condition has not as many ? as it is used\n"},
        {filter_no_sql,   "book: to_date: its condition has not as many ? as it is used\n"},
        {filter_example,  "book: reader: its example is refused\n"},
        {unique_words,    "book: books_isbn: a unique index lacks name, field or words\n"},
        {unique_field,    "book: books_isbn: a unique index lacks name, field or words\n"},
        {no_label,        "resource: book: lacks name, plural, label, dialect or shape\n"},
        {route_handler,   "route: /api/books: lacks handler, dialect, summary or id\n"},
        {route_summary,   "route: /api/books: lacks handler, dialect, summary or id\n"},
        {route_id,        "/api/books: listBooks: the id stands twice\n"},
};
/* clang-format on */

static void good_tables_pass(void **state)
{
        char text[4096] = "";
        struct copy c;

        (void)state;
        copy_of_books(&c);
        if (check(&c, text, sizeof(text)) != 0)
                fail_msg("%s", text);
}

static void planted_faults_are_found(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char text[4096] = "";
                struct copy c;

                copy_of_books(&c);
                rows[i].plant(&c);
                assert_int_not_equal(check(&c, text, sizeof(text)), 0);
                if (!strstr(text, rows[i].want))
                        fail_msg("wanted %sgot %s", rows[i].want, text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(good_tables_pass),
                cmocka_unit_test(planted_faults_are_found),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
