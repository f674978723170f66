/* Goal: every statement of a resource, word for word; each names the tenant, and no value stands in
 * its text. */
#include "resource_fixture.h"

#include <pthread.h>

#define COLUMNS                                                                                    \
        "id, title, shelf_mark, state, kind, pages, lent_on, isbn, rank, created_at, updated_at, " \
        "version"

static void constant_statements(void **state)
{
        const struct resource_sql *s = resource_statements(&book);

        (void)state;
        assert_non_null(s);
        assert_string_equal(s->columns, COLUMNS);
        assert_string_equal(s->read.text,
                            "SELECT " COLUMNS " FROM books WHERE tenant_id = :tenant AND id = ?");
        assert_string_equal(s->lock.text, "SELECT " COLUMNS " FROM books"
                                          " WHERE tenant_id = :tenant AND id = ? FOR UPDATE");
        assert_string_equal(s->insert.text,
                            "INSERT INTO books (tenant_id, id, title, shelf_mark, state, kind, "
                            "pages, lent_on, isbn, created_at, updated_at)"
                            " VALUES (:tenant, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING " COLUMNS);
        assert_string_equal(s->remove.text,
                            "DELETE FROM books WHERE tenant_id = :tenant AND id = ?");
        assert_int_equal(s->read.scope, SQL_OF_TENANT);
        assert_int_equal(s->lock.scope, SQL_OF_TENANT);
        assert_int_equal(s->insert.scope, SQL_OF_TENANT);
        assert_int_equal(s->remove.scope, SQL_OF_TENANT);
}

static void pages_and_counts(void **state)
{
        struct fixture f;
        struct request *r = books_open(&f);
        const struct resource_sql *s = resource_statements(&book);
        struct filter filter;

        (void)state;
        assert_true(books_filter(&f, "kind=novel&q=x&sort=-lent_on", &filter));
        assert_string_equal(sql_page(r->arena, s, "", &filter).ptr,
                            "SELECT " COLUMNS " FROM books WHERE tenant_id = :tenant"
                            " AND kind = ? AND (title LIKE ? OR shelf_mark LIKE ?)"
                            " ORDER BY lent_on DESC, id DESC LIMIT ?");
        assert_string_equal(sql_count(r->arena, &book, &filter).ptr,
                            "SELECT COUNT(*) FROM books WHERE tenant_id = :tenant"
                            " AND kind = ? AND (title LIKE ? OR shelf_mark LIKE ?)");
        fixture_close(&f);
}

static void far_pages_fetch_late(void **state)
{
        struct fixture f;
        struct request *r = books_open(&f);
        const struct resource_sql *s = resource_statements(&book);
        struct filter filter;

        (void)state;
        assert_true(books_filter(&f, "kind=novel&sort=pages", &filter));
        assert_string_equal(
                sql_far_page(r->arena, s, "", &filter).ptr,
                "SELECT t.id, t.title, t.shelf_mark, t.state, t.kind, t.pages, t.lent_on, t.isbn, "
                "t.rank, t.created_at, t.updated_at, t.version"
                " FROM (SELECT id AS page_id FROM books WHERE tenant_id = :tenant AND kind = ?"
                " ORDER BY pages ASC, id ASC LIMIT ? OFFSET ?) AS page"
                " JOIN books AS t ON t.tenant_id = :tenant AND t.id = page.page_id"
                " ORDER BY t.pages ASC, t.id ASC");
        fixture_close(&f);
}

static void updates_what_changed(void **state)
{
        struct fixture f;
        struct request *r = books_open(&f);
        bool marks[FIELDS_MAX] = {[BOOK_TITLE] = true, [BOOK_SHELF] = true};

        (void)state;
        assert_string_equal(sql_update(r->arena, &book, marks).ptr,
                            "UPDATE books SET title = ?, shelf_mark = ?, version = version + 1,"
                            " updated_at = ? WHERE tenant_id = :tenant AND id = ? AND version = ?");
        marks[BOOK_TITLE] = marks[BOOK_SHELF] = false;
        assert_string_equal(sql_update(r->arena, &book, marks).ptr,
                            "UPDATE books SET version = version + 1, updated_at = ?"
                            " WHERE tenant_id = :tenant AND id = ? AND version = ?");
        fixture_close(&f);
}

static void who_writes_which_column(void **state)
{
        (void)state;
        for (size_t i = 1; i < BOOK__N; i++) {
                assert_int_equal(resource_inserts(&book_fields[i]), i != BOOK_RANK);
                assert_int_equal(resource_updates(&book_fields[i]),
                                 i != BOOK_RANK && i != BOOK_ISBN && i != BOOK_CREATED_AT &&
                                         i != BOOK_UPDATED_AT);
        }
}

static void *ask(void *of)
{
        return (void *)(uintptr_t)resource_statements(of);
}

/* However many threads come first, the texts are written once. */
static void written_once(void **state)
{
        struct resource other = book;
        pthread_t threads[8];
        void *first = NULL;

        (void)state;
        for (size_t i = 0; i < 8; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, ask, &other), 0);
        for (size_t i = 0; i < 8; i++) {
                void *got;

                assert_int_equal(pthread_join(threads[i], &got), 0);
                assert_non_null(got);
                first = first ? first : got;
                assert_ptr_equal(got, first);
        }
        assert_ptr_not_equal(first, resource_statements(&book));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(constant_statements),     cmocka_unit_test(pages_and_counts),
                cmocka_unit_test(far_pages_fetch_late),    cmocka_unit_test(updates_what_changed),
                cmocka_unit_test(who_writes_which_column), cmocka_unit_test(written_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
