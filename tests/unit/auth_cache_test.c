/**
 * Goal: the cache of verified tokens answers for exactly what was put, no longer than it lives, and
 * is bounded; the set of ended sessions holds what it was told until its time is over.
 */
#include "auth_fixture.h"

enum { NOW = 1000000, MANY = 3 * CACHE_MAX };

static struct digest digest_of(uint32_t number)
{
        struct digest digest;

        assert_true(digest_sha256((struct str){(char *)&number, sizeof(number)}, &digest));
        return digest;
}

static void test_expiry(void **state)
{
        struct cache *cache = cache_create();
        const struct digest one = digest_of(1), two = digest_of(2);
        const struct principal principal = {.roles = STAFF, .expires = NOW + 10};
        struct principal out = {0};

        (void)state;
        assert_false(cache_get(cache, &one, NOW, &out));
        cache_put(cache, &one, &principal, cache_generation(cache));
        assert_true(cache_get(cache, &one, NOW + 9, &out));
        assert_int_equal(out.roles, STAFF);
        assert_false(cache_get(cache, &two, NOW, &out));
        assert_false(cache_get(cache, &one, NOW + 10, &out));
        cache_destroy(cache);
        cache_destroy(NULL);
}

static void test_generations(void **state)
{
        struct cache *cache = cache_create();
        const struct digest one = digest_of(1);
        const struct principal principal = {.expires = NOW + 10};
        const unsigned before = cache_generation(cache);
        struct principal out;

        (void)state;
        cache_put(cache, &one, &principal, before);
        cache_renew(cache);
        assert_false(cache_get(cache, &one, NOW, &out));
        cache_put(cache, &one, &principal, before); /* verified with keys of before: too late */
        assert_false(cache_get(cache, &one, NOW, &out));
        cache_put(cache, &one, &principal, cache_generation(cache));
        assert_true(cache_get(cache, &one, NOW, &out));
        cache_destroy(cache);
}

static void test_bound(void **state)
{
        struct cache *cache = cache_create();
        struct principal out;
        size_t hits = 0;

        (void)state;
        for (uint32_t i = 0; i < MANY; i++) {
                const struct digest digest = digest_of(i);
                const struct principal principal = {.expires = NOW + 1 + i};

                cache_put(cache, &digest, &principal, cache_generation(cache));
                assert_true(cache_get(cache, &digest, NOW, &out));
        }
        for (uint32_t i = 0; i < MANY; i++) {
                const struct digest digest = digest_of(i);

                if (cache_get(cache, &digest, NOW, &out)) {
                        assert_int_equal(out.expires, NOW + 1 + i);
                        hits++;
                }
        }
        assert_in_range(hits, CACHE_MAX / 2, CACHE_MAX);
        cache_destroy(cache);
}

static void test_ended_sessions(void **state)
{
        struct revoked *revoked = revoked_create();
        struct session_id sessions[1000], other;

        (void)state;
        for (size_t i = 0; i < 1000; i++) {
                assert_true(uuid_v7(&sessions[i].uuid));
                assert_false(revoked_has(revoked, &sessions[i]));
                assert_true(revoked_set(revoked, &sessions[i], NOW));
                assert_true(revoked_set(revoked, &sessions[i], NOW + 1));
        }
        for (size_t i = 0; i < 1000; i++)
                assert_true(revoked_has(revoked, &sessions[i]));
        assert_true(uuid_v7(&other.uuid));
        assert_false(revoked_has(revoked, &other));
        revoked_destroy(revoked);
        revoked_destroy(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_expiry),
                cmocka_unit_test(test_generations),
                cmocka_unit_test(test_bound),
                cmocka_unit_test(test_ended_sessions),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
