/**
 * feed.h: private addresses that calendar programs subscribe to, one a user and kind.
 *
 * The address is the credential, as such programs send no other: 240 random bits of which only the
 * digest is stored. Making it anew voids the one before; a disabled user's shows nothing.
 */
#ifndef ALMONER_FEED_FEED_H
#define ALMONER_FEED_FEED_H

#include "http/http.h"

/** feed_make(r, kind, path): answer 201 with a new address: PUBLIC_URL, ${path}, "/<secret>.ics".
 */
enum status feed_make(struct request *r, const char *kind, const char *path);
extern const struct shape feed_out;

/** feed_end(r, kind): void the caller's address and answer 204. */
enum status feed_end(struct request *r, const char *kind);

/** feed_open(r, kind, readers, user, everywhere): whose address the path's first argument is; every
 * later statement is of that tenant. 404 is answered, also when the user has none of the roles
 * ${readers} any more. ${everywhere}: the user is an admin. */
enum status feed_open(struct request *r, const char *kind, role_set readers, struct user_id *user,
                      bool *everywhere);

#endif
