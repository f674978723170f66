/**
 * hosts.c: which of several hosts to use: the first in the list that is not known to be away. What
 * one thread learns spares the others the wait. A host that was away is tried again by one thread
 * at a time; when it answers, connections return to it, so that all write to the same node again.
 */
#include "db/db_internal.h"

#include <stdatomic.h>

#include "base/time.h"

enum {
        HOSTS_MAX = 16,
        PATIENCE_US = 5000000,     /* before a host that was away is tried again */
        LAST_RESORT_US = 1000000,  /* the same when no other answers */
        RETURN_PERIOD_US = 1000000 /* how often a connection looks for a better host */
};

/* When each host failed last, by the monotonic clock; 0: it did not, or has answered since. */
static _Atomic int64_t away_since[HOSTS_MAX];

void host_failed(const struct db *db, unsigned host)
{
        if (db->hosts > 1)
                atomic_store(&away_since[host % HOSTS_MAX], time_monotonic_us());
}

void host_answered(unsigned host)
{
        atomic_store(&away_since[host % HOSTS_MAX], 0);
}

/* Whether ${host} may be tried: it is not away, or long enough for whoever comes first. */
static bool claim(unsigned host, int64_t patience)
{
        const int64_t now = time_monotonic_us();
        int64_t since = atomic_load(&away_since[host % HOSTS_MAX]);

        return since == 0 ||
               (now - since >= patience &&
                atomic_compare_exchange_strong(&away_since[host % HOSTS_MAX], &since, now));
}

bool host_next(const struct db *db, unsigned *turn)
{
        if (db->hosts == 1)
                return (*turn)++ == 0;
        for (; *turn < 2 * db->hosts; (*turn)++)
                if (claim(*turn % db->hosts, *turn < db->hosts ? PATIENCE_US : LAST_RESORT_US))
                        return true;
        return false;
}

bool host_left(const struct db *db)
{
        return atomic_load(&away_since[db->host % HOSTS_MAX]) > db->connected_us;
}

bool host_better(struct db *db, unsigned *host)
{
        const int64_t now = time_monotonic_us();

        if (db->host == 0 || now - db->looked_us < RETURN_PERIOD_US)
                return false;
        db->looked_us = now;
        for (*host = 0; *host < db->host; (*host)++)
                if (claim(*host, PATIENCE_US))
                        return true;
        return false;
}
