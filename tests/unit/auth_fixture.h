/**
 * auth_fixture.h: a folder with our own key set, an auth without database, and tokens of every bad kind.
 */
#ifndef ALMONER_TESTS_AUTH_FIXTURE_H
#define ALMONER_TESTS_AUTH_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

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
static const struct db_opts fixture_db = {.hosts = "", .socket = "nowhere.sock", .user = "u", .password = "", .schema = "s", .timeout = 1};

static inline int fixture_open(void **state)
{
        char problem[200];

        (void)state;
        snprintf(fixture_folder, sizeof(fixture_folder), "auth-test-%ld", (long)getpid());
        snprintf(fixture_keys, sizeof(fixture_keys), "%s/keys", fixture_folder);
        (void)mkdir(fixture_folder, 0700);
        (void)mkdir(fixture_keys, 0700);
        setenv("VAR", fixture_folder, 1);
        if (!config_load(problem, sizeof(problem)) || !sign_rotate(fixture_keys, "ES256", 3600, fixture_kid))
                return -1;
        fixture_signer = signer_open(fixture_keys);
        fixture_auth = auth_create(&fixture_db);
        return fixture_signer && fixture_auth ? 0 : -1;
}

static inline int fixture_close(void **state)
{
        char command[200];

        (void)state;
        auth_destroy(fixture_auth);
        signer_close(fixture_signer);
        snprintf(command, sizeof(command), "%s/jwks.json", fixture_keys);
        unlink(command);
        snprintf(command, sizeof(command), "%s/current", fixture_keys);
        unlink(command);
        snprintf(command, sizeof(command), "%s/%s.pem", fixture_keys, fixture_kid);
        unlink(command);
        rmdir(fixture_keys);
        rmdir(fixture_folder);
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

#endif
