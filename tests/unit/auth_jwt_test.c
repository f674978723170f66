/**
 * Goal: only a token that our issuer signed, for us, now, passes: each row of what libjwt alone lets through, and more.
 */
#include "auth_fixture.h"

#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static struct arena *arena;

static int setup(void **state)
{
        arena = arena_create(8 << 20);
        return fixture_open(state);
}

static int teardown(void **state)
{
        arena_destroy(arena);
        return fixture_close(state);
}

static struct str good_token(struct sign_claims *claims)
{
        struct str token;

        *claims = fixture_claims();
        assert_true(sign_token(fixture_signer, claims, arena, &token));
        return token;
}

static enum auth_fault verify(struct str token)
{
        struct principal principal;

        return auth_verify(fixture_auth, token, time_now(), &principal);
}

static void test_good(void **state)
{
        struct sign_claims claims;
        struct principal p;
        struct str token = good_token(&claims);

        (void)state;
        for (int i = 0; i < 2; i++) { /* the second from the cache */
                assert_int_equal(auth_verify(fixture_auth, token, time_now(), &p), AUTH_OK);
                assert_true(uuid_eq(&p.tenant.uuid, &claims.tenant.uuid));
                assert_true(uuid_eq(&p.user.uuid, &claims.user.uuid));
                assert_true(uuid_eq(&p.session.uuid, &claims.session.uuid));
                assert_int_equal(p.roles, STAFF | VIEWER);
                assert_string_equal(p.email, "a@example.com");
        }
}

static void test_times(void **state)
{
        struct sign_claims claims;
        struct principal p;
        struct str token = good_token(&claims);

        (void)state;
        assert_int_equal(auth_verify(fixture_auth, token, claims.expires + 59000, &p), AUTH_OK);
        assert_int_equal(auth_verify(fixture_auth, token, claims.expires + 60000, &p), AUTH_EXPIRED);
        assert_int_equal(auth_verify(fixture_auth, token, claims.issued, &p), AUTH_OK);
        token = good_token(&claims);
        assert_int_equal(auth_verify(fixture_auth, token, claims.issued - 61000, &p), AUTH_UNTRUSTED);
}

static void test_revoked(void **state)
{
        struct sign_claims claims;
        struct str token = good_token(&claims);

        (void)state;
        assert_int_equal(verify(token), AUTH_OK);
        auth_forget(fixture_auth, &claims.session);
        assert_int_equal(verify(token), AUTH_REVOKED);
        assert_int_equal(verify(good_token(&claims)), AUTH_OK);
}

static struct str part(struct str token, int index)
{
        struct str piece = {NULL, 0};

        for (int i = 0; i <= index; i++)
                assert_true(str_cut(&token, '.', &piece));
        return piece;
}

static struct str joined(struct str header, struct str payload, struct str signature)
{
        return arena_printf(arena, "%.*s.%.*s.%.*s", STR_ARG(header), STR_ARG(payload), STR_ARG(signature));
}

static struct str coded(const char *json)
{
        return base64url_encode(arena, str_of(json));
}

/* A token that libjwt signs with our key, but whose claims or header are changed first. */
static struct str signed_with(const char *key, const char *grant, const char *text, long number, const char *header)
{
        struct sign_claims claims;
        const struct str good = good_token(&claims);
        const struct str payload = base64url_decode(arena, part(good, 1));
        char path[200], pem[4000];
        struct str token;
        jwt_t *jwt = NULL;
        size_t n;
        FILE *file;
        char *out;

        snprintf(path, sizeof(path), "%s/%s.pem", fixture_keys, fixture_kid);
        file = fopen(path, "r");
        n = fread(pem, 1, sizeof(pem), file);
        fclose(file);
        assert_int_equal(jwt_new(&jwt), 0);
        assert_int_equal(jwt_add_grants_json(jwt, arena_copy(arena, payload).ptr), 0);
        jwt_add_header(jwt, "kid", key ? key : fixture_kid);
        if (grant) {
                jwt_del_grants(jwt, grant);
                if (text)
                        jwt_add_grant(jwt, grant, text);
                else if (number)
                        jwt_add_grant_int(jwt, grant, number);
        }
        if (header)
                jwt_add_header(jwt, header, "x");
        assert_int_equal(jwt_set_alg(jwt, JWT_ALG_ES256, (unsigned char *)pem, (int)n), 0);
        out = jwt_encode_str(jwt);
        token = arena_copy(arena, str_of(out));
        free(out);
        jwt_free(jwt);
        return token;
}

static void test_claims(void **state)
{
        const long later = (long)(time_now() / 1000) + 300;
        static const char *const due[] = {"iss", "aud", "sub", "sid", "tenant_id", "exp", "iat", "token_use"};

        (void)state;
        assert_int_equal(verify(signed_with(NULL, NULL, NULL, 0, NULL)), AUTH_OK);
        for (size_t i = 0; i < sizeof(due) / sizeof(due[0]); i++)
                assert_int_equal(verify(signed_with(NULL, due[i], NULL, 0, NULL)), AUTH_UNTRUSTED);
        assert_int_equal(verify(signed_with(NULL, "iss", "https://evil.example/", 0, NULL)), AUTH_UNTRUSTED);
        assert_int_equal(verify(signed_with(NULL, "aud", "somebody-else", 0, NULL)), AUTH_UNTRUSTED);
        assert_int_equal(verify(signed_with(NULL, "token_use", "id", 0, NULL)), AUTH_UNTRUSTED);
        assert_int_equal(verify(signed_with(NULL, "tenant_id", "x", 0, NULL)), AUTH_UNTRUSTED);
        assert_int_equal(verify(signed_with(NULL, "nbf", NULL, later, NULL)), AUTH_UNTRUSTED);
        assert_int_equal(verify(signed_with(NULL, "exp", NULL, later - 1000, NULL)), AUTH_EXPIRED);
        assert_int_equal(verify(signed_with(NULL, "exp", "soon", 0, NULL)), AUTH_UNTRUSTED);
}

static void test_headers(void **state)
{
        static const char *const refused[] = {"crit", "jku", "jwk", "x5u", "x5c"};

        (void)state;
        for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
                assert_int_equal(verify(signed_with(NULL, NULL, NULL, 0, refused[i])), AUTH_UNTRUSTED);
        assert_int_equal(verify(signed_with("../../dev/null", NULL, NULL, 0, NULL)), AUTH_UNTRUSTED);
        assert_int_equal(verify(signed_with("' or 1=1 --", NULL, NULL, 0, NULL)), AUTH_UNTRUSTED);
        assert_int_equal(verify(signed_with("unknown", NULL, NULL, 0, NULL)), AUTH_UNTRUSTED);
}

/* Key confusion: a MAC made with our public key as its secret. */
static struct str confused(struct str payload)
{
        const struct str header = coded(arena_printf(arena, "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"%s\"}", fixture_kid).ptr);
        const struct str text = arena_printf(arena, "%.*s.%.*s", STR_ARG(header), STR_ARG(payload));
        unsigned char mac[32];
        unsigned size = sizeof(mac);
        struct key key;

        assert_true(keys_find(&fixture_auth->issuers[OWN_ISSUER], str_of(fixture_kid), time_now(), &key));
        HMAC(EVP_sha256(), key.pem, key.pem_length, (const unsigned char *)text.ptr, text.len, mac, &size);
        return joined(header, payload, base64url_encode(arena, (struct str){(char *)mac, size}));
}

static void test_forgeries(void **state)
{
        struct sign_claims claims;
        const struct str good = good_token(&claims);
        const struct str header = part(good, 0), payload = part(good, 1), signature = part(good, 2);
        const struct str none = coded(arena_printf(arena, "{\"alg\":\"none\",\"kid\":\"%s\"}", fixture_kid).ptr);
        char *flipped = (char *)(uintptr_t)arena_copy(arena, good).ptr;
        const struct str junk = {arena_alloc(arena, 1 << 20), 1 << 20};

        (void)state;
        flipped[good.len - 5] = flipped[good.len - 5] == 'A' ? 'B' : 'A';
        assert_int_not_equal(verify(str_of(flipped)), AUTH_OK);
        assert_int_not_equal(verify(confused(payload)), AUTH_OK);
        assert_int_not_equal(verify(joined(none, payload, STR(""))), AUTH_OK);
        assert_int_not_equal(verify(joined(none, payload, signature)), AUTH_OK);
        assert_int_not_equal(verify(joined(header, coded("{}"), signature)), AUTH_OK);
        assert_int_not_equal(verify(joined(header, payload, STR(""))), AUTH_OK);
        assert_int_equal(verify(arena_printf(arena, "%s=", good.ptr)), AUTH_MALFORMED);
        assert_int_equal(verify(arena_printf(arena, "%s.x", good.ptr)), AUTH_MALFORMED);
        assert_int_equal(verify(STR("")), AUTH_MALFORMED);
        assert_int_equal(verify(STR("..")), AUTH_MALFORMED);
        assert_int_equal(verify(junk), AUTH_MALFORMED);
        assert_int_equal(verify(good), AUTH_OK);
}

static void test_rotation(void **state)
{
        struct sign_claims claims;
        const struct str old = good_token(&claims);
        char kid[UUID_TEXT_SIZE], path[200];
        struct str fresh;
        enum auth_fault fault = AUTH_UNTRUSTED;

        (void)state;
        assert_true(sign_rotate(fixture_keys, "RS256", 3600, kid));
        fresh = good_token(&claims);
        for (int i = 0; i < 40 && fault != AUTH_OK; i++) { /* the watcher looks once a second */
                fault = verify(fresh);
                usleep(100000);
        }
        assert_int_equal(fault, AUTH_OK);
        assert_int_equal(verify(old), AUTH_OK);
        snprintf(path, sizeof(path), "%s/%s.pem", fixture_keys, kid);
        assert_int_equal(unlink(path), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),    cmocka_unit_test(test_times),     cmocka_unit_test(test_revoked),
                cmocka_unit_test(test_claims),  cmocka_unit_test(test_headers),   cmocka_unit_test(test_forgeries),
                cmocka_unit_test(test_rotation),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
