/**
 * sign.h: signing our own tokens. Only auth.fcgi and almonerctl use it; only they may read the
 * key's file.
 *
 * VAR/keys/<kid>.pem holds a private key (0600), VAR/keys/current names the one that signs,
 * VAR/keys/jwks.json publishes the public ones; a retired key carries "exp", after which nobody
 * accepts it.
 */
#ifndef ALMONER_AUTH_SIGN_H
#define ALMONER_AUTH_SIGN_H

#include <stdbool.h>

#include "auth/auth.h"

struct signer;

struct sign_claims {
        struct tenant_id tenant;
        struct user_id user;
        struct session_id session;
        role_set roles;
        struct str email;
        struct str sites; /* JSON array of site ids; absent: [] */
        time_ms issued, expires;
};

/** signer_open(folder): load the current key of ${folder}; NULL (logged) when there is none. */
struct signer *signer_open(const char *folder);

/** signer_close(signer): forget the key; NULL is fine. */
void signer_close(struct signer *signer);

/** sign_token(signer, claims, arena, token): a token with the union of claims that all families
 * read (contract 5.12). Thread-safe. Takes the next key when VAR/keys/current was changed two
 * seconds ago, so that every verifier has seen its public half by then; a next key that can't be
 * read is logged, and the one at hand signs on. False without memory. */
bool sign_token(struct signer *signer, const struct sign_claims *claims, struct arena *arena,
                struct str *token);

/** sign_rotate(folder, algorithm, keep): make a new key and let it sign from now on; older keys
 * verify for ${keep} more seconds, which must be the longest that a token lives, with the leeway.
 * The kid of the new key goes to ${kid}. False (logged) when a file can't be written, or the
 * published keys can't be read: then nothing has changed, they may be in use. */
bool sign_rotate(const char *folder, const char *algorithm, int64_t keep,
                 char kid[static UUID_TEXT_SIZE]);

#endif
