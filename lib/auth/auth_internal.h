/**
 * auth_internal.h: keys, issuers, the cache of verified tokens and the set of ended sessions.
 */
#ifndef ALMONER_AUTH_INTERNAL_H
#define ALMONER_AUTH_INTERNAL_H

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#include "auth/auth.h"
#include "base/digest.h"

enum { KID_MAX = 64, PEM_MAX = 1200, KEYS_MAX = 64, ISSUERS_MAX = 8, OWN_ISSUER = 0 };

/** A public key: belongs to one issuer and one algorithm. */
struct key {
        char kid[KID_MAX + 1];
        char alg[6]; /* "ES256" or "RS256" */
        char pem[PEM_MAX];
        int pem_length;
        time_ms retires; /* 0: never */
};

/** Who may sign; the first is ourselves. */
struct issuer {
        char *name, *audience, *url, *tenant_claim, *alg; /* url NULL for ourselves */
        pthread_rwlock_t lock;                            /* over keys and count */
        struct key *keys;
        size_t count;
        bool tried_before;
        time_ms fetched, tried; /* last good fetch, last try; of the fetching thread alone */
        atomic_bool wanted;     /* a token named a key we don't have */
};

struct cache;
struct revoked;

struct auth {
        struct db_opts db_opts;
        struct issuer issuers[ISSUERS_MAX];
        size_t issuer_count;
        struct cache *cache;
        struct revoked *revoked;
        pthread_t watcher, fetcher;
        bool watching, fetching;
        pthread_mutex_t lock; /* of stop */
        pthread_cond_t stop_changed;
        bool stop;
        atomic_bool ready;
        struct timespec own_mtime; /* of the key file that was taken last; of the watcher alone */
};

/* jwk.c */

/** jwk_to_key(jwk, key): RSA of at least 2048 bits or EC P-256, alg bound; false for anything else.
 */
bool jwk_to_key(const json_t *jwk, struct key *key);

/** kid_valid(kid): 1 to 64 of [A-Za-z0-9._-]. */
bool kid_valid(struct str kid);

/* keys.c */

/** keys_replace(auth, issuer, set): take the usable keys of a JWKS document; false (and nothing
 * changed) when it has none. If they are others than before, what the cache holds counts no more.
 */
bool keys_replace(struct auth *auth, struct issuer *issuer, const json_t *set);

/** keys_drop(auth, issuer): have no keys any more. */
void keys_drop(struct auth *auth, struct issuer *issuer);

/** keys_find(issuer, kid, now, out): a copy of the key. */
bool keys_find(struct issuer *issuer, struct str kid, time_ms now, struct key *out);

/** keys_any(issuer): whether it has keys at all. */
bool keys_any(struct issuer *issuer);

/** keys_watch_own(auth): read VAR/keys/jwks.json again when it changed; false when it can't be
 * read. */
bool keys_watch_own(struct auth *auth);

/* issuers.c */

/** issuers_configure(auth): ourselves and those of OIDC_ISSUERS; false (logged) when a row there is
 * malformed. */
bool issuers_configure(struct auth *auth);
void issuers_free(struct auth *auth);

/** issuers_fetch(auth, now): fetch the sets that are due: each ten minutes, or a minute after the
 * last try when there are no keys or a token named an unknown one. A set is kept for a day if no
 * other can be fetched. ${now} is of a clock that never steps back. */
void issuers_fetch(struct auth *auth, time_ms now);

/* jwt.c */

/** jwt_verify(auth, arena, token, now, out): all checks but cache and revocation. */
enum auth_fault jwt_verify(struct auth *auth, struct arena *arena, struct str token, time_ms now,
                           struct principal *out);

/* cache.c: at most CACHE_MAX verified tokens; thread-safe */
enum { CACHE_MAX = 4096 };
struct cache *cache_create(void);
void cache_destroy(struct cache *cache);

/** cache_generation(cache): to be asked before verifying and handed to cache_put: a verdict that
 * was reached with the keys of an earlier generation is no hit. */
unsigned cache_generation(struct cache *cache);

/** cache_renew(cache): begin a generation: nothing that was put so far is a hit. */
void cache_renew(struct cache *cache);
bool cache_get(struct cache *cache, const struct digest *token, time_ms now, struct principal *out);
void cache_put(struct cache *cache, const struct digest *token, const struct principal *principal,
               unsigned generation);

/* revoke.c */
struct revoked *revoked_create(void);
void revoked_destroy(struct revoked *revoked);
bool revoked_has(struct revoked *revoked, const struct session_id *session);

/** revoked_set(revoked, session, until): refuse the session until then (no token of it lives
 * longer); false without memory. */
bool revoked_set(struct revoked *revoked, const struct session_id *session, time_ms until);

/** revoked_poll(revoked, db, since, now): read what was revoked from ${since} on, less a minute for
 * late commits; since 0 reads all and drops what has expired. STATUS_OK only when all was noted. */
enum status revoked_poll(struct revoked *revoked, struct db *db, time_ms since, time_ms now);

#endif
