/**
 * event.h: a committed event as subscribers see it: the same bytes for all of a kind, made once.
 *
 * Events of a tenant hang in a list; a connection holds the one it has got to, and by it all that
 * follow. What nobody holds any more is freed from the front. Everything here belongs to the main
 * thread, except event_of.
 */
#ifndef ALMONER_PUSHD_EVENT_H
#define ALMONER_PUSHD_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/auth.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/str.h"
#include "base/time.h"
#include "events/events.h"

#include "mailbox.h"

/** Who reads along, and in which words. */
enum kind {
        KIND_PERSONS,      /* /ws/persons (seed 000) */
        KIND_INTERACTIONS, /* /ws/interactions (seed 000) */
        KIND_TENANT,       /* /ws/tenant/{id} (seed 002) */
        KIND_SSE,          /* /api/v1/events/stream */
        KIND__N
};

/** An event as the stream keeps it; with seq 0: listeners of the tenant have missed something. */
struct event {
        struct letter link; /* of the list it travels in between threads */
        struct tenant_id tenant;
        int64_t seq, epoch;
        struct uuid record;
        time_ms at;
        char channel[41], type[41], resource[41], op[11];
        size_t length;
        char body[]; /* JSON object, NUL-terminated */
};

/** What a row of the stream says; the texts are borrowed. */
struct event_row {
        struct tenant_id tenant;
        int64_t seq, epoch;
        struct uuid record;
        time_ms at;
        struct str channel, type, resource, op, body;
};

/** event_of(row): a copy; free it with free(). NULL without memory. */
struct event *event_of(const struct event_row *row);

/** event_json(event, out): the event as SSE data and as an item of /api/v1/changes. */
void event_json(const struct event *event, struct buf *out);

struct node {
        struct node *next;
        unsigned holders;    /* connections at it, and the node or list before it */
        uint64_t index;      /* counts up in the list */
        uint64_t bytes;      /* of all bodies in the list up to this */
        struct event *event; /* NULL: the first of a list */
        role_set readers;
        bool of_site, of_person;
        bool moves_user, moves_all; /* membership of sites changes: of ${user}, or of anybody */
        struct uuid site, person, user;
        struct str frames[KIND__N]; /* made when first asked for; ptr NULL: not of this kind */
        bool made[KIND__N];
};

/** node_new(event): takes the event; NULL without memory (then it has been freed). */
struct node *node_new(struct event *event);

/** node_hold(node), node_release(node): the last release frees it and lets go of the next. */
struct node *node_hold(struct node *node);
void node_release(struct node *node);

/** node_frame(node, kind, frame): the bytes to send to connections of ${kind}, the same for all;
 * absent when it is none of theirs. False without memory. */
bool node_frame(struct node *node, enum kind kind, struct str *frame);

#endif
