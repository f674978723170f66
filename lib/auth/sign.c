/**
 * sign.c: minting tokens with the current key.
 */
#include "auth/sign.h"

#include <jwt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/config.h"
#include "base/log.h"
#include "json/emit.h"

enum { PEM_SIZE = 4096, FOLDER_SIZE = 512, PUBLISH_MS = 2000 };

struct signing_key {
        char kid[UUID_TEXT_SIZE];
        char pem[PEM_SIZE];
        int pem_length;
        jwt_alg_t alg;
};

struct signer {
        char folder[FOLDER_SIZE];
        pthread_mutex_t lock;   /* over what follows */
        struct timespec taken;  /* the time of the file "current" when it was taken */
        struct timespec failed; /* … when it could not be */
        struct signing_key key;
};

static int read_small(const char *folder, const char *name, char *out, size_t size)
{
        char path[FOLDER_SIZE + 64];
        size_t n;
        FILE *file;

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        file = fopen(path, "re");
        if (!file)
                return -1;
        n = fread(out, 1, size - 1, file);
        fclose(file);
        out[n] = '\0';
        return (int)n;
}

/* "current" holds the kid and the algorithm, blank between. */
static bool load(const char *folder, struct signing_key *key)
{
        char current[80], alg[8], file[UUID_TEXT_SIZE + 8];

        if (read_small(folder, "current", current, sizeof(current)) < 0 ||
            sscanf(current, "%36s %7s", key->kid, alg) != 2)
                return false;
        snprintf(file, sizeof(file), "%s.pem", key->kid);
        key->pem_length = read_small(folder, file, key->pem, sizeof(key->pem));
        key->alg = jwt_str_alg(alg);
        return key->pem_length > 0 && (key->alg == JWT_ALG_ES256 || key->alg == JWT_ALG_RS256);
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
        return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Verifiers look for new keys once a second: let them see this one first. */
static bool too_fresh(const struct timespec *mtime)
{
        const int64_t age = time_now() - ((int64_t)mtime->tv_sec * 1000 + mtime->tv_nsec / 1000000);

        return age >= 0 && age < PUBLISH_MS;
}

/* The next key, if there is one; the one we have signs on when that can't be read. */
static void load_when_changed(struct signer *signer)
{
        char path[FOLDER_SIZE + 16];
        struct signing_key next;
        struct stat about;

        snprintf(path, sizeof(path), "%s/current", signer->folder);
        if (stat(path, &about) != 0 || same_time(&about.st_mtim, &signer->taken))
                return;
        if (signer->key.pem_length > 0 && too_fresh(&about.st_mtim))
                return;
        if (load(signer->folder, &next)) {
                signer->key = next;
                signer->taken = about.st_mtim;
        } else if (!same_time(&about.st_mtim, &signer->failed)) {
                signer->failed = about.st_mtim;
                LOG(ERROR, "auth.key_unreadable", LOG_TEXT("folder", str_of(signer->folder)));
        }
        explicit_bzero(&next, sizeof(next));
}

struct signer *signer_open(const char *folder)
{
        struct signer *signer = calloc(1, sizeof(*signer));

        if (!signer)
                return NULL;
        snprintf(signer->folder, sizeof(signer->folder), "%s", folder);
        pthread_mutex_init(&signer->lock, NULL);
        load_when_changed(signer);
        if (signer->key.pem_length > 0)
                return signer;
        LOG(ERROR, "auth.no_signing_key", LOG_TEXT("folder", str_of(folder)));
        signer_close(signer);
        return NULL;
}

void signer_close(struct signer *signer)
{
        if (!signer)
                return;
        pthread_mutex_destroy(&signer->lock);
        explicit_bzero(&signer->key, sizeof(signer->key));
        free(signer);
}

static bool add_ids(jwt_t *jwt, const struct sign_claims *claims)
{
        char user[UUID_TEXT_SIZE], tenant[UUID_TEXT_SIZE], session[UUID_TEXT_SIZE],
                jti[UUID_TEXT_SIZE];
        struct uuid unique;

        if (!uuid_v7(&unique))
                return false;
        (void)uuid_format(&claims->user.uuid, user);
        (void)uuid_format(&claims->tenant.uuid, tenant);
        (void)uuid_format(&claims->session.uuid, session);
        (void)uuid_format(&unique, jti);
        return !jwt_add_grant(jwt, "sub", user) && !jwt_add_grant(jwt, "user_id", user) &&
               !jwt_add_grant(jwt, "userId", user) && !jwt_add_grant(jwt, "tenant_id", tenant) &&
               !jwt_add_grant(jwt, "sid", session) && !jwt_add_grant(jwt, "jti", jti);
}

/* {"permissions":[],"site_ids":[…],"roles":[…]}; of very many sites none is told, the token must
 * fit a header. */
static bool add_lists(jwt_t *jwt, role_set roles, struct str sites)
{
        enum { SITES_TOLD = 2000 };
        struct buf text;
        struct emit e;
        bool added;

        buf_init(&text, 4096);
        emit_start(&e, &text);
        emit_object(&e);
        emit_key(&e, "permissions");
        emit_raw(&e, STR("[]"));
        emit_key(&e, "site_ids");
        emit_raw(&e, sites.ptr && sites.len <= SITES_TOLD ? sites : STR("[]"));
        emit_key(&e, "roles");
        emit_array(&e);
        for (unsigned role = 0; role < ROLE__N; role++)
                if (roles & (1u << role))
                        emit_text(&e, role_text((enum role)role));
        emit_array_end(&e);
        emit_object_end(&e);
        added = emit_finish(&e) && !jwt_add_grants_json(jwt, text.data);
        buf_free(&text);
        return added;
}

static bool add_claims(jwt_t *jwt, const struct sign_claims *claims)
{
        char email[256];

        snprintf(email, sizeof(email), "%.*s", STR_ARG(claims->email));
        return !jwt_add_grant(jwt, "iss", config_text(CONFIG_TOKEN_ISSUER)) &&
               !jwt_add_grant(jwt, "aud", config_text(CONFIG_TOKEN_AUDIENCE)) &&
               !jwt_add_grant(jwt, "token_use", "access") && !jwt_add_grant(jwt, "email", email) &&
               !jwt_add_grant_int(jwt, "iat", claims->issued / 1000) &&
               !jwt_add_grant_int(jwt, "nbf", claims->issued / 1000) &&
               !jwt_add_grant_int(jwt, "exp", claims->expires / 1000) && add_ids(jwt, claims) &&
               add_lists(jwt, claims->roles, claims->sites);
}

static char *encode(struct signer *signer, jwt_t *jwt)
{
        const struct signing_key *key = &signer->key;
        char *text = NULL;

        pthread_mutex_lock(&signer->lock);
        load_when_changed(signer);
        if (!jwt_add_header(jwt, "kid", key->kid) &&
            !jwt_set_alg(jwt, key->alg, (const unsigned char *)key->pem, key->pem_length))
                text = jwt_encode_str(jwt);
        pthread_mutex_unlock(&signer->lock);
        return text;
}

bool sign_token(struct signer *signer, const struct sign_claims *claims, struct arena *arena,
                struct str *token)
{
        jwt_t *jwt = NULL;
        char *text = NULL;

        *token = (struct str){NULL, 0};
        if (jwt_new(&jwt) == 0 && add_claims(jwt, claims))
                text = encode(signer, jwt);
        if (text)
                *token = arena_copy(arena, str_of(text));
        free(text);
        jwt_free(jwt);
        return token->ptr != NULL;
}
