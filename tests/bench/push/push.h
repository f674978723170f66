/**
 * push.h: the load of the push benchmark: listeners that note when each event reached them, and
 * publishers that note when each was committed or posted.
 *
 * An event is told by a number in its text: "n":"0000123". Its clock starts when the publisher
 * begins (the commit or the POST), its lag when that was acknowledged.
 */
#ifndef ALMONER_BENCH_PUSH_H
#define ALMONER_BENCH_PUSH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EVENTS_MAX = 200000, NUMBER_DIGITS = 7 };

struct plan {
        const char *address;   /* "unix:/path" or "127.0.0.1:8080" */
        const char *path;      /* of the WebSocket */
        const char *header;    /* one header line, or "" */
        const char *publish;   /* "db" or the address of a POST; its path is /publish */
        const char *db_socket; /* of MariaDB */
        const char *bell;      /* doorbell's path */
        const char *tenant;    /* hex */
        int listeners, writers, seconds;
        double rate;  /* events a second, of all writers */
        int body_pad; /* bytes that bring the frame to its size */
};

struct record {
        atomic_int_fast64_t begun_ns[EVENTS_MAX], acked_ns[EVENTS_MAX];
        atomic_int published;
        atomic_bool stop;
};

extern struct record record;

int64_t now_ns(void);

/** dial(address): a connected socket; exits when it can't. */
int dial(const char *address);

/** publish(plan): run the writers for plan->seconds; returns the number of events. */
int publish(const struct plan *plan);

#endif
