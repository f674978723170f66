/**
 * Goal: strict reading: what is refused, and where.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "json/read.h"

#define REFUSED ((size_t)-1) /* at some position */

static const struct {
        const char *text;
        bool want;
        size_t position; /* of the fault, when it is certain */
} rows[] = {
        {"{}", true, 0},
        {" [1, -2.5, true, null, \"x\\u00e9\"] ", true, 0},
        {"\"text\"", true, 0},
        {"9223372036854775807", true, 0},
        {"9223372036854775808", false, REFUSED},
        {"1e400", false, REFUSED},
        {"", false, REFUSED},
        {"   ", false, REFUSED},
        {"{", false, REFUSED},
        {"{}x", false, REFUSED},
        {"{} {}", false, REFUSED},
        {"{\"a\":1,\"a\":2}", false, REFUSED},
        {"{\"a\":{\"b\":1,\"b\":2}}", false, REFUSED},
        {"[1,]", false, REFUSED},
        {"{a:1}", false, REFUSED},
        {"'a'", false, REFUSED},
        {"NaN", false, REFUSED},
        {"01", false, REFUSED},
        {"// c\n1", false, REFUSED},
        {"\"\\ud800\"", false, REFUSED},
        {"\"\\udc00\\ud800\"", false, REFUSED},
        {"\"\\u0000\"", false, REFUSED},
        {"\"\xff\"", false, REFUSED},
        {"\"\xed\xa0\x80\"", false, REFUSED},
        {"\"a\nb\"", false, REFUSED},
        {"\xef\xbb\xbf{}", false, REFUSED},
};

static void test_rows(void **state)
{
        struct arena *arena = arena_create(1 << 20);
        struct json_fault fault;
        json_t *value;

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const enum status status = json_read(arena, str_of(rows[i].text), &value, &fault);

                if ((status == STATUS_OK) != rows[i].want)
                        fail_msg("%s: %d", rows[i].text, (int)status);
                if (!rows[i].want) {
                        assert_int_equal(status, STATUS_INVALID);
                        assert_true(fault.position <= strlen(rows[i].text));
                        assert_true(fault.reason[0]);
                }
        }
        arena_destroy(arena);
}

static void test_depth(void **state)
{
        struct arena *arena = arena_create(1 << 20);
        char deep[20001];
        struct json_fault fault;
        json_t *value;

        (void)state;
        memset(deep, '[', JSON_DEPTH_MAX);
        memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
        assert_int_equal(json_read(arena, (struct str){deep, 2 * JSON_DEPTH_MAX}, &value, &fault),
                         STATUS_OK);
        memset(deep, '[', 20000);
        assert_int_equal(json_read(arena, (struct str){deep, 20000}, &value, &fault),
                         STATUS_INVALID);
        assert_int_equal(fault.position, JSON_DEPTH_MAX);
        assert_int_equal(json_read(arena, STR("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[\""),
                                   &value, &fault),
                         STATUS_OK);
        arena_destroy(arena);
}

static void test_text(void **state)
{
        struct arena *arena = arena_create(1 << 20);
        struct json_fault fault;
        json_t *value;

        (void)state;
        assert_int_equal(json_read(arena, STR("{\"a\":\"x\",\"n\":1}"), &value, &fault), STATUS_OK);
        assert_true(str_is(json_get_text(value, "a"), "x"));
        assert_null(json_get_text(value, "n").ptr);
        assert_null(json_get_text(value, "none").ptr);
        arena_destroy(arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows),
                cmocka_unit_test(test_depth),
                cmocka_unit_test(test_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
