/**
 * signer.c: the one signer of this process.
 */
#include "signer.h"

#include <stdio.h>

#include "auth/sign.h"
#include "base/config.h"

static struct signer *the_signer;

bool signer_start(void)
{
        char folder[512];

        snprintf(folder, sizeof(folder), "%s/keys", config_text(CONFIG_VAR));
        the_signer = signer_open(folder);
        return the_signer != NULL;
}

struct signer *signer(void)
{
        return the_signer;
}
