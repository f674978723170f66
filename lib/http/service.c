/**
 * service.c: the life of a request, one function a step, in this order:
 *
 *     accept -> parse -> route -> limit(address) -> principal -> limit(user) -> role -> tenant ->
 * body and validate -> connection -> idempotency -> handler -> commit and event -> respond -> log
 * -> arena reset
 *
 * accept is in fcgi.c; everything up to the handler can only refuse; the database is not touched
 * before the request is known to be valid and allowed (principals come from a cache that a
 * background thread keeps).
 */
#include "http/http_internal.h"

#include <stdlib.h>

static void begin(struct exchange *x)
{
        struct worker *w = x->worker;
        struct request *r = &x->request;

        r->exchange = x;
        r->arena = w->arena;
        r->db = w->db;
        r->auth = w->service->opts.auth;
        r->limits = w->service->opts.limits;
        r->faults.arena = w->arena;
        r->response.body = &w->body;
        r->started_us = time_monotonic_us();
        r->now = time_now();
        x->round_trips = db_round_trips(w->db);
}

/* Connections open when first used; what is settled here is whether this program may use the
 * database at all. */
static bool step_connection(struct exchange *x)
{
        struct request *r = &x->request;

        if (!atomic_load_explicit(&x->worker->service->refused, memory_order_relaxed) ||
            r->route->flags & ROUTE_ALWAYS)
                return true;
        problem(r, PROBLEM_UNAVAILABLE, "The database's schema is older than this program");
        return false;
}

static bool step_idempotency(struct exchange *x)
{
        return idempotency_read(x);
}

static bool identify(struct exchange *x)
{
        const bool known = step_limit_address(x) && step_principal(x) && step_limit_user(x) &&
                           step_role(x) && step_tenant(x);

        stamp(x, STAMP_PRINCIPAL);
        return known;
}

static bool understand(struct exchange *x)
{
        const bool valid = step_body(x) && step_validate(x);

        stamp(x, STAMP_BODY);
        return valid;
}

/* What was found out while memory lacked may be wrong: a refusal made of it becomes 503. (What
 * succeeded was whole before its commit, see response_whole.) */
static void step_doubt(struct exchange *x)
{
        struct request *r = &x->request;

        if (r->response.problem.status && !r->response.streaming && arena_failed(r->arena))
                (void)problem_of_status(r, STATUS_NOMEM);
}

static void end(struct exchange *x)
{
        enum { BUFFER_KEPT = 1 << 20 };
        struct worker *w = x->worker;

        stamp(x, STAMP_END);
        metrics_count(x);
        log_line(x);
        arena_reset(w->arena);
        if (w->body.cap > BUFFER_KEPT)
                buf_free(&w->body);
}

void service_serve(struct exchange *x)
{
        begin(x);
        if (step_parse(x) && step_route(x) && identify(x) && understand(x) && step_connection(x) &&
            step_idempotency(x))
                handle(x);
        step_doubt(x);
        stamp(x, STAMP_HANDLER);
        finish(x);
        end(x);
}

struct service *service_create(const struct service_opts *opts)
{
        struct service *service = calloc(1, sizeof(*service));

        if (!service)
                return NULL;
        service->opts = *opts;
        service->router = router_create(opts->routes, opts->route_count);
        if (service->router)
                return service;
        free(service);
        return NULL;
}

void service_destroy(struct service *service)
{
        if (!service)
                return;
        router_destroy(service->router);
        free(service);
}

void service_refuse(struct service *service, bool refuse)
{
        atomic_store_explicit(&service->refused, refuse, memory_order_relaxed);
}
