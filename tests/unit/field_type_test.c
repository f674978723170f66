/**
 * Goal: each type takes what it should and refuses the rest, from JSON and from text; what it took
 * comes out as it must.
 */
#include "field_fixture.h"

#define SMILE "\xf0\x9f\x98\x80"                                /* U+1F600 */
#define RTL_NAME "\xe2\x80\x8f\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d" /* U+200F and Hebrew letters */
#define FAMILY "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7"   /* two emoji and a joiner */
#define ID "01890a5d-ac96-774b-bcce-b302099a8057"
#define PERSON "person_01h455vb4pex5vsknk084sn02q"

static const struct field inner_fields[] = {
        {"n", TYPE_INTEGER, .max = 9, .flags = FIELD_REQUIRED},
        {"note", TYPE_TEXT, .max = 5},
};
static const struct shape inner = SHAPE("Inner", inner_fields, "Members.");

/* clang-format off */
static const struct field text_5 = {"x", TYPE_TEXT, .min = 1, .max = 5};
static const struct field text_any = {"x", TYPE_TEXT, .class = PLAIN};
static const struct field text_long = {"x", TYPE_TEXT, .max = 256};
static const struct field email = {"x", TYPE_EMAIL, .class = PLAIN};
static const struct field colour = {"x", TYPE_ENUM, .choices = ONE_OF("red", "dark green")};
static const struct field score = {"x", TYPE_INTEGER, .min = 0, .max = 100};
static const struct field whole = {"x", TYPE_INTEGER, .class = PLAIN};
static const struct field wide = {"x", TYPE_INTEGER, .min = INT64_MIN, .max = INT64_MAX};
static const struct field below = {"x", TYPE_INTEGER, .min = -10, .max = 0};
static const struct field least = {"x", TYPE_INTEGER, .min = 1};
static const struct field truth = {"x", TYPE_BOOLEAN, .class = PLAIN};
static const struct field instant = {"x", TYPE_TIME, .class = PLAIN};
static const struct field day = {"x", TYPE_DATE, .class = PLAIN};
static const struct field uuid = {"x", TYPE_ID, .class = PLAIN};
static const struct field person = {"x", TYPE_ID, .prefix = "person"};
static const struct field tags = {"x", TYPE_TAGS, .class = PLAIN};
static const struct field tags_10 = {"x", TYPE_TAGS, .max = 10};
static const struct field texts = {"x", TYPE_LIST, .class = PLAIN};
static const struct field few = {"x", TYPE_LIST, .min = 1, .max = 2};
static const struct field shorts = {"x", TYPE_LIST, .item_max = 2};
static const struct field objects = {"x", TYPE_LIST, .members = &inner};
static const struct field object = {"x", TYPE_OBJECT, .members = &inner};
static const struct field plain = {"x", TYPE_OBJECT, .class = PLAIN};
static const struct field any = {"x", TYPE_ANY, .class = PLAIN};
static const struct field secret = {"x", TYPE_SECRET, .class = PLAIN};
static const struct field secret_3 = {"x", TYPE_SECRET, .min = 1, .max = 3};

/* JSON in; JSON out or the faults */
static const struct {
        const struct field *field;
        const char *in, *want, *faults;
} from_json[] = {
        {&text_5, "\"abc\"", "\"abc\"", NULL},
        {&text_5, "\" \\t a b \\r\\n\"", "\"a b\"", NULL},
        {&text_5, "\"\"", NULL, "too_short /x"},
        {&text_5, "\"   \"", NULL, "too_short /x"},
        {&text_5, "\"" SMILE SMILE SMILE SMILE SMILE "\"", "\"" SMILE SMILE SMILE SMILE SMILE "\"", NULL},
        {&text_5, "\"" SMILE SMILE SMILE SMILE SMILE SMILE "\"", NULL, "too_long /x"},
        {&text_5, "\"\\ud83d\\ude00\"", "\"" SMILE "\"", NULL},
        {&text_5, "\"" RTL_NAME "\"", "\"" RTL_NAME "\"", NULL},
        {&text_5, "\"" FAMILY "\"", "\"" FAMILY "\"", NULL},
        {&text_5, "\"e\xcc\x81\"", "\"e\xcc\x81\"", NULL}, /* decomposed stays decomposed */
        {&text_5, "\"\xc2\xa0\"", "\"\xc2\xa0\"", NULL},   /* not ASCII white space */
        {&text_5, "\"a\\u0001b\"", NULL, "format /x"},
        {&text_5, "\"a\\u001bb\"", NULL, "format /x"},
        {&text_5, "\"a\\u007fb\"", NULL, "format /x"},
        {&text_5, "\"a\\u0085b\"", NULL, "format /x"},
        {&text_5, "\"a\\u009fb\"", NULL, "format /x"},
        {&text_5, "\"a\\nb\"", NULL, "format /x"},
        {&text_any, "\"a\\tb\"", NULL, "format /x"},
        {&text_long, "\"a\\n\\r\\tb\"", "\"a\\n\\r\\tb\"", NULL},
        {&text_long, "\"a\\u0001b\"", NULL, "format /x"},
        {&text_any, "\"\"", "\"\"", NULL},
        {&text_5, "5", NULL, "type /x"},
        {&text_5, "[\"a\"]", NULL, "type /x"},
        {&text_5, "{}", NULL, "type /x"},
        {&text_5, "true", NULL, "type /x"},

        {&email, "\"jane@example.com\"", "\"jane@example.com\"", NULL},
        {&email, "\" jane@example.com \"", "\"jane@example.com\"", NULL},
        {&email, "\"a.b+c!#$%&'*/=?^_`{|}~-@x-y.example\"", "\"a.b+c!#$%&'*/=?^_`{|}~-@x-y.example\"", NULL},
        {&email, "\"root@localhost\"", "\"root@localhost\"", NULL},
        {&email, "\"\xd1\x8f@\xd0\xbf\xd0\xbe\xd1\x87\xd1\x82\xd0\xb0.\xd1\x80\xd1\x84\"", "\"\xd1\x8f@\xd0\xbf\xd0\xbe\xd1\x87\xd1\x82\xd0\xb0.\xd1\x80\xd1\x84\"", NULL},
        {&email, "\"root@host\"", NULL, "format /x"},
        {&email, "\"\"", NULL, "format /x"},
        {&email, "\"jane\"", NULL, "format /x"},
        {&email, "\"@example.com\"", NULL, "format /x"},
        {&email, "\"jane@\"", NULL, "format /x"},
        {&email, "\"a@b@example.com\"", NULL, "format /x"},
        {&email, "\"a..b@example.com\"", NULL, "format /x"},
        {&email, "\".a@example.com\"", NULL, "format /x"},
        {&email, "\"a.@example.com\"", NULL, "format /x"},
        {&email, "\"a@example..com\"", NULL, "format /x"},
        {&email, "\"a@.example.com\"", NULL, "format /x"},
        {&email, "\"a@example.com.\"", NULL, "format /x"},
        {&email, "\"a@-x.example\"", NULL, "format /x"},
        {&email, "\"a@x-.example\"", NULL, "format /x"},
        {&email, "\"a@x_y.example\"", NULL, "format /x"},
        {&email, "\"a b@example.com\"", NULL, "format /x"},
        {&email, "\"\\\"a\\\"@example.com\"", NULL, "format /x"},
        {&email, "\"a@example.com\\nBcc: b@example.com\"", NULL, "format /x"},
        {&email, "\"a@[127.0.0.1]\"", NULL, "format /x"},
        {&email, "7", NULL, "type /x"},

        {&colour, "\"red\"", "\"red\"", NULL},
        {&colour, "\"dark green\"", "\"dark green\"", NULL},
        {&colour, "\"Red\"", NULL, "not_in_list /x"},
        {&colour, "\" red\"", NULL, "not_in_list /x"},
        {&colour, "\"\"", NULL, "not_in_list /x"},
        {&colour, "0", NULL, "type /x"},

        {&score, "0", "0", NULL},
        {&score, "100", "100", NULL},
        {&score, "50.0", "50", NULL},
        {&score, "5e1", "50", NULL},
        {&score, "-0.0", "0", NULL},
        {&score, "101", NULL, "out_of_range /x"},
        {&score, "-1", NULL, "out_of_range /x"},
        {&score, "1e300", NULL, "out_of_range /x"},
        {&score, "50.5", NULL, "type /x"},
        {&score, "\"50\"", NULL, "type /x"},
        {&score, "true", NULL, "type /x"},
        {&whole, "2147483647", "2147483647", NULL},
        {&whole, "-2147483648", "-2147483648", NULL},
        {&whole, "2147483648", NULL, "out_of_range /x"},
        {&whole, "-2147483649", NULL, "out_of_range /x"},
        {&wide, "9223372036854775807", "9223372036854775807", NULL},
        {&wide, "-9223372036854775808", "-9223372036854775808", NULL},
        {&wide, "9007199254740992.0", "9007199254740992", NULL},
        {&wide, "9223372036854775807.0", NULL, "out_of_range /x"},
        {&below, "0", "0", NULL},
        {&below, "-10", "-10", NULL},
        {&below, "1", NULL, "out_of_range /x"},
        {&least, "1", "1", NULL},
        {&least, "0", NULL, "out_of_range /x"},

        {&truth, "true", "true", NULL},
        {&truth, "false", "false", NULL},
        {&truth, "1", NULL, "type /x"},
        {&truth, "\"true\"", NULL, "type /x"},

        {&instant, "\"2024-01-18T10:30:00Z\"", "\"2024-01-18T10:30:00Z\"", NULL},
        {&instant, "\"2024-01-18T12:30:00.1239+02:00\"", "\"2024-01-18T10:30:00.123Z\"", NULL},
        {&instant, "\"2024-02-30T10:30:00Z\"", NULL, "format /x"},
        {&instant, "\"2024-01-18\"", NULL, "format /x"},
        {&instant, "\"\"", NULL, "format /x"},
        {&instant, "1705573800", NULL, "type /x"},

        {&day, "\"2024-02-29\"", "\"2024-02-29\"", NULL},
        {&day, "\"2023-02-29\"", NULL, "format /x"},
        {&day, "\"2024-1-8\"", NULL, "format /x"},
        {&day, "\"2024-01-18T00:00:00Z\"", NULL, "format /x"},
        {&day, "20240118", NULL, "type /x"},

        {&uuid, "\"" ID "\"", "\"" ID "\"", NULL},
        {&uuid, "\"01890A5D-AC96-774B-BCCE-B302099A8057\"", "\"" ID "\"", NULL},
        {&uuid, "\"" PERSON "\"", NULL, "format /x"},
        {&uuid, "\"\"", NULL, "format /x"},
        {&uuid, "7", NULL, "type /x"},
        {&person, "\"" PERSON "\"", "\"" PERSON "\"", NULL},
        {&person, "\"" ID "\"", NULL, "format /x"},
        {&person, "\"user_01h455vb4pex5vsknk084sn02q\"", NULL, "format /x"},
        {&person, "\"person_01H455VB4PEX5VSKNK084SN02Q\"", NULL, "format /x"},

        {&tags, "\"a,b\"", "\"a,b\"", NULL},
        {&tags, "\" b ,, a,b, \"", "\"b,a\"", NULL},
        {&tags, "\"\"", "\"\"", NULL},
        {&tags, "[]", "\"\"", NULL},
        {&tags, "[\"a\",\" b \",\"a\"]", "\"a,b\"", NULL},
        {&tags, "[\"a,b\",\"c\"]", "\"a,b,c\"", NULL},
        {&tags, "[\"ab\",\"a\",\"b\"]", "\"ab,a,b\"", NULL},
        {&tags, "[\"a\",1]", NULL, "type /x"},
        {&tags, "{}", NULL, "type /x"},
        {&tags, "\"a\\u0007\"", NULL, "format /x"},
        {&tags, "\"a\\nb\"", NULL, "format /x"},
        {&tags_10, "\"12345,7890\"", "\"12345,7890\"", NULL},
        {&tags_10, "\"12345,78901\"", NULL, "too_long /x"},

        {&texts, "[]", "[]", NULL},
        {&texts, "[\"a\", \"b\"]", "[\"a\",\"b\"]", NULL},
        {&texts, "[\"a\\nb\"]", NULL, "format /x/0"},
        {&texts, "[\"a\",1,[]]", NULL, "type /x/1, type /x/2"},
        {&texts, "\"a\"", NULL, "type /x"},
        {&texts, "{}", NULL, "type /x"},
        {&shorts, "[\"a\",\"\xc3\xa4\xc3\xa4\"]", "[\"a\",\"\xc3\xa4\xc3\xa4\"]", NULL},
        {&shorts, "[\"abc\",\"\"]", NULL, "too_long /x/0, too_short /x/1"},
        {&few, "[]", NULL, "out_of_range /x"},
        {&few, "[\"a\",\"b\"]", "[\"a\",\"b\"]", NULL},
        {&few, "[\"a\",\"b\",\"c\"]", NULL, "out_of_range /x"},
        {&objects, "[{\"n\": 1}, {\"n\": 2, \"note\": \"a\"}]", "[{\"n\":1},{\"n\":2,\"note\":\"a\"}]", NULL},
        {&objects, "[{\"n\":1},{\"n\":10,\"note\":\"123456\"},{},7]", NULL,
         "out_of_range /x/1/n, too_long /x/1/note, required /x/2/n, type /x/3"},
        {&object, "{\"n\":1}", "{\"n\":1}", NULL},
        {&object, "{\"n\":null}", NULL, "required /x/n"},
        {&object, "[]", NULL, "type /x"},
        {&plain, "{\"a\":[0.1,-2e-7,\"\xc3\xa9\"]}", "{\"a\":[0.1,-2e-07,\"\xc3\xa9\"]}", NULL},
        {&plain, "1", NULL, "type /x"},
        {&any, "0.1", "0.1", NULL},
        {&any, "\"a\"", "\"a\"", NULL},
        {&any, "{\"b\":1,\"a\":[true,null]}", "{\"b\":1,\"a\":[true,null]}", NULL},

        {&secret, "\"12345678\"", "null", NULL}, /* never comes out */
        {&secret, "\"1234567\"", NULL, "too_short /x"},
        {&secret, "\" 1234567 \"", "null", NULL},
        {&secret, "12345678", NULL, "type /x"},
        {&secret_3, "\"\"", NULL, "too_short /x"},
        {&secret_3, "\"" SMILE "\"", NULL, "too_long /x"}, /* bytes */
};

/* Text in; a CSV cell out or the fault */
static const struct {
        const struct field *field;
        struct str in;
        const char *want, *code;
} from_text[] = {
        {&text_5, STR(" abc "), "abc", NULL},
        {&text_5, STR("a\0b"), NULL, "format"},
        {&text_5, STR("a\xff"), NULL, "format"},
        {&text_5, STR("\xed\xa0\x80"), NULL, "format"},
        {&text_5, STR("\xc0\xaf"), NULL, "format"},
        {&text_5, STR("123456"), NULL, "too_long"},
        {&email, STR("jane@example.com "), "jane@example.com", NULL},
        {&email, STR("a\0@example.com"), NULL, "format"},
        {&colour, STR("dark green"), "dark green", NULL},
        {&colour, STR("green"), NULL, "not_in_list"},
        {&score, STR("50"), "50", NULL},
        {&score, STR(" 50 "), "50", NULL},
        {&score, STR("50.0"), NULL, "type"},
        {&score, STR("+5"), NULL, "type"},
        {&score, STR(""), NULL, "type"},
        {&score, STR("101"), NULL, "out_of_range"},
        {&truth, STR("true"), "true", NULL},
        {&truth, STR("1"), "true", NULL},
        {&truth, STR("false"), "false", NULL},
        {&truth, STR("0"), "false", NULL},
        {&truth, STR("yes"), NULL, "type"},
        {&truth, STR(""), NULL, "type"},
        {&instant, STR("2024-01-18 10:30:00"), "2024-01-18T10:30:00Z", NULL},
        {&instant, STR("yesterday"), NULL, "format"},
        {&day, STR("0001-01-01"), "0001-01-01", NULL},
        {&day, STR("9999-12-31"), "9999-12-31", NULL},
        {&day, STR("0000-01-01"), NULL, "format"},
        {&uuid, STR(ID), ID, NULL},
        {&person, STR(PERSON), PERSON, NULL},
        {&person, STR("person_"), NULL, "format"},
        {&tags, STR("b, a,b"), "b,a", NULL},
        {&texts, STR("[\"a\"]"), "[\"a\"]", NULL},
        {&texts, STR("a"), NULL, "type"},
        {&texts, STR("[\"a\",\"a\""), NULL, "type"},
        {&object, STR("{\"n\":1,\"n\":2}"), NULL, "type"},
        {&any, STR("[1]"), "[1]", NULL},
        {&secret, STR("12345678"), "", NULL},
        {&secret, STR("1234567\xff"), NULL, "format"},
};
/* clang-format on */

static void test_from_json(void **state)
{
        struct fixture f;

        (void)state;
        fixture_open(&f);
        for (size_t i = 0; i < sizeof(from_json) / sizeof(from_json[0]); i++) {
                const struct field *field = from_json[i].field;
                struct db_value value;
                bool good;

                fixture_again(&f);
                good = field->type->read(field, fixture_json(&f, str_of(from_json[i].in)),
                                         STR("/x"), &f.faults, &value);
                if (good != (from_json[i].faults == NULL) || good != (f.faults.count == 0))
                        fail_msg("%s %s: %s", field->type->name, from_json[i].in,
                                 good ? "taken" : fixture_faults(&f));
                assert_string_equal(good ? fixture_emitted(&f, field, &value) : fixture_faults(&f),
                                    good ? from_json[i].want : from_json[i].faults);
        }
        fixture_close(&f);
}

static void test_from_text(void **state)
{
        struct fixture f;

        (void)state;
        fixture_open(&f);
        for (size_t i = 0; i < sizeof(from_text) / sizeof(from_text[0]); i++) {
                const struct field *field = from_text[i].field;
                const struct shape shape = {"Shape", field, 1, NULL};
                struct record *record;
                bool good;

                fixture_again(&f);
                record = record_new(f.arena, &shape);
                good = record_parse(record, 0, from_text[i].in, STR("x"), &f.faults);
                assert_int_equal(good, record->given[0]);
                if (good != (from_text[i].code == NULL))
                        fail_msg("%s %.*s: %s", field->type->name, STR_ARG(from_text[i].in),
                                 good ? "taken" : fixture_faults(&f));
                if (!good) {
                        assert_int_equal(f.faults.count, 1);
                        assert_string_equal(f.faults.first->code, from_text[i].code);
                        assert_true(str_is(f.faults.first->pointer, "x"));
                        assert_true(str_starts(f.faults.first->detail, STR("x must ")));
                        continue;
                }
                buf_clear(&f.out);
                field->type->text(field, &record->values[0], &f.out);
                assert_true(str_is(buf_view(&f.out), from_text[i].want));
        }
        fixture_close(&f);
}

/* ${count} times ${piece} between quotes, joined by ${join}. */
static struct str many(struct fixture *f, size_t count, const char *piece, const char *join)
{
        struct buf text;
        struct str copy;

        buf_init(&text, 1 << 22);
        buf_char(&text, '"');
        for (size_t i = 0; i < count; i++)
                buf_printf(&text, "%s%s", i ? join : "", piece);
        buf_char(&text, '"');
        copy = arena_copy(f->arena, buf_view(&text));
        buf_free(&text);
        return copy;
}

static const char *read_code(struct fixture *f, const struct field *field, struct str text)
{
        struct db_value value;
        const bool good =
                field->type->read(field, fixture_json(f, text), STR("/x"), &f->faults, &value);
        const char *code = good ? "" : f->faults.first->code;

        f->faults = (struct faults){.arena = f->arena};
        return code;
}

/* Bounds at the last code point, in characters of one and of four bytes. */
static void test_bounds(void **state)
{
        struct fixture f;
        static const struct field notes = {"x", TYPE_TEXT, .max = 10000};

        (void)state;
        fixture_open(&f);
        assert_string_equal(read_code(&f, &text_any, many(&f, 255, "a", "")), "");
        assert_string_equal(read_code(&f, &text_any, many(&f, 256, "a", "")), "too_long");
        assert_string_equal(read_code(&f, &text_any, many(&f, 255, SMILE, "")), "");
        assert_string_equal(read_code(&f, &text_any, many(&f, 256, SMILE, "")), "too_long");
        assert_string_equal(read_code(&f, &notes, many(&f, 10000, SMILE, "")), "");
        assert_string_equal(read_code(&f, &notes, many(&f, 10001, SMILE, "")), "too_long");
        assert_string_equal(read_code(&f, &secret, many(&f, 128, "a", "")), "");
        assert_string_equal(read_code(&f, &secret, many(&f, 129, "a", "")), "too_long");
        assert_string_equal(read_code(&f, &tags, many(&f, 100, SMILE, "")), "");
        assert_string_equal(read_code(&f, &tags, many(&f, 101, SMILE, "")), "too_long");
        assert_string_equal(read_code(&f, &tags, many(&f, 100000, "a", ",")), "");
        fixture_close(&f);
}

/* Local part 64, label 63, whole 254 bytes. */
static void test_email_bounds(void **state)
{
        static const struct {
                int local, label, second, third;
                const char *code;
        } rows[] = {
                {64, 63, 63, 61, ""},    {64, 63, 63, 62, "too_long"}, {65, 3, 3, 3, "format"},
                {1, 64, 3, 3, "format"}, {1, 3, 3, 64, "format"},
        };
        struct fixture f;

        (void)state;
        fixture_open(&f);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const struct str text =
                        arena_printf(f.arena, "\"%0*d@%0*d.%0*d.%0*d\"", rows[i].local, 1,
                                     rows[i].label, 1, rows[i].second, 1, rows[i].third, 1);

                assert_string_equal(read_code(&f, &email, text), rows[i].code);
        }
        fixture_close(&f);
}

static void test_tag_count(void **state)
{
        struct fixture f;
        struct buf text;

        (void)state;
        fixture_open(&f);
        buf_init(&text, 1 << 16);
        buf_text(&text, "\"0");
        for (int i = 1; i < 50; i++)
                buf_printf(&text, ",%d", i);
        buf_text(&text, ",7\"");
        assert_string_equal(read_code(&f, &tags, buf_view(&text)), "");
        text.len -= 2;
        buf_text(&text, "50\"");
        assert_string_equal(read_code(&f, &tags, buf_view(&text)), "too_long");
        buf_free(&text);
        fixture_close(&f);
}

/* JSON that grows past the maximum when written out is a fault, not a silent failure. */
static void test_json_too_long(void **state)
{
        struct fixture f;
        struct buf text;

        (void)state;
        fixture_open(&f);
        buf_init(&text, 4 << 20);
        buf_char(&text, '[');
        for (int i = 0; i < 200000; i++)
                buf_text(&text, i ? ",1e9" : "1e9");
        buf_char(&text, ']');
        assert_string_equal(read_code(&f, &any, buf_view(&text)), "too_long");
        buf_free(&text);
        fixture_close(&f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_from_json), cmocka_unit_test(test_from_text),
                cmocka_unit_test(test_bounds),    cmocka_unit_test(test_email_bounds),
                cmocka_unit_test(test_tag_count), cmocka_unit_test(test_json_too_long),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
