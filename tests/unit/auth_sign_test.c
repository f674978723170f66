/**
 * Goal: keys are made, published and changed such that no good token is ever refused, and a
 * withdrawn or retired key ends at once.
 */
#include "auth_fixture.h"

#include <fcntl.h>

static struct arena *arena;

static int setup(void **state)
{
        umask(077); /* what is published must be readable all the same */
        arena = arena_create(4 << 20);
        return fixture_open(state);
}

static int teardown(void **state)
{
        arena_destroy(arena);
        return fixture_close(state);
}

static struct str token_of(struct sign_claims *claims)
{
        struct str token;

        *claims = fixture_claims();
        assert_true(sign_token(fixture_signer, claims, arena, &token));
        return token;
}

static const char *kid_of(struct str token)
{
        json_t *head = json_loads(
                arena_copy(arena, base64url_decode(arena, fixture_part(token, 0))).ptr, 0, NULL);
        const char *kid =
                arena_copy(arena, str_of(json_string_value(json_object_get(head, "kid")))).ptr;

        json_decref(head);
        return kid;
}

static enum auth_fault verify(struct str token)
{
        struct principal principal;

        return auth_verify(fixture_auth, token, time_now(), &principal);
}

static const char *file(const char *name)
{
        return arena_printf(arena, "%s/%s", fixture_keys, name).ptr;
}

static mode_t mode_of(const char *name)
{
        struct stat about;

        assert_int_equal(stat(file(name), &about), 0);
        return about.st_mode & 0777;
}

static void test_files(void **state)
{
        (void)state;
        assert_int_equal(mode_of(arena_printf(arena, "%s.pem", fixture_kid).ptr), 0600);
        assert_int_equal(mode_of("jwks.json"), 0644);
        assert_int_equal(mode_of("current"), 0600);
}

/* The union of claims that all families read (contract 5.12). */
static void test_claims(void **state)
{
        static const char *const texts[] = {"iss",       "aud",   "sub", "user_id", "userId",
                                            "tenant_id", "email", "jti", "sid",     "token_use"};
        static const char *const numbers[] = {"iat", "nbf", "exp"};
        static const char *const lists[] = {"roles", "permissions", "site_ids"};
        json_t *claims = json_loads(fixture_changed(arena, NULL, NULL), 0, NULL);

        (void)state;
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                assert_true(json_is_string(json_object_get(claims, texts[i])));
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
                assert_true(json_is_integer(json_object_get(claims, numbers[i])));
        for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
                assert_true(json_is_array(json_object_get(claims, lists[i])));
        assert_int_equal(json_object_size(claims), 16);
        assert_int_equal(json_array_size(json_object_get(claims, "roles")), 2);
        json_decref(claims);
}

/* From the change on, every token of the old and of the new key is good, at every moment. */
static void rotate_to(const char *algorithm)
{
        struct sign_claims claims;
        const struct str old = token_of(&claims);
        char kid[UUID_TEXT_SIZE];
        struct str token = {NULL, 0};

        assert_true(sign_rotate(fixture_keys, algorithm, 3600, kid));
        for (int i = 0; i < 80 && (!token.ptr || strcmp(kid_of(token), kid) != 0); i++) {
                token = token_of(&claims);
                assert_int_equal(verify(token), AUTH_OK);
                assert_int_equal(verify(old), AUTH_OK);
                usleep(50000);
        }
        assert_string_equal(kid_of(token), kid);
        assert_int_equal(verify(old), AUTH_OK);
}

static void test_rotation(void **state)
{
        (void)state;
        rotate_to("RS256");
        rotate_to("ES256");
}

static void write_file(const char *name, const char *text)
{
        const int fd = open(file(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        close(fd);
}

/* A next key that isn't there: the one at hand signs on. */
static void test_unreadable_next_key(void **state)
{
        struct sign_claims claims;
        const char *kid = kid_of(token_of(&claims));
        const struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

        (void)state;
        write_file("current", "00000000-0000-7000-8000-000000000000 ES256\n");
        utimensat(AT_FDCWD, file("current"), long_ago, 0);
        assert_string_equal(kid_of(token_of(&claims)), kid);
        assert_null(signer_open(fixture_keys));
}

/* The keys in use are never thrown away because their list can't be read. */
static void test_spoilt_list(void **state)
{
        struct auth *auth = fixture_bare();
        struct principal principal;
        char kid[UUID_TEXT_SIZE];
        struct sign_claims claims;
        const struct str token = token_of(&claims);

        (void)state;
        assert_int_equal(rename(file("jwks.json"), file("kept")), 0);
        write_file("jwks.json", "{\"keys\":[");
        assert_false(sign_rotate(fixture_keys, "ES256", 60, kid));
        assert_false(keys_watch_own(auth));
        assert_int_equal(auth_verify(auth, token, time_now(), &principal), AUTH_OK);
        auth_destroy(auth);
        assert_int_equal(rename(file("kept"), file("jwks.json")), 0);
        assert_false(sign_rotate(fixture_keys, "HS256", 60, kid));
        assert_false(sign_rotate("no/such/folder", "ES256", 60, kid));
}

/* A key that is taken out of the list, or whose time is over, ends for cached tokens too. */
static void test_withdrawn(void **state)
{
        struct auth *auth = fixture_bare();
        struct issuer *own = &auth->issuers[OWN_ISSUER];
        struct sign_claims claims;
        const struct str token = token_of(&claims);
        const char *kid = kid_of(token);
        json_t *set = json_load_file(file("jwks.json"), 0, NULL), *all = json_deep_copy(set);
        json_t *key = NULL;
        const time_ms now = time_now_second();
        struct principal p;
        size_t i;

        (void)state;
        assert_int_equal(auth_verify(auth, token, now, &p), AUTH_OK);
        json_array_foreach(json_object_get(set, "keys"), i, key)
        {
                if (strcmp(json_string_value(json_object_get(key, "kid")), kid) == 0)
                        break;
        }
        json_object_set_new(key, "exp", json_integer(now / 1000 + 100));
        assert_true(keys_replace(auth, own, set));
        assert_int_equal(auth_verify(auth, token, now + 99999, &p), AUTH_OK);
        assert_int_equal(p.expires, now + 100000);
        assert_int_equal(auth_verify(auth, token, now + 100000, &p), AUTH_UNTRUSTED);
        json_array_remove(json_object_get(set, "keys"), i);
        assert_true(keys_replace(auth, own, set));
        assert_int_equal(auth_verify(auth, token, now, &p), AUTH_UNTRUSTED);
        assert_true(keys_replace(auth, own, all));
        assert_int_equal(auth_verify(auth, token, now, &p), AUTH_OK);
        json_decref(set);
        json_decref(all);
        auth_destroy(auth);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_files),       cmocka_unit_test(test_claims),
                cmocka_unit_test(test_rotation),    cmocka_unit_test(test_unreadable_next_key),
                cmocka_unit_test(test_spoilt_list), cmocka_unit_test(test_withdrawn),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
