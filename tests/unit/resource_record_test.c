/* Goal: values compare, identifiers and buckets are named, and a record becomes its JSON. */
#include "resource_fixture.h"

#define BOOK_TEXT "book_01h455vb4pex5vsknk084sn02q"

static void values_compare(void **state)
{
        const struct uuid one = {{1}}, two = {{2}};
        /* clang-format off */
        const struct { struct db_value a, b; bool equal; } rows[] = {
                {db_null(),            db_null(),            true},
                {db_null(),            db_int(0),            false},
                {db_null(),            db_text(STR("")),     false},
                {db_text(STR("")),     db_text(STR("")),     true},
                {db_text(STR("a")),    db_text(STR("A")),    false},
                {db_text(STR("a")),    db_text(STR("ab")),   false},
                {db_int(1),            db_int(1),            true},
                {db_int(1),            db_int(2),            false},
                {db_int(1),            db_time(1),           false},
                {db_time(1),           db_time(1),           true},
                {db_date(-1),          db_date(-1),          true},
                {db_date(1),           db_date(2),           false},
                {db_real(0.1),         db_real(0.1),         true},
                {db_real(0.1),         db_real(0.2),         false},
                {db_uuid(&one),        db_uuid(&one),        true},
                {db_uuid(&one),        db_uuid(&two),        false},
                {db_bytes("\0a", 2),   db_bytes("\0a", 2),   true},
                {db_bytes("\0a", 2),   db_bytes("\0b", 2),   false},
        };
        /* clang-format on */

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                assert_int_equal(value_equal(&rows[i].a, &rows[i].b), rows[i].equal);
                assert_int_equal(value_equal(&rows[i].b, &rows[i].a), rows[i].equal);
        }
}

static void identifiers(void **state)
{
        struct fixture f;
        struct request *r = books_open(&f);
        struct uuid id;

        (void)state;
        assert_true(resource_id_parse(&book, STR(BOOK_TEXT), &id));
        assert_string_equal(resource_id_format(r->arena, &book, &id).ptr, BOOK_TEXT);
        assert_false(resource_id_parse(&book, STR("person_01h455vb4pex5vsknk084sn02q"), &id));
        assert_false(resource_id_parse(&book, STR("01890a5d-ac96-774b-bcce-b302099a8057"), &id));
        assert_false(resource_id_parse(&book, STR(""), &id));
        fixture_close(&f);
}

static struct record *emma(struct request *r)
{
        struct record *record = record_new(r->arena, &book_shape);

        assert_true(uuid_parse(STR("01890a5d-ac96-774b-bcce-b302099a8057"),
                               &record->values[BOOK_ID].uuid));
        record->values[BOOK_ID].type = DB_UUID;
        record->values[BOOK_TITLE] = db_text(STR("\"Emma\""));
        record->values[BOOK_STATE] = db_text(STR("in"));
        record->values[BOOK_KIND] = db_text(STR("novel"));
        record->values[BOOK_PAGES] = db_int(432);
        record->values[BOOK_LENT_ON] = db_date(19740);
        record->values[BOOK_ISBN] = db_text(STR(""));
        record->values[BOOK_RANK] = db_int(1);
        record->values[BOOK_CREATED_AT] = record->values[BOOK_UPDATED_AT] = db_time(1705573800000);
        return record;
}

static void documents(void **state)
{
        struct fixture f;
        struct request *r = books_open(&f);

        (void)state;
        assert_string_equal(
                resource_document(r->arena, &book, emma(r)).ptr,
                "{\"id\":\"" BOOK_TEXT "\",\"title\":\"\\\"Emma\\\"\",\"shelf\":null,"
                "\"state\":\"in\",\"kind\":\"novel\",\"pages\":432,\"lent_on\":\"2024-01-18\","
                "\"isbn\":\"\",\"rank\":1,\"created_at\":\"2024-01-18T10:30:00Z\","
                "\"updated_at\":\"2024-01-18T10:30:00Z\"}");
        fixture_close(&f);
}

static void buckets(void **state)
{
        struct fixture f;
        struct request *r = books_open(&f);
        struct record *record = emma(r);
        struct resource uncounted = book;

        (void)state;
        assert_string_equal(resource_tally_bucket(r->arena, &book, record).ptr,
                            "state=in|kind=novel");
        record->values[BOOK_KIND] = db_null();
        assert_string_equal(resource_tally_bucket(r->arena, &book, record).ptr, "state=in|kind=");
        uncounted.tally_count = 0;
        assert_string_equal(resource_tally_bucket(r->arena, &uncounted, record).ptr, "");
        fixture_close(&f);
}

/* Where only counted fields are filtered nothing is asked but the sum of the buckets. */
static void totals_of_buckets(void **state)
{
        struct fixture f;
        struct request *r = books_open(&f);
        const struct tally tally = {.total = 17, .folds = 3, .deltas = 2};
        struct filter filter;
        int64_t total = 0;

        (void)state;
        assert_true(books_filter(&f, "state=in", &filter));
        assert_int_equal(total_read(r, &book, &filter, &tally, &total), STATUS_OK);
        assert_int_equal(total, 17);
        fixture_close(&f);
}

/* A malformed id is a record that is not there; family R says so with 422. */
static void malformed_ids(void **state)
{
        struct resource of_r = book;
        struct fixture f;
        struct request *r = books_open(&f);
        struct uuid id;

        (void)state;
        assert_false(resource_path_id(r, &book, STR("book_1"), &id));
        assert_int_equal(r->response.status, 404);
        assert_string_equal(r->response.problem.detail.ptr, "Book not found");
        fixture_close(&f);

        of_r.dialect = &dialect_r;
        r = fixture_open(&f, &dialect_r);
        assert_false(resource_path_id(r, &of_r, STR("book_1"), &id));
        assert_int_equal(r->response.status, 422);
        (void)resource_not_found(r, &of_r, STR("book_2"));
        assert_string_equal(r->response.problem.detail.ptr, "Book with ID book_2 not found");
        fixture_close(&f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(values_compare),    cmocka_unit_test(identifiers),
                cmocka_unit_test(documents),         cmocka_unit_test(buckets),
                cmocka_unit_test(totals_of_buckets), cmocka_unit_test(malformed_ids),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
