/**
 * Goal: a change leaves one audit row and one outbox row, inside the caller's transaction, for one
 * change as for many; the receipt tells whether it was committed.
 */
#include "events_server.h"

#include "events/events.h"

/* clang-format off */
static const struct sql sql_count = SQL("SELECT (SELECT COUNT(*) FROM audit WHERE tenant_id = :tenant), (SELECT COUNT(*) FROM outbox WHERE tenant_id = :tenant)");
static const struct sql sql_audit = SQL("SELECT actor_id, address, request_id, resource, record_id, version, op, before_doc, after_doc, at FROM audit WHERE tenant_id = :tenant AND id = ?");
static const struct sql sql_outbox = SQL("SELECT channel, type, body, created_at FROM outbox WHERE tenant_id = :tenant AND record_id = ?");
/* clang-format on */

struct test {
        struct db *db;
        struct tenant_id tenant;
        struct actor actor;
};

/* Each test in a tenant of its own. */
static int open_test(void **state)
{
        struct test *t = calloc(1, sizeof(*t));

        t->db = events_server_connect(NULL);
        t->actor = (struct actor){.address = STR("192.0.2.7"), .request_id = STR("request-1")};
        if (!uuid_v7(&t->tenant.uuid) || !uuid_v7(&t->actor.user.uuid))
                return -1;
        db_scope(t->db, &t->tenant);
        *state = t;
        return 0;
}

static int close_test(void **state)
{
        struct test *t = *state;

        db_destroy(t->db);
        free(t);
        return 0;
}

static struct change make_change(void)
{
        struct change change = {
                .resource = "person",
                .version = 7,
                .op = CHANGE_UPDATE,
                .before = STR("{\"name\":\"\xd7\xa9\"}"),
                .after = STR("{\"name\":\"\xf0\x9f\x98\x80\"}"),
                .channel = "persons",
                .type = "person_updated",
                .document = STR("{\"id\":\"x\",\"name\":\"\xf0\x9f\x98\x80\"}"),
        };

        assert_true(uuid_v7(&change.receipt) && uuid_v7(&change.record));
        return change;
}

static void assert_counts(struct test *t, int64_t audit, int64_t outbox)
{
        struct db_rows rows;

        assert_int_equal(db_row(t->db, &sql_count, DB_NO_PARAMS, &rows), STATUS_OK);
        assert_int_equal(db_get_int(&rows, 0), audit);
        assert_int_equal(db_get_int(&rows, 1), outbox);
        assert_int_equal(db_end(&rows), STATUS_OK);
}

static void assert_cell(const struct db_rows *rows, unsigned column, const char *want)
{
        const struct str got = db_get_str(rows, column);

        if (!str_is(got, want))
                fail_msg("column %u: %.*s, not %s", column, STR_ARG(got), want);
}

static void test_one(void **state)
{
        struct test *t = *state;
        const struct change change = make_change();
        const time_ms start = time_now();
        struct db_rows rows;
        struct uuid id;

        assert_int_equal(db_begin(t->db), STATUS_OK);
        assert_int_equal(event_record(t->db, &t->actor, &change), STATUS_OK);
        assert_int_equal(db_commit(t->db), STATUS_OK);
        assert_counts(t, 1, 1);

        assert_int_equal(db_row(t->db, &sql_audit, DB_PARAMS(db_uuid(&change.receipt)), &rows),
                         STATUS_OK);
        id = db_get_uuid(&rows, 0);
        assert_true(uuid_eq(&id, &t->actor.user.uuid));
        assert_cell(&rows, 1, "192.0.2.7");
        assert_cell(&rows, 2, "request-1");
        assert_cell(&rows, 3, "person");
        id = db_get_uuid(&rows, 4);
        assert_true(uuid_eq(&id, &change.record));
        assert_int_equal(db_get_int(&rows, 5), 7);
        assert_cell(&rows, 6, "update");
        assert_cell(&rows, 7, "{\"name\":\"\xd7\xa9\"}");
        assert_cell(&rows, 8, "{\"name\":\"\xf0\x9f\x98\x80\"}");
        assert_in_range(db_get_time(&rows, 9), start, time_now());
        assert_int_equal(db_end(&rows), STATUS_OK);

        assert_int_equal(db_row(t->db, &sql_outbox, DB_PARAMS(db_uuid(&change.record)), &rows),
                         STATUS_OK);
        assert_cell(&rows, 0, "persons");
        assert_cell(&rows, 1, "person_updated");
        assert_true(str_eq(db_get_str(&rows, 2), change.document));
        assert_in_range(db_get_time(&rows, 3), start, time_now());
        assert_int_equal(db_end(&rows), STATUS_OK);
}

static void test_operations(void **state)
{
        static const char *const want[] = {"create", "update", "delete", "access"};
        struct test *t = *state;
        struct db_rows rows;

        for (int op = CHANGE_CREATE; op <= CHANGE_ACCESS; op++) {
                struct change change = make_change();

                change.op = (enum change_op)op;
                change.type = NULL; /* without an event */
                if (op == CHANGE_CREATE)
                        change.before = (struct str){NULL, 0};
                t->actor = (struct actor){{{{0}}}, {NULL, 0}, {NULL, 0}}; /* the system */
                assert_int_equal(event_record(t->db, &t->actor, &change), STATUS_OK);
                assert_int_equal(
                        db_row(t->db, &sql_audit, DB_PARAMS(db_uuid(&change.receipt)), &rows),
                        STATUS_OK);
                assert_true(db_is_null(&rows, 0));
                assert_cell(&rows, 1, "");
                assert_cell(&rows, 6, want[op]);
                assert_int_equal(db_is_null(&rows, 7), op == CHANGE_CREATE);
                assert_int_equal(db_end(&rows), STATUS_OK);
        }
        assert_counts(t, 4, 0);
}

static void test_receipt(void **state)
{
        struct test *t = *state;
        const struct change kept = make_change(), lost = make_change();
        struct tenant_id other;

        assert_int_equal(db_begin(t->db), STATUS_OK);
        assert_int_equal(event_record(t->db, &t->actor, &lost), STATUS_OK);
        db_rollback(t->db);
        assert_counts(t, 0, 0);
        assert_int_equal(event_record(t->db, &t->actor, &kept), STATUS_OK);
        assert_int_equal(event_committed(t->db, &kept.receipt), STATUS_OK);
        assert_int_equal(event_committed(t->db, &lost.receipt), STATUS_NOT_FOUND);
        assert_int_equal(event_record(t->db, &t->actor, &kept), STATUS_CONFLICT);
        assert_true(uuid_v7(&other.uuid));
        db_scope(t->db, &other);
        assert_int_equal(event_committed(t->db, &kept.receipt), STATUS_NOT_FOUND);
}

/* Without a tenant nothing reaches the server. */
static void test_no_tenant(void **state)
{
        struct test *t = *state;
        const struct change change = make_change();
        const uint64_t before = db_round_trips(t->db);

        db_scope(t->db, NULL);
        assert_int_equal(event_record(t->db, &t->actor, &change), STATUS_BUG);
        assert_int_equal(event_record_many(t->db, &t->actor, &change, 1), STATUS_BUG);
        assert_int_equal(event_committed(t->db, &change.receipt), STATUS_BUG);
        assert_int_equal(db_round_trips(t->db), before);
}

enum { SILENT_NONE = -1 };

static const struct {
        size_t count;
        int silent; /* index of a change without an event */
        int64_t audit, outbox;
        uint64_t most; /* statements: two a chunk of 50, two a single, START TRANSACTION */
} batches[] = {
        {0, SILENT_NONE, 0, 0, 0},           {1, SILENT_NONE, 1, 1, 4},
        {49, SILENT_NONE, 49, 49, 100},      {50, SILENT_NONE, 50, 50, 5},
        {51, SILENT_NONE, 51, 51, 8},        {200, SILENT_NONE, 200, 200, 10},
        {120, 60, 120, 119, 2 + 2 * 70 + 6},
};

static void test_many(void **state)
{
        struct test *t = *state;
        static struct change changes[200];

        for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
                uint64_t before;

                assert_true(uuid_v7(&t->tenant.uuid));
                db_scope(t->db, &t->tenant);
                for (size_t k = 0; k < batches[i].count; k++)
                        changes[k] = make_change();
                if (batches[i].silent != SILENT_NONE)
                        changes[batches[i].silent].type = NULL;
                assert_int_equal(db_begin(t->db), STATUS_OK);
                before = db_round_trips(t->db);
                assert_int_equal(event_record_many(t->db, &t->actor, changes, batches[i].count),
                                 STATUS_OK);
                assert_in_range(db_round_trips(t->db) - before, 0, batches[i].most);
                assert_int_equal(db_commit(t->db), STATUS_OK);
                assert_counts(t, batches[i].audit, batches[i].outbox);
                for (size_t k = 0; k < batches[i].count; k++)
                        assert_int_equal(event_committed(t->db, &changes[k].receipt), STATUS_OK);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_one, open_test, close_test),
                cmocka_unit_test_setup_teardown(test_operations, open_test, close_test),
                cmocka_unit_test_setup_teardown(test_receipt, open_test, close_test),
                cmocka_unit_test_setup_teardown(test_no_tenant, open_test, close_test),
                cmocka_unit_test_setup_teardown(test_many, open_test, close_test),
        };

        return cmocka_run_group_tests(tests, events_server_open, server_close);
}
