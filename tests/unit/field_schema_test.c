/**
 * Goal: the JSON Schema (2020-12) of fields and shapes says what the types do; fits knows which
 * column may hold a field.
 */
#include "field_fixture.h"

static const struct field inner_fields[] = {
        {"n", TYPE_INTEGER, .max = 9, .flags = FIELD_REQUIRED},
};
static const struct shape inner = SHAPE("Inner", inner_fields, "Members.");

/* clang-format off */
static const struct {
        struct field field;
        const char *want;
} schemas[] = {
        {{"x", TYPE_TEXT, .min = 1, .max = 5, .about = "A text.", .example = "\"a\""},
         "{\"type\":\"string\",\"minLength\":1,\"maxLength\":5,\"description\":\"A text.\",\"examples\":[\"a\"]}"},
        {{"x", TYPE_TEXT, .flags = FIELD_NULLABLE}, "{\"type\":[\"string\",\"null\"],\"maxLength\":255}"},
        {{"x", TYPE_EMAIL, .flags = FIELD_READ_ONLY},
         "{\"type\":\"string\",\"format\":\"email\",\"maxLength\":254,\"readOnly\":true}"},
        {{"x", TYPE_ENUM, .choices = ONE_OF("a", "b"), .otherwise = "\"a\""},
         "{\"type\":\"string\",\"enum\":[\"a\",\"b\"],\"default\":\"a\"}"},
        {{"x", TYPE_ENUM, .choices = ONE_OF("a"), .flags = FIELD_NULLABLE},
         "{\"type\":[\"string\",\"null\"],\"enum\":[\"a\",null]}"},
        {{"x", TYPE_INTEGER, .max = 100}, "{\"type\":\"integer\",\"minimum\":0,\"maximum\":100}"},
        {{"x", TYPE_INTEGER, .min = -10}, "{\"type\":\"integer\",\"minimum\":-10,\"maximum\":0}"},
        {{"x", TYPE_INTEGER, .flags = FIELD_COMPUTED},
         "{\"type\":\"integer\",\"minimum\":-2147483648,\"maximum\":2147483647,\"readOnly\":true}"},
        {{"x", TYPE_BOOLEAN, .otherwise = "false"}, "{\"type\":\"boolean\",\"default\":false}"},
        {{"x", TYPE_TIME, .class = PLAIN}, "{\"type\":\"string\",\"format\":\"date-time\"}"},
        {{"x", TYPE_DATE, .class = PLAIN}, "{\"type\":\"string\",\"format\":\"date\"}"},
        {{"x", TYPE_ID, .class = PLAIN}, "{\"type\":\"string\",\"format\":\"uuid\"}"},
        {{"x", TYPE_ID, .prefix = "person"},
         "{\"type\":\"string\",\"pattern\":\"^person_[0-7][0-9a-hjkmnp-tv-z]{25}$\"}"},
        {{"x", TYPE_TAGS, .max = 10}, "{\"type\":\"string\",\"maxLength\":10}"},
        {{"x", TYPE_LIST, .class = PLAIN}, "{\"type\":\"array\",\"items\":{}}"},
        {{"x", TYPE_LIST, .min = 1, .max = 9, .members = &inner},
         "{\"type\":\"array\",\"minItems\":1,\"maxItems\":9,\"items\":{\"$ref\":\"#/components/schemas/Inner\"}}"},
        {{"x", TYPE_OBJECT, .class = PLAIN}, "{\"type\":\"object\"}"},
        {{"x", TYPE_OBJECT, .members = &inner}, "{\"$ref\":\"#/components/schemas/Inner\"}"},
        {{"x", TYPE_OBJECT, .members = &inner, .flags = FIELD_NULLABLE},
         "{\"anyOf\":[{\"$ref\":\"#/components/schemas/Inner\"},{\"type\":\"null\"}]}"},
        {{"x", TYPE_ANY, .class = PLAIN}, "{}"},
        {{"x", TYPE_ANY, .flags = FIELD_NULLABLE}, "{}"},
        {{"x", TYPE_SECRET, .flags = FIELD_WRITE_ONLY},
         "{\"type\":\"string\",\"format\":\"password\",\"minLength\":8,\"maxLength\":128,\"writeOnly\":true}"},
};

static const struct field thing_fields[] = {
        {"id", TYPE_ID, .flags = FIELD_READ_ONLY},
        {"name", TYPE_TEXT, .max = 5, .flags = FIELD_REQUIRED},
        {"nick", TYPE_TEXT, .max = 5, .flags = FIELD_NULLABLE},
        {"password", TYPE_SECRET, .flags = FIELD_WRITE_ONLY},
        {"label", TYPE_BOOLEAN, .flags = FIELD_COMPUTED},
};
static const struct shape thing = SHAPE("Thing", thing_fields, "A thing.");

static const char thing_in[] =
        "{\"type\":\"object\",\"description\":\"A thing.\",\"required\":[\"name\"],\"properties\":{"
        "\"name\":{\"type\":\"string\",\"maxLength\":5},"
        "\"nick\":{\"type\":[\"string\",\"null\"],\"maxLength\":5},"
        "\"password\":{\"type\":\"string\",\"format\":\"password\",\"minLength\":8,\"maxLength\":128,\"writeOnly\":true}}}";
static const char thing_out[] =
        "{\"type\":\"object\",\"description\":\"A thing.\",\"required\":[\"id\",\"name\",\"label\"],\"properties\":{"
        "\"id\":{\"type\":\"string\",\"format\":\"uuid\",\"readOnly\":true},"
        "\"name\":{\"type\":\"string\",\"maxLength\":5},"
        "\"nick\":{\"type\":[\"string\",\"null\"],\"maxLength\":5},"
        "\"label\":{\"type\":\"boolean\",\"readOnly\":true}}}";

#define COLUMN(kind, size) {.type = {kind, sizeof(kind) - 1}, .length = (size)}

static const struct {
        struct field field;
        struct schema_column column;
        bool want;
} columns[] = {
        {{"x", TYPE_TEXT, .max = 100}, COLUMN("varchar", 100), true},
        {{"x", TYPE_TEXT, .max = 101}, COLUMN("varchar", 100), false},
        {{"x", TYPE_TEXT, .max = 16383}, COLUMN("text", 65535), true},
        {{"x", TYPE_TEXT, .max = 16384}, COLUMN("text", 65535), false},
        {{"x", TYPE_TEXT, .max = 10}, COLUMN("binary", 16), false},
        {{"x", TYPE_EMAIL, .class = PLAIN}, COLUMN("varchar", 254), true},
        {{"x", TYPE_EMAIL, .class = PLAIN}, COLUMN("varchar", 253), false},
        {{"x", TYPE_ENUM, .choices = ONE_OF("abc", "abcd")}, COLUMN("varchar", 4), true},
        {{"x", TYPE_ENUM, .choices = ONE_OF("abc", "abcd")}, COLUMN("varchar", 3), false},
        {{"x", TYPE_INTEGER, .max = 100}, COLUMN("tinyint", 0), true},
        {{"x", TYPE_INTEGER, .max = 128}, COLUMN("tinyint", 0), false},
        {{"x", TYPE_INTEGER, .class = PLAIN}, COLUMN("int", 0), true},
        {{"x", TYPE_INTEGER, .max = 2147483648}, COLUMN("int", 0), false},
        {{"x", TYPE_INTEGER, .min = INT64_MIN, .max = INT64_MAX}, COLUMN("bigint", 0), true},
        {{"x", TYPE_INTEGER, .class = PLAIN}, COLUMN("varchar", 20), false},
        {{"x", TYPE_BOOLEAN, .class = PLAIN}, COLUMN("tinyint", 0), true},
        {{"x", TYPE_BOOLEAN, .class = PLAIN}, COLUMN("int", 0), false},
        {{"x", TYPE_TIME, .class = PLAIN}, COLUMN("datetime", 0), true},
        {{"x", TYPE_TIME, .class = PLAIN}, COLUMN("timestamp", 0), false},
        {{"x", TYPE_DATE, .class = PLAIN}, COLUMN("date", 0), true},
        {{"x", TYPE_DATE, .class = PLAIN}, COLUMN("datetime", 0), false},
        {{"x", TYPE_ID, .class = PLAIN}, COLUMN("binary", 16), true},
        {{"x", TYPE_ID, .class = PLAIN}, COLUMN("binary", 32), false},
        {{"x", TYPE_TAGS, .max = 1000}, COLUMN("varchar", 1000), true},
        {{"x", TYPE_TAGS, .max = 1000}, COLUMN("varchar", 999), false},
        {{"x", TYPE_LIST, .class = PLAIN}, COLUMN("longtext", 4294967295), true},
        {{"x", TYPE_ANY, .class = PLAIN}, COLUMN("varchar", 100), false},
        {{"x", TYPE_SECRET, .class = PLAIN}, COLUMN("varchar", 200), false},
};
/* clang-format on */

static void assert_same(struct fixture *f, const struct emit *e, const char *want)
{
        assert_true(emit_finish(e));
        if (!json_equal(fixture_json(f, buf_view(&f->out)), fixture_json(f, str_of(want))))
                fail_msg("got  %s\nwant %s", f->out.data, want);
}

static void test_fields(void **state)
{
        struct fixture f;
        struct emit e;

        (void)state;
        fixture_open(&f);
        for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
                fixture_again(&f);
                emit_start(&e, &f.out);
                field_schema(&schemas[i].field, &e);
                assert_same(&f, &e, schemas[i].want);
        }
        fixture_close(&f);
}

static void test_shape(void **state)
{
        struct fixture f;
        struct emit e;

        (void)state;
        fixture_open(&f);
        emit_start(&e, &f.out);
        shape_schema(&thing, false, &e);
        assert_same(&f, &e, thing_in);
        fixture_again(&f);
        emit_start(&e, &f.out);
        shape_schema(&thing, true, &e);
        assert_same(&f, &e, thing_out);
        fixture_close(&f);
}

static void test_columns(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
                if (columns[i].field.type->fits(&columns[i].field, &columns[i].column) !=
                    columns[i].want)
                        fail_msg("row %zu: %s in %s", i, columns[i].field.type->name,
                                 columns[i].column.type.ptr);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_fields),
                cmocka_unit_test(test_shape),
                cmocka_unit_test(test_columns),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
