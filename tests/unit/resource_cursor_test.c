/* Goal: a cursor comes back as what it was made of; one of another order, or tampered with, is
 * refused; its condition never is a row value and knows NULL. */
#include "resource_fixture.h"

static const struct uuid some_id = {{1, 0x8f, 0, 2, 3, 0x70, 4, 5, 0x80, 6, 7, 8, 9, 10, 11, 12}};

static struct filter order(const char *word)
{
        struct filter filter;

        filter_start(&book, &filter);
        assert_true(sort_read(&book, str_of(word), &filter));
        return filter;
}

static struct str make(struct request *r, const char *word, struct db_value value)
{
        const struct filter filter = order(word);
        const struct cursor cursor = {value, some_id};

        return cursor_make(r->arena, &book, &filter, &cursor);
}

static bool reads(struct request *r, const char *word, struct str text, struct cursor *out)
{
        const struct filter filter = order(word);

        return cursor_read(r, &book, text, &filter, out);
}

static void comes_back(void **state)
{
        struct fixture f;
        struct request *r = books_open(&f);
        /* clang-format off */
        const struct { const char *word; struct db_value value; } rows[] = {
                {"title",       db_text(STR("Emma"))},
                {"-title",      db_text(STR("a|b \"c\" \xc3\xbc \xf0\x9f\xa6\x84"))},
                {"state",       db_text(STR("lost_50%"))},
                {"thickest",    db_int(0)},
                {"pages",       db_int(9999)},
                {"-lent_on",    db_date(19740)},
                {"lent_on",     db_null()},
                {"-rank",       db_int(-7)},
                {"-created_at", db_time(1705573800123)},
                {"created_at",  db_time(-62135596800000)},
        };
        /* clang-format on */

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const struct str text = make(r, rows[i].word, rows[i].value);
                struct cursor back;

                assert_non_null(text.ptr);
                if (!reads(r, rows[i].word, text, &back))
                        fail_msg("%s: refused", rows[i].word);
                assert_true(value_equal(&back.value, &rows[i].value));
                assert_true(uuid_eq(&back.id, &some_id));
        }
        assert_int_equal(r->faults.count, 0);
        fixture_close(&f);
}

static void other_orders(void **state)
{
        struct fixture f;
        struct request *r = books_open(&f);
        const struct str text = make(r, "pages", db_int(7));
        struct cursor back;

        (void)state;
        assert_true(reads(r, "-thickest", text, &back)); /* the same order in other words */
        assert_false(reads(r, "-pages", text, &back));
        assert_false(reads(r, "rank", text, &back));
        assert_false(reads(r, "title", text, &back));
        assert_int_equal(r->faults.count, 3);
        assert_string_equal(r->faults.first->pointer.ptr, "cursor");
        fixture_close(&f);
}

/* What a cursor holds before it is coded; each is refused for ?sort=pages. */
/* clang-format off */
static const char *const forged[] = {
        "", "|", "+", "+pages", "+pages|", "+pages|018f0002-0370-0405-8006-0708090a0b0c", /* NULL where none can be */
        "+pages|018f0002-0370-0405-8006-0708090a0b0c|", "+pages|018f0002-0370-0405-8006-0708090a0b0c|x",
        "+pages|018f0002-0370-0405-8006-0708090a0b0c|7 OR 1=1", "+pages|018f0002-0370-0405-8006-0708090a0b0c|99999",
        "+pages|not-an-id|7", "pages|018f0002-0370-0405-8006-0708090a0b0c|7", " pages|018f0002-0370-0405-8006-0708090a0b0c|7",
        "+version|018f0002-0370-0405-8006-0708090a0b0c|7", "+pages\xff|018f0002-0370-0405-8006-0708090a0b0c|7",
};
/* clang-format on */

static void tampering(void **state)
{
        struct fixture f;
        struct request *r = books_open(&f);
        struct cursor back;

        (void)state;
        for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++)
                if (reads(r, "pages", base64url_encode(r->arena, str_of(forged[i])), &back))
                        fail_msg("%s was taken", forged[i]);
        assert_false(reads(r, "pages", STR("junk!"), &back));
        assert_false(reads(r, "pages", STR("===="), &back));
        fixture_close(&f);
}

/* Each byte of a good one changed: refused, or another place in the same list; never a crash. */
static void flipped_bytes(void **state)
{
        struct fixture f;
        struct request *r = books_open(&f);
        const struct str good = make(r, "title", db_text(STR("Emma")));

        (void)state;
        for (size_t i = 0; i < good.len; i++)
                for (unsigned bit = 0; bit < 8; bit++) {
                        struct str text = arena_copy(r->arena, good);
                        struct cursor back;

                        ((char *)(uintptr_t)text.ptr)[i] ^= (char)(1 << bit);
                        if (reads(r, "title", text, &back))
                                assert_int_equal(back.value.type, DB_TEXT);
                }
        fixture_close(&f);
}

/* clang-format off */
static const struct { const char *word; bool null; const char *where, *params; } conditions[] = {
        {"pages",    false, " AND pages >= ? AND (pages > ? OR id > ?)", "7, 7, 018f0002-0370-0405-8006-0708090a0b0c"},
        {"-pages",   false, " AND pages <= ? AND (pages < ? OR id < ?)", "7, 7, 018f0002-0370-0405-8006-0708090a0b0c"},
        {"lent_on",  false, " AND lent_on >= ? AND (lent_on > ? OR id > ?)", "1970-01-08, 1970-01-08, 018f0002-0370-0405-8006-0708090a0b0c"},
        {"-lent_on", false, " AND (lent_on IS NULL OR lent_on <= ?) AND (lent_on IS NULL OR lent_on < ? OR id < ?)",
                "1970-01-08, 1970-01-08, 018f0002-0370-0405-8006-0708090a0b0c"},
        {"lent_on",  true,  " AND (lent_on IS NOT NULL OR id > ?)", "018f0002-0370-0405-8006-0708090a0b0c"},
        {"-lent_on", true,  " AND lent_on IS NULL AND id < ?", "018f0002-0370-0405-8006-0708090a0b0c"},
};
/* clang-format on */

static void applies(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
                struct fixture f;
                struct request *r = books_open(&f);
                struct filter filter = order(conditions[i].word);
                const struct db_value value = conditions[i].null          ? db_null()
                                              : filter.sort == BOOK_PAGES ? db_int(7)
                                                                          : db_date(7);
                const struct cursor cursor = {value, some_id};

                cursor_apply(&book, &cursor, &filter);
                assert_string_equal(arena_copy(r->arena, buf_view(&filter.where)).ptr,
                                    conditions[i].where);
                assert_string_equal(books_params(r->arena, &filter), conditions[i].params);
                buf_free(&filter.where);
                fixture_close(&f);
        }
}

/* The list refuses before it asks the database: there is none here. */
static void list_refuses_first(void **state)
{
        struct fixture f;
        struct request *r = books_open(&f);

        (void)state;
        fixture_query(&f, "sort=title&cursor=junk");
        assert_int_not_equal(resource_list(r), STATUS_OK);
        assert_int_equal(r->response.status, 400);
        assert_string_equal(books_faults(r), "format cursor");
        assert_string_equal(fixture_header(&f, "ETag"), "");
        fixture_close(&f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(comes_back), cmocka_unit_test(other_orders),
                cmocka_unit_test(tampering),  cmocka_unit_test(flipped_bytes),
                cmocka_unit_test(applies),    cmocka_unit_test(list_refuses_first),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
