/**
 * reader.h: the thread that asks the database for connections: who they are, what they may see,
 * what they have missed. The serving thread never waits for a database.
 */
#ifndef ALMONER_PUSHD_READER_H
#define ALMONER_PUSHD_READER_H

#include <pthread.h>
#include <stdatomic.h>

#include "auth/auth.h"
#include "base/digest.h"

#include "event.h"
#include "mailbox.h"

enum { REPLAY_PAGE = 500, REPLAY_BYTES = 256 << 10 };

/** A question and its answer. */
struct job {
        struct letter link;
        uint64_t connection; /* serial; it may be gone when the answer comes */
        bool has_ticket;     /* else ${principal} is known */
        struct digest ticket;
        struct principal principal;
        bool has_wanted;
        struct tenant_id wanted;        /* the tenant in the path */
        bool wants_stream;              /* where it stands; else the sites alone */
        bool wants_replay;              /* and what follows */
        int64_t since_epoch, since_seq; /* epoch 0: whatever it is */

        enum status status; /* STATUS_DENIED: the ticket is void */
        bool everywhere;
        struct uuid *sites; /* malloc'd */
        size_t site_count;
        int64_t epoch, head; /* of the stream */
        bool recovered;      /* nothing after ${since} is missing */
        struct letter
                *events;   /* struct event: after ${since}, at most REPLAY_PAGE or REPLAY_BYTES */
        bool more;         /* there may be more events after these */
        bool wants_health; /* nothing else */
        int64_t schema;    /* newest migration applied */
};

struct reader {
        const struct db_opts *db_opts;
        struct mailbox questions, *answers;
        atomic_bool stop;
        pthread_t thread;
};

/** reader_start(reader): false without thread. reader_join(reader): after ${stop} was set. */
bool reader_start(struct reader *reader);
void reader_join(struct reader *reader);

/** job_free(job): with what it holds. */
void job_free(struct job *job);

#endif
