/**
 * db_things.h: a table to try the database room on, two tenants, and what counts its rows.
 */
#ifndef ALMONER_TESTS_DB_THINGS_H
#define ALMONER_TESTS_DB_THINGS_H

#include "db_server.h"

static struct db *db;
static struct tenant_id tenant, stranger;

static const struct sql sql_create =
        SQL_GLOBAL("CREATE TABLE IF NOT EXISTS things (tenant_id BINARY(16) NOT NULL, id "
                   "BINARY(16) NOT NULL, n BIGINT NULL, r DOUBLE NULL, t LONGTEXT NULL,"
                   " b BLOB NULL, at DATETIME(3) NULL, day DATE NULL, PRIMARY KEY (tenant_id, id), "
                   "UNIQUE KEY things_n (tenant_id, n)) ENGINE=InnoDB"
                   " DEFAULT CHARSET=utf8mb4");
static const struct sql sql_insert = SQL("INSERT INTO things (tenant_id, id, n, r, t, b, at, day) "
                                         "VALUES (:tenant, ?, ?, ?, ?, ?, ?, ?)");
static const struct sql sql_count =
        SQL("SELECT COUNT(*), COALESCE(SUM(n), 0) FROM things WHERE tenant_id = :tenant");

static inline int open_db(void **state)
{
        struct db_opts opts;

        if (server_open(state) != 0)
                return -1;
        opts = server_opts();
        db = db_create(&opts);
        if (!db || db_run(db, &sql_create, DB_NO_PARAMS, NULL) != STATUS_OK ||
            !uuid_v7(&tenant.uuid) || !uuid_v7(&stranger.uuid))
                return -1;
        db_scope(db, &tenant);
        return 0;
}

static inline int close_db(void **state)
{
        db_destroy(db);
        return server_close(state);
}

static inline struct uuid insert_number(struct db *with, int64_t n)
{
        struct uuid id;

        assert_true(uuid_v7(&id));
        assert_int_equal(db_run(with, &sql_insert,
                                DB_PARAMS(db_uuid(&id), db_int(n), db_null(), db_null(), db_null(),
                                          db_null(), db_null()),
                                NULL),
                         STATUS_OK);
        return id;
}

static inline int64_t count(void)
{
        struct db_rows rows;
        int64_t n;

        assert_int_equal(db_row(db, &sql_count, DB_NO_PARAMS, &rows), STATUS_OK);
        n = db_get_int(&rows, 0);
        assert_int_equal(db_end(&rows), STATUS_OK);
        return n;
}

static inline struct db_params numbered(struct db_value values[static 7], const struct uuid *id,
                                        int64_t n)
{
        for (size_t i = 0; i < 7; i++)
                values[i] = db_null();
        values[0] = db_uuid(id);
        values[1] = db_int(n);
        return (struct db_params){values, 7};
}

#endif
