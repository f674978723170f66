/**
 * Goal: digests and the text forms of bytes, by the vectors of FIPS 180-4 and RFC 4648.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>

#include "base/digest.h"

static const char *hash(struct str data)
{
        static char hex[65];
        struct digest digest;

        assert_true(digest_sha256(data, &digest));
        return hex_format(digest.bytes, sizeof(digest.bytes), hex).ptr;
}

static void hashes(void **state)
{
        (void)state;
        assert_string_equal(hash(STR("abc")),
                            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_string_equal(hash(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
                            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
        assert_string_equal(hash(STR("")),
                            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_string_equal(hash((struct str){NULL, 0}),
                            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void *hash_often(void *good)
{
        struct digest first, next;

        *(bool *)good = digest_sha256(STR("abc"), &first);
        for (int i = 0; i < 2000; i++)
                *(bool *)good = *(bool *)good && digest_sha256(STR("abc"), &next) &&
                                bytes_equal(&first, &next, sizeof(first));
        return NULL;
}

static void hashes_in_threads(void **state)
{
        pthread_t threads[4];
        bool good[4];

        (void)state;
        for (size_t i = 0; i < 4; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, hash_often, &good[i]), 0);
        for (size_t i = 0; i < 4; i++) {
                pthread_join(threads[i], NULL);
                assert_true(good[i]);
        }
}

static void compares(void **state)
{
        (void)state;
        assert_true(bytes_equal("abc", "abc", 3));
        assert_false(bytes_equal("abc", "abd", 3));
        assert_true(bytes_equal("abc", "abd", 2));
        assert_true(bytes_equal("", "", 0));
}

static void encodes_both_ways(void **state)
{
        static const struct {
                struct str bytes;
                const char *text;
        } rows[] = {
                {{"", 0}, ""},
                {{"f", 1}, "Zg"},
                {{"fo", 2}, "Zm8"},
                {{"foo", 3}, "Zm9v"},
                {{"foob", 4}, "Zm9vYg"},
                {{"fooba", 5}, "Zm9vYmE"},
                {{"foobar", 6}, "Zm9vYmFy"},
                {{"\xfb\xff\xfe?", 4}, "-__-Pw"},
                {{"\0\0", 2}, "AAA"},
        };
        struct arena *arena = arena_create(65536);

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct str text = base64url_encode(arena, rows[i].bytes);
                struct str bytes = base64url_decode(arena, str_of(rows[i].text));

                assert_string_equal(text.ptr, rows[i].text);
                assert_int_equal(text.len, strlen(rows[i].text));
                assert_non_null(bytes.ptr);
                assert_true(str_eq(bytes, rows[i].bytes));
        }
        arena_destroy(arena);
}

static void refuses_other_base64(void **state)
{
        static const struct str rows[] = {
                {"-__-Px", 6},   /* left-over bits */
                {"Zh", 2},       /* left-over bits */
                {"-__-Pw==", 8}, /* padding */
                {"+//+Pw", 6},   /* the other alphabet */
                {"A", 1},        /* six bits are no byte */
                {"AAAAA", 5},    /* six bits are no byte */
                {"AA AA", 5},    {"AA\n", 3}, {"AAA\0", 4},
        };
        struct arena *arena = arena_create(65536);

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                assert_null(base64url_decode(arena, rows[i]).ptr);
        arena_destroy(arena);
}

static void says_when_memory_is_short(void **state)
{
        struct arena *arena = arena_create(4);

        (void)state;
        assert_null(base64url_encode(arena, STR("abcdef")).ptr);
        assert_null(base64url_decode(arena, STR("Zm9vYmFy")).ptr);
        assert_true(arena_failed(arena));
        arena_destroy(arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(hashes),
                cmocka_unit_test(hashes_in_threads),
                cmocka_unit_test(compares),
                cmocka_unit_test(encodes_both_ways),
                cmocka_unit_test(refuses_other_base64),
                cmocka_unit_test(says_when_memory_is_short),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
