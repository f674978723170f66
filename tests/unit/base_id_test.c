/**
 * Goal: identifiers: UUIDv7 that never go backwards, TypeIDs by the published vectors' rules.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>

#include "base/id.h"
#include "base/time.h"

/* From the specification's valid.yml, version 0.3.0. */
static const struct {
        const char *typeid, *prefix, *uuid;
} valid[] = {
        {"00000000000000000000000000", "", "00000000-0000-0000-0000-000000000000"},
        {"00000000000000000000000001", "", "00000000-0000-0000-0000-000000000001"},
        {"0000000000000000000000000a", "", "00000000-0000-0000-0000-00000000000a"},
        {"0000000000000000000000000g", "", "00000000-0000-0000-0000-000000000010"},
        {"00000000000000000000000010", "", "00000000-0000-0000-0000-000000000020"},
        {"7zzzzzzzzzzzzzzzzzzzzzzzzz", "", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
        {"prefix_0123456789abcdefghjkmnpqrs", "prefix", "0110c853-1d09-52d8-d73e-1194e95b5f19"},
        {"prefix_01h455vb4pex5vsknk084sn02q", "prefix", "01890a5d-ac96-774b-bcce-b302099a8057"},
        {"pre_fix_00000000000000000000000000", "pre_fix", "00000000-0000-0000-0000-000000000000"},
};

static void test_typeid_valid(void **state)
{
        char text[TYPEID_TEXT_SIZE], uuid[UUID_TEXT_SIZE];
        struct uuid id, wanted;

        (void)state;
        for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
                assert_true(typeid_parse(valid[i].prefix, str_of(valid[i].typeid), &id));
                assert_string_equal(uuid_format(&id, uuid).ptr, valid[i].uuid);
                assert_true(uuid_parse(str_of(valid[i].uuid), &wanted));
                assert_true(uuid_eq(&id, &wanted));
                assert_string_equal(typeid_format(valid[i].prefix, &id, text).ptr, valid[i].typeid);
        }
}

/* From the specification's invalid.yml: tried with the prefix that would have to be meant. */
static const struct {
        const char *typeid, *prefix;
} invalid[] = {
        {"PREFIX_00000000000000000000000000", "prefix"},
        {"12345_00000000000000000000000000", "prefix"},
        {"pre.fix_00000000000000000000000000", "prefix"},
        {"préfix_00000000000000000000000000", "prefix"},
        {"  prefix_00000000000000000000000000", "prefix"},
        {"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl_"
         "00000000000000000000000000",
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"},
        {"_00000000000000000000000000", ""},
        {"_", ""},
        {"", ""},
        {"prefix_", "prefix"},
        {"prefix_1234567890123456789012345", "prefix"},
        {"prefix_123456789012345678901234567", "prefix"},
        {"prefix_1234567890123456789012345 ", "prefix"},
        {"prefix_0123456789ABCDEFGHJKMNPQRS", "prefix"},
        {"prefix_123456789-123456789-123456", "prefix"},
        {"prefix_ooooooiiiiiiuuuuuuulllllll", "prefix"},
        {"prefix_i23456789ol23456789oi23456", "prefix"},
        {"prefix_123456789-0123456789-0123456", "prefix"},
        {"prefix_8zzzzzzzzzzzzzzzzzzzzzzzzz", "prefix"},
        {"_prefix_00000000000000000000000000", "prefix"},
        {"prefix__00000000000000000000000000", "prefix"},
        /* ours */
        {"prefix-00000000000000000000000000", "prefix"},
        {"prefix_00000000000000000000000000", "person"},
        {"prefix_00000000000000000000000000", ""},
        {"00000000000000000000000000", "prefix"},
        {"8zzzzzzzzzzzzzzzzzzzzzzzzz", ""},
        {"7zzzzzzzzzzzzzzzzzzzzzzzzi", ""},
        {"7zzzzzzzzzzzzzzzzzzzzzzzzl", ""},
        {"7zzzzzzzzzzzzzzzzzzzzzzzzo", ""},
        {"7zzzzzzzzzzzzzzzzzzzzzzzzu", ""},
        {"\xff"
         "0000000000000000000000000",
         ""},
};

static void test_typeid_invalid(void **state)
{
        const struct uuid before = {{1, 2, 3}};
        struct uuid id = before;

        (void)state;
        for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
                if (typeid_parse(invalid[i].prefix, str_of(invalid[i].typeid), &id))
                        fail_msg("%s was taken", invalid[i].typeid);
        assert_false(typeid_parse("", (struct str){"0000000000000\0000000000000", 26}, &id));
        assert_true(uuid_eq(&id, &before));
}

static void test_typeid_round_trip(void **state)
{
        static const char longest[] =
                "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk";
        char text[TYPEID_TEXT_SIZE];
        struct uuid id, back;

        (void)state;
        for (int i = 0; i < 5000; i++) {
                assert_true(random_bytes(id.bytes, sizeof(id.bytes)));
                assert_int_equal(typeid_format(longest, &id, text).len, TYPEID_TEXT_SIZE - 1);
                assert_true(typeid_parse(longest, str_of(text), &back));
                assert_true(uuid_eq(&id, &back));
        }
}

static void test_typeid_prefix(void **state)
{
        static const struct {
                const char *prefix;
                bool want;
        } rows[] = {
                {"", true},
                {"person", true},
                {"pre_fix", true},
                {"a", true},
                {"_prefix", false},
                {"prefix_", false},
                {"_", false},
                {"Prefix", false},
                {"pre fix", false},
                {"pre.fix", false},
                {"préfix", false},
                {"pre1", false},
                {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true},
                {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                assert_int_equal(typeid_prefix_valid(str_of(rows[i].prefix)), rows[i].want);
}

static void test_uuid_text(void **state)
{
        static const char *const bad[] = {
                "", "550e8400e29b41d4a716446655440000", "550e8400-e29b-41d4-a716-44665544000",
                "550e8400-e29b-41d4-a716-44665544000g", "550e8400-e29b-41d4-a716_446655440000"};
        char text[UUID_TEXT_SIZE];
        struct uuid id;

        (void)state;
        assert_true(uuid_parse(STR("550E8400-e29b-41d4-a716-446655440000"), &id));
        assert_string_equal(uuid_format(&id, text).ptr, "550e8400-e29b-41d4-a716-446655440000");
        assert_false(uuid_is_zero(&id));
        assert_true(uuid_parse(STR("00000000-0000-0000-0000-000000000000"), &id));
        assert_true(uuid_is_zero(&id));
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_false(uuid_parse(str_of(bad[i]), &id));
}

static void test_uuid_v7_fields(void **state)
{
        const int64_t before = time_now();
        struct uuid id;
        int64_t ms = 0;

        (void)state;
        assert_true(uuid_v7(&id));
        for (int i = 0; i < 6; i++)
                ms = ms << 8 | id.bytes[i];
        assert_true(ms >= before && ms <= time_now() + 1);
        assert_int_equal(id.bytes[6] >> 4, 7);
        assert_int_equal(id.bytes[8] >> 6, 2);
}

enum { EACH = 20000, THREADS = 4 };

static void *make_ids(void *context)
{
        struct uuid *ids = context;

        for (size_t i = 0; i < EACH; i++)
                if (!uuid_v7(&ids[i]))
                        return NULL;
        return ids;
}

static int by_bytes(const void *a, const void *b)
{
        return memcmp(a, b, sizeof(struct uuid));
}

static void test_uuid_v7_threads(void **state)
{
        struct uuid *ids = calloc(THREADS * EACH, sizeof(*ids));
        pthread_t threads[THREADS];
        void *made;

        (void)state;
        for (size_t t = 0; t < THREADS; t++)
                assert_int_equal(pthread_create(&threads[t], NULL, make_ids, ids + t * EACH), 0);
        for (size_t t = 0; t < THREADS; t++) {
                pthread_join(threads[t], &made);
                assert_non_null(made);
                for (size_t i = 1; i < EACH; i++)
                        assert_true(by_bytes(&ids[t * EACH + i - 1], &ids[t * EACH + i]) < 0);
        }
        qsort(ids, THREADS * EACH, sizeof(*ids), by_bytes);
        for (size_t i = 1; i < THREADS * EACH; i++)
                assert_false(uuid_eq(&ids[i - 1], &ids[i]));
        free(ids);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_typeid_valid),      cmocka_unit_test(test_typeid_invalid),
                cmocka_unit_test(test_typeid_round_trip), cmocka_unit_test(test_typeid_prefix),
                cmocka_unit_test(test_uuid_text),         cmocka_unit_test(test_uuid_v7_fields),
                cmocka_unit_test(test_uuid_v7_threads),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
