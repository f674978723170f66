/**
 * relay.h: the thread that moves committed outbox rows into each tenant's stream, with a dense seq,
 * and hands what is new in the streams to the serving thread.
 *
 * Rows are selected by state, never by position: what is in the outbox has been committed and is
 * moved; what is not there yet comes later. A batch is two round trips: a SELECT, and one compound
 * transaction that only commits when every stream still ends where this process has read it to.
 * So two relays can't move the same rows twice; the lease keeps them from trying. It is taken
 * when it was given up or stood still for three seconds; no clocks are compared. What was moved is
 * handed on as it is; what others moved is read from the streams: a process that is about to end
 * still serves its connections, whoever relays.
 */
#ifndef ALMONER_PUSHD_RELAY_H
#define ALMONER_PUSHD_RELAY_H

#include <pthread.h>
#include <stdatomic.h>

#include "db/db.h"

#include "mailbox.h"

struct relay {
        const struct db_opts *db_opts;
        struct mailbox *news; /* struct event */
        atomic_bool stop;
        atomic_bool retire; /* give the lease up, go on reading */
        int bell_fd;
        pthread_t thread;
};

/** relay_start(relay): false without thread. relay_join(relay): after ${stop} was set. */
bool relay_start(struct relay *relay);
void relay_join(struct relay *relay);

/** event_from_row(rows): columns tenant_id, seq, channel, type, resource, op, record_id, body,
 * created_at. */
struct event *event_from_row(const struct db_rows *rows, int64_t epoch);
#define STREAM_COLUMNS "tenant_id, seq, channel, type, resource, op, record_id, body, created_at"

#endif
