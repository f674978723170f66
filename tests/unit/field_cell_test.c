/**
 * Goal: a column of a result becomes the value that its field writes, for every way a value is
 * stored.
 */
#include "db_server.h"

#include "field/field.h"

#define ID "01890a5d-ac96-774b-bcce-b302099a8057"

/* clang-format off */
static const struct sql sql_select_cells = SQL_GLOBAL(
        "SELECT CAST(7 AS SIGNED), 1, '\xd7\xa9', UNHEX('01890A5DAC96774BBCCEB302099A8057'), UNHEX('01890A5DAC96774BBCCEB302099A8057'),"
        " CAST('2024-01-18 10:30:00.123' AS DATETIME(3)), CAST('2024-02-29' AS DATE), '[1,{\"a\":null}]',"
        " CAST(NULL AS SIGNED), CAST(NULL AS CHAR), CAST(NULL AS DATE)");

static const struct {
        struct field field;
        const char *want;
} cells[] = {
        {{"x", TYPE_INTEGER, .class = PLAIN}, "7"},
        {{"x", TYPE_BOOLEAN, .class = PLAIN}, "true"},
        {{"x", TYPE_TEXT, .class = PLAIN}, "\"\xd7\xa9\""},
        {{"x", TYPE_ID, .class = PLAIN}, "\"" ID "\""},
        {{"x", TYPE_ID, .prefix = "person"}, "\"person_01h455vb4pex5vsknk084sn02q\""},
        {{"x", TYPE_TIME, .class = PLAIN}, "\"2024-01-18T10:30:00.123Z\""},
        {{"x", TYPE_DATE, .class = PLAIN}, "\"2024-02-29\""},
        {{"x", TYPE_ANY, .class = PLAIN}, "[1,{\"a\":null}]"},
        {{"x", TYPE_INTEGER, .class = PLAIN}, "null"},
        {{"x", TYPE_TEXT, .class = PLAIN}, "null"},
        {{"x", TYPE_DATE, .class = PLAIN}, "null"},
};
/* clang-format on */

static void test_cells(void **state)
{
        const struct db_opts opts = server_opts();
        struct db *db = db_create(&opts);
        struct db_rows rows;
        struct buf out;

        (void)state;
        buf_init(&out, 4096);
        assert_int_equal(db_row(db, &sql_select_cells, DB_NO_PARAMS, &rows), STATUS_OK);
        for (unsigned i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
                const struct db_value value = field_cell(&cells[i].field, &rows, i);
                struct emit e;

                buf_clear(&out);
                emit_start(&e, &out);
                field_emit(&cells[i].field, &value, &e);
                assert_true(emit_finish(&e));
                assert_string_equal(out.data, cells[i].want);
        }
        assert_int_equal(db_end(&rows), STATUS_OK);
        buf_free(&out);
        db_destroy(db);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cells),
        };

        return cmocka_run_group_tests(tests, server_open, server_close);
}
