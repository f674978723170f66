/**
 * Goal: arenas and buffers: ceilings kept to the byte, failures sticky, clean-ups in order; slices,
 * numbers, digests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/num.h"

static void test_arena_ceiling(void **state)
{
        struct arena *arena = arena_create(100000);

        (void)state;
        assert_non_null(arena_alloc(arena, 60000));
        assert_int_equal(arena_used(arena), 60000);
        assert_null(arena_alloc(arena, 60000));
        assert_true(arena_failed(arena));
        assert_non_null(arena_alloc(arena, 40000));
        assert_null(arena_alloc(arena, 1));
        assert_null(arena_new(arena, int64_t, SIZE_MAX / 4));
        arena_reset(arena);
        assert_false(arena_failed(arena));
        assert_int_equal(arena_used(arena), 0);
        for (size_t i = 0; i < 100; i++) {
                char *memory = arena_alloc(arena, i);

                assert_int_equal((uintptr_t)memory % 16, 0);
                for (size_t k = 0; k < i; k++)
                        assert_int_equal(memory[k], 0);
                memset(memory, 0xff, i);
        }
        arena_destroy(arena);
        arena_destroy(NULL);
}

static char order[8];
static size_t order_length;

static void note(void *thing)
{
        order[order_length++] = *(const char *)thing;
}

static void test_arena_cleanups(void **state)
{
        struct arena *arena = arena_create(1 << 20);
        char a = 'a', b = 'b', c = 'c';
        struct arena_mark mark;

        (void)state;
        order_length = 0;
        assert_true(arena_on_reset(arena, note, &a));
        mark = arena_mark(arena);
        assert_true(arena_on_reset(arena, note, &b));
        assert_non_null(arena_alloc(arena, 200000));
        arena_rollback(arena, mark);
        assert_int_equal(order_length, 1);
        assert_true(arena_on_reset(arena, note, &c));
        arena_reset(arena);
        assert_memory_equal(order, "bca", 3);
        arena_destroy(arena);
}

static void test_buf(void **state)
{
        struct buf buf;

        (void)state;
        buf_init(&buf, 1000);
        buf_text(&buf, "n=");
        buf_int(&buf, INT64_MIN);
        buf_char(&buf, ' ');
        buf_printf(&buf, "%s-%d", "x", 7);
        assert_string_equal(buf.data, "n=-9223372036854775808 x-7");
        for (size_t i = 0; i < 2000; i++)
                buf_char(&buf, 'y');
        assert_false(buf_ok(&buf));
        assert_int_equal(buf.len, 1000);
        buf_text(&buf, "more");
        assert_int_equal(buf.len, 1000);
        buf_clear(&buf);
        assert_true(buf_ok(&buf));
        assert_int_equal(buf.len, 0);
        buf_free(&buf);
}

static void test_num(void **state)
{
        static const struct {
                const char *text;
                bool want;
                int64_t value;
        } rows[] = {
                {"0", true, 0},
                {"-1", true, -1},
                {"9223372036854775807", true, INT64_MAX},
                {"-9223372036854775808", true, INT64_MIN},
                {"9223372036854775808", false, 0},
                {"-9223372036854775809", false, 0},
                {"", false, 0},
                {"-", false, 0},
                {"+1", false, 0},
                {" 1", false, 0},
                {"1 ", false, 0},
                {"1.0", false, 0},
                {"0x1", false, 0},
                {"١", false, 0},
        };
        int64_t value;

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                assert_int_equal(num_parse(str_of(rows[i].text), INT64_MIN, INT64_MAX, &value),
                                 rows[i].want);
                if (rows[i].want)
                        assert_int_equal(value, rows[i].value);
        }
        assert_false(num_parse(STR("101"), 0, 100, &value));
        assert_true(num_parse(STR("100"), 0, 100, &value));
}

static void test_str(void **state)
{
        struct str rest = STR("a,,b"), piece;

        (void)state;
        assert_true(str_cut(&rest, ',', &piece) && str_is(piece, "a"));
        assert_true(str_cut(&rest, ',', &piece) && piece.len == 0);
        assert_true(str_cut(&rest, ',', &piece) && str_is(piece, "b"));
        assert_false(str_cut(&rest, ',', &piece));
        assert_true(str_is(str_trim(STR(" \t x y\r\n")), "x y"));
        assert_true(str_eq_nocase(STR("Bearer"), STR("bEARER")));
        assert_true(str_utf8_valid(STR("é漢🦄")));
        assert_int_equal(str_utf8_length(STR("é漢🦄")), 3);
        assert_false(str_utf8_valid(STR("\xc0\xaf")));
        assert_false(str_utf8_valid(STR("\xed\xa0\x80")));
        assert_false(str_utf8_valid(STR("\xf4\x90\x80\x80")));
        assert_false(str_utf8_valid(STR("\xe2\x82")));
}

static void test_digest(void **state)
{
        struct arena *arena = arena_create(65536);
        struct digest digest;
        char hex[65];

        (void)state;
        assert_true(digest_sha256(STR("abc"), &digest));
        assert_string_equal(hex_format(digest.bytes, 32, hex).ptr,
                            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_string_equal(base64url_encode(arena, STR("\xfb\xff\xfe?")).ptr, "-__-Pw");
        assert_true(str_eq(base64url_decode(arena, STR("-__-Pw")), STR("\xfb\xff\xfe?")));
        assert_null(base64url_decode(arena, STR("-__-Px")).ptr); /* stray bits */
        assert_null(base64url_decode(arena, STR("-__-Pw==")).ptr);
        assert_null(base64url_decode(arena, STR("+//+Pw")).ptr);
        assert_null(base64url_decode(arena, STR("A")).ptr);
        arena_destroy(arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_arena_ceiling), cmocka_unit_test(test_arena_cleanups),
                cmocka_unit_test(test_buf),           cmocka_unit_test(test_num),
                cmocka_unit_test(test_str),           cmocka_unit_test(test_digest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
