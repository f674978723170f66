/**
 * http.h: a request, its route and its answer.
 *
 * Life of a request, in service.c, one function a step: accept -> parse -> route -> limit(address)
 * -> principal -> limit(user) -> role -> tenant -> body and validate -> connection -> idempotency
 * -> handler -> commit and event -> respond -> log -> arena reset.
 *
 * A handler reads, decides and answers. It returns STATUS_OK when it has answered; any other status
 * rolls the transaction back and is answered with the problem that was set, or with the one of the
 * status. Routes of unsafe methods run inside one transaction and may be run again after a
 * deadlock: a handler has no effect but in the database and in its answer. Everything it allocates
 * comes from r->arena.
 */
#ifndef ALMONER_HTTP_HTTP_H
#define ALMONER_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "auth/auth.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "base/str.h"
#include "db/db.h"
#include "events/events.h"
#include "field/field.h"
#include "json/emit.h"
#include "limit/limit.h"

enum method { GET, POST, PUT, PATCH, DELETE, METHOD__N };

/** method_name(method): "GET" … */
const char *method_name(enum method method);

/* clang-format off */
enum problem {
#define PROBLEM(name, status, title) PROBLEM_##name,
#include "http/problems.tbl"
#undef PROBLEM
        PROBLEM__N
};
/* clang-format on */

/** problem_code(problem): "PERSON_NOT_FOUND" …; problem_status(problem): its HTTP status in the
 * table. */
const char *problem_code(enum problem problem);
unsigned problem_status(enum problem problem);
const char *problem_title(enum problem problem);

struct request;
struct resource;   /* resource/resource.h */
struct site_scope; /* site/site.h */

/** What an error says, before a dialect writes it. */
struct problem_body {
        enum problem problem;
        unsigned status;
        struct str detail;
        const struct fault *faults; /* NULL for none */
};

/** Paging as asked for; filled by page_read (page.c). */
struct page {
        int64_t number; /* from 1 */
        int64_t size;
        int64_t offset;    /* rows to skip; from page or skip/offset */
        struct str cursor; /* absent: none */
};

/** What the members of a change are called in a record's history. */
struct history_words {
        const char *at, *op, *actor, *before, *after;
};

/** What a family tells of a record that is gone, beside success. */
enum removal { REMOVAL_PLAIN = 0, REMOVAL_MESSAGE = 1 << 0, REMOVAL_ID = 1 << 1 };

/** How a family speaks (contract section 5). */
struct dialect {
        const char *name; /* "P" "I" "B" "R" "C" */
        unsigned invalid_status;
        unsigned create_status;
        unsigned delete_status;
        int64_t page_size, page_size_max;
        bool bad_page_refused; /* a page or size out of range is refused, else clamped */
        bool faults_have_loc;  /* items of "errors" also say loc, msg and type */
        bool record_named;     /* one record is answered as {"<its resource's name>": {…}} */
        unsigned removal;      /* enum removal; with delete_status 204: nothing */
        const char
                *page_size_word; /* member of the envelope: "per_page", "page_size"; NULL: none */
        const struct history_words *history;
        /** The family's own members of an error body, after those of RFC 9457. */
        void (*problem_members)(struct emit *e, const struct request *r,
                                const struct problem_body *problem);
        /** Around the items of a list named ${plural}: opens or closes the envelope. */
        void (*list_open)(struct emit *e, const char *plural);
        void (*list_close)(struct emit *e, const char *plural, int64_t total,
                           const struct page *page, struct str next_cursor);
};

extern const struct dialect dialect_p, dialect_i, dialect_b, dialect_r, dialect_c;

enum route_flag {
        ROUTE_EMPTY_BODY = 1 << 0,     /* no body and no Content-Type are fine: reads as {} */
        ROUTE_STREAM_BODY = 1 << 1,    /* the handler reads the body itself with request_read */
        ROUTE_NO_TRANSACTION = 1 << 2, /* the handler makes its own transactions, no idempotency */
        ROUTE_ANY_QUERY = 1 << 3,      /* the handler checks the query string itself */
        ROUTE_LIST = 1 << 4,           /* paging parameters are understood */
        ROUTE_FIRST_ROWS = 1 << 6,     /* a list of the first rows, without pages */
        ROUTE_ALWAYS = 1 << 5, /* no rate limit, answers also while the service is refused (health,
                                  metrics) */
};

typedef enum status handler_fn(struct request *r);

struct route {
        enum method method;
        const char *path; /* "/api/persons/{id}", "/calendar/{id}.ics"; literal segments win over
                             parameters, longer ends over shorter */
        handler_fn *handler;
        const struct dialect *dialect;
        role_set roles; /* ANYBODY: public */
        enum rate rate;
        unsigned flags;                  /* enum route_flag */
        const struct resource *resource; /* for record routes */
        const char *plural;              /* envelope key of a list; NULL: the resource's */
        const char *where;         /* of a list: constant SQL that its records fulfil; NULL: none */
        const struct shape *query; /* declared query parameters; NULL: none */
        const struct shape *input; /* body; NULL: none */
        void (*check)(
                struct request *r); /* notes what else is wrong with the body; NULL: nothing */
        const struct shape *output; /* body of the success answer; NULL: none, or the resource's */
        const char *consumes; /* media types of the body, blank separated; NULL: application/json */
        const char *produces; /* media type of the success answer; NULL: application/json */
        unsigned success;     /* 0: 200, or the dialect's for creates and deletes */
        const char *errors;  /* codes it may answer beyond those every route may, blank separated */
        const char *id;      /* operationId, unique in the product: "listPersons" */
        const char *summary; /* a sentence */
};

struct header {
        const char *name;
        struct str value;
        struct header *next;
};

struct response {
        unsigned status; /* 0: not answered yet */
        const char *content_type;
        struct header *headers; /* newest first */
        struct buf *body;
        struct emit emit;
        bool streaming;              /* head is out, body follows by response_flush */
        struct problem_body problem; /* when the answer is one */
};

enum { REQUEST_PATH_PARAMETERS_MAX = 4 };

struct parameter {
        struct str name, value; /* percent-decoded, valid UTF-8 */
};

struct request {
        struct arena *arena;
        struct db *db; /* scoped to the principal's tenant; connects when first used */
        struct auth *auth;
        struct limits *limits;

        enum method method;
        bool head;       /* HEAD, served as GET without body */
        struct str path; /* as sent, without query */
        struct parameter
                *query; /* in order of appearance; names are unique (a repeated one is 400) */
        size_t query_count;
        struct str id;      /* X-Request-Id, accepted or made */
        struct str address; /* of the client, canonical (limit_address) */

        const struct route *route;
        const struct dialect *dialect; /* of the route, or by path prefix when none matched */
        struct str arguments[REQUEST_PATH_PARAMETERS_MAX]; /* path parameters in order, decoded */

        struct principal principal; /* tenant zero when nobody */
        bool authenticated;
        bool by_cookie;   /* the principal came by cookie: unsafe methods passed the Origin check */
        struct str token; /* the verified token's text; absent when nobody */

        json_t *body;          /* parsed JSON object of routes with input; NULL else */
        struct record *input;  /* of routes with an input shape */
        struct record *filter; /* of routes with a query shape */
        struct faults faults;

        struct site_scope *site_scope; /* site/site.h; NULL until it is asked for */

        bool undo;           /* a dry run: answer, but roll back */
        struct uuid receipt; /* of the first change of the transaction; zero: none */
        bool rang;           /* something was recorded: ring the doorbell after commit */
        struct response response;
        struct exchange
                *exchange;  /* what the pipeline knows beside: http_internal.h; NULL in tests */
        time_ms now;        /* the wall clock when the request began */
        int64_t started_us; /* the same on time_monotonic_us's clock */
};

/* Reading. */

/** request_header(r, name): value of a header by its CGI name ("HTTP_IF_MATCH"); absent when
 * missing. */
struct str request_header(const struct request *r, const char *name);

/** request_parameter(r, name): value of a query parameter; absent when missing. */
struct str request_parameter(const struct request *r, const char *name);

/**
 * request_read(r, data, size): next piece of the body of a ROUTE_STREAM_BODY route: bytes read, 0
 * at the end, -1 when the body is shorter than Content-Length said (a truncated body must have no
 * effect).
 */
ptrdiff_t request_read(struct request *r, void *data, size_t size);

/** request_actor(r): the caller, for events. */
struct actor request_actor(const struct request *r);

/** problem_write(r, out): the body of r->response.problem, for who answers without the pipeline:
 * dialect, path, id, now and response of ${r} count. */
void problem_write(const struct request *r, struct buf *out);

/** request_now(r): one wall-clock second for all of a request. */
time_ms request_now(const struct request *r);

/** request_change(r, change): event_record for the caller; keeps the receipt and rings after
 * commit. */
enum status request_change(struct request *r, const struct change *change);

/* Answering. */

/** respond(r, status): answer without body. */
enum status respond(struct request *r, unsigned status);

/** response_reset(r): as if nothing had been answered yet. */
void response_reset(struct request *r);

/** respond_json(r, status): begin a JSON answer; the emitter writes its one value. Finished by the
 * pipeline: an unfinished or overflown value is answered 500 or 503 instead. */
struct emit *respond_json(struct request *r, unsigned status);

/** respond_bytes(r, status, content_type): begin another answer; append to the buffer. */
struct buf *respond_bytes(struct request *r, unsigned status, const char *content_type);

/**
 * respond_stream(r, status, content_type): send the head now; then append to the buffer and call
 * response_flush whenever it is large. response_flush is false when the client is gone. A failure
 * after the head can only cut the body short: the pipeline then aborts the connection so that the
 * client notices.
 */
struct buf *respond_stream(struct request *r, unsigned status, const char *content_type);
bool response_flush(struct request *r);

/** response_header(r, name, value): add a header; ${name} lives for ever, ${value} until the
 * arena's reset. CR and LF are refused. */
void response_header(struct request *r, const char *name, struct str value);

/** response_etag(r, version): ETag: "version". response_location(r, format, ...): Location. */
void response_etag(struct request *r, int64_t version);
void response_location(struct request *r, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/** problem(r, problem, format, ...): answer application/problem+json (RFC 9457) in the route's
 * dialect. Returns a status other than STATUS_OK, for `return problem(r, …)`. The body is written
 * by the pipeline at the end, so the caller may still change r->response.status (a family's other
 * status for the same problem) and add headers. ${format} NULL or "": the title is the detail. */
enum status problem(struct request *r, enum problem problem, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/** problem_invalid(r): answer VALIDATION_ERROR with all of r->faults. */
enum status problem_invalid(struct request *r);

/** problem_of_status(r, status): the problem a status becomes. */
enum status problem_of_status(struct request *r, enum status status);

/* Conditions (RFC 9110 section 13). */

/** condition_fresh(r, etag): whether If-None-Match holds ${etag}; then the 304 has been answered.
 */
bool condition_fresh(struct request *r, struct str etag);

/** condition_check(r, version): STATUS_OK, or PRECONDITION_FAILED answered when If-Match names
 * another version. */
enum status condition_check(struct request *r, int64_t version);

/* Lists. */

/** page_read(r, page): paging parameters in all the families' words. False when a fault was
 * answered. */
bool page_read(struct request *r, struct page *page);

/** page_links(r, page, total, next_cursor): X-Total-Count and Link (RFC 8288: first prev next). */
void page_links(struct request *r, const struct page *page, int64_t total, struct str next_cursor);

/** page_is_word(name): whether a query parameter belongs to paging. */
bool page_is_word(struct str name);

/* Pure parts, in headers of their own for tests and fuzzing. */

/** query_parse(arena, text, out, count): application/x-www-form-urlencoded: '+' is a blank, %XX
 * decoded. STATUS_INVALID on a broken escape, invalid UTF-8, a NUL, a repeated name or more than 64
 * parameters. */
enum status query_parse(struct arena *arena, struct str text, struct parameter **out,
                        size_t *count);

struct router;

/** router_create(routes, count): sorted for matching; NULL without memory or when two rows have the
 * same method and path (logged). */
struct router *router_create(const struct route *routes, size_t count);
void router_destroy(struct router *router);

/** router_find(router, method, path, arena, arguments, allowed): the route; NULL with ${allowed} =
 * bit set of methods (1 << method) that the path has, 0 when there is no such path. Arguments are
 * percent-decoded into ${arena}; a broken escape matches nothing. */
const struct route *router_find(const struct router *router, enum method method, struct str path,
                                struct arena *arena,
                                struct str arguments[static REQUEST_PATH_PARAMETERS_MAX],
                                unsigned *allowed);

/* The service: what lib/module runs. */

struct service_opts {
        const char *module;
        const struct route *routes;
        size_t route_count;
        const struct db_opts *db;
        struct auth *auth;
        struct limits *limits;
        const char *version;
};

struct service;

struct service *service_create(const struct service_opts *opts);
void service_destroy(struct service *service);

/** service_run(service, listen_fd, stop_fd, threads): serve until ${stop_fd} is readable, then
 * drain and return 0 (research/reliability.md section 2); every thread has its own arena, buffer
 * and database handle. Signals are blocked by the caller. */
int service_run(struct service *service, int listen_fd, int stop_fd, unsigned threads);

/** service_refuse(service, refuse): while set, all routes but ROUTE_ALWAYS answer 503 (schema older
 * than the program). Thread-safe. */
void service_refuse(struct service *service, bool refuse);

/** service_metrics(service, out): Prometheus text format 0.0.4. */
void service_metrics(struct service *service, struct buf *out);

#endif
