/**
 * counts.c: what has been done so far, for GET /metrics/pushd.
 */
#include "pushd.h"

static const char *const kinds[KIND__N] = {
        [KIND_PERSONS] = "persons",
        [KIND_INTERACTIONS] = "interactions",
        [KIND_TENANT] = "tenant",
        [KIND_SSE] = "stream",
};

static void put_head(struct buf *out, const char *name, const char *type, const char *help)
{
        buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_one(struct buf *out, const char *name, uint64_t value, const char *help)
{
        put_head(out, name, "counter", help);
        buf_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void put_kinds(struct buf *out, const char *name,
                      uint64_t (*read)(const struct counts *n, size_t kind), const struct counts *n)
{
        for (size_t kind = 0; kind < KIND__N; kind++)
                buf_printf(out, "%s{kind=\"%s\"} %llu\n", name, kinds[kind],
                           (unsigned long long)read(n, kind));
}

static uint64_t open_of(const struct counts *n, size_t kind)
{
        return n->open[kind];
}

static uint64_t opened_of(const struct counts *n, size_t kind)
{
        return n->opened[kind];
}

void counts_print(const struct pushd *p, struct buf *out)
{
        const struct counts *n = &p->counts;

        put_head(out, "almoner_push_connections", "gauge", "Connections that listen.");
        put_kinds(out, "almoner_push_connections", open_of, n);
        put_head(out, "almoner_push_opened_total", "counter", "Connections that were let in.");
        put_kinds(out, "almoner_push_opened_total", opened_of, n);
        put_one(out, "almoner_push_refused_total", n->refused, "Requests that were refused.");
        put_one(out, "almoner_push_slow_total", n->slow,
                "Connections closed because they were too slow.");
        put_one(out, "almoner_push_events_total", n->events,
                "Committed events seen in the streams.");
        put_one(out, "almoner_push_frames_total", n->frames, "Events sent live, one a connection.");
}
