/**
 * bind.c: typed values on their way to and from the server, in buffers that belong to the cached
 * statement.
 */
#include "db/db_internal.h"

#include <stdlib.h>

#include "base/log.h"

enum {
        FIRST_ROOM = 256,
        LARGEST_FIRST_ROOM = 4096,
        KEPT_ROOM = 1 << 18,
        CELL_MAX = 64 << 20,
        PARAMS_MAX = 15 << 20
};

static MYSQL_TIME time_out(time_ms time)
{
        const struct civil c = time_civil(time);

        return (MYSQL_TIME){
                .year = (unsigned)c.year,
                .month = (unsigned)c.month,
                .day = (unsigned)c.day,
                .hour = (unsigned)c.hour,
                .minute = (unsigned)c.minute,
                .second = (unsigned)c.second,
                .second_part = (unsigned long)c.ms * 1000,
                .time_type = MYSQL_TIMESTAMP_DATETIME,
        };
}

static MYSQL_BIND bytes_bind(enum enum_field_types type, const void *data, size_t size)
{
        return (MYSQL_BIND){
                .buffer_type = type,
                .buffer = (void *)(uintptr_t)data,
                .buffer_length = (unsigned long)size,
                .length = NULL,
        };
}

static MYSQL_BIND value_bind(const struct db_value *value, MYSQL_TIME *time)
{
        switch (value->type) {
        case DB_INT:
                return bytes_bind(MYSQL_TYPE_LONGLONG, &value->integer, sizeof(value->integer));
        case DB_DOUBLE:
                return bytes_bind(MYSQL_TYPE_DOUBLE, &value->real, sizeof(value->real));
        case DB_TEXT:
                return bytes_bind(MYSQL_TYPE_STRING, value->text.ptr, value->text.len);
        case DB_BYTES:
                return bytes_bind(MYSQL_TYPE_BLOB, value->text.ptr, value->text.len);
        case DB_UUID:
                return bytes_bind(MYSQL_TYPE_BLOB, value->uuid.bytes, sizeof(value->uuid.bytes));
        case DB_TIME:
                *time = time_out(value->time);
                return bytes_bind(MYSQL_TYPE_DATETIME, time, sizeof(*time));
        case DB_DATE:
                *time = time_out(date_start(value->day));
                time->time_type = MYSQL_TIMESTAMP_DATE;
                return bytes_bind(MYSQL_TYPE_DATE, time, sizeof(*time));
        default:
                return bytes_bind(MYSQL_TYPE_NULL, NULL, 0);
        }
}

static bool fit_a_packet(struct db_params params)
{
        size_t size = 0;

        for (size_t i = 0; i < params.count; i++) {
                const struct db_value *value = &params.values[i];

                if (value->type == DB_TEXT || value->type == DB_BYTES)
                        size += value->text.len;
        }
        return size <= PARAMS_MAX;
}

enum status bind_params(struct db *db, struct db_stmt *stmt, struct db_params params)
{
        size_t next = 0;

        if (!fit_a_packet(params))
                return STATUS_INVALID;

        if (stmt->markers && !stmt->binds) {
                stmt->binds = calloc(stmt->markers, sizeof(*stmt->binds));
                stmt->times = calloc(stmt->markers, sizeof(*stmt->times));
                if (!stmt->binds || !stmt->times)
                        return STATUS_NOMEM;
        }
        for (unsigned i = 0; i < stmt->markers; i++) {
                if (stmt->tenants[i])
                        stmt->binds[i] = bytes_bind(MYSQL_TYPE_BLOB, db->tenant.uuid.bytes,
                                                    sizeof(db->tenant.uuid.bytes));
                else if (next < params.count)
                        stmt->binds[i] = value_bind(&params.values[next++], &stmt->times[i]);
                else
                        next = params.count + 1;
        }
        if (next != params.count) {
                LOG(ERROR, "db.parameter_count", LOG_TEXT("statement", str_of(stmt->text)));
                return STATUS_BUG;
        }
        if (stmt->markers && mysql_stmt_bind_param(stmt->handle, stmt->binds))
                return STATUS_BUG;
        return STATUS_OK;
}

static enum cell_kind kind_of(const MYSQL_FIELD *field)
{
        switch (field->type) {
        case MYSQL_TYPE_TINY:
        case MYSQL_TYPE_SHORT:
        case MYSQL_TYPE_INT24:
        case MYSQL_TYPE_LONG:
        case MYSQL_TYPE_LONGLONG:
        case MYSQL_TYPE_YEAR:
                return CELL_INT;
        case MYSQL_TYPE_DECIMAL:
        case MYSQL_TYPE_NEWDECIMAL:
                return field->decimals ? CELL_BYTES : CELL_INT; /* sums of integers are decimals */
        case MYSQL_TYPE_FLOAT:
        case MYSQL_TYPE_DOUBLE:
                return CELL_REAL;
        case MYSQL_TYPE_DATE:
        case MYSQL_TYPE_NEWDATE:
                return CELL_DATE;
        case MYSQL_TYPE_DATETIME:
        case MYSQL_TYPE_TIMESTAMP:
                return CELL_TIME;
        default:
                return CELL_BYTES;
        }
}

static bool cell_room(struct cell *cell, unsigned long size)
{
        char *bytes = size <= CELL_MAX ? realloc(cell->bytes, size) : NULL;

        if (!bytes)
                return false;
        cell->bytes = bytes;
        cell->room = size;
        return true;
}

static void cell_bind(struct cell *cell, MYSQL_BIND *bind)
{
        static const enum enum_field_types types[] = {
                [CELL_INT] = MYSQL_TYPE_LONGLONG, [CELL_REAL] = MYSQL_TYPE_DOUBLE,
                [CELL_BYTES] = MYSQL_TYPE_BLOB,   [CELL_TIME] = MYSQL_TYPE_DATETIME,
                [CELL_DATE] = MYSQL_TYPE_DATE,
        };

        *bind = (MYSQL_BIND){
                .buffer_type = types[cell->kind],
                .is_null = &cell->is_null,
                .error = &cell->truncated,
                .length = &cell->length,
        };
        if (cell->kind == CELL_BYTES) {
                bind->buffer = cell->bytes;
                bind->buffer_length = cell->room;
        } else {
                bind->buffer = &cell->integer; /* the union's start */
                bind->buffer_length = sizeof(cell->time);
        }
}

static bool describe(struct db_stmt *stmt, MYSQL_RES *meta)
{
        const MYSQL_FIELD *fields = mysql_fetch_fields(meta);

        stmt->columns = mysql_num_fields(meta);
        stmt->cells = calloc(stmt->columns, sizeof(*stmt->cells));
        stmt->results = calloc(stmt->columns, sizeof(*stmt->results));
        if (!stmt->cells || !stmt->results)
                return false;
        for (unsigned i = 0; i < stmt->columns; i++) {
                struct cell *cell = &stmt->cells[i];
                unsigned long room = fields[i].length < FIRST_ROOM ? FIRST_ROOM : fields[i].length;

                cell->kind = kind_of(&fields[i]);
                if (cell->kind == CELL_BYTES &&
                    !cell_room(cell, room > LARGEST_FIRST_ROOM ? LARGEST_FIRST_ROOM : room))
                        return false;
                cell_bind(cell, &stmt->results[i]);
        }
        return true;
}

bool bind_results(struct db_stmt *stmt)
{
        MYSQL_RES *meta;
        bool described;

        if (!stmt->cells) {
                meta = mysql_stmt_result_metadata(stmt->handle);
                if (!meta)
                        return false;
                described = describe(stmt, meta);
                mysql_free_result(meta);
                if (!described) {
                        bind_free(stmt);
                        return false;
                }
        }
        return mysql_stmt_bind_result(stmt->handle, stmt->results) == 0;
}

bool bind_refetch(struct db_stmt *stmt)
{
        for (unsigned i = 0; i < stmt->columns; i++) {
                struct cell *cell = &stmt->cells[i];

                if (cell->kind != CELL_BYTES || cell->is_null || cell->length <= cell->room)
                        continue;
                if (!cell_room(cell, cell->length + cell->length / 2))
                        return false;
                cell_bind(cell, &stmt->results[i]);
                if (mysql_stmt_fetch_column(stmt->handle, &stmt->results[i], i, 0))
                        return false;
        }
        return mysql_stmt_bind_result(stmt->handle, stmt->results) == 0;
}

void bind_shrink(struct db_stmt *stmt)
{
        for (unsigned i = 0; i < stmt->columns; i++) {
                struct cell *cell = &stmt->cells[i];

                if (cell->kind == CELL_BYTES && cell->room > KEPT_ROOM &&
                    cell_room(cell, LARGEST_FIRST_ROOM))
                        cell_bind(cell, &stmt->results[i]);
        }
}

void bind_free(struct db_stmt *stmt)
{
        for (unsigned i = 0; stmt->cells && i < stmt->columns; i++)
                if (stmt->cells[i].kind == CELL_BYTES)
                        free(stmt->cells[i].bytes);
        free(stmt->cells);
        free(stmt->results);
        free(stmt->binds);
        free(stmt->times);
        stmt->cells = NULL;
        stmt->results = NULL;
        stmt->binds = NULL;
        stmt->times = NULL;
        stmt->columns = 0;
}
