/**
 * keys.c: the public keys of an issuer, and our own issuer's file of them.
 *
 * Each issuer's keys are written by one thread alone, which may therefore read them without the
 * lock. A verifier copies the key it needs and holds no lock while it verifies.
 */
#include "auth/auth_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/config.h"
#include "base/log.h"

static bool same_keys(const struct key *a, const struct key *b, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(a[i].kid, b[i].kid) != 0 || strcmp(a[i].alg, b[i].alg) != 0 ||
                    strcmp(a[i].pem, b[i].pem) != 0 || a[i].retires != b[i].retires)
                        return false;
        return true;
}

/* Take ${keys} over. The cache forgets after the change is seen: see cache_generation. */
static void swap_keys(struct auth *auth, struct issuer *issuer, struct key *keys, size_t count)
{
        struct key *old;

        pthread_rwlock_wrlock(&issuer->lock);
        old = issuer->keys;
        issuer->keys = keys;
        issuer->count = count;
        pthread_rwlock_unlock(&issuer->lock);
        cache_renew(auth->cache);
        free(old);
}

bool keys_replace(struct auth *auth, struct issuer *issuer, const json_t *set)
{
        const json_t *list = json_object_get(set, "keys");
        struct key *keys = calloc(KEYS_MAX, sizeof(*keys));
        size_t count = 0;

        for (size_t i = 0; keys && i < json_array_size(list) && count < KEYS_MAX; i++) {
                if (!jwk_to_key(json_array_get(list, i), &keys[count]))
                        continue;
                if (!issuer->alg || strcmp(keys[count].alg, issuer->alg) == 0)
                        count++;
        }
        if (count && (count != issuer->count || !same_keys(keys, issuer->keys, count)))
                swap_keys(auth, issuer, keys, count);
        else
                free(keys);
        return count > 0;
}

void keys_drop(struct auth *auth, struct issuer *issuer)
{
        swap_keys(auth, issuer, NULL, 0);
}

bool keys_find(struct issuer *issuer, struct str kid, time_ms now, struct key *out)
{
        bool found = false;

        pthread_rwlock_rdlock(&issuer->lock);
        for (size_t i = 0; i < issuer->count && !found; i++) {
                const struct key *key = &issuer->keys[i];

                found = str_is(kid, key->kid) && (key->retires == 0 || now < key->retires);
                if (found)
                        *out = *key;
        }
        pthread_rwlock_unlock(&issuer->lock);
        return found;
}

bool keys_any(struct issuer *issuer)
{
        bool any;

        pthread_rwlock_rdlock(&issuer->lock);
        any = issuer->count > 0;
        pthread_rwlock_unlock(&issuer->lock);
        return any;
}

bool keys_watch_own(struct auth *auth)
{
        char path[600];
        struct stat about;
        json_t *set;
        bool taken;

        snprintf(path, sizeof(path), "%s/keys/jwks.json", config_text(CONFIG_VAR));
        if (stat(path, &about) != 0)
                return auth->issuers[OWN_ISSUER].count > 0;
        if (about.st_mtim.tv_sec == auth->own_mtime.tv_sec &&
            about.st_mtim.tv_nsec == auth->own_mtime.tv_nsec)
                return true;
        set = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
        taken = set && keys_replace(auth, &auth->issuers[OWN_ISSUER], set);
        json_decref(set);
        if (taken) {
                auth->own_mtime = about.st_mtim;
                LOG(INFO, "auth.keys_loaded",
                    LOG_INT("count", (int64_t)auth->issuers[OWN_ISSUER].count));
        }
        return taken;
}
