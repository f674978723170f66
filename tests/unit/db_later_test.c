/**
 * Goal: statements that wait for the next round trip: in order, all or nothing, of their tenant.
 */
#include "db_things.h"

static enum status later(int64_t n)
{
        struct db_value values[7];
        struct uuid id;

        assert_true(uuid_v7(&id));
        return db_later(db, &sql_insert, numbered(values, &id, n));
}

/* What waits travels with the next statement or with COMMIT, in order, in one round trip. */
static void test_later(void **state)
{
        const int64_t before = count();
        uint64_t trips;

        (void)state;
        for (int i = 0; i < 2; i++) { /* once to prepare, once to count */
                assert_int_equal(db_begin(db), STATUS_OK);
                trips = db_round_trips(db);
                (void)insert_number(db, 70000 + i); /* brings START TRANSACTION along */
                assert_int_equal(later(70010 + i), STATUS_OK);
                assert_int_equal(later(70020 + i), STATUS_OK);
                assert_int_equal(db_commit(db), STATUS_OK);
                assert_int_equal(count(), before + 3 * (i + 1));
        }
        assert_int_equal(db_round_trips(db) - trips, 3); /* with the one that counts */
        assert_int_equal(db_begin(db), STATUS_OK);
        assert_int_equal(later(70030), STATUS_OK);
        assert_int_equal(count(), before + 7); /* a reader inside sees it */
        db_rollback(db);
        assert_int_equal(count(), before + 6);
        assert_int_equal(db_begin(db), STATUS_OK);
        for (int i = 0; i < 40; i++)
                assert_int_equal(later(60100 + i), STATUS_OK);
        assert_int_equal(db_commit(db), STATUS_OK);
        assert_int_equal(count(), before + 46);
}

/* Its failure is that of the commit, which then commits nothing. */
static void test_later_fails(void **state)
{
        const int64_t before = count();

        (void)state;
        (void)insert_number(db, 74000);
        assert_int_equal(db_begin(db), STATUS_OK);
        (void)insert_number(db, 74001);
        assert_int_equal(later(74002), STATUS_OK);
        assert_int_equal(later(74000), STATUS_OK);
        assert_int_equal(db_commit(db), STATUS_CONFLICT);
        assert_int_equal(count(), before + 1);
        assert_int_equal(db_begin(db), STATUS_OK);
        assert_int_equal(later(74003), STATUS_OK);
        db_rollback(db); /* and nothing waits after a rollback */
        (void)insert_number(db, 74004);
        assert_int_equal(count(), before + 2);
}

/* It keeps the tenant that it was meant for, and never leaves without one or short of a value. */
static void test_later_tenancy(void **state)
{
        static const struct sql unscoped = SQL("DELETE FROM things");
        const int64_t before = count();

        (void)state;
        assert_int_equal(db_begin(db), STATUS_OK);
        assert_int_equal(db_later(db, &unscoped, DB_NO_PARAMS), STATUS_BUG);
        assert_int_equal(db_later(db, &sql_insert, DB_NO_PARAMS), STATUS_BUG);
        assert_int_equal(later(75000), STATUS_OK);
        db_scope(db, &stranger);
        assert_int_equal(later(75001), STATUS_OK);
        assert_int_equal(db_commit(db), STATUS_OK);
        assert_int_equal(count(), 1);
        db_scope(db, &tenant);
        assert_int_equal(count(), before + 1);
}

/* What was expected to be there and is not ends the whole. */
static void test_later_expects(void **state)
{
        static const struct sql change = SQL("UPDATE things SET n = ? WHERE tenant_id = :tenant"
                                             " AND n = ?" DB_EXPECTED);
        const int64_t before = count();

        (void)state;
        (void)insert_number(db, 76000);
        for (int64_t n = 76000; n < 76002; n++) { /* a row that stays as it is matches, too */
                assert_int_equal(db_begin(db), STATUS_OK);
                assert_int_equal(db_later(db, &change, DB_PARAMS(db_int(76001), db_int(n))),
                                 STATUS_OK);
                assert_int_equal(later(n + 100), STATUS_OK);
                assert_int_equal(db_commit(db), STATUS_OK);
        }
        assert_int_equal(db_begin(db), STATUS_OK);
        assert_int_equal(later(76300), STATUS_OK);
        assert_int_equal(db_later(db, &change, DB_PARAMS(db_int(1), db_int(76000))), STATUS_OK);
        assert_int_equal(later(76301), STATUS_OK);
        assert_int_equal(db_commit(db), STATUS_CONFLICT);
        assert_int_equal(count(), before + 3);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_later),
                cmocka_unit_test(test_later_fails),
                cmocka_unit_test(test_later_tenancy),
                cmocka_unit_test(test_later_expects),
        };

        return cmocka_run_group_tests(tests, open_db, close_db);
}
