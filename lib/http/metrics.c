/**
 * metrics.c: counters and latency a route (Prometheus text format 0.0.4). Each worker counts in
 * cells of its own, with plain stores: no two threads ever write one cell, readers only add up.
 */
#include "http/http_internal.h"

#include <stdio.h>

/* Upper bounds in microseconds; the text is in seconds, as Prometheus wants. */
static const int64_t bounds[LATENCY_BUCKETS] = {100,    250,    500,     1000,   2500,
                                                5000,   10000,  25000,   50000,  100000,
                                                250000, 500000, 1000000, 5000000};

static void increase(atomic_ullong *cell, unsigned long long by)
{
        atomic_store_explicit(cell, atomic_load_explicit(cell, memory_order_relaxed) + by,
                              memory_order_relaxed);
}

static size_t bucket_of(int64_t us)
{
        size_t i = 0;

        while (i < LATENCY_BUCKETS && us > bounds[i])
                i++;
        return i;
}

void metrics_count(const struct exchange *x)
{
        const struct service_opts *opts = &x->worker->service->opts;
        const struct request *r = &x->request;
        const size_t row = r->route ? (size_t)(r->route - opts->routes) : opts->route_count;
        const unsigned hundreds = r->response.status / 100;
        const int64_t us = x->stamps[STAMP_END] - r->started_us;
        struct route_metric *m;

        if (!x->worker->metrics || row > opts->route_count)
                return;
        m = &x->worker->metrics[row];
        increase(&m->answers[hundreds < 6 ? hundreds : 5], 1);
        increase(&m->latency[bucket_of(us)], 1);
        increase(&m->microseconds, us > 0 ? (unsigned long long)us : 0);
}

struct totals {
        unsigned long long answers[6], latency[LATENCY_BUCKETS + 1], microseconds, count;
};

static unsigned long long load(const atomic_ullong *cell)
{
        return atomic_load_explicit(cell, memory_order_relaxed);
}

static struct totals add_up(const struct service *service, size_t row)
{
        struct totals t = {0};

        for (unsigned w = 0; w < service->worker_count; w++) {
                const struct route_metric *rows = service->workers[w].metrics;
                const struct route_metric *m = rows + row;

                if (!rows)
                        continue;
                for (size_t i = 0; i < 6; i++)
                        t.answers[i] += load(&m->answers[i]);
                for (size_t i = 0; i <= LATENCY_BUCKETS; i++)
                        t.latency[i] += load(&m->latency[i]);
                t.microseconds += load(&m->microseconds);
        }
        for (size_t i = 0; i < 6; i++)
                t.count += t.answers[i];
        return t;
}

static void put_labels(struct buf *out, const char *name, const char *module,
                       const struct route *route)
{
        buf_printf(out, "%s{module=\"%s\",method=\"%s\",route=\"%s\"", name, module,
                   route ? method_name(route->method) : "-", route ? route->path : "-");
}

static void put_route(struct buf *out, const char *module, const struct route *route,
                      const struct totals *t)
{
        unsigned long long so_far = 0;

        for (unsigned i = 1; i < 6; i++)
                if (t->answers[i]) {
                        put_labels(out, "almoner_requests_total", module, route);
                        buf_printf(out, ",status=\"%uxx\"} %llu\n", i, t->answers[i]);
                }
        for (size_t i = 0; i <= LATENCY_BUCKETS; i++) {
                so_far += t->latency[i];
                put_labels(out, "almoner_request_seconds_bucket", module, route);
                if (i < LATENCY_BUCKETS)
                        buf_printf(out, ",le=\"%g\"} %llu\n", (double)bounds[i] / 1e6, so_far);
                else
                        buf_printf(out, ",le=\"+Inf\"} %llu\n", so_far);
        }
        put_labels(out, "almoner_request_seconds_sum", module, route);
        buf_printf(out, "} %.6f\n", (double)t->microseconds / 1e6);
        put_labels(out, "almoner_request_seconds_count", module, route);
        buf_printf(out, "} %llu\n", so_far);
}

void service_metrics(struct service *service, struct buf *out)
{
        const struct service_opts *o = &service->opts;

        buf_printf(out,
                   "# HELP almoner_info The running program.\n# TYPE almoner_info gauge\n"
                   "almoner_info{module=\"%s\",version=\"%s\"} 1\n",
                   o->module, o->version ? o->version : "");
        buf_printf(out,
                   "# HELP almoner_limit_overflows_total Rate-limit decisions that found no slot.\n"
                   "# TYPE almoner_limit_overflows_total counter\n"
                   "almoner_limit_overflows_total{module=\"%s\"} %llu\n",
                   o->module, o->limits ? (unsigned long long)limits_overflows(o->limits) : 0ULL);
        buf_text(out, "# HELP almoner_requests_total Answers by route and class of status.\n"
                      "# TYPE almoner_requests_total counter\n"
                      "# HELP almoner_request_seconds Time from accept to the end of the answer.\n"
                      "# TYPE almoner_request_seconds histogram\n");
        for (size_t row = 0; row <= o->route_count; row++) {
                const struct totals t = add_up(service, row);

                if (t.count)
                        put_route(out, o->module, row < o->route_count ? &o->routes[row] : NULL,
                                  &t);
        }
}
