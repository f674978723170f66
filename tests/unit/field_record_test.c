/**
 * Goal: records: what each mode takes, ignores, fills in and refuses; every fault at once, each
 * with its pointer; access by index.
 */
#include "field_fixture.h"

enum {
        THING_ID,
        THING_NAME,
        THING_KIND,
        THING_SCORE,
        THING_NICK,
        THING_MADE_BY,
        THING_LABEL,
        THING_EXTRA,
        THING__N
};

/* clang-format off */
static const struct field thing_fields[THING__N] = {
        [THING_ID] = {"id", TYPE_ID, .flags = FIELD_READ_ONLY},
        [THING_NAME] = {"name", TYPE_TEXT, .min = 1, .max = 5, .flags = FIELD_REQUIRED, .column = "full_name"},
        [THING_KIND] = {"kind", TYPE_ENUM, .choices = ONE_OF("a", "b"), .otherwise = "\"b\""},
        [THING_SCORE] = {"score", TYPE_INTEGER, .max = 9, .flags = FIELD_NULLABLE, .otherwise = "5"},
        [THING_NICK] = {"nick", TYPE_TEXT, .max = 5},
        [THING_MADE_BY] = {"made_by", TYPE_TEXT, .max = 5, .flags = FIELD_WRITE_ONCE},
        [THING_LABEL] = {"label", TYPE_TEXT, .flags = FIELD_COMPUTED},
        [THING_EXTRA] = {"extra", TYPE_ANY, .flags = FIELD_NULLABLE},
};
/* clang-format on */
static const struct shape thing = SHAPE("Thing", thing_fields, "A thing.");

/* "name=value …" of what is given; "-" when nothing is. */
static const struct {
        enum read_mode mode;
        const char *in, *want, *faults;
} rows[] = {
        {READ_CREATE, "{\"name\":\"x\"}", "name=\"x\" kind=\"b\" score=5", NULL},
        {READ_INPUT, "{\"name\":\"x\"}", "name=\"x\" kind=\"b\" score=5", NULL},
        {READ_UPDATE, "{\"name\":\"x\"}", "name=\"x\"", NULL},
        {READ_PATCH, "{\"name\":\"x\"}", "name=\"x\"", NULL},
        {READ_CREATE, "{}", NULL, "required /name"},
        {READ_INPUT, "{}", NULL, "required /name"},
        {READ_UPDATE, "{}", "-", NULL},
        {READ_PATCH, "{}", "-", NULL},
        /* null */
        {READ_CREATE, "{\"name\":null}", NULL, "required /name"},
        {READ_UPDATE, "{\"name\":null}", NULL, "required /name"},
        {READ_PATCH, "{\"name\":null}", NULL, "required /name"},
        {READ_CREATE, "{\"name\":\"x\",\"kind\":null}", NULL, "type /kind"},
        {READ_UPDATE, "{\"kind\":null}", NULL, "type /kind"},
        {READ_PATCH, "{\"kind\":null}", "kind=\"b\"", NULL},
        {READ_PATCH, "{\"nick\":null}", NULL, "type /nick"},
        {READ_CREATE, "{\"name\":\"x\",\"score\":null}", "name=\"x\" kind=\"b\" score=null", NULL},
        {READ_UPDATE, "{\"score\":null,\"extra\":null}", "score=null extra=null", NULL},
        {READ_PATCH, "{\"score\":null}", "score=null", NULL},
        /* read-only, computed, write-once, unknown */
        {READ_CREATE, "{\"name\":\"x\",\"id\":7,\"label\":7,\"other\":7}",
         "name=\"x\" kind=\"b\" score=5", NULL},
        {READ_CREATE, "{\"name\":\"x\",\"made_by\":\"me\"}",
         "name=\"x\" kind=\"b\" score=5 made_by=\"me\"", NULL},
        {READ_UPDATE, "{\"made_by\":\"me\",\"id\":7}", "-", NULL},
        {READ_PATCH, "{\"made_by\":7}", "-", NULL},
        /* all faults at once, in the shape's order */
        {READ_CREATE, "{\"score\":10,\"kind\":\"c\",\"nick\":1}", NULL,
         "required /name, not_in_list /kind, out_of_range /score, type /nick"},
        {READ_PATCH, "{\"nick\":\"123456\",\"name\":\"\"}", NULL,
         "too_short /name, too_long /nick"},
        /* no object */
        {READ_CREATE, "[]", NULL, "type "},
        {READ_UPDATE, "\"x\"", NULL, "type "},
        {READ_PATCH, "null", NULL, "type "},
};

static const char *given(struct fixture *f, const struct record *record)
{
        struct buf text;
        const char *copy;

        buf_init(&text, 4096);
        for (size_t i = 0; i < record->shape->count; i++)
                if (record->given[i])
                        buf_printf(
                                &text, "%s%s=%s", text.len ? " " : "",
                                record->shape->fields[i].name,
                                fixture_emitted(f, &record->shape->fields[i], &record->values[i]));
        copy = text.len ? arena_copy(f->arena, buf_view(&text)).ptr : "-";
        buf_free(&text);
        return copy;
}

static void test_modes(void **state)
{
        struct fixture f;

        (void)state;
        fixture_open(&f);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct record *record;
                bool good;

                fixture_again(&f);
                record = record_new(f.arena, &thing);
                good = record_read(record, fixture_json(&f, str_of(rows[i].in)), rows[i].mode,
                                   STR(""), &f.faults);
                if (good != (rows[i].faults == NULL) || good != (f.faults.count == 0))
                        fail_msg("mode %d %s: %s", (int)rows[i].mode, rows[i].in,
                                 good ? given(&f, record) : fixture_faults(&f));
                assert_string_equal(good ? given(&f, record) : fixture_faults(&f),
                                    good ? rows[i].want : rows[i].faults);
        }
        fixture_close(&f);
}

static void test_faults(void **state)
{
        struct fixture f;
        struct record *record;

        (void)state;
        fixture_open(&f);
        record = record_new(f.arena, &thing);
        assert_false(record_read(record, fixture_json(&f, STR("{\"score\":10,\"kind\":\"c\"}")),
                                 READ_CREATE, STR("/things/3"), &f.faults));
        assert_string_equal(fixture_faults(&f), "required /things/3/name, not_in_list "
                                                "/things/3/kind, out_of_range /things/3/score");
        assert_int_equal(f.faults.count, 3);
        assert_string_equal(f.faults.first->detail.ptr, "name is required");
        assert_string_equal(f.faults.first->next->detail.ptr, "kind must be one of: a, b");
        assert_string_equal(f.faults.last->detail.ptr, "score must be between 0 and 9");
        fixture_close(&f);
}

/* What is given piece by piece is completed as a create body would be. */
static void test_complete(void **state)
{
        struct fixture f;
        struct record *record;

        (void)state;
        fixture_open(&f);
        record = record_new(f.arena, &thing);
        assert_true(record_parse(record, THING_SCORE, STR("7"), STR("score"), &f.faults));
        assert_false(record_complete(record, STR(""), &f.faults));
        assert_string_equal(fixture_faults(&f), "required /name");

        fixture_again(&f);
        record = record_new(f.arena, &thing);
        assert_true(record_parse(record, THING_SCORE, STR("7"), STR("score"), &f.faults));
        assert_true(record_parse(record, THING_NAME, STR("x"), STR("name"), &f.faults));
        assert_true(record_complete(record, STR(""), &f.faults));
        assert_string_equal(given(&f, record), "name=\"x\" kind=\"b\" score=7");
        fixture_close(&f);
}

static void test_access(void **state)
{
        struct fixture f;
        struct record *record;

        (void)state;
        fixture_open(&f);
        record = record_new(f.arena, &thing);
        assert_null(record_str(record, THING_NAME).ptr);
        assert_int_equal(record_int(record, THING_SCORE), 0);
        assert_false(record_has(record, THING_NAME));
        assert_true(record_read(record, fixture_json(&f, STR("{\"name\":\" x \",\"score\":null}")),
                                READ_CREATE, STR(""), &f.faults));
        assert_true(str_is(record_str(record, THING_NAME), "x"));
        assert_true(record_has(record, THING_NAME));
        assert_true(record->given[THING_SCORE]);
        assert_false(record_has(record, THING_SCORE));
        assert_int_equal(record_int(record, THING_NAME), 0);
        assert_null(record_str(record, THING_SCORE).ptr);

        assert_int_equal(shape_find(&thing, STR("kind")), THING_KIND);
        assert_int_equal(shape_find(&thing, STR("kin")), THING__N);
        assert_int_equal(shape_find(&thing, STR("")), THING__N);
        assert_string_equal(field_column(&thing_fields[THING_NAME]), "full_name");
        assert_string_equal(field_column(&thing_fields[THING_KIND]), "kind");
        fixture_close(&f);
}

/* Without memory nothing is taken that was not kept, and nothing breaks. */
static void test_no_memory(void **state)
{
        static const char body[] = "{\"name\":\"x\",\"extra\":[1,2,3],\"nick\":7,\"score\":77}";
        struct fixture f;

        (void)state;
        fixture_open(&f);
        for (size_t ceiling = 0; ceiling < 2048; ceiling += 16) {
                struct arena *tight = arena_create(ceiling);
                struct faults faults = {.arena = tight};
                struct record *record = record_new(tight, &thing);

                if (record)
                        assert_false(record_read(record, fixture_json(&f, str_of(body)),
                                                 READ_CREATE, STR(""), &faults));
                assert_true(faults.count > 0 || arena_failed(tight));
                arena_destroy(tight);
                fixture_again(&f);
        }
        fixture_close(&f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_modes),     cmocka_unit_test(test_faults),
                cmocka_unit_test(test_complete),  cmocka_unit_test(test_access),
                cmocka_unit_test(test_no_memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
