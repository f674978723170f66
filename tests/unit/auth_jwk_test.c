/**
 * Goal: of the keys that a set offers only sound RSA and P-256 keys for signing are taken, each for
 * one algorithm.
 */
#include "auth_fixture.h"

#include "base/digest.h"

static json_t *published[2]; /* an ES256 key, an RS256 key */

static int setup(void **state)
{
        static const char *const algorithms[] = {"ES256", "RS256"};
        char kid[UUID_TEXT_SIZE], path[400];
        json_t *set;

        (void)state;
        if (!fixture_prepare())
                return -1;
        for (int i = 0; i < 2; i++) {
                if (!sign_rotate(fixture_keys, algorithms[i], 60, kid))
                        return -1;
                snprintf(path, sizeof(path), "%s/jwks.json", fixture_keys);
                set = json_load_file(path, 0, NULL);
                published[i] = json_deep_copy(json_array_get(json_object_get(set, "keys"), 0));
                json_decref(set);
        }
        return 0;
}

static int teardown(void **state)
{
        json_decref(published[0]);
        json_decref(published[1]);
        return fixture_close(state);
}

enum { ES, RS };
#define SIXTY_FOUR "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
        int key;
        const char *member, *value; /* JSON text; NULL takes the member out */
        const char *want;           /* algorithm; NULL: refused */
} rows[] = {
        {ES, "kid", "\"a.B_9-z\"", "ES256"},
        {RS, "kid", "\"a.B_9-z\"", "RS256"},
        {ES, "alg", NULL, "ES256"},
        {RS, "alg", NULL, "RS256"},
        {RS, "use", NULL, "RS256"},
        {ES, "exp", "1893456000", "ES256"},
        {ES, "kid", "\"" SIXTY_FOUR "\"", "ES256"},
        {ES, "kid", "\"" SIXTY_FOUR "x\"", NULL},
        {ES, "kid", "\"\"", NULL},
        {ES, "kid", "\"../../dev/null\"", NULL},
        {ES, "kid", "\"a b\"", NULL},
        {ES, "kid", NULL, NULL},
        {ES, "kid", "7", NULL},
        {ES, "alg", "\"RS256\"", NULL},
        {RS, "alg", "\"ES256\"", NULL},
        {RS, "alg", "\"HS256\"", NULL},
        {RS, "alg", "\"RS512\"", NULL},
        {RS, "alg", "\"none\"", NULL},
        {RS, "use", "\"enc\"", NULL},
        {ES, "kty", "\"RSA\"", NULL},
        {ES, "kty", "\"oct\"", NULL},
        {ES, "kty", NULL, NULL},
        {ES, "crv", "\"P-384\"", NULL},
        {ES, "crv", NULL, NULL},
        {ES, "x", "\"AAAA\"", NULL},
        {ES, "x", NULL, NULL},
        {ES, "y", "\"" SIXTY_FOUR "\"", NULL},
        {ES, "y", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", NULL}, /* off the curve */
        {ES, "exp", "-1", NULL},
        {ES, "exp", "9223372036854775807", NULL},
        {RS, "n", NULL, NULL},
        {RS, "n", "\"not base64url!\"", NULL},
        {RS, "n", "\"\"", NULL},
        {RS, "e", NULL, NULL},
        {RS, "e", "\"AQ\"", NULL}, /* 1: every text is its own signature */
        {RS, "e", "\"Ag\"", NULL}, /* even */
        {RS, "e", "\"\"", NULL},
};

static void test_rows(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                json_t *jwk = json_deep_copy(published[rows[i].key]);
                struct key key;

                json_object_del(jwk, rows[i].member);
                if (rows[i].value)
                        json_object_set_new(jwk, rows[i].member,
                                            json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
                assert_int_equal(jwk_to_key(jwk, &key), rows[i].want != NULL);
                if (rows[i].want)
                        assert_string_equal(key.alg, rows[i].want);
                json_decref(jwk);
        }
}

/* Half of a modulus is one of 1024 bits. */
static void test_short_modulus(void **state)
{
        json_t *jwk = json_deep_copy(published[RS]);
        char half[172]; /* of 342 characters; 4n + 3: no bits left over that are not zero */
        struct key key;

        (void)state;
        memcpy(half, json_string_value(json_object_get(jwk, "n")), sizeof(half));
        json_object_set_new(jwk, "n", json_stringn(half, sizeof(half)));
        assert_false(jwk_to_key(jwk, &key));
        json_decref(jwk);
}

static void test_what_is_no_key(void **state)
{
        struct key key;
        json_t *list = json_array();

        (void)state;
        assert_false(jwk_to_key(NULL, &key));
        assert_false(jwk_to_key(list, &key));
        json_decref(list);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows),
                cmocka_unit_test(test_short_modulus),
                cmocka_unit_test(test_what_is_no_key),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
