/**
 * keys.c: almonerctl rotate-key: a new signing key; tokens of the old one are honoured until they
 * expire.
 */
#include "keys.h"

#include <stdio.h>
#include <sys/stat.h>

#include "auth/sign.h"
#include "base/config.h"

static int64_t longest_lifetime(void)
{
        const int64_t login = config_int(CONFIG_LOGIN_TOKEN_LIFETIME);
        const int64_t access = config_int(CONFIG_ACCESS_TOKEN_LIFETIME);

        return (login > access ? login : access) + AUTH_LEEWAY;
}

int ctl_rotate_key(int argc, char **argv)
{
        char folder[512], kid[UUID_TEXT_SIZE];

        (void)argc;
        (void)argv;
        snprintf(folder, sizeof(folder), "%s/keys", config_text(CONFIG_VAR));
        (void)mkdir(folder, 0755);
        if (!sign_rotate(folder, config_text(CONFIG_TOKEN_ALGORITHM), longest_lifetime(), kid))
                return 1;
        printf("Signing key: %s\n", kid);
        return 0;
}
