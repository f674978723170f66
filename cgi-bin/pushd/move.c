/**
 * move.c: see move.h.
 */
#include "move.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"

enum { MOVE_BATCH = 500, COLUMNS = 8, ARENA = 256 << 20 };

#define INSERT                                                                              \
        "INSERT INTO stream (tenant_id, seq, channel, type, resource, op, record_id, body," \
        " created_at) VALUES "
#define ROW "(:tenant, ?, ?, ?, ?, ?, ?, ?, ?)"
#define ROWS_4 ROW ", " ROW ", " ROW ", " ROW
#define ROWS_16 ROWS_4 ", " ROWS_4 ", " ROWS_4 ", " ROWS_4

static const struct sql sql_select_outbox =
        SQL_GLOBAL("SELECT id, tenant_id, channel, type, resource, op, record_id, body FROM outbox"
                   " ORDER BY id LIMIT ?");
static const struct sql sql_make_head =
        SQL("INSERT IGNORE INTO stream_head (tenant_id, seq, epoch) VALUES (:tenant, 0, ?)");
static const struct sql sql_raise_head =
        SQL("UPDATE stream_head SET seq = ? WHERE tenant_id = :tenant AND seq = ?" DB_EXPECTED);
static const struct sql sql_insert_1 = SQL(INSERT ROW);
static const struct sql sql_insert_4 = SQL(INSERT ROWS_4);
static const struct sql sql_insert_16 = SQL(INSERT ROWS_16);
static const struct sql sql_delete_outbox = SQL_GLOBAL("DELETE FROM outbox WHERE id = ?");
static const struct sql sql_erase_before =
        SQL("UPDATE stream SET type = '" EVENT_ERASED "', op = '', body = '{}'"
            " WHERE tenant_id = :tenant AND record_id = ? AND resource = ? AND seq < ?"
            " AND op IN ('create', 'update')");

struct row {
        int64_t id;
        bool leads;             /* the first of its tenant */
        struct event_row event; /* seq 0: not numbered yet */
};

struct moving {
        struct arena *arena;
        size_t count;
        struct row rows[MOVE_BATCH];
};

/* The rows of one tenant, in their order: an entity's lock orders its ids. */
struct share {
        const struct event_row *rows[MOVE_BATCH];
        size_t count;
};

struct moving *move_create(void)
{
        struct moving *moving = calloc(1, sizeof(*moving));

        if (moving)
                moving->arena = arena_create(ARENA);
        if (moving && moving->arena)
                return moving;
        free(moving);
        return NULL;
}

void move_destroy(struct moving *moving)
{
        if (moving)
                arena_destroy(moving->arena);
        free(moving);
}

static struct row row_of(struct arena *arena, const struct db_rows *rows)
{
        return (struct row){
                .id = db_get_int(rows, 0),
                .event = {.tenant = {db_get_uuid(rows, 1)},
                          .channel = arena_copy(arena, db_get_str(rows, 2)),
                          .type = arena_copy(arena, db_get_str(rows, 3)),
                          .resource = arena_copy(arena, db_get_str(rows, 4)),
                          .op = arena_copy(arena, db_get_str(rows, 5)),
                          .record = db_get_uuid(rows, 6),
                          .body = arena_copy(arena, db_get_str(rows, 7))},
        };
}

enum status move_read(struct moving *m, struct db *db, size_t *count)
{
        struct db_rows rows;
        enum status status;

        arena_reset(m->arena);
        m->count = *count = 0;
        db_scope(db, NULL);
        status = db_query(db, &sql_select_outbox, DB_PARAMS(db_int(MOVE_BATCH)), &rows);
        while (status == STATUS_OK && m->count < MOVE_BATCH && db_next(&rows)) {
                m->rows[m->count] = row_of(m->arena, &rows);
                if (arena_failed(m->arena)) /* the others in the next batch */
                        break;
                m->count++;
        }
        if (status != STATUS_OK)
                return status;
        *count = m->count;
        status = db_end(&rows);
        return status == STATUS_OK && !m->count && arena_failed(m->arena) ? STATUS_NOMEM : status;
}

static bool same_tenant(const struct row *a, const struct row *b)
{
        return uuid_eq(&a->event.tenant.uuid, &b->event.tenant.uuid);
}

static void number_tenant(struct moving *m, size_t first, int64_t seq, time_ms now)
{
        m->rows[first].leads = true;
        for (size_t i = first; i < m->count; i++)
                if (same_tenant(&m->rows[i], &m->rows[first])) {
                        m->rows[i].event.seq = ++seq;
                        m->rows[i].event.at = now;
                }
}

/* Another relay may do so at the same time; then its row stands. */
static void make_head(struct db *db, const struct tenant_id *tenant, time_ms now)
{
        db_scope(db, tenant);
        (void)db_run(db, &sql_make_head, DB_PARAMS(db_int(now)), NULL);
}

bool move_number(struct moving *m, struct db *db, const struct follow *follow)
{
        const time_ms now = time_now();
        bool known = true;

        for (size_t i = 0; i < m->count; i++) {
                const struct tenant_id *tenant = &m->rows[i].event.tenant;
                int64_t seq;

                if (m->rows[i].event.seq)
                        continue;
                if (follow_head(follow, tenant, &seq)) {
                        number_tenant(m, i, seq, now);
                } else {
                        make_head(db, tenant, now);
                        number_tenant(m, i, 0, now); /* once for all its rows */
                        known = false;
                }
        }
        return known;
}

static void put_values(struct db_value *to, const struct event_row *row)
{
        const struct db_value values[COLUMNS] = {
                db_int(row->seq), db_text(row->channel), db_text(row->type), db_text(row->resource),
                db_text(row->op), db_uuid(&row->record), db_text(row->body), db_time(row->at),
        };

        memcpy(to, values, sizeof(values));
}

static enum status insert(const struct share *share, struct db *db, size_t first, size_t count)
{
        const struct sql *sql = count == 16  ? &sql_insert_16
                                : count == 4 ? &sql_insert_4
                                             : &sql_insert_1;
        struct db_value values[16 * COLUMNS];

        for (size_t i = 0; i < count; i++)
                put_values(values + i * COLUMNS, share->rows[first + i]);
        return db_later(db, sql, (struct db_params){values, count * COLUMNS});
}

static enum status insert_all(const struct share *share, struct db *db)
{
        enum status status = STATUS_OK;

        for (size_t i = 0, count; i < share->count && status == STATUS_OK; i += count) {
                const size_t left = share->count - i;

                count = left >= 16 ? 16 : left >= 4 ? 4 : 1;
                status = insert(share, db, i, count);
        }
        return status;
}

static enum status erase_deleted(const struct share *share, struct db *db)
{
        enum status status = STATUS_OK;

        for (size_t i = 0; i < share->count && status == STATUS_OK; i++) {
                const struct event_row *row = share->rows[i];

                if (str_is(row->op, "delete"))
                        status = db_later(db, &sql_erase_before,
                                          DB_PARAMS(db_uuid(&row->record), db_text(row->resource),
                                                    db_int(row->seq)));
        }
        return status;
}

static enum status store_share(const struct share *share, const struct event_row *first,
                               struct db *db)
{
        const int64_t count = (int64_t)share->count, before = first->seq - 1;
        enum status status;

        db_scope(db, &first->tenant);
        status = db_later(db, &sql_raise_head, DB_PARAMS(db_int(before + count), db_int(before)));
        if (status == STATUS_OK)
                status = insert_all(share, db);
        return status == STATUS_OK ? erase_deleted(share, db) : status;
}

static void gather(const struct moving *m, size_t first, struct share *share)
{
        share->count = 0;
        for (size_t i = first; i < m->count; i++)
                if (same_tenant(&m->rows[i], &m->rows[first]))
                        share->rows[share->count++] = &m->rows[i].event;
}

enum status move_store(const struct moving *m, struct db *db)
{
        enum status status = STATUS_OK;
        struct share share;

        for (size_t i = 0; i < m->count && status == STATUS_OK; i++) {
                if (!m->rows[i].leads)
                        continue;
                gather(m, i, &share);
                status = store_share(&share, &m->rows[i].event, db);
        }
        for (size_t i = 0; i < m->count && status == STATUS_OK; i++)
                status = db_later(db, &sql_delete_outbox, DB_PARAMS(db_int(m->rows[i].id)));
        return status;
}

bool move_hand_on(struct moving *m, struct follow *follow, struct mailbox *news)
{
        struct letter *first = NULL, **end = &first;

        for (size_t i = 0; i < m->count; i++) {
                struct event *event = follow_next(follow, &m->rows[i].event);

                if (!event)
                        continue;
                *end = &event->link;
                end = &event->link.next;
        }
        mailbox_put(news, first);
        return m->count == MOVE_BATCH;
}
