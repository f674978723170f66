/**
 * pushd.h: the serving thread: connections, tenants' lists of events, and the loop around them.
 *
 * A connection is a request until its head is complete, waits for what the reader finds, and is
 * open then. It keeps one place in its tenant's list; what the kernel does not take at once waits
 * for EPOLLOUT. Memory of an open, idle connection: this struct and its sites, nothing else; of a
 * tenant: at most LAG_MAX events, after which who is behind is closed (4408) and may resume.
 */
#ifndef ALMONER_PUSHD_PUSHD_H
#define ALMONER_PUSHD_PUSHD_H

#include "auth/auth.h"

#include "event.h"
#include "websocket/frame.h"
#include "reader.h"
#include "relay.h"
#include "websocket/head.h"

enum { LAG_MAX = 2000, CHANNELS_TEXT_MAX = 400, PENDING_MAX = 64 << 20 };

/** A tenant that somebody listens to. */
struct tenant {
        struct tenant *next;
        struct tenant_id id;
        struct node *last; /* of the list; holds it */
        size_t listeners;
};

enum state { READING, ASKING, OPEN, CLOSING, GONE };

struct connection {
        struct connection *next_gone;
        uint64_t serial;
        int fd;
        enum state state;
        enum kind kind;
        bool is_sse, is_poll; /* an event stream; one page of changes */
        bool says_hello;
        bool wants_out; /* EPOLLOUT is on */
        bool replaying, asked, has_person;
        bool everywhere;
        struct principal_part {
                struct user_id user;
                struct session_id session;
                role_set roles;
                int64_t expires_s;
        } who;
        struct tenant *tenant;
        struct node *at; /* sent up to here; held */
        size_t offset;   /* of the frame after ${at} */
        int64_t after;   /* events up to this seq have been sent */
        int64_t since_epoch;
        int64_t heard_us; /* when it said anything last */
        int64_t pinged_us;
        int64_t sites_us;    /* when its sites were looked up */
        int64_t deadline_us; /* of reading, or closing */
        struct uuid *sites;
        size_t site_count;
        struct uuid person;
        char *channels;     /* comma separated, with commas around; NULL: all */
        struct buf in, out; /* request or partial frame; what is ours alone to say */
        char accept[WEBSOCKET_ACCEPT_SIZE];
};

struct pushd {
        int epoll_fd, listen_fd, stop_fd;
        struct auth *auth;
        struct db_opts db_opts;
        struct mailbox news, answers;
        struct relay relay;
        struct reader reader;
        struct tenant *tenants;
        struct connection **connections; /* by descriptor */
        size_t connection_room, connection_count;
        struct connection *gone; /* dropped in this round */
        uint64_t serials;
        bool stopping;
        int64_t stop_us;
};

/* tenant.c */

/** tenant_join(p, id): its entry, made when it is the first listener; NULL without memory. */
struct tenant *tenant_join(struct pushd *p, const struct tenant_id *id);
void tenant_leave(struct pushd *p, struct tenant *tenant);

/** tenant_publish(p, event): takes the event; to all who listen. */
void tenant_publish(struct pushd *p, struct event *event);

/* connection.c */
struct connection *connection_new(struct pushd *p, int fd);

/** connection_drop(p, c): it is served no more; the memory stays until connection_bury, once a
 * round. */
void connection_drop(struct pushd *p, struct connection *c);
void connection_bury(struct pushd *p);

void connection_readable(struct pushd *p, struct connection *c);
void connection_flush(struct pushd *p, struct connection *c);

/** connection_wants(c, node): whether an event is for it. */
bool connection_wants(const struct connection *c, const struct node *node);

/** connection_close(p, c, code, reason): say why (a WebSocket), then end. */
void connection_close(struct pushd *p, struct connection *c, enum close_code code,
                      const char *reason);

/** connection_tend(p, c, now_us): timeouts, pings, expiry, revocation. */
void connection_tend(struct pushd *p, struct connection *c, int64_t now_us);

/* open.c: from a request to an open connection */

/** open_request(p, c, text): the head, ${text}, is complete: ask the reader, or refuse. */
void open_request(struct pushd *p, struct connection *c, struct str text);

/** open_answer(p, job): what the reader found. Takes the job. */
void open_answer(struct pushd *p, struct job *job);

/** open_ask(p, c): ask for what follows c->after; its place moves to the end of the list. */
void open_ask(struct pushd *p, struct connection *c);

/* loop.c */
int pushd_run(struct pushd *p);

#endif
