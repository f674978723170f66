/**
 * password.h: password hashes: argon2id (RFC 9106) in the encoded form "$argon2id$v=19$m=…".
 *
 * Cost comes from ARGON2_MEMORY and ARGON2_PASSES; at most ARGON2_CONCURRENCY hashes are computed
 * at once, so that a storm of logins can't take all memory.
 */
#ifndef ALMONER_AUTH_PASSWORD_H
#define ALMONER_AUTH_PASSWORD_H

#include <stdbool.h>

#include "base/status.h"
#include "base/str.h"

enum { PASSWORD_HASH_SIZE = 160, PASSWORD_MAX = 128 /* bytes */ };

/** password_hash(password, hash): STATUS_OK; STATUS_BUSY when no turn came within 5 seconds;
 * STATUS_NOMEM; STATUS_UNAVAILABLE without randomness. */
enum status password_hash(struct str password, char hash[static PASSWORD_HASH_SIZE]);

/**
 * password_verify(hash, password, right): whether ${password} belongs to ${hash}. With ${hash} NULL
 * (no such user) it does the same work against a hash that nothing matches, so that the time tells
 * nothing. Errors as password_hash.
 */
enum status password_verify(const char *hash, struct str password, bool *right);

/** password_outdated(hash): whether ${hash} was made with other parameters than today's: hash again
 * at the next login. */
bool password_outdated(const char *hash);

/** password_classes(password): how many of lower case, upper case, digit, other occur; bytes beyond
 * ASCII are "other". */
unsigned password_classes(struct str password);

#endif
