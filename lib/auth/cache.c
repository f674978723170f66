/**
 * cache.c: verified tokens by digest: 1024 sets of four, a lock for every 64 sets.
 *
 * Each entry bears the generation of keys that it was verified with. A new generation makes all
 * older entries worthless without touching them.
 */
#include "auth/auth_internal.h"

#include <stdlib.h>

enum { WAYS = 4, SETS = CACHE_MAX / WAYS, LOCKS = 16 };

struct entry {
        struct digest token;
        struct principal principal; /* expires 0: free */
        unsigned generation;
};

struct cache {
        pthread_mutex_t locks[LOCKS];
        struct entry sets[SETS][WAYS];
        uint8_t next[SETS]; /* way to replace */
        atomic_uint generation;
};

struct cache *cache_create(void)
{
        struct cache *cache = calloc(1, sizeof(*cache));

        for (size_t i = 0; cache && i < LOCKS; i++)
                pthread_mutex_init(&cache->locks[i], NULL);
        return cache;
}

void cache_destroy(struct cache *cache)
{
        for (size_t i = 0; cache && i < LOCKS; i++)
                pthread_mutex_destroy(&cache->locks[i]);
        free(cache);
}

unsigned cache_generation(struct cache *cache)
{
        return atomic_load(&cache->generation);
}

void cache_renew(struct cache *cache)
{
        atomic_fetch_add(&cache->generation, 1);
}

static size_t set_of(const struct digest *token)
{
        return ((size_t)token->bytes[0] << 8 | token->bytes[1]) % SETS;
}

bool cache_get(struct cache *cache, const struct digest *token, time_ms now, struct principal *out)
{
        const unsigned generation = cache_generation(cache);
        const size_t set = set_of(token);
        bool hit = false;

        pthread_mutex_lock(&cache->locks[set % LOCKS]);
        for (size_t way = 0; way < WAYS && !hit; way++) {
                const struct entry *entry = &cache->sets[set][way];

                hit = entry->principal.expires > now && entry->generation == generation &&
                      memcmp(entry->token.bytes, token->bytes, sizeof(token->bytes)) == 0;
                if (hit)
                        *out = entry->principal;
        }
        pthread_mutex_unlock(&cache->locks[set % LOCKS]);
        return hit;
}

void cache_put(struct cache *cache, const struct digest *token, const struct principal *principal,
               unsigned generation)
{
        const size_t set = set_of(token);

        pthread_mutex_lock(&cache->locks[set % LOCKS]);
        cache->sets[set][cache->next[set]] = (struct entry){*token, *principal, generation};
        cache->next[set] = (uint8_t)((cache->next[set] + 1) % WAYS);
        pthread_mutex_unlock(&cache->locks[set % LOCKS]);
}
