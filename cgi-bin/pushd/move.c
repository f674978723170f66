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
static const struct sql sql_raise_head =
        SQL("INSERT INTO stream_head (tenant_id, seq, epoch) VALUES (:tenant, ?, ?)"
            " ON DUPLICATE KEY UPDATE seq = seq + VALUES(seq) RETURNING seq");
static const struct sql sql_insert_1 = SQL(INSERT ROW);
static const struct sql sql_insert_4 = SQL(INSERT ROWS_4);
static const struct sql sql_insert_16 = SQL(INSERT ROWS_16);
static const struct sql sql_delete_outbox = SQL_GLOBAL("DELETE FROM outbox WHERE id = ?");
static const struct sql sql_erase_before =
        SQL("UPDATE stream SET type = '" EVENT_ERASED "', op = '', body = '{}'"
            " WHERE tenant_id = :tenant AND record_id = ? AND resource = ? AND seq < ?"
            " AND op IN ('create', 'update')");

struct row {
        int64_t id, seq;
        struct tenant_id tenant;
        struct str channel, type, resource, op, body;
        struct uuid record;
};

struct moving {
        struct arena *arena;
        time_ms now;
        size_t count;
        struct row rows[MOVE_BATCH];
        const struct row *own[MOVE_BATCH]; /* those of one tenant */
        size_t own_count;
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

void move_forget(struct moving *m)
{
        arena_reset(m->arena);
        m->count = 0;
}

static struct row row_of(struct arena *arena, const struct db_rows *rows)
{
        return (struct row){
                .id = db_get_int(rows, 0),
                .tenant = {db_get_uuid(rows, 1)},
                .channel = arena_copy(arena, db_get_str(rows, 2)),
                .type = arena_copy(arena, db_get_str(rows, 3)),
                .resource = arena_copy(arena, db_get_str(rows, 4)),
                .op = arena_copy(arena, db_get_str(rows, 5)),
                .record = db_get_uuid(rows, 6),
                .body = arena_copy(arena, db_get_str(rows, 7)),
        };
}

static enum status read_outbox(struct moving *m, struct db *db)
{
        struct db_rows rows;
        enum status status = db_query(db, &sql_select_outbox, DB_PARAMS(db_int(MOVE_BATCH)), &rows);

        while (status == STATUS_OK && m->count < MOVE_BATCH && db_next(&rows)) {
                m->rows[m->count] = row_of(m->arena, &rows);
                if (arena_failed(m->arena)) /* the others in the next batch */
                        break;
                m->count++;
        }
        if (status != STATUS_OK)
                return status;
        status = db_end(&rows);
        return status == STATUS_OK && !m->count && arena_failed(m->arena) ? STATUS_NOMEM : status;
}

/* The rows of the tenant of row ${first}, in their order: an entity's lock orders its ids. */
static void gather(struct moving *m, size_t first)
{
        m->own_count = 0;
        for (size_t i = first; i < m->count; i++)
                if (uuid_eq(&m->rows[i].tenant.uuid, &m->rows[first].tenant.uuid))
                        m->own[m->own_count++] = &m->rows[i];
}

static bool is_gathered(const struct moving *m, size_t row)
{
        return m->rows[row].seq != 0;
}

static enum status give_numbers(struct moving *m, struct db *db)
{
        int64_t last;
        struct db_rows rows;
        const enum status status =
                db_row(db, &sql_raise_head,
                       DB_PARAMS(db_int((int64_t)m->own_count), db_int(m->now)), &rows);

        if (status != STATUS_OK)
                return status;
        last = db_get_int(&rows, 0);
        for (size_t i = 0; i < m->own_count; i++)
                m->rows[m->own[i] - m->rows].seq = last - (int64_t)m->own_count + 1 + (int64_t)i;
        return db_end(&rows);
}

static void put_values(struct db_value *to, const struct row *row, time_ms now)
{
        const struct db_value values[COLUMNS] = {
                db_int(row->seq), db_text(row->channel), db_text(row->type), db_text(row->resource),
                db_text(row->op), db_uuid(&row->record), db_text(row->body), db_time(now),
        };

        memcpy(to, values, sizeof(values));
}

static enum status insert(const struct moving *m, struct db *db, size_t first, size_t count)
{
        const struct sql *sql = count == 16  ? &sql_insert_16
                                : count == 4 ? &sql_insert_4
                                             : &sql_insert_1;
        struct db_value values[16 * COLUMNS];

        for (size_t i = 0; i < count; i++)
                put_values(values + i * COLUMNS, m->own[first + i], m->now);
        return db_later(db, sql, (struct db_params){values, count * COLUMNS});
}

static enum status insert_own(const struct moving *m, struct db *db)
{
        enum status status = STATUS_OK;

        for (size_t i = 0, count; i < m->own_count && status == STATUS_OK; i += count) {
                const size_t left = m->own_count - i;

                count = left >= 16 ? 16 : left >= 4 ? 4 : 1;
                status = insert(m, db, i, count);
        }
        return status;
}

static enum status erase_own(const struct moving *m, struct db *db)
{
        enum status status = STATUS_OK;

        for (size_t i = 0; i < m->own_count && status == STATUS_OK; i++) {
                const struct row *row = m->own[i];

                if (str_is(row->op, "delete"))
                        status = db_run(db, &sql_erase_before,
                                        DB_PARAMS(db_uuid(&row->record), db_text(row->resource),
                                                  db_int(row->seq)),
                                        NULL);
        }
        return status;
}

static enum status move_tenant(struct moving *m, struct db *db, size_t first)
{
        enum status status;

        gather(m, first);
        db_scope(db, &m->rows[first].tenant);
        status = give_numbers(m, db);
        if (status == STATUS_OK)
                status = insert_own(m, db);
        return status == STATUS_OK ? erase_own(m, db) : status;
}

enum status move_some(struct moving *m, struct db *db)
{
        enum status status = read_outbox(m, db);

        m->now = time_now();
        for (size_t i = 0; i < m->count && status == STATUS_OK; i++)
                if (!is_gathered(m, i))
                        status = move_tenant(m, db, i);
        for (size_t i = 0; i < m->count && status == STATUS_OK; i++)
                status = db_later(db, &sql_delete_outbox, DB_PARAMS(db_int(m->rows[i].id)));
        return status;
}

bool move_note(const struct moving *m, struct follow *follow)
{
        for (size_t i = 0; i < m->count; i++)
                follow_note(follow, &m->rows[i].tenant);
        return m->count == MOVE_BATCH;
}
