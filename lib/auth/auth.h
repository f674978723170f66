/**
 * auth.h: who is calling. Verification of JSON Web Tokens (RFC 7519) and what they say.
 *
 * Tokens of our own issuer are verified with the public keys of VAR/keys/jwks.json, those of
 * external issuers with the key set behind their JWKS URL (RFC 7517), fetched in the background,
 * never by a request. A key belongs to one issuer and one algorithm; the token's header only
 * selects it. Around libjwt stand our own checks: alg equals the key's, a key is never NULL, iss,
 * aud, exp, nbf and iat with AUTH_LEEWAY, tenant and subject present, typ not an id token, no crit,
 * jku, jwk, x5u or x5c. A return of 0 from libjwt is not proof (research: it also means a failed
 * allocation).
 *
 * A verified token is kept in a cache by its SHA-256 until it expires or a key set changes.
 * Revocations are read from the database by a background thread once a second, so that a session
 * ended anywhere is refused everywhere within two seconds.
 */
#ifndef ALMONER_AUTH_AUTH_H
#define ALMONER_AUTH_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/status.h"
#include "base/str.h"
#include "base/time.h"
#include "db/db.h"

enum { AUTH_LEEWAY = 60 /* seconds */, AUTH_TOKEN_MAX = 8192 /* bytes */ };

/* clang-format off */
enum role {
#define ROLE(name, text, about) ROLE_##name##_INDEX,
#include "auth/roles.tbl"
#undef ROLE
        ROLE__N
};

/** Sets of roles, as routes name them: STAFF | VIEWER. */
typedef uint32_t role_set;
enum {
#define ROLE(name, text, about) name = 1u << ROLE_##name##_INDEX,
#include "auth/roles.tbl"
#undef ROLE
};
/* clang-format on */

#define ANYBODY ((role_set)0) /* public: no token needed */
#define EVERY_ROLE ((role_set)((1u << ROLE__N) - 1))

/** role_text(role): "admin" …; never NULL for a role below ROLE__N. */
const char *role_text(enum role role);

/** role_parse(text, out): the set with this one role. */
bool role_parse(struct str text, role_set *out);

/** roles_parse(list): the set of "admin,staff"; what is no role is left out. */
role_set roles_parse(struct str list);

struct principal {
        struct tenant_id tenant;
        struct user_id user;
        struct session_id session; /* zero for external issuers */
        role_set roles;
        time_ms expires; /* of the token, or of its key if that is sooner; with the leeway */
        char email[256];
};

struct auth;

/**
 * auth_create(db_opts): load keys and start the background threads (keys and revocations; issuers'
 * key sets if there are any). NULL (logged) when the key file can't be read, OIDC_ISSUERS is
 * malformed or a thread not started. ${db_opts} is copied, its texts are borrowed.
 */
struct auth *auth_create(const struct db_opts *db_opts);

/** auth_destroy(auth): stop the threads (a fetch under way is waited for, five seconds at most) and
 * free; NULL is fine. */
void auth_destroy(struct auth *auth);

/** auth_ready(auth): whether revocations have been read at least once. */
bool auth_ready(const struct auth *auth);

enum auth_fault {
        AUTH_OK,
        AUTH_MALFORMED, /* no token by form */
        AUTH_UNTRUSTED, /* unknown issuer or key, wrong algorithm, bad signature, wrong audience,
                           missing claim */
        AUTH_EXPIRED,
        AUTH_REVOKED,
        AUTH_UNAVAILABLE, /* can't tell: no memory, or the issuer's keys are not there yet */
};

/**
 * auth_verify(auth, token, now, out): check ${token} at ${now}. Thread-safe. On AUTH_OK ${out} is
 * filled, else untouched. A hit in the cache costs a hash and a look-up.
 */
enum auth_fault auth_verify(struct auth *auth, struct str token, time_ms now,
                            struct principal *out);

/** auth_fault_text(fault): a sentence for the caller that gives nothing away. */
const char *auth_fault_text(enum auth_fault fault);

/** auth_ended(auth, session): whether a session has been ended; for who verified its token before.
 */
bool auth_ended(struct auth *auth, const struct session_id *session);

/** auth_forget(auth, session): refuse this session in this process from now on (others follow
 * within two seconds). */
void auth_forget(struct auth *auth, const struct session_id *session);

#endif
