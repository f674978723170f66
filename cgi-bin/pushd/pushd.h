/**
 * pushd.h: the serving thread: connections, tenants' lists of events, and the loop around them.
 *
 * A connection is a request until its head is complete, waits for what the reader finds, and is
 * open then. It keeps one place in its tenant's list; what the kernel does not take at once waits
 * for EPOLLOUT. Memory of an open, idle connection: this struct and its sites, nothing else; at
 * most a page of history (REPLAY_BYTES and an event) while it catches up. Memory of a tenant: at
 * most LAG_MAX events or LAG_BYTES, after which who is behind is closed (4408) and may resume.
 */
#ifndef ALMONER_PUSHD_PUSHD_H
#define ALMONER_PUSHD_PUSHD_H

#include "auth/auth.h"
#include "limit/limit.h"
#include "websocket/frame.h"
#include "websocket/head.h"

#include "door.h"
#include "event.h"
#include "reader.h"
#include "relay.h"

enum { LAG_MAX = 2000, LAG_BYTES = 8 << 20, CHANNELS_TEXT_MAX = 400, PENDING_MAX = 64 << 20 };

/** A tenant that somebody listens to. */
struct tenant {
        struct tenant *next;
        struct tenant_id id;
        struct node *last; /* of the list; holds it */
        struct connection *listeners;
        size_t holders; /* listeners, and who walks through them */
};

enum state { READING, ASKING, OPEN, CLOSING, GONE };

/** What a request is called until it is answered. */
struct asking {
        char id[65], path[200], origin[200];
        bool no_body; /* HEAD */
        char accept[WEBSOCKET_ACCEPT_SIZE];
};

/** The subprotocol that says hello. */
#define PROTOCOL "almoner.v1"

struct connection {
        struct connection *next, **link; /* of the tenant's listeners; of those that are gone */
        uint64_t serial;
        int fd;
        enum state state;
        enum kind kind;
        const struct door *door; /* NULL until its path is known */
        bool upgraded;           /* speaks frames */
        bool says_hello;
        bool wants_out; /* EPOLLOUT is on */
        bool asked;     /* the reader has a question of it */
        bool behind;    /* events after ${after} are read from the stream first */
        bool held;      /* nothing more goes out until its sites are known again */
        bool again;     /* they changed after it asked */
        bool has_person;
        bool everywhere; /* sites don't matter */
        struct principal_part {
                struct user_id user;
                struct session_id session;
                role_set roles;
                int64_t expires_s;
        } who;
        struct tenant *tenant;
        struct node *at;  /* sent up to here; held */
        size_t offset;    /* of the frame after ${at} */
        int64_t after;    /* events up to this seq have been sent */
        int64_t heard_us; /* when it said anything last */
        int64_t pinged_us;
        int64_t ask_us;      /* when to ask for its sites again, or for what could not be read */
        int64_t deadline_us; /* of reading, or closing */
        struct uuid *sites;
        size_t site_count;
        struct uuid person;
        char *channels;        /* comma separated, with commas around; NULL: all */
        struct asking *asking; /* NULL once it is open */
        struct buf in, out;    /* request or partial frame; what is ours alone to say */
};

struct counts {
        uint64_t opened[KIND__N], refused, slow, frames, events;
        size_t open[KIND__N];
};

struct pushd {
        int epoll_fd, listen_fd, stop_fd;
        struct auth *auth;
        struct limits *limits;
        struct db_opts db_opts;
        struct mailbox news, answers;
        struct relay relay;
        struct reader reader;
        struct tenant *tenants;
        struct connection **connections; /* by descriptor */
        size_t connection_room, connection_count;
        struct connection *gone; /* dropped in this round */
        uint64_t serials;
        struct counts counts;
        bool stopping;
        int64_t stop_us;
};

/* tenant.c */

/** tenant_join(p, c, id): ${c} listens from now on; false without memory. */
bool tenant_join(struct pushd *p, struct connection *c, const struct tenant_id *id);
void tenant_leave(struct pushd *p, struct connection *c);

/** tenant_publish(p, event): takes the event; to all who listen. */
void tenant_publish(struct pushd *p, struct event *event);

/** tenant_missed(p, id): all who listen are sent away to find out what they have missed. */
void tenant_missed(struct pushd *p, const struct tenant_id *id);

/* connection.c */
struct connection *connection_new(struct pushd *p, int fd);

/** connection_drop(p, c): it is served no more; the memory stays until connection_bury, once a
 * round. */
void connection_drop(struct pushd *p, struct connection *c);
void connection_bury(struct pushd *p);

void connection_readable(struct pushd *p, struct connection *c);

/** connection_tend(p, c, now_us): timeouts, pings, expiry, revocation. */
void connection_tend(struct pushd *p, struct connection *c, int64_t now_us);

/* send.c */

/** connection_flush(p, c): send what there is until the kernel takes no more. */
void connection_flush(struct pushd *p, struct connection *c);

/** connection_say(p, c): the same, unless it waits for the kernel anyway. */
void connection_say(struct pushd *p, struct connection *c);

/** connection_wants(c, node): whether an event is for it. */
bool connection_wants(const struct connection *c, const struct node *node);

/** connection_close(p, c, code, reason): say why (a WebSocket), then end. */
void connection_close(struct pushd *p, struct connection *c, enum close_code code,
                      const char *reason);

/* hear.c */

/** connection_hear(p, c): the frames that have come in. */
void connection_hear(struct pushd *p, struct connection *c);

/* open.c: a request */

/** open_request(p, c, text): the head, ${text}, is complete: ask the reader, or refuse. */
void open_request(struct pushd *p, struct connection *c, struct str text);

/* admit.c: what the reader found */

/** admit_answer(p, job): takes the job. */
void admit_answer(struct pushd *p, struct job *job);

/** admit_ask(p, c, now_us): ask for what follows c->after, or for the sites alone. */
void admit_ask(struct pushd *p, struct connection *c, int64_t now_us);

/* counts.c */

/** counts_print(p, out): in Prometheus' text format 0.0.4. */
void counts_print(const struct pushd *p, struct buf *out);

/* loop.c */
int pushd_run(struct pushd *p);

#endif
