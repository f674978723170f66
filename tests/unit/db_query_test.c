/**
 * Goal: the database room against a real server: types, tenancy, the statement cache, retries, lost
 * connections and commits.
 */
#include "db_things.h"

#include <pthread.h>

static const struct sql sql_select =
        SQL("SELECT n, r, t, b, at, day, id FROM things WHERE tenant_id = :tenant AND id = ?");
static const struct sql sql_add =
        SQL("UPDATE things SET n = n + ? WHERE tenant_id = :tenant AND id = ?");

static void test_types(void **state)
{
        static char large[1 << 20];
        const struct str text = {large, sizeof(large)},
                         wide = STR("naïve 漢 🦄 'quoted\"\\ %_;--");
        struct db_rows rows;
        struct uuid id, again;
        time_ms at;
        day_number day;

        (void)state;
        memset(large, 'x', sizeof(large));
        assert_true(time_parse(STR("2024-02-29T23:59:59.987Z"), &at));
        assert_true(date_parse(STR("0001-01-01"), &day));
        db_scope(db, &tenant);
        assert_true(uuid_v7(&id));
        assert_int_equal(
                db_run(db, &sql_insert,
                       DB_PARAMS(db_uuid(&id), db_int(INT64_MIN), db_real(0.1), db_text(wide),
                                 db_bytes("a\0b", 3), db_time(at), db_date(day)),
                       NULL),
                STATUS_OK);
        assert_int_equal(db_row(db, &sql_select, DB_PARAMS(db_uuid(&id)), &rows), STATUS_OK);
        assert_int_equal(db_get_int(&rows, 0), INT64_MIN);
        assert_true(db_get_real(&rows, 1) > 0.0999 && db_get_real(&rows, 1) < 0.1001);
        assert_true(str_eq(db_get_str(&rows, 2), wide));
        assert_true(str_eq(db_get_str(&rows, 3), (struct str){"a\0b", 3}));
        assert_int_equal(db_get_time(&rows, 4), at);
        assert_int_equal(db_get_date(&rows, 5), day);
        again = db_get_uuid(&rows, 6);
        assert_true(uuid_eq(&again, &id));
        assert_false(db_next(&rows));
        assert_int_equal(db_end(&rows), STATUS_OK);
        assert_true(uuid_v7(&id));
        assert_int_equal(db_run(db, &sql_insert,
                                DB_PARAMS(db_uuid(&id), db_null(), db_null(), db_text(text),
                                          db_null(), db_null(), db_null()),
                                NULL),
                         STATUS_OK);
        assert_int_equal(db_row(db, &sql_select, DB_PARAMS(db_uuid(&id)), &rows), STATUS_OK);
        assert_true(db_is_null(&rows, 0) && db_is_null(&rows, 4));
        assert_true(str_eq(db_get_str(&rows, 2), text));
        assert_int_equal(db_end(&rows), STATUS_OK);
}

static void test_tenancy(void **state)
{
        static const struct sql unscoped = SQL("SELECT COUNT(*) FROM things"),
                                quoted = SQL("SELECT ':tenant'");
        struct db_rows rows;
        const struct uuid id = insert_number(db, 1000);
        const uint64_t trips = db_round_trips(db);

        (void)state;
        assert_int_equal(db_row(db, &unscoped, DB_NO_PARAMS, &rows), STATUS_BUG);
        assert_int_equal(db_row(db, &quoted, DB_NO_PARAMS, &rows), STATUS_BUG);
        db_scope(db, NULL);
        assert_int_equal(db_row(db, &sql_select, DB_PARAMS(db_uuid(&id)), &rows), STATUS_BUG);
        assert_int_equal(db_round_trips(db), trips); /* nothing reached the server */
        db_scope(db, &stranger);
        assert_int_equal(db_row(db, &sql_select, DB_PARAMS(db_uuid(&id)), &rows), STATUS_NOT_FOUND);
        db_scope(db, &tenant);
        assert_int_equal(db_row(db, &sql_select, DB_PARAMS(db_uuid(&id)), &rows), STATUS_OK);
        assert_int_equal(db_end(&rows), STATUS_OK);
        assert_int_equal(db_row(db, &sql_select, DB_NO_PARAMS, &rows),
                         STATUS_BUG); /* one parameter short */
}

/* Rows come before the server knows that the statement succeeds: on Galera a transaction can end in
 * a conflict right behind the row that was asked for. Here the second row fails, unread. */
static void test_late_error(void **state)
{
        static const struct sql late =
                SQL_GLOBAL("SELECT (SELECT i.seq FROM seq_1_to_2 AS i WHERE i.seq <= o.seq)"
                           " FROM seq_1_to_2 AS o ORDER BY o.seq");
        struct db_rows rows;

        (void)state;
        assert_int_equal(db_row(db, &late, DB_NO_PARAMS, &rows), STATUS_OK);
        assert_int_equal(db_get_int(&rows, 0), 1);
        assert_int_equal(db_end(&rows), STATUS_BUG);
        assert_int_equal(db_errno(db), 1242);
        assert_true(count() > 0);
}

/* A transaction that the server ended by itself is noticed before anything else is written. */
static void test_gone(void **state)
{
        static const struct sql ends =
                SQL_GLOBAL("CREATE TABLE IF NOT EXISTS others (id INT NOT NULL PRIMARY KEY)");
        const int64_t before = count();
        struct uuid id;

        (void)state;
        assert_int_equal(db_begin(db), STATUS_OK);
        assert_int_equal(db_run(db, &ends, DB_NO_PARAMS, NULL), STATUS_OK);
        assert_true(uuid_v7(&id));
        assert_int_equal(db_run(db, &sql_insert,
                                DB_PARAMS(db_uuid(&id), db_int(4000), db_null(), db_null(),
                                          db_null(), db_null(), db_null()),
                                NULL),
                         STATUS_BUSY);
        assert_int_equal(db_errno(db), 1213);
        assert_int_equal(db_commit(db), STATUS_BUSY);
        assert_int_equal(count(), before);
}

static void test_duplicate(void **state)
{
        struct uuid id;

        (void)state;
        (void)insert_number(db, 2000);
        assert_true(uuid_v7(&id));
        assert_int_equal(db_run(db, &sql_insert,
                                DB_PARAMS(db_uuid(&id), db_int(2000), db_null(), db_null(),
                                          db_null(), db_null(), db_null()),
                                NULL),
                         STATUS_CONFLICT);
        assert_int_equal(db_errno(db), 1062);
        assert_string_equal(db_duplicate_key(db), "things_n");
}

static void test_cache_eviction(void **state)
{
        char text[100];
        struct db_rows rows;

        (void)state;
        for (int round = 0; round < 2; round++)
                for (int i = 0; i < 400; i++) {
                        snprintf(text, sizeof(text),
                                 "SELECT %d FROM things WHERE tenant_id = :tenant LIMIT 1", i);
                        assert_int_equal(
                                db_row(db, &(struct sql){text, SQL_OF_TENANT}, DB_NO_PARAMS, &rows),
                                STATUS_OK);
                        assert_int_equal(db_get_int(&rows, 0), i);
                        assert_int_equal(db_end(&rows), STATUS_OK);
                }
}

struct pair {
        struct uuid first, second;
        pthread_barrier_t *barrier;
        bool met;
        int runs;
};

static enum status add_both(struct db *with, void *context)
{
        struct pair *pair = context;
        enum status status =
                db_run(with, &sql_add, DB_PARAMS(db_int(1), db_uuid(&pair->first)), NULL);

        pair->runs++;
        if (!pair->met)
                pthread_barrier_wait(pair->barrier);
        pair->met = true;
        return status == STATUS_OK
                       ? db_run(with, &sql_add, DB_PARAMS(db_int(1), db_uuid(&pair->second)), NULL)
                       : status;
}

static void *run_pair(void *context)
{
        const struct db_opts opts = server_opts();
        struct db *own = db_create(&opts);
        const struct db_work work = {.body = add_both, .context = context};
        enum status status;

        db_scope(own, &tenant);
        status = db_transaction(own, &work);
        db_destroy(own);
        return status == STATUS_OK ? context : NULL;
}

/* Two transactions take two rows in opposite order: one is chosen to lose, and runs again. */
static void test_deadlock(void **state)
{
        pthread_barrier_t barrier;
        struct pair a = {.first = insert_number(db, 3000),
                         .second = insert_number(db, 3100),
                         .barrier = &barrier};
        struct pair b = {.first = a.second, .second = a.first, .barrier = &barrier};
        pthread_t thread;
        struct db_rows rows;
        void *done;

        (void)state;
        pthread_barrier_init(&barrier, NULL, 2);
        assert_int_equal(pthread_create(&thread, NULL, run_pair, &b), 0);
        assert_non_null(run_pair(&a));
        pthread_join(thread, &done);
        assert_non_null(done);
        assert_true(a.runs + b.runs >= 3);
        assert_int_equal(db_row(db, &sql_select, DB_PARAMS(db_uuid(&a.first)), &rows), STATUS_OK);
        assert_int_equal(db_get_int(&rows, 0), 3002);
        assert_int_equal(db_end(&rows), STATUS_OK);
        pthread_barrier_destroy(&barrier);
}

static void test_restart(void **state)
{
        const int64_t before = count();

        (void)state;
        server_kill(SIGTERM);
        assert_int_equal(db_run(db, &sql_add, DB_PARAMS(db_int(1), db_uuid(&tenant.uuid)), NULL) ==
                                 STATUS_OK,
                         0);
        assert_true(server_start() && server_await());
        usleep(1100000); /* the circuit breaker closes again */
        assert_int_equal(count(), before);
}

struct lost {
        struct uuid id;
        int runs;
        bool kill;
};

static enum status insert_and_lose(struct db *with, void *context)
{
        struct lost *lost = context;

        lost->runs++;
        (void)insert_number(with, 5000);
        if (lost->kill) {
                server_kill(SIGKILL);
                lost->kill = false;
                assert_true(server_start() && server_await());
        }
        return STATUS_OK;
}

static enum status find_number(struct db *with, void *context)
{
        static const struct sql find =
                SQL("SELECT 1 FROM things WHERE tenant_id = :tenant AND n = 5000");
        struct db_rows rows;
        enum status status = db_row(with, &find, DB_NO_PARAMS, &rows);

        (void)context;
        return status == STATUS_OK ? db_end(&rows) : status;
}

/* The server dies before COMMIT: the outcome is unknown, is settled by reading back, and the work
 * runs again. */
static void test_lost_commit(void **state)
{
        struct lost lost = {.kill = true};
        const struct db_work work = {insert_and_lose, NULL, find_number, &lost};
        const int64_t before = count();

        (void)state;
        assert_int_equal(db_transaction(db, &work), STATUS_OK);
        assert_int_equal(lost.runs, 2);
        assert_int_equal(count(), before + 1);
}

static void test_unknown(void **state)
{
        struct lost lost = {.kill = true};
        const struct db_work work = {.body = insert_and_lose, .context = &lost};
        static const struct sql sweep =
                SQL("DELETE FROM things WHERE tenant_id = :tenant AND n = 5000");

        (void)state;
        assert_int_equal(db_run(db, &sweep, DB_NO_PARAMS, NULL), STATUS_OK);
        assert_int_equal(db_transaction(db, &work), STATUS_UNKNOWN);
}

static void test_hung(void **state)
{
        struct db_rows rows;

        (void)state;
        (void)count();
        kill(server_pid, SIGSTOP);
        assert_int_equal(db_row(db, &sql_count, DB_NO_PARAMS, &rows), STATUS_UNAVAILABLE);
        kill(server_pid, SIGCONT);
        assert_true(server_await());
        /* The circuit is closed for a second; a busy machine may need more. */
        for (int tries = 0; db_connect(db) != STATUS_OK && tries < 100; tries++)
                usleep(200000);
        assert_true(count() > 0);
}

static void test_failover(void **state)
{
        struct db_opts opts = server_opts();
        struct db *other;

        (void)state;
        opts.hosts = "127.0.0.1,localhost"; /* nothing listens on the first; "localhost" is the
                                               socket to Connector/C, but not this one */
        opts.port = 1;
        other = db_create(&opts);
        assert_int_equal(db_connect(other), STATUS_UNAVAILABLE);
        db_destroy(other);
        opts.hosts = "127.0.0.1,";
        usleep(1100000);
        other = db_create(&opts); /* an empty name is the socket: the second in turn answers */
        assert_int_equal(db_connect(other), STATUS_OK);
        db_destroy(other);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_types),      cmocka_unit_test(test_tenancy),
                cmocka_unit_test(test_duplicate),  cmocka_unit_test(test_cache_eviction),
                cmocka_unit_test(test_deadlock),   cmocka_unit_test(test_failover),
                cmocka_unit_test(test_restart),    cmocka_unit_test(test_lost_commit),
                cmocka_unit_test(test_unknown),    cmocka_unit_test(test_hung),
                cmocka_unit_test(test_late_error), cmocka_unit_test(test_gone),
        };

        return cmocka_run_group_tests(tests, open_db, close_db);
}
