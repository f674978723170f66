/**
 * db_internal.h: what the files of the room share: the connection, its statements, and where errors
 * go.
 */
#ifndef ALMONER_DB_INTERNAL_H
#define ALMONER_DB_INTERNAL_H

#include <mysql.h>

#include "base/buf.h"
#include "db/db.h"

enum { LATER_MAX = 24, LATER_VALUES = 256 };

/** Statements that wait for the next round trip (later.c). */
struct later {
        bool begin; /* START TRANSACTION waits too */
        size_t count, value_count, bytes;
        const char *texts[LATER_MAX];
        struct db_value values[LATER_VALUES];
        struct arena *arena; /* what the values point to */
        struct buf text;     /* of the compound statement */
};

enum { STMT_BUCKETS = 64, STMT_MAX = 256, DUPLICATE_KEY_SIZE = 65 };

/** How a column is read. */
enum cell_kind { CELL_INT, CELL_REAL, CELL_BYTES, CELL_TIME, CELL_DATE };

struct cell {
        enum cell_kind kind;
        my_bool is_null, truncated;
        unsigned long length; /* of bytes */
        unsigned long room;   /* of the buffer of bytes */
        union {
                long long integer;
                double real;
                char *bytes;
                MYSQL_TIME time;
        };
};

struct db_stmt {
        struct db_stmt *next; /* in its bucket */
        uint64_t hash, used;
        char *text;     /* as the caller wrote it: the key */
        char *prepared; /* with ? for :tenant */
        bool names_tenant, is_select;
        unsigned markers;       /* ? and :tenant in all */
        unsigned char *tenants; /* per marker: whether it is :tenant */
        MYSQL_STMT *handle;     /* NULL: not prepared on this connection */
        MYSQL_BIND *binds;
        MYSQL_TIME *times; /* of parameters */
        unsigned columns;
        struct cell *cells;
        MYSQL_BIND *results;
};

struct db {
        struct db_opts opts;
        MYSQL *mysql;                    /* NULL: not connected */
        unsigned host, hosts;            /* the one in use or tried last, and how many */
        int64_t connected_us, looked_us; /* when it was chosen, when a better one was looked for */
        struct tenant_id tenant;
        bool scoped, in_transaction;
        bool begun; /* the server knows of the transaction */
        unsigned error;
        char duplicate[DUPLICATE_KEY_SIZE];
        uint64_t round_trips, uses;
        struct db_stmt *buckets[STMT_BUCKETS];
        unsigned statements;
        struct later later;
};

/** db_fail(db, error, message, text): keep and log what went wrong; drops the connection when it is
 * of no more use. */
enum status db_fail(struct db *db, unsigned error, const char *message, const char *text);

/** db_status_of(error): the table of MariaDB's error numbers. */
enum status db_status_of(unsigned error);

/** db_lost(error): whether the connection is gone or of no use after ${error}. */
bool db_lost(unsigned error);

/** db_refused(error): whether the server has said that it did not even begin. */
bool db_refused(unsigned error);

/** host_next(db, turn): ${turn} from 0 on becomes the next turn to try, which is a host modulo
 * their number; false when none is left. The caller adds 1 before it asks again. */
bool host_next(const struct db *db, unsigned *turn);

/** host_failed, host_answered: what was learned about a host; shared by the process. */
void host_failed(const struct db *db, unsigned host);
void host_answered(unsigned host);

/** host_left(db): somebody found the host away since this connection was made. */
bool host_left(const struct db *db);

/** host_better(db, host): a host that is preferred to the one in use is worth a try. */
bool host_better(struct db *db, unsigned *host);

/** db_renew(db): before a kept connection is used outside a transaction: leave a host that is away,
 * return to one that is preferred. */
void db_renew(struct db *db);

/** db_disconnect(db): close the connection and forget what was prepared on it. */
void db_disconnect(struct db *db);

/** db_transaction_gone(db): the server ended our transaction without saying so; db_errno is 1213.
 */
bool db_transaction_gone(struct db *db);

/** db_command(db, text): a statement without parameters or rows, unprepared (BEGIN, COMMIT). */
enum status db_command(struct db *db, const char *text);

/** later_create(later), later_destroy(later): false without memory. */
bool later_create(struct later *later);
void later_destroy(struct later *later);

/** later_forget(later): drop what waits. */
void later_forget(struct later *later);

/** later_flush(db): send what waits, if anything. */
enum status later_flush(struct db *db);

/** later_takes(db, params): whether something waits that may travel with one more statement. */
bool later_takes(const struct db *db, struct db_params params);

/** later_run(db, sql, params): run a statement together with what waits. */
enum status later_run(struct db *db, const struct sql *sql, struct db_params params);

/** later_commit(db): send what waits and COMMIT in one. */
enum status later_commit(struct db *db);

/** stmt_get(db, sql, out): the cached statement, prepared on this connection. */
enum status stmt_get(struct db *db, const struct sql *sql, struct db_stmt **out);

/** stmt_check(db, sql, values, out): whether the statement may be run with so many values:
 * STATUS_BUG without its tenant, too. ${out}: of the cache; it lives until the next statement. */
enum status stmt_check(struct db *db, const struct sql *sql, size_t values,
                       const struct db_stmt **out);

/** stmt_forget(db): all handles are gone with their connection. */
void stmt_forget(struct db *db);

/** stmt_free_all(db): empty the cache. */
void stmt_free_all(struct db *db);

/** bind_params(db, stmt, params): point the statement's parameters at the values. */
enum status bind_params(struct db *db, struct db_stmt *stmt, struct db_params params);

/** bind_results(stmt): describe the columns and give them room; false without memory. */
bool bind_results(struct db_stmt *stmt);

/** bind_refetch(stmt): give truncated cells more room and read them again; false without memory or
 * on error. */
bool bind_refetch(struct db_stmt *stmt);

/** bind_shrink(stmt): give back the room of an unusually large value, once it was read. */
void bind_shrink(struct db_stmt *stmt);

/** bind_free(stmt): forget parameters' and results' memory. */
void bind_free(struct db_stmt *stmt);

#endif
