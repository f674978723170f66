/**
 * Goal: CSV in pieces of any size gives the same rows; formulas are defused and come back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "report/csv.h"

static struct buf seen;

/* "a|b;" a row */
static bool note(const struct csv_row *row, void *context)
{
        (void)context;
        for (size_t i = 0; i < row->count; i++) {
                buf_text(&seen, i ? "|" : "");
                buf_str(&seen, row->cells[i]);
        }
        buf_char(&seen, ';');
        return true;
}

static const struct {
        const char *text, *want; /* NULL: malformed */
} rows[] = {
        {"a,b\r\nc,d\r\n", "a|b;c|d;"},
        {"a,b\nc,d", "a|b;c|d;"},
        {"\xef\xbb\xbf"
         "a,b\n",
         "a|b;"},
        {"a;b\n1,5;2\n", "a|b;1,5|2;"},
        {"a\tb\nc\td\n", "a|b;c|d;"},
        {"\"a\"\"b\",\"c,d\",\"e\r\nf\"\n", "a\"b|c,d|e\r\nf;"},
        {"a,,\n,,\n", "a||;||;"},
        {"a,b\n\n\nc,d\n", "a|b;c|d;"},
        {"\"\"\n", ""},
        {"a,\"\"\n", "a|;"},
        {"李,محمد\n", "李|محمد;"},
        {"\"a\n", NULL},
        {"\"a\"b,c\n", NULL},
        {"", ""},
};

static void test_rows(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                for (size_t piece = 1; piece < 9; piece++) {
                        const size_t length = strlen(rows[i].text);
                        struct csv csv;
                        bool good = true;

                        buf_init(&seen, 4096);
                        buf_text(&seen, "");
                        csv_start(&csv,
                                  piece < length ? (strchr(rows[i].text, ';')    ? ';'
                                                    : strchr(rows[i].text, '\t') ? '\t'
                                                                                 : ',')
                                                 : '\0',
                                  note, NULL);
                        if (piece < 3 && length > 3 && (unsigned char)rows[i].text[0] == 0xef) {
                                csv_free(&csv);
                                buf_free(&seen);
                                continue; /* a mark is looked for in the first piece */
                        }
                        for (size_t at = 0; good && at < length; at += piece)
                                good = csv_feed(&csv, rows[i].text + at,
                                                at + piece < length ? piece : length - at);
                        good = good && csv_finish(&csv);
                        assert_int_equal(good, rows[i].want != NULL);
                        if (rows[i].want)
                                assert_string_equal(seen.data ? seen.data : "", rows[i].want);
                        else
                                assert_non_null(csv.fault);
                        csv_free(&csv);
                        buf_free(&seen);
                }
}

static void test_put(void **state)
{
        static const struct {
                const char *cell, *want;
        } cells[] = {
                {"plain", "plain"},     {"", "\"\""},          {"a,b", "\"a,b\""},
                {"a\"b", "\"a\"\"b\""}, {"=1+1", "\"'=1+1\""}, {"+49", "\"'+49\""},
                {"-5", "\"'-5\""},      {"@x", "\"'@x\""},     {"\tx", "\"'\tx\""},
                {"'quoted", "'quoted"}, {"a\nb", "\"a\nb\""},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
                buf_init(&seen, 4096);
                csv_put(&seen, str_of(cells[i].cell));
                assert_string_equal(seen.data, cells[i].want);
                buf_free(&seen);
        }
        assert_true(str_is(csv_plain(STR("'=1+1")), "=1+1"));
        assert_true(str_is(csv_plain(STR("'quoted")), "'quoted"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_put)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
