/**
 * query.c: running statements and reading rows, one at a time as they come from the server.
 */
#include "db/db_internal.h"

#include <errmsg.h>

/* Outside a transaction a statement commits by itself: sent, and the answer lost. */
static enum status or_unknown(const struct db *db, const struct db_stmt *stmt, enum status status)
{
        const bool maybe = status == STATUS_UNAVAILABLE && db->error == CR_SERVER_LOST &&
                           !db->in_transaction && !stmt->is_select;

        return maybe ? STATUS_UNKNOWN : status;
}

static enum status execute_once(struct db *db, const struct sql *sql, struct db_params params,
                                struct db_stmt **out)
{
        enum status status;

        db->error = 0;
        if (db_transaction_gone(db))
                return STATUS_BUSY;
        status = stmt_get(db, sql, out);
        if (status == STATUS_OK)
                status = bind_params(db, *out, params);
        if (status != STATUS_OK)
                return status;
        db->round_trips++;
        if (mysql_stmt_execute((*out)->handle) == 0)
                return STATUS_OK;
        status = db_fail(db, mysql_stmt_errno((*out)->handle), mysql_stmt_error((*out)->handle),
                         sql->text);
        return or_unknown(db, *out, status);
}

/* A kept connection that turns out lost is replaced once when nothing can have happened: outside a
 * transaction, and the statement only reads, never left (2006) or was refused (1047). */
static enum status execute(struct db *db, const struct sql *sql, struct db_params params,
                           struct db_stmt **out)
{
        const bool kept = db->mysql != NULL;
        const enum status status = execute_once(db, sql, params, out);

        if (status == STATUS_UNAVAILABLE && kept && !db->mysql && !db->in_transaction &&
            ((*out)->is_select || db_refused(db->error)))
                return execute_once(db, sql, params, out);
        return status;
}

enum status db_query(struct db *db, const struct sql *sql, struct db_params params,
                     struct db_rows *rows)
{
        struct db_stmt *stmt = NULL;

        *rows = (struct db_rows){.db = db};
        rows->status = later_flush(db);
        if (rows->status == STATUS_OK)
                rows->status = execute(db, sql, params, &stmt);
        if (rows->status != STATUS_OK)
                return rows->status;
        rows->stmt = stmt;
        if (!bind_results(stmt)) {
                mysql_stmt_free_result(stmt->handle);
                rows->stmt = NULL;
                rows->status = STATUS_NOMEM;
        }
        return rows->status;
}

/* INSERT … RETURNING is refused only here, after its columns were described; the connection knows
 * why, the statement may not. */
static enum status fetch_failed(struct db *db, const struct db_stmt *stmt)
{
        const unsigned error = mysql_stmt_errno(stmt->handle);

        return error ? db_fail(db, error, mysql_stmt_error(stmt->handle), stmt->text)
                     : db_fail(db, mysql_errno(db->mysql), mysql_error(db->mysql), stmt->text);
}

static void note_failure(struct db_rows *rows)
{
        rows->status = or_unknown(rows->db, rows->stmt, fetch_failed(rows->db, rows->stmt));
        if (!rows->db->mysql)
                rows->stmt = NULL;
}

bool db_next(struct db_rows *rows)
{
        struct db_stmt *stmt = rows->stmt;
        int result;

        if (!stmt || rows->status != STATUS_OK)
                return false;
        result = mysql_stmt_fetch(stmt->handle);
        if (result == MYSQL_DATA_TRUNCATED) {
                if (bind_refetch(stmt))
                        return true;
                rows->status = STATUS_NOMEM;
                return false;
        }
        if (result == 0)
                return true;
        if (result == 1)
                note_failure(rows);
        return false;
}

/* The rows nobody asked for, and behind them whether the statement succeeded: a conflict that ended
 * the transaction (Galera) must not be taken for its success. */
static void read_to_the_end(struct db_rows *rows)
{
        int result = 0;

        while (result == 0 || result == MYSQL_DATA_TRUNCATED)
                result = mysql_stmt_fetch(rows->stmt->handle);
        if (result == 1)
                note_failure(rows);
}

enum status db_end(struct db_rows *rows)
{
        if (rows->stmt && rows->stmt->handle && rows->status == STATUS_OK)
                read_to_the_end(rows);
        if (rows->stmt && rows->stmt->handle)
                mysql_stmt_free_result(rows->stmt->handle);
        if (rows->stmt)
                bind_shrink(rows->stmt);
        rows->stmt = NULL;
        return rows->status;
}

enum status db_row(struct db *db, const struct sql *sql, struct db_params params,
                   struct db_rows *rows)
{
        enum status status = db_query(db, sql, params, rows);

        if (status != STATUS_OK || db_next(rows))
                return status;
        status = db_end(rows);
        return status == STATUS_OK ? STATUS_NOT_FOUND : status;
}

enum status db_run(struct db *db, const struct sql *sql, struct db_params params,
                   uint64_t *affected)
{
        struct db_stmt *stmt = NULL;
        enum status status;

        if (!affected && later_takes(db, params))
                return later_run(db, sql, params);
        status = later_flush(db);
        if (status == STATUS_OK)
                status = execute(db, sql, params, &stmt);
        if (status == STATUS_OK && affected)
                *affected = mysql_stmt_affected_rows(stmt->handle);
        return status;
}

unsigned db_columns(const struct db_rows *rows)
{
        return rows->stmt ? rows->stmt->columns : 0;
}

static const struct cell *cell_at(const struct db_rows *rows, unsigned column, enum cell_kind kind)
{
        const struct cell *cell;

        if (!rows->stmt || column >= rows->stmt->columns)
                return NULL;
        cell = &rows->stmt->cells[column];
        return cell->is_null || cell->kind != kind ? NULL : cell;
}

bool db_is_null(const struct db_rows *rows, unsigned column)
{
        return !rows->stmt || column >= rows->stmt->columns || rows->stmt->cells[column].is_null;
}

int64_t db_get_int(const struct db_rows *rows, unsigned column)
{
        const struct cell *cell = cell_at(rows, column, CELL_INT);

        return cell ? cell->integer : 0;
}

double db_get_real(const struct db_rows *rows, unsigned column)
{
        const struct cell *cell = cell_at(rows, column, CELL_REAL);

        return cell ? cell->real : 0;
}

struct str db_get_str(const struct db_rows *rows, unsigned column)
{
        const struct cell *cell = cell_at(rows, column, CELL_BYTES);

        return cell ? (struct str){cell->bytes, cell->length} : (struct str){NULL, 0};
}

struct uuid db_get_uuid(const struct db_rows *rows, unsigned column)
{
        const struct str bytes = db_get_str(rows, column);
        struct uuid id = {{0}};

        if (bytes.len == sizeof(id.bytes))
                memcpy(id.bytes, bytes.ptr, sizeof(id.bytes));
        return id;
}

static time_ms time_in(const MYSQL_TIME *t)
{
        const struct civil c = {
                .year = (int)t->year,
                .month = (int)t->month,
                .day = (int)t->day,
                .hour = (int)t->hour,
                .minute = (int)t->minute,
                .second = (int)t->second,
                .ms = (int)(t->second_part / 1000),
        };

        return time_from_civil(&c);
}

time_ms db_get_time(const struct db_rows *rows, unsigned column)
{
        const struct cell *cell = cell_at(rows, column, CELL_TIME);

        return cell ? time_in(&cell->time) : 0;
}

day_number db_get_date(const struct db_rows *rows, unsigned column)
{
        const struct cell *cell = cell_at(rows, column, CELL_DATE);

        return cell ? date_of(time_in(&cell->time)) : 0;
}
