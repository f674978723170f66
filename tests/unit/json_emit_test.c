/**
 * Goal: the emitter writes what any parser reads back, and refuses to write anything malformed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "json/emit.h"

static struct buf out;

static int setup(void **state)
{
        (void)state;
        buf_init(&out, 1 << 20);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        buf_free(&out);
        return 0;
}

static void test_document(void **state)
{
        struct emit e;

        (void)state;
        emit_start(&e, &out);
        emit_object(&e);
        emit_member_text(&e, "text", "q\"b\\s/\b\f\n\r\t\x01 é🦄\xe2\x80\xa8");
        emit_member_text(&e, "null", NULL);
        emit_member_int(&e, "int", INT64_MIN);
        emit_member_bool(&e, "yes", true);
        emit_key(&e, "list");
        emit_array(&e);
        emit_double(&e, 0.1);
        emit_double(&e, 1.0 / 0.0);
        emit_decimal(&e, -250005, 2);
        emit_raw(&e, STR("{}"));
        emit_array_end(&e);
        emit_object_end(&e);
        assert_true(emit_finish(&e));
        assert_string_equal(
                out.data,
                "{\"text\":\"q\\\"b\\\\s/\\b\\f\\n\\r\\t\\u0001 é🦄\\u2028\",\"null\":null,"
                "\"int\":-9223372036854775808,\"yes\":true,\"list\":[0.1,null,-2500.05,{}]}");
}

static void test_members_of_values(void **state)
{
        struct uuid id;
        struct emit e;

        (void)state;
        assert_true(uuid_parse(STR("018D1C60-F0A0-7000-8000-00000000000A"), &id));
        emit_start(&e, &out);
        emit_object(&e);
        emit_member_uuid(&e, "id", &id);
        emit_member_uuid(&e, "none", NULL);
        emit_member_time(&e, "at", 1705573800123);
        emit_member_date(&e, "on", 19740);
        emit_object_end(&e);
        assert_true(emit_finish(&e));
        assert_string_equal(out.data,
                            "{\"id\":\"018d1c60-f0a0-7000-8000-00000000000a\",\"none\":null,"
                            "\"at\":\"2024-01-18T10:30:00.123Z\",\"on\":\"2024-01-18\"}");
}

static void test_bad_utf8(void **state)
{
        struct emit e;

        (void)state;
        emit_start(&e, &out);
        emit_str(&e, STR("a\xff"
                         "b\xe2\x82"));
        assert_true(emit_finish(&e));
        assert_string_equal(out.data, "\"a\xef\xbf\xbd"
                                      "b\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void value_without_key(struct emit *e)
{
        emit_object(e);
        emit_int(e, 1);
        emit_object_end(e);
}
static void key_in_array(struct emit *e)
{
        emit_array(e);
        emit_key(e, "a");
        emit_array_end(e);
}
static void key_outside(struct emit *e)
{
        emit_key(e, "a");
}
static void two_roots(struct emit *e)
{
        emit_int(e, 1);
        emit_int(e, 2);
}
static void nothing(struct emit *e)
{
        (void)e;
}
static void open_end(struct emit *e)
{
        emit_object(e);
}
static void wrong_end(struct emit *e)
{
        emit_array(e);
        emit_object_end(e);
}
static void extra_end(struct emit *e)
{
        emit_array(e);
        emit_array_end(e);
        emit_array_end(e);
}
static void key_without_value(struct emit *e)
{
        emit_object(e);
        emit_key(e, "a");
        emit_object_end(e);
}
static void two_keys(struct emit *e)
{
        emit_object(e);
        emit_key(e, "a");
        emit_key(e, "b");
        emit_int(e, 1);
        emit_object_end(e);
}
static void too_deep(struct emit *e)
{
        for (int i = 0; i <= EMIT_DEPTH_MAX; i++)
                emit_array(e);
        for (int i = 0; i <= EMIT_DEPTH_MAX; i++)
                emit_array_end(e);
}

static void test_misuse(void **state)
{
        static void (*const misuses[])(struct emit *) = {
                value_without_key, key_in_array, key_outside,       two_roots, nothing,  open_end,
                wrong_end,         extra_end,    key_without_value, two_keys,  too_deep,
        };
        struct emit e;

        (void)state;
        for (size_t i = 0; i < sizeof(misuses) / sizeof(misuses[0]); i++) {
                buf_clear(&out);
                emit_start(&e, &out);
                misuses[i](&e);
                assert_false(emit_finish(&e));
        }
}

/* The same numbers at every run (a linear congruential generator). */
static uint32_t seed = 7;

static uint32_t next(void)
{
        seed = seed * 1664525u + 1013904223u;
        return seed >> 8;
}

static json_t *random_tree(unsigned depth)
{
        json_t *tree;

        switch (next() % (depth ? 7 : 5)) {
        case 0:
                return json_integer(((json_int_t)next() << 32) ^ next());
        case 1:
                return json_real((double)next() / ((double)next() + 1) + 0.5);
        case 2:
                return json_string("é\"\\\n🦄");
        case 3:
                return json_boolean(next() % 2);
        case 4:
                return json_null();
        case 5:
                tree = json_array();
                for (uint32_t i = next() % 4; i > 0; i--)
                        json_array_append_new(tree, random_tree(depth - 1));
                return tree;
        default:
                tree = json_object();
                for (uint32_t i = next() % 4; i > 0; i--)
                        json_object_set_new(tree, (const char *[]){"a", "b \"", "ü", "d"}[i],
                                            random_tree(depth - 1));
                return tree;
        }
}

static void test_roundtrip(void **state)
{
        struct emit e;

        (void)state;
        for (int i = 0; i < 2000; i++) {
                json_t *tree = random_tree(5), *again;

                buf_clear(&out);
                emit_start(&e, &out);
                emit_parsed(&e, tree);
                assert_true(emit_finish(&e));
                again = json_loadb(out.data, out.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES,
                                   NULL);
                assert_non_null(again);
                assert_true(json_equal(tree, again));
                json_decref(tree);
                json_decref(again);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_document, setup, teardown),
                cmocka_unit_test_setup_teardown(test_members_of_values, setup, teardown),
                cmocka_unit_test_setup_teardown(test_bad_utf8, setup, teardown),
                cmocka_unit_test_setup_teardown(test_misuse, setup, teardown),
                cmocka_unit_test_setup_teardown(test_roundtrip, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
