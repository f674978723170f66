/**
 * auth.c: the service around verification: its background threads, the cache and the ended
 * sessions.
 */
#include "auth/auth_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"

/* No token lives longer; the next poll puts the session's own end in its place. */
static const time_ms longest_ms = (time_ms)366 * 86400000;

enum { VERIFY_ARENA = 1 << 18, FULL_POLL_MS = 3600000 };

/* clang-format off */
static const char *const fault_texts[] = {
        [AUTH_OK]          = "The token is good",
        [AUTH_MALFORMED]   = "Invalid token",
        [AUTH_UNTRUSTED]   = "Invalid token",
        [AUTH_EXPIRED]     = "Token expired",
        [AUTH_REVOKED]     = "The session has ended",
        [AUTH_UNAVAILABLE] = "Tokens can't be checked at the moment",
};
/* clang-format on */

const char *auth_fault_text(enum auth_fault fault)
{
        return fault_texts[fault];
}

/* Wait a second, or until told to stop; true when stopped. */
static bool stopped_within_a_second(struct auth *auth)
{
        struct timespec until;
        bool stop;

        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec++;
        pthread_mutex_lock(&auth->lock);
        while (!auth->stop &&
               pthread_cond_timedwait(&auth->stop_changed, &auth->lock, &until) != ETIMEDOUT)
                ;
        stop = auth->stop;
        pthread_mutex_unlock(&auth->lock);
        return stop;
}

static void *watch(void *context)
{
        struct auth *auth = context;
        struct db *db = db_create(&auth->db_opts);
        time_ms seen = 0, swept = 0; /* last good reading, of the new and of all */

        do {
                const time_ms now = time_now();
                const bool all = now - swept >= FULL_POLL_MS || now < swept;

                (void)keys_watch_own(auth);
                if (!db)
                        db = db_create(&auth->db_opts);
                if (db && revoked_poll(auth->revoked, db, all ? 0 : seen, now) == STATUS_OK) {
                        atomic_store(&auth->ready, true);
                        seen = now;
                        swept = all ? now : swept;
                }
        } while (!stopped_within_a_second(auth));
        db_destroy(db);
        return NULL;
}

static void *fetch(void *context)
{
        struct auth *auth = context;

        do
                issuers_fetch(auth, time_monotonic_us() / 1000);
        while (!stopped_within_a_second(auth));
        return NULL;
}

/* OpenSSL sets itself up at first use, and stays broken when it finds no memory then: not in a
 * request. */
static bool set_up_openssl(void)
{
        struct digest digest;

        return digest_sha256(STR(""), &digest);
}

static bool start(struct auth *auth)
{
        if (!set_up_openssl()) {
                LOG(ERROR, "auth.no_openssl", LOG_TEXT("algorithm", STR("SHA-256")));
                return false;
        }
        if (!keys_watch_own(auth)) {
                LOG(ERROR, "auth.no_keys", LOG_TEXT("file", STR("keys/jwks.json")));
                return false;
        }
        auth->watching = pthread_create(&auth->watcher, NULL, watch, auth) == 0;
        if (auth->issuer_count > 1)
                auth->fetching = pthread_create(&auth->fetcher, NULL, fetch, auth) == 0;
        return auth->watching && (auth->fetching || auth->issuer_count == 1);
}

/* Waits are measured by a clock that nobody sets. */
static bool make_signals(struct auth *auth)
{
        pthread_condattr_t monotonic;
        bool made;

        if (pthread_condattr_init(&monotonic) != 0)
                return false;
        made = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 &&
               pthread_cond_init(&auth->stop_changed, &monotonic) == 0;
        pthread_condattr_destroy(&monotonic);
        return made && pthread_mutex_init(&auth->lock, NULL) == 0;
}

struct auth *auth_create(const struct db_opts *db_opts)
{
        struct auth *auth = calloc(1, sizeof(*auth));

        if (!auth || !make_signals(auth)) {
                free(auth);
                return NULL;
        }
        auth->db_opts = *db_opts;
        auth->cache = cache_create();
        auth->revoked = revoked_create();
        if (auth->cache && auth->revoked && issuers_configure(auth) && start(auth))
                return auth;
        auth_destroy(auth);
        return NULL;
}

void auth_destroy(struct auth *auth)
{
        if (!auth)
                return;
        pthread_mutex_lock(&auth->lock);
        auth->stop = true;
        pthread_cond_broadcast(&auth->stop_changed);
        pthread_mutex_unlock(&auth->lock);
        if (auth->watching)
                pthread_join(auth->watcher, NULL);
        if (auth->fetching)
                pthread_join(auth->fetcher, NULL);
        issuers_free(auth);
        cache_destroy(auth->cache);
        revoked_destroy(auth->revoked);
        pthread_cond_destroy(&auth->stop_changed);
        pthread_mutex_destroy(&auth->lock);
        free(auth);
}

bool auth_ready(const struct auth *auth)
{
        return atomic_load(&auth->ready);
}

enum auth_fault auth_verify(struct auth *auth, struct str token, time_ms now, struct principal *out)
{
        struct principal principal;
        struct digest digest;
        enum auth_fault fault = AUTH_OK;

        if (token.len > AUTH_TOKEN_MAX)
                return AUTH_MALFORMED;
        if (!digest_sha256(token, &digest))
                return AUTH_UNAVAILABLE;
        if (!cache_get(auth->cache, &digest, now, &principal)) {
                const unsigned generation = cache_generation(auth->cache);
                struct arena *arena = arena_create(VERIFY_ARENA);

                if (!arena)
                        return AUTH_UNAVAILABLE;
                fault = jwt_verify(auth, arena, token, now, &principal);
                arena_destroy(arena);
                if (fault == AUTH_OK)
                        cache_put(auth->cache, &digest, &principal, generation);
        }
        if (fault == AUTH_OK && revoked_has(auth->revoked, &principal.session))
                fault = AUTH_REVOKED;
        if (fault == AUTH_OK)
                *out = principal;
        return fault;
}

bool auth_ended(struct auth *auth, const struct session_id *session)
{
        return revoked_has(auth->revoked, session);
}

void auth_forget(struct auth *auth, const struct session_id *session)
{
        if (uuid_is_zero(&session->uuid)) /* all callers of external issuers share it */
                return;
        if (!revoked_set(auth->revoked, session, time_now() + longest_ms))
                LOG(ERROR, "auth.session_not_noted", LOG_TEXT("cause", STR("no memory")));
}
