/**
 * Goal: only a token that our issuer signed, for us, now, passes: each row of what libjwt alone
 * lets through, and more.
 */
#include "auth_fixture.h"

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
                assert_int_equal(p.expires, claims.expires + AUTH_LEEWAY * 1000);
                assert_string_equal(p.email, "a@example.com");
        }
}

static void test_times(void **state)
{
        struct sign_claims claims;
        struct principal p;
        struct str token = good_token(&claims);
        const time_ms end = claims.expires;

        (void)state;
        assert_int_equal(auth_verify(fixture_auth, token, end + 59999, &p), AUTH_OK);
        assert_int_equal(auth_verify(fixture_auth, token, end + 60000, &p), AUTH_EXPIRED);
        assert_int_equal(auth_verify(fixture_auth, token, claims.issued, &p), AUTH_OK);
        token = good_token(&claims);
        assert_int_equal(auth_verify(fixture_auth, token, claims.issued - 60001, &p),
                         AUTH_UNTRUSTED);
        assert_int_equal(auth_verify(fixture_auth, token, claims.issued - 60000, &p), AUTH_OK);
}

static void test_revoked(void **state)
{
        const struct session_id nobody = {0};
        struct sign_claims claims;
        struct str token = good_token(&claims);

        (void)state;
        assert_int_equal(verify(token), AUTH_OK);
        auth_forget(fixture_auth, &claims.session);
        assert_int_equal(verify(token), AUTH_REVOKED);
        assert_int_equal(verify(good_token(&claims)), AUTH_OK);
        auth_forget(fixture_auth, &nobody);
        assert_false(revoked_has(fixture_auth->revoked, &nobody));
}

static struct str joined(struct str header, struct str payload, struct str signature)
{
        return arena_printf(arena, "%.*s.%.*s.%.*s", STR_ARG(header), STR_ARG(payload),
                            STR_ARG(signature));
}

static struct str coded(const char *json)
{
        return base64url_encode(arena, str_of(json));
}

/* Signed with our key, but one claim changed or, when NULL, left out. */
static enum auth_fault with_claim(const char *member, const char *value)
{
        return verify(fixture_sign(arena, fixture_keys, fixture_kid,
                                   fixture_head(arena, "ES256", fixture_kid),
                                   fixture_changed(arena, member, value)));
}

static void test_claims(void **state)
{
        static const char *const due[] = {"iss",       "aud", "sub", "sid",
                                          "tenant_id", "exp", "iat", "token_use"};
        static const struct {
                const char *member, *value;
                enum auth_fault want;
        } rows[] = {
                {NULL, NULL, AUTH_OK},
                {"iss", "\"https://evil.example/\"", AUTH_UNTRUSTED},
                {"iss", "[\"almoner\"]", AUTH_UNTRUSTED},
                {"aud", "\"somebody-else\"", AUTH_UNTRUSTED},
                {"aud", "[]", AUTH_UNTRUSTED},
                {"aud", "[\"other\", \"almoner\"]", AUTH_OK},
                {"sub", "\"me\"", AUTH_UNTRUSTED},
                {"sub", "7", AUTH_UNTRUSTED},
                {"sid", "\"x\"", AUTH_UNTRUSTED},
                {"tenant_id", "\"x\"", AUTH_UNTRUSTED},
                {"tenant_id", "null", AUTH_UNTRUSTED},
                {"token_use", "\"id\"", AUTH_UNTRUSTED},
                {"token_use", "true", AUTH_UNTRUSTED},
                {"exp", "1000000000", AUTH_EXPIRED},
                {"exp", "-1", AUTH_UNTRUSTED},
                {"exp", "9223372036854775807", AUTH_UNTRUSTED},
                {"exp", "\"soon\"", AUTH_UNTRUSTED},
                {"iat", "99999999999", AUTH_UNTRUSTED},
                {"nbf", "99999999999", AUTH_UNTRUSTED},
                {"nbf", "\"now\"", AUTH_UNTRUSTED},
                {"nbf", NULL, AUTH_OK},
                {"roles", NULL, AUTH_OK},
                {"roles", "[\"root\", 5, \"viewer\"]", AUTH_OK},
                {"email", "7", AUTH_OK},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                assert_int_equal(with_claim(rows[i].member, rows[i].value), rows[i].want);
        for (size_t i = 0; i < sizeof(due) / sizeof(due[0]); i++)
                assert_int_equal(with_claim(due[i], NULL), AUTH_UNTRUSTED);
        assert_int_equal(
                with_claim("nbf", arena_printf(arena, "%lld", time_now() / 1000LL + 300).ptr),
                AUTH_UNTRUSTED);
}

/* %s stands for our key's id. */
static void test_headers(void **state)
{
        static const struct {
                const char *head;
                enum auth_fault want;
        } rows[] = {
                {"{\"alg\":\"ES256\",\"kid\":\"%s\"}", AUTH_OK},
                {"{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"jwt\"}", AUTH_OK},
                {"{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"at+jwt\"}", AUTH_UNTRUSTED},
                {"{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"JOSE\"}", AUTH_UNTRUSTED},
                {"{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":7}", AUTH_UNTRUSTED},
                {"{\"alg\":\"ES256\",\"kid\":\"%s\",\"crit\":[\"exp\"]}", AUTH_UNTRUSTED},
                {"{\"alg\":\"ES256\",\"kid\":\"%s\",\"crit\":[]}", AUTH_UNTRUSTED},
                {"{\"alg\":\"ES256\",\"kid\":\"%s\",\"jku\":\"https://evil.example/\"}",
                 AUTH_UNTRUSTED},
                {"{\"alg\":\"ES256\",\"kid\":\"%s\",\"jwk\":{\"kty\":\"EC\"}}", AUTH_UNTRUSTED},
                {"{\"alg\":\"ES256\",\"kid\":\"%s\",\"x5u\":\"https://evil.example/\"}",
                 AUTH_UNTRUSTED},
                {"{\"alg\":\"ES256\",\"kid\":\"%s\",\"x5c\":[\"x\"]}", AUTH_UNTRUSTED},
                {"{\"alg\":\"ES256\"}", AUTH_UNTRUSTED},
                {"{\"alg\":\"ES256\",\"kid\":7}", AUTH_UNTRUSTED},
                {"{\"alg\":\"ES256\",\"kid\":\"\"}", AUTH_UNTRUSTED},
                {"{\"alg\":\"ES256\",\"kid\":\"unknown\"}", AUTH_UNTRUSTED},
                {"{\"alg\":\"ES256\",\"kid\":\"../../dev/null\"}", AUTH_UNTRUSTED},
                {"{\"alg\":\"ES256\",\"kid\":\"' or 1=1 --\"}", AUTH_UNTRUSTED},
                {"{\"kid\":\"%s\"}", AUTH_UNTRUSTED},
                {"{\"alg\":\"es256\",\"kid\":\"%s\"}", AUTH_UNTRUSTED},
                {"{\"alg\":\"none\",\"kid\":\"%s\"}", AUTH_UNTRUSTED},
                {"{\"alg\":[\"ES256\"],\"kid\":\"%s\"}", AUTH_UNTRUSTED},
                {"{\"alg\":\"ES256\",\"alg\":\"ES256\",\"kid\":\"%s\"}", AUTH_MALFORMED},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const char *mark = strstr(rows[i].head, "%s");
                const char *head = rows[i].head;

                if (mark)
                        head = arena_printf(arena, "%.*s%s%s", (int)(mark - head), head,
                                            fixture_kid, mark + 2)
                                       .ptr;
                assert_int_equal(verify(fixture_sign(arena, fixture_keys, fixture_kid, head,
                                                     fixture_changed(arena, NULL, NULL))),
                                 rows[i].want);
        }
}

/* A MAC with ${secret} over a header that says HS256 and our key. */
static struct str maced(struct str payload, const void *secret, int length)
{
        const struct str header =
                coded(arena_printf(arena, "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"%s\"}",
                                   fixture_kid)
                              .ptr);
        const struct str text = arena_printf(arena, "%.*s.%.*s", STR_ARG(header), STR_ARG(payload));
        unsigned char mac[32];
        unsigned size = sizeof(mac);

        HMAC(EVP_sha256(), secret, length, (const unsigned char *)text.ptr, text.len, mac, &size);
        return joined(header, payload, base64url_encode(arena, (struct str){(char *)mac, size}));
}

/* Key confusion: our public key as the secret; and the shortest secret that libjwt takes. */
static void test_macs(void **state)
{
        struct sign_claims claims;
        const struct str payload = fixture_part(good_token(&claims), 1);
        struct key key;

        (void)state;
        assert_true(keys_find(&fixture_auth->issuers[OWN_ISSUER], str_of(fixture_kid), time_now(),
                              &key));
        assert_int_equal(verify(maced(payload, key.pem, key.pem_length)), AUTH_UNTRUSTED);
        assert_int_equal(verify(maced(payload, "x", 1)), AUTH_UNTRUSTED);
        assert_int_equal(verify(maced(payload, "", 0)), AUTH_UNTRUSTED);
}

/* Every character of a token counts. */
static void test_flipped(void **state)
{
        struct sign_claims claims;
        const struct str good = good_token(&claims);
        char *text = arena_alloc(arena, good.len + 1);

        (void)state;
        for (size_t i = 0; i < good.len; i++) {
                memcpy(text, good.ptr, good.len);
                text[i] = text[i] == 'A' ? 'B' : 'A';
                assert_int_not_equal(verify(str_of(text)), AUTH_OK);
        }
        text[good.len - 1] = good.ptr[good.len - 1];
        assert_int_equal(verify(good), AUTH_OK);
}

static void test_forgeries(void **state)
{
        struct sign_claims claims;
        const struct str good = good_token(&claims), other = good_token(&claims);
        const struct str header = fixture_part(good, 0), payload = fixture_part(good, 1),
                         signature = fixture_part(good, 2);
        const struct str none =
                coded(arena_printf(arena, "{\"alg\":\"none\",\"kid\":\"%s\"}", fixture_kid).ptr);
        const struct str rs =
                coded(arena_printf(arena, "{\"alg\":\"RS256\",\"kid\":\"%s\"}", fixture_kid).ptr);
        const struct {
                struct str token;
                enum auth_fault want;
        } rows[] = {
                {joined(none, payload, STR("")), AUTH_MALFORMED},
                {joined(none, payload, signature), AUTH_UNTRUSTED},
                {joined(rs, payload, signature), AUTH_UNTRUSTED},
                {joined(header, coded("{}"), signature), AUTH_UNTRUSTED},
                {joined(header, coded("[]"), signature), AUTH_MALFORMED},
                {joined(header, coded("{\"iss\":1,\"iss\":2}"), signature), AUTH_MALFORMED},
                {joined(header, payload, STR("")), AUTH_MALFORMED},
                {joined(header, payload, STR("AAAA")), AUTH_UNTRUSTED},
                {joined(header, payload, fixture_part(other, 2)), AUTH_UNTRUSTED},
                {joined(header, fixture_part(other, 1), signature), AUTH_UNTRUSTED},
                {arena_printf(arena, "%s=", good.ptr), AUTH_MALFORMED},
                {arena_printf(arena, "%s.x", good.ptr), AUTH_MALFORMED},
                {arena_printf(arena, " %s", good.ptr), AUTH_MALFORMED},
                {{good.ptr, good.len + 1}, AUTH_MALFORMED}, /* a NUL at its end */
                {STR(""), AUTH_MALFORMED},
                {STR("."), AUTH_MALFORMED},
                {STR(".."), AUTH_MALFORMED},
                {{arena_alloc(arena, 1 << 20), 1 << 20}, AUTH_MALFORMED},
                {good, AUTH_OK},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                assert_int_equal(verify(rows[i].token), rows[i].want);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),      cmocka_unit_test(test_times),
                cmocka_unit_test(test_revoked),   cmocka_unit_test(test_claims),
                cmocka_unit_test(test_headers),   cmocka_unit_test(test_macs),
                cmocka_unit_test(test_forgeries), cmocka_unit_test(test_flipped),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
