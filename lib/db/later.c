/**
 * later.c: statements that wait for the next round trip.
 *
 * A wake-up of the server and one of ours cost more than a small INSERT. So what nobody needs the
 * answer of, START TRANSACTION first, is sent along with the statement that follows it or with
 * COMMIT, as one compound statement of the server, prepared once like any other; values stay typed
 * parameters.
 */
#include "db/db_internal.h"

#include <stdlib.h>

enum { ARENA_MAX = 20 << 20, BYTES_MAX = 1 << 20, TEXT_MAX = 1 << 16 };

static const char start[] = "START TRANSACTION; ", finish[] = "COMMIT; ";

bool later_create(struct later *later)
{
        later->arena = arena_create(ARENA_MAX);
        buf_init(&later->text, TEXT_MAX);
        return later->arena != NULL;
}

void later_destroy(struct later *later)
{
        arena_destroy(later->arena);
        buf_free(&later->text);
}

void later_forget(struct later *later)
{
        arena_reset(later->arena);
        later->count = later->value_count = 0;
        later->bytes = 0;
        later->begin = false;
}

static size_t bytes_of(struct db_params params)
{
        size_t bytes = 0;

        for (size_t i = 0; i < params.count; i++)
                if (params.values[i].type == DB_TEXT || params.values[i].type == DB_BYTES)
                        bytes += params.values[i].text.len;
        return bytes;
}

static struct db_value keep_value(struct later *later, struct db_value value)
{
        if ((value.type == DB_TEXT || value.type == DB_BYTES) && value.text.len)
                value.text = arena_copy(later->arena, value.text);
        return value;
}

/* The scope may be another when it is sent: the tenant becomes a value like any other. */
static bool keep(struct later *later, const struct db *db, const struct db_stmt *stmt,
                 struct db_params params)
{
        size_t next = 0;

        for (unsigned i = 0; i < stmt->markers; i++)
                later->values[later->value_count++] =
                        stmt->tenants[i] ? db_uuid(&db->tenant.uuid)
                                         : keep_value(later, params.values[next++]);
        later->texts[later->count++] = arena_copy(later->arena, str_of(stmt->prepared)).ptr;
        return !arena_failed(later->arena);
}

static bool has_room(const struct later *later, size_t values, size_t bytes)
{
        return later->count < LATER_MAX && later->value_count + values <= LATER_VALUES &&
               later->bytes + bytes <= BYTES_MAX;
}

enum status db_later(struct db *db, const struct sql *sql, struct db_params params)
{
        struct later *later = &db->later;
        const size_t bytes = bytes_of(params);
        const struct db_stmt *stmt;
        enum status status;

        if (!db->in_transaction || bytes > BYTES_MAX)
                return db_run(db, sql, params, NULL);
        status = stmt_check(db, sql, params.count, &stmt);
        if (status == STATUS_OK && !has_room(later, stmt->markers, bytes)) {
                status = later_flush(db);
                if (status == STATUS_OK)
                        status = stmt_check(db, sql, params.count, &stmt);
        }
        if (status != STATUS_OK)
                return status;
        if (stmt->markers > LATER_VALUES)
                return db_run(db, sql, params, NULL);
        later->bytes += bytes;
        return keep(later, db, stmt, params) ? STATUS_OK : STATUS_NOMEM;
}

/* The compound of what waits, with what is given at its end; NULL without memory. */
static const char *compound(struct later *later, const char *last)
{
        buf_clear(&later->text);
        buf_text(&later->text, "BEGIN NOT ATOMIC ");
        if (later->begin)
                buf_text(&later->text, start);
        for (size_t i = 0; i < later->count; i++)
                buf_printf(&later->text, "%s; ", later->texts[i]);
        buf_text(&later->text, last);
        buf_text(&later->text, "END");
        buf_char(&later->text, '\0');
        return buf_ok(&later->text) ? later->text.data : NULL;
}

/* A kept connection had died, and the transaction has not begun elsewhere: it begins on another. */
static bool reconnected(struct db *db, enum status status)
{
        return status == STATUS_UNAVAILABLE && !db->mysql && db_connect(db) == STATUS_OK;
}

static enum status send(struct db *db, const char *last)
{
        struct later *later = &db->later;
        const struct sql sql = {compound(later, last), SQL_OF_ALL}; /* each was checked */
        const struct db_params params = {later->values, later->value_count};
        const bool begins = later->begin, ends = last[0] != '\0';
        enum status status = STATUS_NOMEM;

        later->count = 0; /* from here on it is one statement like any other */
        later->begin = false;
        if (sql.text)
                status = db_run(db, &sql, params, NULL);
        if (begins && !ends && reconnected(db, status))
                status = db_run(db, &sql, params, NULL);
        if (begins && !ends && status == STATUS_OK)
                db->begun = true;
        later_forget(later);
        return status;
}

enum status later_flush(struct db *db)
{
        struct later *later = &db->later;
        enum status status;

        if (!later->begin && later->count == 0)
                return STATUS_OK;
        if (later->count)
                return send(db, "");
        later->begin = false;
        status = db_command(db, "START TRANSACTION");
        if (reconnected(db, status))
                status = db_command(db, "START TRANSACTION");
        db->begun = status == STATUS_OK;
        return status;
}

bool later_takes(const struct db *db, struct db_params params)
{
        const struct later *later = &db->later;

        return (later->begin || later->count) && has_room(later, params.count, bytes_of(params));
}

enum status later_run(struct db *db, const struct sql *sql, struct db_params params)
{
        const enum status status = db_later(db, sql, params);

        return status == STATUS_OK ? send(db, "") : status;
}

enum status later_commit(struct db *db)
{
        struct later *later = &db->later;

        if (later->count)
                return send(db, finish);
        if (!later->begin)
                return db_command(db, "COMMIT");
        later->begin = false; /* nothing was done */
        return STATUS_OK;
}
