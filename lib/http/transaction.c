/**
 * transaction.c: running the handler. Unsafe methods run in one transaction with their idempotency
 * row: claim, handler, store, commit. The handler may run again after a deadlock; an unknown commit
 * is settled by the receipt of its first change.
 */
#include "http/http_internal.h"

struct attempt {
        struct exchange *x;
        struct arena_mark mark;
};

static bool is_problem(const struct request *r)
{
        return r->response.problem.status != 0;
}

/* The handler's status, put right: what it answered counts, and an answer must be whole before it
 * is committed. */
static enum status call_handler(struct exchange *x)
{
        struct request *r = &x->request;
        const enum status status = r->route->handler(r);

        if (status == STATUS_OK && is_problem(r))
                return STATUS_INVALID;
        return status == STATUS_OK ? response_whole(r) : status;
}

static enum status body(struct db *db, void *context)
{
        struct attempt *a = context;
        struct exchange *x = a->x;
        enum status status = STATUS_OK;

        (void)db;
        if (x->idempotency.wanted)
                status = idempotency_claim(x);
        if (status == STATUS_OK)
                status = call_handler(x);
        if (status == STATUS_OK && x->request.undo)
                return STATUS_DENIED; /* whatever rolls back and is not repeated */
        if (status == STATUS_OK && x->idempotency.wanted)
                status = idempotency_store(x);
        return status;
}

static void again(void *context)
{
        struct attempt *a = context;
        struct request *r = &a->x->request;

        response_reset(r);
        arena_rollback(r->arena, a->mark);
        r->faults = (struct faults){.arena = r->arena};
        r->receipt = (struct uuid){{0}};
        r->rang = r->undo = false;
        r->site_scope = NULL; /* lived in what was rolled back */
}

static enum status committed(struct db *db, void *context)
{
        struct attempt *a = context;
        const struct request *r = &a->x->request;

        if (!uuid_is_zero(&r->receipt))
                return event_committed(db, &r->receipt);
        return a->x->idempotency.wanted ? idempotency_committed(a->x) : STATUS_UNAVAILABLE;
}

static enum status answer_known_key(struct exchange *x)
{
        struct request *r = &x->request;

        if (x->idempotency.replay) {
                const enum status status = idempotency_replay(x);

                if (status != STATUS_NOT_FOUND)
                        return status;
        }
        response_header(r, "Retry-After", STR("1"));
        (void)problem(r, PROBLEM_IDEMPOTENCY_IN_FLIGHT,
                      "The first request with this Idempotency-Key has not ended yet");
        return STATUS_OK;
}

static enum status run_in_transaction(struct exchange *x)
{
        struct attempt a = {x, arena_mark(x->request.arena)};
        const struct db_work work = {body, again, committed, &a};
        enum status status = db_transaction(x->request.db, &work);

        if (status == STATUS_CONFLICT && (x->idempotency.replay || x->idempotency.running))
                return answer_known_key(x);
        if (x->request.undo && status == STATUS_DENIED)
                return STATUS_OK;
        if (status == STATUS_OK && x->request.rang)
                doorbell_ring();
        return status;
}

void handle(struct exchange *x)
{
        struct request *r = &x->request;
        const bool plain = method_safe(r->method) || r->route->flags & ROUTE_NO_TRANSACTION;
        enum status status;

        status = plain ? call_handler(x) : run_in_transaction(x);
        if (plain && r->rang)
                doorbell_ring();
        if (status != STATUS_OK && !is_problem(r) && !r->response.streaming)
                (void)problem_of_status(r, status);
        if (status != STATUS_OK && r->response.streaming)
                x->broken = true; /* the answer is cut short, see finish */
}
