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

enum { PEM_SIZE = 4096, FOLDER_SIZE = 512 };

struct signer {
        char folder[FOLDER_SIZE];
        pthread_mutex_t lock;  /* over what follows */
        struct timespec mtime; /* of the file "current" */
        char kid[UUID_TEXT_SIZE];
        char pem[PEM_SIZE];
        int pem_length;
        jwt_alg_t alg;
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
static bool load(struct signer *signer)
{
        char current[80], alg[8], file[UUID_TEXT_SIZE + 8];

        if (read_small(signer->folder, "current", current, sizeof(current)) < 0 ||
            sscanf(current, "%36s %7s", signer->kid, alg) != 2)
                return false;
        snprintf(file, sizeof(file), "%s.pem", signer->kid);
        signer->pem_length = read_small(signer->folder, file, signer->pem, sizeof(signer->pem));
        signer->alg = jwt_str_alg(alg);
        return signer->pem_length > 0 &&
               (signer->alg == JWT_ALG_ES256 || signer->alg == JWT_ALG_RS256);
}

static void load_when_changed(struct signer *signer)
{
        char path[FOLDER_SIZE + 16];
        struct stat about;

        snprintf(path, sizeof(path), "%s/current", signer->folder);
        if (stat(path, &about) != 0 || (about.st_mtim.tv_sec == signer->mtime.tv_sec &&
                                        about.st_mtim.tv_nsec == signer->mtime.tv_nsec))
                return;
        if (load(signer))
                signer->mtime = about.st_mtim;
}

struct signer *signer_open(const char *folder)
{
        struct signer *signer = calloc(1, sizeof(*signer));

        if (!signer)
                return NULL;
        snprintf(signer->folder, sizeof(signer->folder), "%s", folder);
        pthread_mutex_init(&signer->lock, NULL);
        load_when_changed(signer);
        if (signer->pem_length > 0)
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
        explicit_bzero(signer->pem, sizeof(signer->pem));
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

/* {"permissions":[],"site_ids":[],"roles":[…]} */
static bool add_lists(jwt_t *jwt, role_set roles)
{
        struct buf text;
        struct emit e;
        bool added;

        buf_init(&text, 1024);
        emit_start(&e, &text);
        emit_object(&e);
        emit_key(&e, "permissions");
        emit_raw(&e, STR("[]"));
        emit_key(&e, "site_ids");
        emit_raw(&e, STR("[]"));
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
               !jwt_add_grant_int(jwt, "exp", claims->expires / 1000) && add_ids(jwt, claims) &&
               add_lists(jwt, claims->roles);
}

static char *encode(struct signer *signer, jwt_t *jwt)
{
        char *text = NULL;

        pthread_mutex_lock(&signer->lock);
        load_when_changed(signer);
        if (!jwt_add_header(jwt, "kid", signer->kid) &&
            !jwt_set_alg(jwt, signer->alg, (const unsigned char *)signer->pem, signer->pem_length))
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
