/**
 * Goal: totals are exact at every moment: while eight threads commit and roll back and two fold,
 * each snapshot's tally equals the rows it sees, and folding waits for nobody and makes no
 * deadlock.
 */
#include "events_server.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/time.h"
#include "events/events.h"

enum { WRITERS = 8, FOLDERS = 2, MOVERS = 2, FIXED = 40, RUN_MS = 2500 };

/* clang-format off */
static const struct sql sql_create_things = SQL_GLOBAL(
        "CREATE TABLE things (tenant_id BINARY(16) NOT NULL, id BIGINT NOT NULL AUTO_INCREMENT, bucket VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
        " owner INT NOT NULL, PRIMARY KEY (id), KEY things_bucket (tenant_id, bucket)) ENGINE=InnoDB");
static const struct sql sql_insert_thing = SQL("INSERT INTO things (tenant_id, bucket, owner) VALUES (:tenant, ?, ?)");
static const struct sql sql_newest_thing = SQL("SELECT id, bucket FROM things WHERE tenant_id = :tenant AND owner = ? ORDER BY id DESC LIMIT 1");
static const struct sql sql_move_thing = SQL("UPDATE things SET bucket = ? WHERE tenant_id = :tenant AND id = ?");
static const struct sql sql_delete_thing = SQL("DELETE FROM things WHERE tenant_id = :tenant AND id = ?");
static const struct sql sql_count_things = SQL("SELECT COUNT(*) FROM things WHERE tenant_id = :tenant AND bucket LIKE ?");
static const struct sql sql_count_base = SQL("SELECT COALESCE(SUM(n), 0), COUNT(*) FROM tally_base WHERE tenant_id = :tenant");
static const struct sql sql_repeatable = SQL_GLOBAL("SET SESSION tx_isolation = 'REPEATABLE-READ'");
static const struct sql sql_deadlocks = SQL_GLOBAL("SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'INNODB_DEADLOCKS'");
/* clang-format on */

static const char *const buckets[] = {"a=1|b=x", "a=1|b=y", "a=2|b=x", "a=2|b=y"};
static const char *const patterns[] = {"%", "a=1|b=%", "a=%|b=x", "a=2|b=y", "a=3|%"};

static struct tenant_id tenants[3]; /* two that writers share, one whose total never changes */
static atomic_bool running;
static atomic_int failures, committed, rolled_back;

static void expect(bool truth)
{
        if (!truth)
                failures++;
}

static unsigned pick(unsigned most)
{
        uint32_t number = 0;

        (void)random_bytes(&number, sizeof(number));
        return number % most;
}

static enum status tally(struct db *db, const char *bucket, int by)
{
        return tally_add(db, "thing", str_of(bucket), by);
}

static enum status add(struct db *db, int owner)
{
        const char *bucket = buckets[pick(4)];
        enum status status = db_run(db, &sql_insert_thing,
                                    DB_PARAMS(db_text(str_of(bucket)), db_int(owner)), NULL);

        return status == STATUS_OK ? tally(db, bucket, 1) : status;
}

static enum status change(struct db *db, int owner, bool erase)
{
        const char *target = buckets[pick(4)];
        char source[21];
        struct db_rows rows;
        int64_t id;
        enum status status = db_row(db, &sql_newest_thing, DB_PARAMS(db_int(owner)), &rows);

        if (status == STATUS_NOT_FOUND)
                return add(db, owner);
        if (status != STATUS_OK)
                return status;
        id = db_get_int(&rows, 0);
        snprintf(source, sizeof(source), "%.*s", STR_ARG(db_get_str(&rows, 1)));
        status = db_end(&rows);
        if (status == STATUS_OK && erase)
                status = db_run(db, &sql_delete_thing, DB_PARAMS(db_int(id)), NULL);
        else if (status == STATUS_OK)
                status = db_run(db, &sql_move_thing, DB_PARAMS(db_text(str_of(target)), db_int(id)),
                                NULL);
        if (status == STATUS_OK)
                status = tally(db, source, -1);
        return status == STATUS_OK && !erase ? tally(db, target, 1) : status;
}

/* Transactions of one to three changes, some slow, one in four rolled back. */
static void *write_things(void *argument)
{
        const int owner = (int)(intptr_t)argument;
        struct db *db = events_server_connect(&tenants[owner % 2]);

        while (running) {
                enum status status = db_begin(db);

                for (unsigned i = 0; i <= pick(3) && status == STATUS_OK; i++) {
                        const unsigned what = pick(8);

                        status = what < 5 ? add(db, owner) : change(db, owner, what == 7);
                }
                expect(status == STATUS_OK);
                if (pick(10) == 0)
                        usleep(20000);
                if (pick(4) == 0) {
                        db_rollback(db);
                        rolled_back++;
                } else {
                        expect(db_commit(db) == STATUS_OK);
                        committed++;
                }
        }
        db_destroy(db);
        return NULL;
}

/* Only moves: the total stays as it is. */
static void *move_things(void *argument)
{
        const int owner = 100 + (int)(intptr_t)argument;
        struct db *db = events_server_connect(&tenants[2]);

        while (running) {
                expect(db_begin(db) == STATUS_OK);
                expect(change(db, owner, false) == STATUS_OK);
                expect(db_commit(db) == STATUS_OK);
        }
        db_destroy(db);
        return NULL;
}

/* The first in small bites, so that a reader may fall between the parts of a move. */
static void *fold_things(void *argument)
{
        const unsigned most = argument ? 100 : 3;
        struct db *db = events_server_connect(NULL);

        while (running) {
                expect(tally_fold(db, most) == STATUS_OK);
                usleep(1000);
        }
        db_destroy(db);
        return NULL;
}

static int64_t count(struct db *db, const char *like)
{
        struct db_rows rows;
        int64_t n = -1;

        if (db_row(db, &sql_count_things, DB_PARAMS(db_text(str_of(like))), &rows) == STATUS_OK) {
                n = db_get_int(&rows, 0);
                expect(db_end(&rows) == STATUS_OK);
        }
        return n;
}

static int64_t total(struct db *db, const char *like)
{
        struct tally found = {.total = -2};

        expect(tally_read(db, "thing", str_of(like), &found) == STATUS_OK);
        return found.total;
}

/* One snapshot, the rows counted and the tally read in it. */
static void sample(struct db *db, const struct tenant_id *tenant)
{
        db_scope(db, tenant);
        assert_int_equal(db_begin(db), STATUS_OK);
        for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
                const int64_t rows = count(db, patterns[i]);

                assert_int_equal(total(db, patterns[i]), rows);
        }
        assert_int_equal(db_commit(db), STATUS_OK);
}

static void start(pthread_t *threads, size_t n, void *(*work)(void *))
{
        for (size_t i = 0; i < n; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i), 0);
}

static int64_t deadlocks(struct db *db)
{
        struct db_rows rows;
        int64_t n;

        assert_int_equal(db_row(db, &sql_deadlocks, DB_NO_PARAMS, &rows), STATUS_OK);
        n = db_get_int(&rows, 0);
        assert_int_equal(db_end(&rows), STATUS_OK);
        return n;
}

static int prepare(void **state)
{
        struct db *db;
        enum status status;

        if (events_server_open(state))
                return -1;
        db = events_server_connect(NULL);
        status = db_run(db, &sql_create_things, DB_NO_PARAMS, NULL);
        for (size_t i = 0; i < 3 && status == STATUS_OK; i++)
                if (!uuid_v7(&tenants[i].uuid))
                        status = STATUS_UNAVAILABLE;
        db_scope(db, &tenants[2]);
        for (int i = 0; i < FIXED && status == STATUS_OK; i++)
                status = add(db, 100 + i % MOVERS);
        db_destroy(db);
        return status == STATUS_OK ? 0 : -1;
}

/* What is left when all is still: nothing but the base, and it is the number of rows. */
static void check_end(struct db *db, const struct tenant_id *tenant)
{
        struct tally found;
        struct db_rows rows;

        db_scope(db, tenant);
        assert_int_equal(tally_read(db, "thing", STR("%"), &found), STATUS_OK);
        assert_int_equal(found.deltas, 0);
        assert_true(found.folds > 0);
        assert_int_equal(db_row(db, &sql_count_base, DB_NO_PARAMS, &rows), STATUS_OK);
        assert_int_equal(db_get_int(&rows, 0), found.total);
        assert_in_range(db_get_int(&rows, 1), 1, 4);
        assert_int_equal(db_end(&rows), STATUS_OK);
        sample(db, tenant);
}

/* A busy machine takes longer; the runner ends a test that does not end. */
static bool enough(int samples)
{
        return failures || (samples > 20 && committed > 100 && rolled_back > 20);
}

static void test_exact(void **state)
{
        pthread_t writers[WRITERS], folders[FOLDERS], movers[MOVERS];
        struct db *snapshots = events_server_connect(NULL),
                  *plain = events_server_connect(&tenants[2]);
        const int64_t until = time_monotonic_us() + RUN_MS * 1000;
        int samples = 0;

        (void)state;
        assert_int_equal(db_run(snapshots, &sql_repeatable, DB_NO_PARAMS, NULL), STATUS_OK);
        running = true;
        start(writers, WRITERS, write_things);
        start(movers, MOVERS, move_things);
        start(folders, FOLDERS, fold_things);
        for (; time_monotonic_us() < until || !enough(samples); samples++) {
                sample(snapshots, &tenants[samples % 3]);
                assert_int_equal(total(plain, "%"), FIXED); /* READ COMMITTED, one statement */
        }
        running = false;
        for (size_t i = 0; i < WRITERS; i++)
                pthread_join(writers[i], NULL);
        for (size_t i = 0; i < MOVERS; i++)
                pthread_join(movers[i], NULL);
        for (size_t i = 0; i < FOLDERS; i++)
                pthread_join(folders[i], NULL);
        assert_int_equal(failures, 0);
        assert_true(samples > 20 && committed > 100 && rolled_back > 20);

        db_scope(plain, NULL);
        assert_int_equal(tally_fold(plain, 100), STATUS_OK);
        for (size_t i = 0; i < 3; i++)
                check_end(snapshots, &tenants[i]);
        assert_int_equal(deadlocks(plain), 0);
        print_message("%d samples, %d commits, %d rollbacks\n", samples, committed, rolled_back);
        db_destroy(plain);
        db_destroy(snapshots);
}

/* (folds, deltas) moves with every committed change, and with those only. */
static void test_change_number(void **state)
{
        struct tenant_id tenant;
        struct tally before, after;
        struct db *db;

        (void)state;
        assert_true(uuid_v7(&tenant.uuid));
        db = events_server_connect(&tenant);
        assert_int_equal(tally_read(db, "thing", STR("%"), &before), STATUS_OK);
        assert_true(before.total == 0 && before.folds == 0 && before.deltas == 0);

        assert_int_equal(tally_add(db, "thing", STR("a=1|b=x"), 0), STATUS_OK); /* "changed" */
        assert_int_equal(tally_read(db, "thing", STR("%"), &after), STATUS_OK);
        assert_true(after.total == 0 && after.folds == 0 && after.deltas == 1);

        assert_int_equal(db_begin(db), STATUS_OK);
        assert_int_equal(tally_add(db, "thing", STR("a=1|b=x"), 1), STATUS_OK);
        db_rollback(db);
        assert_int_equal(tally_read(db, "thing", STR("%"), &after), STATUS_OK);
        assert_true(after.total == 0 && after.deltas == 1);

        assert_int_equal(tally_add(db, "thing", STR("a=1|b=x"), 3), STATUS_OK);
        assert_int_equal(tally_add(db, "other", STR("a=1|b=x"), 9), STATUS_OK);
        assert_int_equal(tally_fold(db, 1), STATUS_OK); /* one row a transaction */
        db_scope(db, &tenant);
        assert_int_equal(tally_read(db, "thing", STR("%"), &after), STATUS_OK);
        assert_true(after.total == 3 && after.deltas == 0 && after.folds >= 2);
        assert_int_equal(tally_read(db, "thing", STR("a=2%"), &after), STATUS_OK);
        assert_int_equal(after.total, 0);

        before = after; /* nothing to fold: nothing moves */
        assert_int_equal(tally_fold(db, 100), STATUS_OK);
        db_scope(db, &tenant);
        assert_int_equal(tally_read(db, "thing", STR("%"), &after), STATUS_OK);
        assert_int_equal(after.folds, before.folds);
        db_destroy(db);
}

/* More pending resources than one look finds. */
static void test_many_tenants(void **state)
{
        static struct tenant_id many[50];
        struct db *db = events_server_connect(NULL);
        struct tally found;

        (void)state;
        for (size_t i = 0; i < 50; i++) {
                assert_true(uuid_v7(&many[i].uuid));
                db_scope(db, &many[i]);
                for (int k = 0; k < 3; k++)
                        assert_int_equal(tally_add(db, "thing", STR("a"), 1), STATUS_OK);
        }
        assert_int_equal(tally_fold(db, 100), STATUS_OK);
        for (size_t i = 0; i < 50; i++) {
                db_scope(db, &many[i]);
                assert_int_equal(tally_read(db, "thing", STR("%"), &found), STATUS_OK);
                assert_int_equal(found.total, 3);
                assert_int_equal(found.deltas, 0);
        }
        db_destroy(db);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_change_number),
                cmocka_unit_test(test_many_tenants),
                cmocka_unit_test(test_exact),
        };

        return cmocka_run_group_tests(tests, prepare, server_close);
}
