/**
 * http_internal.h: what the files of this room share: an exchange (one request with its transport
 * and measurements), a worker (one thread's memory) and the steps of the pipeline.
 *
 * A step is `bool step(struct exchange *x)`: true goes on, false means that the answer is known.
 */
#ifndef ALMONER_HTTP_INTERNAL_H
#define ALMONER_HTTP_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/digest.h"
#include "http/browser.h"
#include "http/http.h"

/* clang-format off */
enum param {
#define PARAM(name) PARAM_##name,
#include "http/params.tbl"
#undef PARAM
        PARAM__N
};
/* clang-format on */

/** How bytes come and go; fcgi.c has the real one. */
struct transport {
        ptrdiff_t (*read)(void *stream, void *data, size_t size); /* 0 at the end, -1 on error */
        bool (*write)(void *stream, struct str bytes);            /* false: the client is gone */
        bool (*flush)(void *stream);
        void (*abort)(void *stream); /* cut the connection so that the client notices */
};

/** Points in time of a request, time_monotonic_us. */
enum stamp { STAMP_PRINCIPAL, STAMP_BODY, STAMP_HANDLER, STAMP_END, STAMP__N };

struct idempotency {
        bool wanted;
        bool replay;  /* the key is known: answer what is stored */
        bool running; /* the first request with it has not ended */
        struct digest key, fingerprint;
};

struct exchange {
        struct request request;
        struct worker *worker;
        const struct transport *transport;
        void *stream;
        char *const *environment; /* NULL-terminated NAME=value */
        struct str params[PARAM__N];

        bool options;      /* OPTIONS */
        bool credentials;  /* something that claims to be a token was sent */
        bool from_cookie;  /* and it came by cookie */
        struct str bearer; /* its text */
        unsigned allowed;  /* methods of the path when the method is not among them */
        char address[64];
        char id[40];

        struct str body;             /* as sent, of routes that read JSON */
        int64_t body_left, received; /* bytes of the body: still to come, and read */
        bool body_cut;

        bool limited; /* ${decision} holds */
        enum rate rate;
        struct limit_decision decision;

        struct idempotency idempotency;
        bool broken;  /* a streamed answer failed half-way */
        bool minimal; /* Prefer: return=minimal was applied */
        int64_t stamps[STAMP__N];
        uint64_t round_trips;
        size_t sent; /* body bytes */
};

enum { LATENCY_BUCKETS = 14 };

/** Counters of one route in one worker: written by that thread alone, read by any. */
struct route_metric {
        atomic_ullong answers[6]; /* by hundreds of the status; [0] unused */
        atomic_ullong latency[LATENCY_BUCKETS + 1];
        atomic_ullong microseconds;
};

struct worker {
        struct service *service;
        struct arena *arena;
        struct db *db;
        struct buf head, body;
        struct route_metric *metrics; /* one a route, then one for requests without route */
        struct exchange exchange;
        pthread_t thread;
        bool started;
};

struct service {
        struct service_opts opts;
        struct router *router;
        struct worker *workers;
        unsigned worker_count;
        int listen_fd, stop_fd;
        atomic_bool refused;
};

/* service.c, worker.c */
bool worker_open(struct worker *worker, struct service *service);
void worker_close(struct worker *worker);

/** service_serve(x): answer one request; worker, transport, stream and environment are set. */
void service_serve(struct exchange *x);

/* params.c */
void params_read(char *const *environment, struct str params[static PARAM__N]);
struct str params_find(char *const *environment, const char *name);

/* parse.c, principal.c, body.c, validate.c: steps */
bool step_parse(struct exchange *x);
bool step_route(struct exchange *x);
bool step_limit_address(struct exchange *x);
bool step_principal(struct exchange *x);
bool step_limit_user(struct exchange *x);
bool step_role(struct exchange *x);
bool step_tenant(struct exchange *x);
bool step_body(struct exchange *x);
bool step_validate(struct exchange *x);

/* dialect.c */

/** dialect_of_path(path): who speaks for a path that no route has. */
const struct dialect *dialect_of_path(struct str path);

/* transaction.c */

/** handle(x): run the handler, in a transaction where the route wants one. */
void handle(struct exchange *x);

/* idempotency.c */

/** idempotency_read(x): the Idempotency-Key header, if it counts here; false when it is malformed
 * and answered. */
bool idempotency_read(struct exchange *x);
/** idempotency_claim(x): insert the key's row as first statement of the transaction. */
enum status idempotency_claim(struct exchange *x);
/** idempotency_store(x): keep the answer in that row. */
enum status idempotency_store(struct exchange *x);
/** idempotency_replay(x): answer what is stored; STATUS_NOT_FOUND when the row is gone. */
enum status idempotency_replay(struct exchange *x);
/** idempotency_committed(x): whether the row is there, after an unknown COMMIT. */
enum status idempotency_committed(struct exchange *x);

/* respond.c */

/** response_whole(r): STATUS_OK when the answer is complete; STATUS_NOMEM or STATUS_BUG when not.
 */
enum status response_whole(const struct request *r);
/** response_find(r, name): the value of a header that was set; absent when not. */
struct str response_find(const struct request *r, const char *name);

/* problem.c */

/** problem_content_type(accept): application/problem+json, or application/json for clients that
 * insist. */
const char *problem_content_type(struct str accept);

/* head.c */

/** head_write(x, length): status line and headers into the worker's head buffer; ${length} < 0:
 * unknown. */
void head_write(struct exchange *x, int64_t length);

/* finish.c */

/** finish(x): send what has been answered. */
void finish(struct exchange *x);

/* cors.c */

/** cors_allows(origins, origin): whether the comma-separated list ${origins} has exactly ${origin}.
 */
bool cors_allows(struct str origins, struct str origin);
/** cors_write(x, head): the headers of an answer to a browser of another origin. */
void cors_write(const struct exchange *x, struct buf *head);

/* budget.c */

/** budget_take(x, rate, subject): one request from a budget; false when there is none left and 429
 * is answered. */
bool budget_take(struct exchange *x, enum rate rate, struct str subject);
/** budget_write(x, head): the headers of the last budget. */
void budget_write(const struct exchange *x, struct buf *head);

/* percent.c */

/** percent_decode(arena, text, plus, out): %XX, and '+' as a blank when ${plus}. STATUS_INVALID on
 * a broken escape, a NUL or invalid UTF-8; STATUS_NOMEM. Without escapes ${out} is ${text} itself.
 */
enum status percent_decode(struct arena *arena, struct str text, bool plus, struct str *out);
/** percent_encode(to, text): all but unreserved characters (RFC 3986) escaped; ${to} holds 3 *
 * length; returns the end. */
char *percent_encode(char *to, struct str text);

/* log_line.c, metrics.c */
void log_line(const struct exchange *x);
void metrics_count(const struct exchange *x);

/* Small things. */

/** method_parse(text, method): the row of the enum; false for others (also HEAD, OPTIONS). */
bool method_parse(struct str text, enum method *method);
/** methods_write(set, out): "GET, HEAD, POST, OPTIONS" for Allow; ${set} of 1 << method. */
void methods_write(unsigned set, struct buf *out);
/** method_safe(method): GET. */
static inline bool method_safe(enum method method)
{
        return method == GET;
}

/** header_has(list, token): whether a comma-separated header names ${token} (ASCII case ignored,
 * parameters cut). */
bool header_has(struct str list, struct str token);

static inline void stamp(struct exchange *x, enum stamp which)
{
        x->stamps[which] = time_monotonic_us();
}

#endif
