/**
 * Goal: arenas: the ceiling kept to the byte, failures that stick, clean-ups in order, rollback.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"

static void hands_out_its_ceiling_and_no_more(void **state)
{
        static const size_t ceilings[] = {1, 16, 100, 16384, 16385, 100000, 5000000};

        (void)state;
        for (size_t i = 0; i < sizeof(ceilings) / sizeof(ceilings[0]); i++) {
                struct arena *arena = arena_create(ceilings[i]);
                char *all = arena_alloc(arena, ceilings[i]);

                assert_non_null(all);
                memset(all, 0xff, ceilings[i]);
                assert_int_equal(arena_used(arena), ceilings[i]);
                assert_false(arena_failed(arena));
                assert_null(arena_alloc(arena, 1));
                assert_true(arena_failed(arena));
                arena_destroy(arena);
        }
        arena_destroy(NULL);
}

static void goes_on_after_a_refusal(void **state)
{
        struct arena *arena = arena_create(100000);

        (void)state;
        assert_non_null(arena_alloc(arena, 60001));
        assert_null(arena_alloc(arena, 60000));
        assert_non_null(arena_alloc(arena, 39999));
        assert_null(arena_alloc(arena, 1));
        assert_true(arena_failed(arena));
        arena_reset(arena);
        assert_false(arena_failed(arena));
        assert_int_equal(arena_used(arena), 0);
        arena_destroy(arena);
}

static void refuses_sizes_that_wrap(void **state)
{
        struct arena *arena = arena_create(SIZE_MAX);

        (void)state;
        assert_null(arena_new(arena, int64_t, SIZE_MAX / 4));
        assert_null(arena_alloc(arena, SIZE_MAX));
        assert_null(arena_alloc(arena, SIZE_MAX - 15));
        assert_null(arena_alloc(arena, SIZE_MAX - 31));
        assert_true(arena_failed(arena));
        assert_int_equal(arena_used(arena), 0);
        arena_destroy(arena);
}

static void gives_zeroed_aligned_memory(void **state)
{
        struct arena *arena = arena_create(1 << 22);

        (void)state;
        for (size_t round = 0; round < 2; round++) {
                for (size_t i = 0; i < 2000; i++) {
                        char *memory = arena_alloc(arena, i);

                        assert_int_equal((uintptr_t)memory % 16, 0);
                        for (size_t k = 0; k < i; k++)
                                assert_int_equal(memory[k], 0);
                        memset(memory, 0xff, i);
                }
                arena_reset(arena);
        }
        arena_destroy(arena);
}

static void copies_and_prints_text(void **state)
{
        struct arena *arena = arena_create(64);
        struct str copy = arena_copy(arena, (struct str){"abcdef", 3});

        (void)state;
        assert_string_equal(copy.ptr, "abc");
        assert_int_equal(copy.len, 3);
        copy = arena_copy(arena, STR(""));
        assert_non_null(copy.ptr);
        assert_int_equal(copy.len, 0);
        assert_null(arena_copy(arena, (struct str){NULL, 0}).ptr);
        assert_false(arena_failed(arena));
        assert_string_equal(arena_printf(arena, "%s-%03d", "x", 7).ptr, "x-007");
        assert_null(arena_printf(arena, "%64d", 1).ptr);
        assert_true(arena_failed(arena));
        arena_destroy(arena);
}

static char order[8];
static size_t order_length;

static void note(void *thing)
{
        order[order_length++] = *(const char *)thing;
}

static void cleans_up_last_first(void **state)
{
        struct arena *arena = arena_create(1 << 20);
        char a = 'a', b = 'b', c = 'c', d = 'd';
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
        assert_true(arena_on_reset(arena, note, &d));
        arena_destroy(arena);
        assert_int_equal(order_length, 4);
        assert_memory_equal(order, "bcad", 4);
}

static void cleans_up_at_once_without_memory(void **state)
{
        struct arena *arena = arena_create(8);
        char a = 'a';

        (void)state;
        order_length = 0;
        assert_false(arena_on_reset(arena, note, &a));
        assert_int_equal(order_length, 1);
        arena_destroy(arena);
        assert_int_equal(order_length, 1);
}

static void rolls_back_to_the_byte(void **state)
{
        struct arena *arena = arena_create(1000000);
        char *kept = arena_copy(arena, STR("kept")).ptr ? arena_alloc(arena, 10) : NULL;
        const size_t used = arena_used(arena);
        const struct arena_mark mark = arena_mark(arena);

        (void)state;
        assert_non_null(kept);
        memset(kept, 'k', 10);
        for (int attempt = 0; attempt < 3; attempt++) {
                for (size_t i = 0; i < 100; i++)
                        assert_non_null(arena_alloc(arena, 9000));
                assert_null(arena_alloc(arena, 200000));
                arena_rollback(arena, mark);
                assert_false(arena_failed(arena));
                assert_int_equal(arena_used(arena), used);
        }
        assert_memory_equal(kept, "kkkkkkkkkk", 10);
        arena_destroy(arena);
}

static void keeps_a_failure_from_before_the_mark(void **state)
{
        struct arena *arena = arena_create(100);
        struct arena_mark mark;

        (void)state;
        assert_null(arena_alloc(arena, 101));
        mark = arena_mark(arena);
        arena_rollback(arena, mark);
        assert_true(arena_failed(arena));
        arena_destroy(arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(hands_out_its_ceiling_and_no_more),
                cmocka_unit_test(goes_on_after_a_refusal),
                cmocka_unit_test(refuses_sizes_that_wrap),
                cmocka_unit_test(gives_zeroed_aligned_memory),
                cmocka_unit_test(copies_and_prints_text),
                cmocka_unit_test(cleans_up_last_first),
                cmocka_unit_test(cleans_up_at_once_without_memory),
                cmocka_unit_test(rolls_back_to_the_byte),
                cmocka_unit_test(keeps_a_failure_from_before_the_mark),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
