/**
 * auth_fixture.h: a folder with our own key set, an auth without database, and tokens of every bad
 * kind.
 */
#ifndef ALMONER_TESTS_AUTH_FIXTURE_H
#define ALMONER_TESTS_AUTH_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/auth_internal.h"
#include "auth/sign.h"
#include "base/config.h"

static char fixture_folder[64], fixture_keys[80], fixture_kid[UUID_TEXT_SIZE];
static struct auth *fixture_auth;
static struct signer *fixture_signer;

/* Nobody listens there: revocations come from auth_forget alone. */
static const struct db_opts fixture_db = {.hosts = "",
                                          .socket = "nowhere.sock",
                                          .user = "u",
                                          .password = "",
                                          .schema = "s",
                                          .timeout = 1};

/** fixture_prepare(): the folder, its configuration and an ES256 key; no auth yet. */
static inline bool fixture_prepare(void)
{
        char problem[200];

        snprintf(fixture_folder, sizeof(fixture_folder), "auth-test-%ld", (long)getpid());
        snprintf(fixture_keys, sizeof(fixture_keys), "%s/keys", fixture_folder);
        (void)mkdir(fixture_folder, 0700);
        (void)mkdir(fixture_keys, 0700);
        setenv("VAR", fixture_folder, 1);
        return config_load(problem, sizeof(problem)) &&
               sign_rotate(fixture_keys, "ES256", 3600, fixture_kid);
}

static inline int fixture_open(void **state)
{
        (void)state;
        if (!fixture_prepare())
                return -1;
        fixture_signer = signer_open(fixture_keys);
        fixture_auth = auth_create(&fixture_db);
        return fixture_signer && fixture_auth ? 0 : -1;
}

/** fixture_bare(): an auth without threads, for tests that drive it by hand; auth_destroy it. */
static inline struct auth *fixture_bare(void)
{
        struct auth *auth = calloc(1, sizeof(*auth));

        assert_non_null(auth);
        auth->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
        auth->stop_changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
        auth->cache = cache_create();
        auth->revoked = revoked_create();
        assert_non_null(auth->cache);
        assert_non_null(auth->revoked);
        assert_true(issuers_configure(auth));
        assert_true(keys_watch_own(auth));
        return auth;
}

/** fixture_sweep(folder): remove it and the files in it. */
static inline void fixture_sweep(const char *folder)
{
        char path[400];
        DIR *dir = opendir(folder);

        for (struct dirent *entry; dir && (entry = readdir(dir));) {
                snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
                if (entry->d_name[0] != '.')
                        unlink(path);
        }
        if (dir)
                closedir(dir);
        rmdir(folder);
}

static inline int fixture_close(void **state)
{
        (void)state;
        auth_destroy(fixture_auth);
        signer_close(fixture_signer);
        fixture_auth = NULL;
        fixture_signer = NULL;
        fixture_sweep(fixture_keys);
        fixture_sweep(fixture_folder);
        return 0;
}

/* A good token's claims. */
static inline struct sign_claims fixture_claims(void)
{
        struct sign_claims claims = {.roles = STAFF | VIEWER, .email = STR("a@example.com")};

        (void)uuid_v7(&claims.tenant.uuid);
        (void)uuid_v7(&claims.user.uuid);
        (void)uuid_v7(&claims.session.uuid);
        claims.issued = time_now_second();
        claims.expires = claims.issued + 600000;
        return claims;
}

/** fixture_part(token, index): header, payload or signature, as sent. */
static inline struct str fixture_part(struct str token, int index)
{
        struct str piece = {NULL, 0};

        for (int i = 0; i <= index; i++)
                assert_true(str_cut(&token, '.', &piece));
        return piece;
}

static inline EVP_PKEY *fixture_private(const char *keys, const char *kid)
{
        EVP_PKEY *pkey;
        char path[400];
        FILE *file;

        snprintf(path, sizeof(path), "%s/%s.pem", keys, kid);
        file = fopen(path, "re");
        assert_non_null(file);
        pkey = PEM_read_PrivateKey(file, NULL, NULL, NULL);
        fclose(file);
        assert_non_null(pkey);
        return pkey;
}

/* An ECDSA signature as JWS has it: r and s, 32 bytes each (RFC 7518 section 3.4). */
static inline size_t fixture_raw(unsigned char *signature, size_t size)
{
        const unsigned char *at = signature;
        ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)size);

        assert_non_null(pair);
        assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, 32), 32);
        assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + 32, 32), 32);
        ECDSA_SIG_free(pair);
        return 64;
}

/** fixture_sign(arena, keys, kid, head, claims): a token of JSON texts, signed with the private key
 * ${keys}/${kid}.pem by OpenSSL alone, not by what is tested. */
static inline struct str fixture_sign(struct arena *arena, const char *keys, const char *kid,
                                      const char *head, const char *claims)
{
        EVP_PKEY *pkey = fixture_private(keys, kid);
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        const struct str text =
                arena_printf(arena, "%.*s.%.*s", STR_ARG(base64url_encode(arena, str_of(head))),
                             STR_ARG(base64url_encode(arena, str_of(claims))));
        unsigned char signature[600];
        size_t size = sizeof(signature);

        assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pkey), 1);
        assert_int_equal(EVP_DigestSign(context, signature, &size, (const unsigned char *)text.ptr,
                                        text.len),
                         1);
        if (EVP_PKEY_is_a(pkey, "EC"))
                size = fixture_raw(signature, size);
        EVP_MD_CTX_free(context);
        EVP_PKEY_free(pkey);
        return arena_printf(
                arena, "%s.%.*s", text.ptr,
                STR_ARG(base64url_encode(arena, (struct str){(char *)signature, size})));
}

/** fixture_head(arena, alg, kid): an honest header. */
static inline const char *fixture_head(struct arena *arena, const char *alg, const char *kid)
{
        return arena_printf(arena, "{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"JWT\"}", alg, kid).ptr;
}

/** fixture_changed(arena, member, value): claims of a good token of ours as JSON text, one of them
 * (if any) taken out, or put in as JSON text ${value}. */
static inline const char *fixture_changed(struct arena *arena, const char *member,
                                          const char *value)
{
        const struct sign_claims claims = fixture_claims();
        struct str token;
        json_t *payload;
        char *text;

        assert_true(sign_token(fixture_signer, &claims, arena, &token));
        token = arena_copy(arena, base64url_decode(arena, fixture_part(token, 1)));
        payload = json_loads(token.ptr, 0, NULL);
        assert_non_null(payload);
        if (member)
                json_object_del(payload, member);
        if (member && value)
                assert_int_equal(json_object_set_new(payload, member,
                                                     json_loads(value, JSON_DECODE_ANY, NULL)),
                                 0);
        text = json_dumps(payload, JSON_COMPACT);
        token = arena_copy(arena, str_of(text));
        free(text);
        json_decref(payload);
        return token.ptr;
}

#endif
