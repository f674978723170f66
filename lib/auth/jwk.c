/**
 * jwk.c: JSON Web Keys (RFC 7517, RFC 7518 section 6) as PEM, which is what libjwt takes.
 */
#include "auth/auth_internal.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdio.h>

#include "json/read.h"

enum { RSA_BITS_LEAST = 2048, P256_BYTES = 32, JWK_ARENA = 65536 };

static const json_int_t latest_second = 253402300799; /* 9999-12-31 */

bool kid_valid(struct str kid)
{
        if (kid.len == 0 || kid.len > KID_MAX)
                return false;
        for (size_t i = 0; i < kid.len; i++) {
                const char c = kid.ptr[i];

                if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                      c == '.' || c == '_' || c == '-'))
                        return false;
        }
        return true;
}

static struct str member_bytes(struct arena *arena, const json_t *jwk, const char *name)
{
        const struct str text = json_get_text(jwk, name);

        return text.ptr ? base64url_decode(arena, text) : text;
}

/* Whether it can be a key at all: a point of the curve; an odd exponent above 1. */
static bool sound(EVP_PKEY *key)
{
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
        const bool good = context && EVP_PKEY_public_check(context) == 1;

        EVP_PKEY_CTX_free(context);
        return good;
}

static EVP_PKEY *from_params(const char *kind, OSSL_PARAM_BLD *build)
{
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
        OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
        EVP_PKEY *key = NULL;

        if (!context || !params || EVP_PKEY_fromdata_init(context) <= 0 ||
            EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
                key = NULL;
        if (key && !sound(key)) {
                EVP_PKEY_free(key);
                key = NULL;
        }
        OSSL_PARAM_free(params);
        EVP_PKEY_CTX_free(context);
        return key;
}

static EVP_PKEY *rsa_key(struct arena *arena, const json_t *jwk)
{
        const struct str n = member_bytes(arena, jwk, "n"), e = member_bytes(arena, jwk, "e");
        OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
        BIGNUM *modulus = n.ptr ? BN_bin2bn((const unsigned char *)n.ptr, (int)n.len, NULL) : NULL;
        BIGNUM *exponent = e.ptr ? BN_bin2bn((const unsigned char *)e.ptr, (int)e.len, NULL) : NULL;
        EVP_PKEY *key = NULL;

        if (build && modulus && exponent && BN_num_bits(modulus) >= RSA_BITS_LEAST &&
            OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) &&
            OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent))
                key = from_params("RSA", build);
        BN_free(modulus);
        BN_free(exponent);
        OSSL_PARAM_BLD_free(build);
        return key;
}

static EVP_PKEY *ec_key(struct arena *arena, const json_t *jwk)
{
        const struct str x = member_bytes(arena, jwk, "x"), y = member_bytes(arena, jwk, "y");
        unsigned char point[1 + 2 * P256_BYTES] = {4}; /* uncompressed */
        OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
        EVP_PKEY *key = NULL;

        if (x.ptr && y.ptr && x.len == P256_BYTES && y.len == P256_BYTES && build) {
                memcpy(point + 1, x.ptr, P256_BYTES);
                memcpy(point + 1 + P256_BYTES, y.ptr, P256_BYTES);
                if (OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256",
                                                    0) &&
                    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point,
                                                     sizeof(point)))
                        key = from_params("EC", build);
        }
        OSSL_PARAM_BLD_free(build);
        return key;
}

static bool to_pem(EVP_PKEY *pkey, struct key *key)
{
        BIO *bio = BIO_new(BIO_s_mem());
        int length = 0;

        if (bio && PEM_write_bio_PUBKEY(bio, pkey))
                length = BIO_read(bio, key->pem, PEM_MAX - 1);
        BIO_free(bio);
        if (length <= 0 || length == PEM_MAX - 1)
                return false;
        key->pem[length] = '\0';
        key->pem_length = length;
        return true;
}

/* clang-format off */
static const struct { const char *kty, *alg, *curve; EVP_PKEY *(*make)(struct arena *, const json_t *); } kinds[] = {
        {"RSA", "RS256", NULL,    rsa_key},
        {"EC",  "ES256", "P-256", ec_key},
};
/* clang-format on */

static EVP_PKEY *make_key(struct arena *arena, const json_t *jwk, struct key *key)
{
        const struct str kty = json_get_text(jwk, "kty"), alg = json_get_text(jwk, "alg");
        const struct str use = json_get_text(jwk, "use"), curve = json_get_text(jwk, "crv");

        if (use.ptr && !str_is(use, "sig"))
                return NULL;
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
                if (!str_is(kty, kinds[i].kty) || (alg.ptr && !str_is(alg, kinds[i].alg)) ||
                    (kinds[i].curve && !str_is(curve, kinds[i].curve)))
                        continue;
                snprintf(key->alg, sizeof(key->alg), "%s", kinds[i].alg);
                return kinds[i].make(arena, jwk);
        }
        return NULL;
}

bool jwk_to_key(const json_t *jwk, struct key *key)
{
        const struct str kid = json_get_text(jwk, "kid");
        struct arena *arena;
        json_int_t retires;
        EVP_PKEY *pkey;
        bool made;

        *key = (struct key){0};
        if (!kid_valid(kid))
                return false;
        memcpy(key->kid, kid.ptr, kid.len);
        retires = json_integer_value(json_object_get(jwk, "exp"));
        if (retires < 0 || retires > latest_second)
                return false;
        key->retires = retires * 1000;
        arena = arena_create(JWK_ARENA);
        if (!arena)
                return false;
        pkey = make_key(arena, jwk, key);
        made = pkey && to_pem(pkey, key);
        EVP_PKEY_free(pkey);
        arena_destroy(arena);
        return made;
}
