/**
 * budget.c: rate limits of a request and the headers that tell of them: RateLimit-Policy and
 * RateLimit (draft-ietf-httpapi-ratelimit-headers-10) and the X-RateLimit-* that most clients still
 * read.
 */
#include "http/http_internal.h"

bool budget_take(struct exchange *x, enum rate rate, struct str subject)
{
        struct request *r = &x->request;

        x->decision = limit_take(r->limits, rate, subject);
        x->limited = x->decision.limit > 0;
        x->rate = rate;
        if (x->decision.allowed)
                return true;
        problem(r, PROBLEM_RATE_LIMITED, "At most %u requests in %u seconds; try again in %u s",
                x->decision.limit, x->decision.window, x->decision.retry_after);
        response_header(r, "Retry-After", arena_printf(r->arena, "%u", x->decision.retry_after));
        return false;
}

static void put(struct buf *head, const char *text, int64_t number)
{
        buf_text(head, text);
        buf_int(head, number);
}

void budget_write(const struct exchange *x, struct buf *head)
{
        const struct limit_decision *d = &x->decision;
        const char *policy = rate_name(x->rate);

        if (!x->limited)
                return;
        buf_text(head, "RateLimit-Policy: \"");
        buf_text(head, policy);
        put(head, "\";q=", d->limit);
        put(head, ";w=", d->window);
        buf_text(head, "\r\nRateLimit: \"");
        buf_text(head, policy);
        put(head, "\";r=", d->remaining);
        put(head, ";t=", d->reset);
        put(head, "\r\nX-RateLimit-Limit: ", d->limit);
        put(head, "\r\nX-RateLimit-Remaining: ", d->remaining);
        put(head, "\r\nX-RateLimit-Reset: ", x->request.now / 1000 + d->reset);
        buf_text(head, "\r\n");
}
