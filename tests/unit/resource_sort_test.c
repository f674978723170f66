/* Goal: the words of ?sort= name a field and a way; anything else is refused. */
#include "resource_fixture.h"

/* clang-format off */
static const struct { const char *word; size_t field; bool descending; } rows[] = {
        {"title",       BOOK_TITLE,      false},
        {"-title",      BOOK_TITLE,      true},
        {"created_at",  BOOK_CREATED_AT, false},
        {"-created_at", BOOK_CREATED_AT, true},
        {"lent_on",     BOOK_LENT_ON,    false},
        {"rank",        BOOK_RANK,       false},
        {"thickest",    BOOK_PAGES,      true},
        {"-thickest",   BOOK_PAGES,      false},
};

static const char *const refused[] = {"", "-", "--title", "+title", " title", "title ", "TITLE", "isbn", "-isbn", "updated_at", "shelf_mark", "title,pages", "version"};
/* clang-format on */

static void reads_words(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct filter filter = {.sort = BOOK__N};

                assert_true(sort_read(&book, str_of(rows[i].word), &filter));
                assert_int_equal(filter.sort, rows[i].field);
                assert_int_equal(filter.descending, rows[i].descending);
        }
}

static void refuses_others(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
                struct filter filter = {.sort = BOOK__N};

                if (sort_read(&book, str_of(refused[i]), &filter))
                        fail_msg("'%s' was taken", refused[i]);
                assert_int_equal(filter.sort, BOOK__N);
        }
}

static void starts_with_the_default(void **state)
{
        struct filter filter;

        (void)state;
        filter_start(&book, &filter);
        assert_int_equal(filter.sort, BOOK_CREATED_AT);
        assert_true(filter.descending);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_words),
                cmocka_unit_test(refuses_others),
                cmocka_unit_test(starts_with_the_default),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
