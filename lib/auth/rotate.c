/**
 * rotate.c: making signing keys and publishing their public halves.
 */
#include "auth/sign.h"

#include <fcntl.h>
#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"

enum { PATH_SIZE = 700, RSA_BITS = 2048, NUMBER_MAX = 512, SCRATCH = 65536 };

static bool add_number(json_t *jwk, const char *name, const EVP_PKEY *pkey, const char *param,
                       int width)
{
        struct arena *arena = arena_create(SCRATCH);
        unsigned char bytes[NUMBER_MAX];
        BIGNUM *number = NULL;
        struct str text = {NULL, 0};
        int size;

        if (arena && EVP_PKEY_get_bn_param(pkey, param, &number)) {
                size = width ? width : BN_num_bytes(number);
                if (size <= NUMBER_MAX && BN_bn2binpad(number, bytes, size) == size)
                        text = base64url_encode(arena, (struct str){(char *)bytes, (size_t)size});
        }
        if (text.ptr)
                json_object_set_new(jwk, name, json_stringn(text.ptr, text.len));
        BN_free(number);
        arena_destroy(arena);
        return text.ptr != NULL;
}

static json_t *public_jwk(const EVP_PKEY *pkey, const char *kid, const char *algorithm)
{
        const bool rsa = strcmp(algorithm, "RS256") == 0;
        json_t *jwk = json_pack("{s:s, s:s, s:s, s:s}", "kty", rsa ? "RSA" : "EC", "use", "sig",
                                "alg", algorithm, "kid", kid);
        bool whole = jwk != NULL;

        if (whole && rsa)
                whole = add_number(jwk, "n", pkey, OSSL_PKEY_PARAM_RSA_N, 0) &&
                        add_number(jwk, "e", pkey, OSSL_PKEY_PARAM_RSA_E, 0);
        else if (whole)
                whole = !json_object_set_new(jwk, "crv", json_string("P-256")) &&
                        add_number(jwk, "x", pkey, OSSL_PKEY_PARAM_EC_PUB_X, 32) &&
                        add_number(jwk, "y", pkey, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
        if (!whole) {
                json_decref(jwk);
                return NULL;
        }
        return jwk;
}

/* The published keys without the expired ones, the living ones marked to retire, the new one first;
 * NULL when there are some that can't be read. */
static json_t *next_set(const char *path, json_t *jwk, int64_t keep)
{
        const json_int_t now = time_now() / 1000;
        json_t *old = json_load_file(path, 0, NULL), *keys, *each;
        size_t i;

        if (!old && access(path, F_OK) == 0)
                return NULL;
        keys = json_array();

        json_array_append(keys, jwk);
        json_array_foreach(json_object_get(old, "keys"), i, each)
        {
                const json_t *retires = json_object_get(each, "exp");

                if (retires && json_integer_value(retires) <= now)
                        continue;
                if (!retires)
                        json_object_set_new(each, "exp", json_integer(now + keep));
                json_array_append(keys, each);
        }
        json_decref(old);
        return json_pack("{s:o}", "keys", keys);
}

/* Whole or not at all: written beside, then renamed. */
static bool replace_file(const char *path, mode_t mode, const char *text)
{
        char made[PATH_SIZE + 8];
        const size_t length = strlen(text);
        bool written;
        int fd;

        snprintf(made, sizeof(made), "%s.new", path);
        fd = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
        if (fd < 0)
                return false;
        written = fchmod(fd, mode) == 0 && write(fd, text, length) == (ssize_t)length &&
                  fsync(fd) == 0;
        close(fd);
        if (written && rename(made, path) == 0)
                return true;
        (void)unlink(made);
        return false;
}

static bool write_private(const char *path, EVP_PKEY *pkey)
{
        const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
        bool written;

        if (!file)
                return false;
        written = PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL) &&
                  fflush(file) == 0 && fsync(fd) == 0;
        return fclose(file) == 0 && written;
}

/* Published before it signs: a verifier never meets a token whose key it could not know. */
static bool publish(const char *folder, EVP_PKEY *pkey, const char *kid, const char *algorithm,
                    int64_t keep)
{
        char path[PATH_SIZE], private[PATH_SIZE], current[80];
        json_t *jwk = public_jwk(pkey, kid, algorithm), *set = NULL;
        char *text = NULL;
        bool done = false;

        snprintf(path, sizeof(path), "%s/jwks.json", folder);
        if (jwk)
                set = next_set(path, jwk, keep);
        if (set)
                text = json_dumps(set, JSON_COMPACT);
        snprintf(private, sizeof(private), "%s/%s.pem", folder, kid);
        done = text && write_private(private, pkey) && replace_file(path, 0644, text);
        if (done) {
                snprintf(path, sizeof(path), "%s/current", folder);
                snprintf(current, sizeof(current), "%s %s\n", kid, algorithm);
                done = replace_file(path, 0600, current);
        }
        free(text);
        json_decref(set);
        json_decref(jwk);
        return done;
}

bool sign_rotate(const char *folder, const char *algorithm, int64_t keep,
                 char kid[static UUID_TEXT_SIZE])
{
        EVP_PKEY *pkey = strcmp(algorithm, "RS256") == 0   ? EVP_RSA_gen(RSA_BITS)
                         : strcmp(algorithm, "ES256") == 0 ? EVP_EC_gen("P-256")
                                                           : NULL;
        struct uuid id;
        bool done = false;

        if (pkey && uuid_v7(&id)) {
                (void)uuid_format(&id, kid);
                done = publish(folder, pkey, kid, algorithm, keep);
        }
        if (!done)
                LOG(ERROR, "auth.key_not_made", LOG_TEXT("folder", str_of(folder)),
                    LOG_TEXT("algorithm", str_of(algorithm)));
        EVP_PKEY_free(pkey);
        return done;
}
