/**
 * db.h: MariaDB through Connector/C.
 *
 * One struct db a thread: a connection that is opened when first used, reopened when lost. Of
 * several hosts (the nodes of a Galera cluster) the first that serves is used; when it is back, so
 * are the connections. Statements are constants or come from the resource
 * builder; they are prepared once a connection and kept. Values travel only as typed parameters.
 *
 * Tenancy. A statement made by SQL() must name the tenant with the marker :tenant (any number of
 * times); the library binds the tenant of db_scope there. A statement without the marker, or run
 * without a scope, is STATUS_BUG and never reaches the server. SQL_GLOBAL() is for the few
 * statements that are about no tenant (log in by address, the schema version); `make lint` lists
 * where they may stand.
 *
 *     static const struct sql sql_select_person =
 *             SQL("SELECT name, version FROM persons WHERE tenant_id = :tenant AND id = ?");
 *
 *     struct db_rows rows;
 *     enum status s = db_query(db, &sql_select_person, DB_PARAMS(db_uuid(&id)), &rows);
 *     while (s == STATUS_OK && db_next(&rows))
 *             use(db_get_str(&rows, 0), db_get_int(&rows, 1));
 *     s = db_end(&rows);
 *
 * Errors (db_errno says more; errmap.c has the whole table): 1062, 1451, 1452, 1644
 * STATUS_CONFLICT; 1205, 1213, 1020 STATUS_BUSY; 2002, 2003, 2006, 2013, 1040, 1047, 1053, 1290,
 * 1836, 1114, 1021, 1927, 1969 STATUS_UNAVAILABLE; parameters of more than 15 MiB together
 * STATUS_INVALID, unsent (the server's max_allowed_packet is 16 MiB and it hangs up on more); a
 * lost answer to COMMIT STATUS_UNKNOWN; the rest STATUS_BUG, logged with errno and statement text,
 * never with values.
 */
#ifndef ALMONER_DB_DB_H
#define ALMONER_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/status.h"
#include "base/str.h"
#include "base/time.h"

enum sql_scope { SQL_OF_TENANT, SQL_OF_ALL };

struct sql {
        const char *text; /* NUL-terminated; lives as long as the statement is used */
        enum sql_scope scope;
};

/* "" literal "" refuses anything but a string literal. */
#define SQL(literal)                         \
        {                                    \
                "" literal "", SQL_OF_TENANT \
        }
#define SQL_GLOBAL(literal)               \
        {                                 \
                "" literal "", SQL_OF_ALL \
        }

enum db_type { DB_NULL, DB_INT, DB_TEXT, DB_BYTES, DB_UUID, DB_TIME, DB_DATE, DB_DOUBLE };

/** A parameter. Text and bytes are borrowed until the call returns. */
struct db_value {
        enum db_type type;
        union {
                int64_t integer;
                double real;
                struct str text; /* DB_TEXT (UTF-8) and DB_BYTES */
                struct uuid uuid;
                time_ms time;
                day_number day;
        };
};

struct db_params {
        const struct db_value *values;
        size_t count;
};

/** DB_PARAMS(value, ...): an argument list; DB_NO_PARAMS for none. */
#define DB_PARAMS(...)                                                       \
        ((struct db_params){(const struct db_value[]){__VA_ARGS__},          \
                            sizeof((const struct db_value[]){__VA_ARGS__}) / \
                                    sizeof(struct db_value)})
#define DB_NO_PARAMS ((struct db_params){NULL, 0})

static inline struct db_value db_null(void)
{
        return (struct db_value){.type = DB_NULL};
}
static inline struct db_value db_int(int64_t value)
{
        return (struct db_value){.type = DB_INT, .integer = value};
}
static inline struct db_value db_real(double value)
{
        return (struct db_value){.type = DB_DOUBLE, .real = value};
}
/** db_text(value): NULL when the slice is absent. */
static inline struct db_value db_text(struct str value)
{
        return value.ptr ? (struct db_value){.type = DB_TEXT, .text = value} : db_null();
}
static inline struct db_value db_bytes(const void *data, size_t size)
{
        return (struct db_value){.type = DB_BYTES, .text = {data, size}};
}
static inline struct db_value db_uuid(const struct uuid *id)
{
        return (struct db_value){.type = DB_UUID, .uuid = *id};
}
static inline struct db_value db_time(time_ms value)
{
        return (struct db_value){.type = DB_TIME, .time = value};
}
static inline struct db_value db_date(day_number value)
{
        return (struct db_value){.type = DB_DATE, .day = value};
}

struct db;
struct db_stmt;

struct db_opts {
        const char *hosts; /* comma separated, in order of preference; "" uses ${socket} */
        unsigned port;
        const char *socket;
        const char *user, *password, *schema;
        unsigned timeout;   /* seconds for one answer; connecting takes at most 2 */
        const char *tls_ca; /* PEM file: hosts must prove themselves; NULL or "": no TLS */
        bool sync_reads;    /* Galera: what was committed at any node is seen at every node */
};

/** db_opts_from_config(opts, module): fill ${opts} from configuration; false (logged) when a
 * password file can't be read. The texts live as long as the process. */
bool db_opts_from_config(struct db_opts *opts, const char *module);

/** db_create(opts): a handle that is not connected yet; NULL without memory. ${opts} is copied. */
struct db *db_create(const struct db_opts *opts);

/** db_destroy(db): close and free; NULL is fine. */
void db_destroy(struct db *db);

/** db_connect(db): connect now if not connected. STATUS_OK or STATUS_UNAVAILABLE. After three
 * failures in a row it answers at once for a second instead of trying (circuit breaker, shared by
 * the process). */
enum status db_connect(struct db *db);

/** db_scope(db, tenant): the tenant that :tenant means from now on; NULL for none. */
void db_scope(struct db *db, const struct tenant_id *tenant);

/** The rows of a running query. At most one query runs on a connection; db_end is due before the
 * next. */
struct db_rows {
        struct db *db;
        struct db_stmt *stmt;
        enum status status;
};

/**
 * db_query(db, sql, params, rows): run a statement that returns rows, also INSERT … RETURNING. Rows
 * are streamed from the server, not collected. On failure ${rows} needs no db_end (calling it is
 * harmless and returns the same status). Outside a transaction a lost connection is reopened and
 * the statement tried once more, if it is a SELECT or never left; another that was sent and whose
 * answer is lost is STATUS_UNKNOWN.
 */
enum status db_query(struct db *db, const struct sql *sql, struct db_params params,
                     struct db_rows *rows);

/** db_next(rows): step to the next row; false at the end and on error (db_end tells which). */
bool db_next(struct db_rows *rows);

/** db_end(rows): release the result; STATUS_OK when the statement succeeded to its end, including
 * rows that were not asked for. */
enum status db_end(struct db_rows *rows);

/* Columns of the current row, from 0. What is returned lives until the next db_next or db_end.
 * Asking for another type than the column's is a bug that reads as NULL. */
bool db_is_null(const struct db_rows *rows, unsigned column);
int64_t db_get_int(const struct db_rows *rows, unsigned column); /* NULL: 0 */
double db_get_real(const struct db_rows *rows, unsigned column); /* NULL: 0 */
struct str db_get_str(const struct db_rows *rows,
                      unsigned column); /* text or bytes; NULL: absent */
struct uuid db_get_uuid(const struct db_rows *rows, unsigned column); /* BINARY(16); NULL: zero */
time_ms db_get_time(const struct db_rows *rows, unsigned column);     /* DATETIME; NULL: 0 */
day_number db_get_date(const struct db_rows *rows, unsigned column);
unsigned db_columns(const struct db_rows *rows);

/**
 * db_run(db, sql, params, affected): run a statement without rows. ${affected} (may be NULL) gets
 * the number of rows matched (not only changed). Outside a transaction it commits by itself; a lost
 * answer is STATUS_UNKNOWN.
 */
enum status db_run(struct db *db, const struct sql *sql, struct db_params params,
                   uint64_t *affected);

/**
 * db_later(db, sql, params): inside a transaction, run a statement whose answer nobody needs along
 * with the next one or with COMMIT, in one round trip. Values are copied, the tenant is the one of
 * now. Its failure is that of the statement that takes it along: for what cannot conflict, or what
 * the whole stands on. Outside a transaction it is db_run.
 */
enum status db_later(struct db *db, const struct sql *sql, struct db_params params);

/** DB_EXPECTED: at the end of the text of an UPDATE or DELETE for db_later: the transaction fails
 * with STATUS_CONFLICT when it matched no row. */
#define DB_EXPECTED "; IF ROW_COUNT() = 0 THEN SIGNAL SQLSTATE '45000'; END IF"

/**
 * db_row(db, sql, params, rows): db_query and db_next in one for a single row: STATUS_NOT_FOUND
 * when there is none. On STATUS_OK the caller reads the columns and calls db_end.
 */
enum status db_row(struct db *db, const struct sql *sql, struct db_params params,
                   struct db_rows *rows);

/* Transactions: READ COMMITTED. START TRANSACTION travels with the first statement. After any error
 * inside one only db_rollback is of use. */
enum status db_begin(struct db *db);
/** db_commit(db): STATUS_UNKNOWN when the answer was lost: settle it by reading back (see
 * db_transaction). */
enum status db_commit(struct db *db);
void db_rollback(struct db *db);
bool db_in_transaction(const struct db *db);

struct db_work {
        /** The body: may run several times, each in a fresh transaction; has no effect but in the
         * database. */
        enum status (*body)(struct db *db, void *context);
        /** Before each repetition: undo what the body noted in ${context}; may be NULL. */
        void (*again)(void *context);
        /** Was it committed after all? Asked on a new connection after STATUS_UNKNOWN, again and
         * again while there is none: STATUS_OK yes, STATUS_NOT_FOUND no, anything else: can't tell.
         * Read by a unique key and with LOCK IN SHARE MODE: a server that only hung may still be
         * about to commit, and the lock waits for it. NULL: nobody can tell. */
        enum status (*committed)(struct db *db, void *context);
        void *context;
};

/**
 * db_transaction(db, work): begin, body, commit. Deadlock, lock wait, certification failure and a
 * lost connection repeat the whole at most 5 times with jittered pauses of 2 to 50 ms, within 5
 * seconds. An unknown commit is settled by
 * ${work}->committed: committed is STATUS_OK, not committed repeats, can't tell is STATUS_UNKNOWN.
 * Any other status of the body rolls back and is returned.
 */
enum status db_transaction(struct db *db, const struct db_work *work);

/** db_errno(db): MariaDB's error number of the last failure, 0 if none. */
unsigned db_errno(const struct db *db);

/** db_duplicate_key(db): after STATUS_CONFLICT by 1062 the name of the unique index, else "". */
const char *db_duplicate_key(const struct db *db);

/** db_round_trips(db): statements sent since the handle was made (tests hold routes to a budget).
 */
uint64_t db_round_trips(const struct db *db);

#endif
