/**
 * keys.c: the public keys of an issuer, and our own issuer's file of them.
 */
#include "auth/auth_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/config.h"
#include "base/log.h"

bool keys_replace(struct issuer *issuer, const json_t *set)
{
        const json_t *list = json_object_get(set, "keys");
        struct key *keys = calloc(KEYS_MAX, sizeof(*keys)), *old;
        size_t count = 0;

        for (size_t i = 0; keys && i < json_array_size(list) && count < KEYS_MAX; i++) {
                if (!jwk_to_key(json_array_get(list, i), &keys[count]))
                        continue;
                if (!issuer->alg || strcmp(keys[count].alg, issuer->alg) == 0)
                        count++;
        }
        if (count == 0) {
                free(keys);
                return false;
        }
        pthread_rwlock_wrlock(&issuer->lock);
        old = issuer->keys;
        issuer->keys = keys;
        issuer->count = count;
        pthread_rwlock_unlock(&issuer->lock);
        free(old);
        return true;
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
        taken = set && keys_replace(&auth->issuers[OWN_ISSUER], set);
        json_decref(set);
        if (taken) {
                auth->own_mtime = about.st_mtim;
                LOG(INFO, "auth.keys_loaded",
                    LOG_INT("count", (int64_t)auth->issuers[OWN_ISSUER].count));
        }
        return taken;
}
