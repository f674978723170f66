/**
 * secret.c: see secret.h.
 */
#include "base/secret.h"

#include <openssl/evp.h>

#include "base/id.h"

bool secret_make(char text[static SECRET_TEXT_SIZE], struct digest *hash)
{
        static const char prefix[] = "alm_";
        unsigned char random[30]; /* a multiple of three: base64 without padding */
        unsigned char *coded = (unsigned char *)text + sizeof(prefix) - 1;

        if (!random_bytes(random, sizeof(random)))
                return false;
        memcpy(text, prefix, sizeof(prefix) - 1);
        EVP_EncodeBlock(coded, random, sizeof(random));
        for (; *coded; coded++)
                *coded = *coded == '+' ? '-' : *coded == '/' ? '_' : *coded;
        return digest_sha256(str_of(text), hash);
}
