/**
 * Goal: verification by many threads while keys rotate and sessions end; made to be run under TSan
 * too.
 */
#include "auth_fixture.h"

#include <pthread.h>

enum { THREADS = 8, TOKENS = 32, ROUNDS = 400 };

static struct str tokens[TOKENS];
static struct sign_claims claims[TOKENS];
static atomic_uint good, refused;

static void *verify_all(void *context)
{
        struct principal principal;

        (void)context;
        for (int round = 0; round < ROUNDS; round++)
                for (int i = 0; i < TOKENS; i++) {
                        const enum auth_fault fault =
                                auth_verify(fixture_auth, tokens[i], time_now(), &principal);

                        if (fault == AUTH_OK)
                                atomic_fetch_add(&good, 1);
                        else if (fault == AUTH_REVOKED)
                                atomic_fetch_add(&refused, 1);
                        else
                                return NULL;
                }
        return context;
}

static void test_threads(void **state)
{
        struct arena *arena = arena_create(1 << 20);
        pthread_t threads[THREADS];
        void *whole;

        (void)state;
        for (int i = 0; i < TOKENS; i++) {
                claims[i] = fixture_claims();
                assert_true(sign_token(fixture_signer, &claims[i], arena, &tokens[i]));
        }
        for (int i = 0; i < THREADS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, verify_all, arena), 0);
        for (int i = 0; i < TOKENS / 2; i++) {
                auth_forget(fixture_auth, &claims[i].session);
                usleep(1000);
        }
        for (int i = 0; i < THREADS; i++) {
                pthread_join(threads[i], &whole);
                assert_non_null(whole);
        }
        assert_int_equal(atomic_load(&good) + atomic_load(&refused), THREADS * TOKENS * ROUNDS);
        assert_true(atomic_load(&good) >= THREADS * TOKENS / 2 * ROUNDS);
        assert_true(atomic_load(&refused) > 0);
        arena_destroy(arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads)};

        return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
