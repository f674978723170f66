/**
 * plan.c: from each tenant's stream to deliveries. A webhook's place in the stream moves in the
 * transaction that plans what lies before it, so each event is planned once for each webhook.
 */
#include "hookd.h"

#include "base/log.h"
#include "events/events.h"
#include "json/read.h"

enum { PAGE = 500 };

static const struct sql sql_select_behind =
        SQL_GLOBAL("SELECT w.tenant_id, w.id, w.events, c.epoch, c.seq, h.epoch, h.seq"
                   " FROM webhooks AS w"
                   " JOIN webhook_cursors AS c ON c.tenant_id = w.tenant_id AND c.webhook_id = w.id"
                   " JOIN stream_head AS h ON h.tenant_id = w.tenant_id"
                   " WHERE w.enabled = 1 AND (h.epoch <> c.epoch OR h.seq > c.seq)");
static const struct sql sql_select_on = SQL("SELECT seq, channel, type FROM stream"
                                            " WHERE tenant_id = :tenant AND seq > ?"
                                            " AND type <> '" EVENT_ERASED "' ORDER BY seq LIMIT ?");
static const struct sql sql_insert_delivery =
        SQL("INSERT INTO webhook_deliveries (tenant_id, id, webhook_id, epoch, seq, type, state,"
            " next_at, created_at, updated_at)"
            " VALUES (:tenant, ?, ?, ?, ?, ?, 'pending', ?, ?, ?)");
static const struct sql sql_move_cursor =
        SQL("UPDATE webhook_cursors SET epoch = ?, seq = ?"
            " WHERE tenant_id = :tenant AND webhook_id = ? AND epoch = ? AND seq = ?");

/* A webhook that is behind its tenant's stream. */
struct behind {
        struct behind *next;
        struct hookd *h;
        struct tenant_id tenant;
        struct uuid webhook;
        struct str events;
        int64_t epoch, seq;       /* its place */
        int64_t to_epoch, to_seq; /* the stream's head */
        bool more;
};

struct wanted {
        struct wanted *next;
        int64_t seq;
        struct str type;
};

static enum status read_behind(struct hookd *h, struct behind **first)
{
        struct db_rows rows;
        enum status status;

        *first = NULL;
        db_scope(h->db, NULL);
        status = db_query(h->db, &sql_select_behind, DB_NO_PARAMS, &rows);
        while (status == STATUS_OK && db_next(&rows)) {
                struct behind *b = arena_new(h->arena, struct behind, 1);

                if (!b)
                        break; /* the others in the next round */
                *b = (struct behind){
                        .next = *first,
                        .h = h,
                        .tenant = {db_get_uuid(&rows, 0)},
                        .webhook = db_get_uuid(&rows, 1),
                        .events = arena_copy(h->arena, db_get_str(&rows, 2)),
                        .epoch = db_get_int(&rows, 3),
                        .seq = db_get_int(&rows, 4),
                        .to_epoch = db_get_int(&rows, 5),
                        .to_seq = db_get_int(&rows, 6),
                };
                *first = b;
        }
        return status == STATUS_OK ? db_end(&rows) : status;
}

/* What it wants of the next page; ${seq} becomes the last that was looked at. */
static enum status read_page(struct behind *b, const json_t *events, struct wanted **first,
                             int64_t *seq)
{
        struct wanted **end = first;
        struct db_rows rows;
        size_t count = 0;
        enum status status =
                db_query(b->h->db, &sql_select_on, DB_PARAMS(db_int(*seq), db_int(PAGE)), &rows);

        while (status == STATUS_OK && db_next(&rows)) {
                const struct str type = db_get_str(&rows, 2);

                *seq = db_get_int(&rows, 0);
                count++;
                if (!webhook_wants(events, db_get_str(&rows, 1), type))
                        continue;
                *end = arena_new(b->h->arena, struct wanted, 1);
                if (!*end)
                        break;
                **end = (struct wanted){NULL, *seq, arena_copy(b->h->arena, type)};
                end = &(*end)->next;
        }
        if (status == STATUS_OK)
                status = db_end(&rows);
        b->more = count == PAGE;
        /* What is missing up to the head was swept or erased. */
        if (!b->more && *seq < b->to_seq)
                *seq = b->to_seq;
        return arena_failed(b->h->arena) ? STATUS_NOMEM : status;
}

static enum status insert(struct behind *b, const struct wanted *wanted)
{
        const struct db_value now = db_time(time_now());
        struct uuid id;

        if (!uuid_v7(&id))
                return STATUS_UNAVAILABLE;
        return db_run(b->h->db, &sql_insert_delivery,
                      DB_PARAMS(db_uuid(&id), db_uuid(&b->webhook), db_int(b->to_epoch),
                                db_int(wanted->seq), db_text(wanted->type), now, now, now),
                      NULL);
}

static enum status plan(struct db *db, void *context)
{
        struct behind *b = context;
        const struct arena_mark mark = arena_mark(b->h->arena);
        int64_t seq = b->epoch == b->to_epoch ? b->seq : 0;
        struct wanted *wanted = NULL;
        struct json_fault fault;
        json_t *events;
        uint64_t moved = 0;
        enum status status = lease_take(&b->h->lease, db);

        db_scope(db, &b->tenant);
        if (status == STATUS_OK)
                status = json_read(b->h->arena, b->events, &events, &fault);
        if (status == STATUS_OK)
                status = read_page(b, events, &wanted, &seq);
        for (; wanted && status == STATUS_OK; wanted = wanted->next)
                status = insert(b, wanted);
        if (status == STATUS_OK)
                status = db_run(db, &sql_move_cursor,
                                DB_PARAMS(db_int(b->to_epoch), db_int(seq), db_uuid(&b->webhook),
                                          db_int(b->epoch), db_int(b->seq)),
                                &moved);
        arena_rollback(b->h->arena, mark);
        /* Moved back meanwhile, or deleted: look again in the next round. */
        return status == STATUS_OK && !moved ? STATUS_DENIED : status;
}

bool plan_all(struct hookd *h)
{
        struct behind *b;
        bool more = false;

        arena_reset(h->arena);
        if (read_behind(h, &b) != STATUS_OK)
                return false;
        for (; b; b = b->next) {
                const struct db_work work = {.body = plan, .context = b};
                const enum status status = db_transaction(h->db, &work);

                more = more || (status == STATUS_OK && b->more);
                if (status != STATUS_OK && status != STATUS_DENIED)
                        LOG(WARN, "hookd.plan_waits",
                            LOG_TEXT("cause", str_of(status_name(status))));
        }
        return more;
}
