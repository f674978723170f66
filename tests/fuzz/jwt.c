/**
 * jwt.c: fuzz target: whatever comes as a token, only the one that was signed passes.
 */
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/auth_internal.h"
#include "auth/sign.h"
#include "base/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct auth *auth;
static struct signer *signer;
static struct str token; /* the good one */
static struct arena *kept;

static void die(const char *why)
{
        fprintf(stderr, "jwt: %s\n", why);
        exit(2);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
        static const struct db_opts nowhere = {.hosts = "",
                                               .socket = "nowhere.sock",
                                               .user = "u",
                                               .password = "",
                                               .schema = "s",
                                               .timeout = 1};
        struct sign_claims claims = {
                .roles = VIEWER, .email = STR("a@example.com"), .issued = time_now_second()};
        char folder[60], keys[80], kid[UUID_TEXT_SIZE], problem[200];

        (void)argc;
        (void)argv;
        snprintf(folder, sizeof(folder), "almoner-fuzz-%ld", (long)getpid());
        snprintf(keys, sizeof(keys), "%s/keys", folder);
        (void)mkdir(folder, 0700);
        (void)mkdir(keys, 0700);
        setenv("VAR", folder, 1);
        claims.expires = claims.issued + 3600000;
        if (!config_load(problem, sizeof(problem)) || !sign_rotate(keys, "ES256", 60, kid) ||
            !uuid_v7(&claims.tenant.uuid) || !uuid_v7(&claims.user.uuid) ||
            !uuid_v7(&claims.session.uuid))
                die("no key");
        kept = arena_create(1 << 20);
        signer = signer_open(keys);
        auth = auth_create(&nowhere);
        if (!kept || !auth || !signer || !sign_token(signer, &claims, kept, &token))
                die("no token");
        return 0;
}

static void must_differ(struct str text, enum auth_fault fault)
{
        if ((fault == AUTH_OK) != str_eq(text, token))
                abort();
}

/* The input as it is, and laid over the good token at a place that it names. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct principal principal;
        char mixed[AUTH_TOKEN_MAX];
        const struct str text = {size ? (const char *)data : "", size};
        size_t at;

        must_differ(text, auth_verify(auth, text, time_now(), &principal));
        if (size < 3 || token.len > sizeof(mixed))
                return 0;
        at = ((size_t)data[0] << 8 | data[1]) % token.len;
        memcpy(mixed, token.ptr, token.len);
        for (size_t i = 2; i < size && at < token.len; i++)
                mixed[at++] = (char)data[i];
        must_differ((struct str){mixed, token.len},
                    auth_verify(auth, (struct str){mixed, token.len}, time_now(), &principal));
        return 0;
}
