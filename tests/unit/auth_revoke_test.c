/**
 * Goal: a session that ended anywhere is refused here within two seconds, however late its commit,
 * also after the database was away; against a real MariaDB.
 */
#include "auth_fixture.h"
#include "events_server.h"

static const struct sql sql_insert_session =
        SQL("INSERT INTO sessions (tenant_id, id, user_id, kind, created_at, last_seen_at,"
            " expires_at, revoked_at, address, user_agent)"
            " VALUES (:tenant, ?, ?, 'long', ?, ?, ?, ?, '', '')");

static const struct sql sql_revoke_session =
        SQL("UPDATE sessions SET revoked_at = ? WHERE tenant_id = :tenant AND id = ?");

static struct arena *arena;
static struct tenant_id tenant;

static int setup(void **state)
{
        arena = arena_create(1 << 20);
        if (!uuid_v7(&tenant.uuid) || events_server_open(state) || !fixture_prepare())
                return -1;
        fixture_signer = signer_open(fixture_keys);
        return fixture_signer ? 0 : -1;
}

static int teardown(void **state)
{
        arena_destroy(arena);
        fixture_close(state);
        return server_close(state);
}

/* A login's row and its token; ${ended} 0: not revoked. */
static struct str login(struct db *db, struct sign_claims *claims, time_ms ended)
{
        const struct db_value now = db_time(time_now());
        struct str token;

        *claims = fixture_claims();
        claims->tenant = tenant;
        assert_int_equal(
                db_run(db, &sql_insert_session,
                       DB_PARAMS(db_uuid(&claims->session.uuid), db_uuid(&claims->user.uuid), now,
                                 now, db_time(claims->expires), ended ? db_time(ended) : db_null()),
                       NULL),
                STATUS_OK);
        assert_true(sign_token(fixture_signer, claims, arena, &token));
        return token;
}

static void end_session(struct db *db, const struct sign_claims *claims, time_ms when)
{
        assert_int_equal(db_run(db, &sql_revoke_session,
                                DB_PARAMS(db_time(when), db_uuid(&claims->session.uuid)), NULL),
                         STATUS_OK);
}

static enum auth_fault verify(struct auth *auth, struct str token)
{
        struct principal principal;

        return auth_verify(auth, token, time_now(), &principal);
}

/* Until the verdict is ${want}; at most ${ms}. */
static void await(struct auth *auth, struct str token, enum auth_fault want, int ms)
{
        for (int i = 0; i < ms / 20 && verify(auth, token) != want; i++)
                usleep(20000);
        assert_int_equal(verify(auth, token), want);
}

static struct auth *running(void)
{
        const struct db_opts opts = server_opts();
        struct auth *auth = auth_create(&opts);

        assert_non_null(auth);
        for (int i = 0; i < 250 && !auth_ready(auth); i++)
                usleep(20000);
        assert_true(auth_ready(auth));
        return auth;
}

/* Those ended before we started, a long time ago too; those ended while we run. */
static void test_within_two_seconds(void **state)
{
        struct db *db = events_server_connect(&tenant);
        struct sign_claims before, during;
        const struct str ended = login(db, &before, time_now() - 86400000);
        const struct str open = login(db, &during, 0);
        struct auth *auth = running();

        (void)state;
        assert_int_equal(verify(auth, ended), AUTH_REVOKED);
        assert_int_equal(verify(auth, open), AUTH_OK);
        end_session(db, &during, time_now());
        await(auth, open, AUTH_REVOKED, 2000);
        auth_destroy(auth);
        db_destroy(db);
}

/* Dated when the transaction began, seen when it commits. */
static void test_late_commit(void **state)
{
        struct db *db = events_server_connect(&tenant);
        struct sign_claims claims;
        const struct str token = login(db, &claims, 0);
        struct auth *auth = running();

        (void)state;
        assert_int_equal(db_begin(db), STATUS_OK);
        end_session(db, &claims, time_now() - 50000);
        usleep(1500000);
        assert_int_equal(verify(auth, token), AUTH_OK);
        assert_int_equal(db_commit(db), STATUS_OK);
        await(auth, token, AUTH_REVOKED, 2000);
        auth_destroy(auth);
        db_destroy(db);
}

/* By hand, with a clock of its own: ten minutes without an answer are looked back on. */
static void test_outage(void **state)
{
        struct db *db = events_server_connect(&tenant), *watcher = events_server_connect(NULL);
        struct sign_claims claims;
        struct revoked *revoked = revoked_create();
        const time_ms now = time_now_second();

        (void)state;
        (void)login(db, &claims, 0);
        assert_int_equal(revoked_poll(revoked, watcher, 0, now), STATUS_OK);
        end_session(db, &claims, now + 100000);
        assert_int_equal(revoked_poll(revoked, watcher, now + 590000, now + 600000), STATUS_OK);
        assert_false(revoked_has(revoked, &claims.session)); /* what a look of one minute misses */
        assert_int_equal(revoked_poll(revoked, watcher, now, now + 600000), STATUS_OK);
        assert_true(revoked_has(revoked, &claims.session));
        revoked_destroy(revoked);
        db_destroy(watcher);
        db_destroy(db);
}

/* A token is good for the leeway longer than its session: so long the session stays refused. */
static void test_leeway(void **state)
{
        struct db *db = events_server_connect(&tenant), *watcher = events_server_connect(NULL);
        struct revoked *revoked = revoked_create();
        struct sign_claims claims;

        (void)state;
        (void)login(db, &claims, time_now());
        assert_int_equal(revoked_poll(revoked, watcher, 0, claims.expires + 59000), STATUS_OK);
        assert_true(revoked_has(revoked, &claims.session));
        assert_int_equal(revoked_poll(revoked, watcher, 0, claims.expires + 60000), STATUS_OK);
        assert_false(revoked_has(revoked, &claims.session)); /* swept */
        revoked_destroy(revoked);
        db_destroy(watcher);
        db_destroy(db);
}

/* What was known stays refused while the database is away, and what is new is learnt after. */
static void test_server_gone(void **state)
{
        struct db *db = events_server_connect(&tenant);
        struct sign_claims first, second;
        const struct str ended = login(db, &first, time_now()), open = login(db, &second, 0);
        struct auth *auth = running();

        (void)state;
        end_session(db, &second, time_now());
        db_destroy(db);
        server_kill(SIGKILL);
        assert_int_equal(verify(auth, ended), AUTH_REVOKED);
        usleep(1500000);
        assert_int_equal(verify(auth, ended), AUTH_REVOKED);
        assert_true(server_start());
        assert_true(server_await());
        await(auth, open, AUTH_REVOKED, 5000);
        auth_destroy(auth);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_within_two_seconds),
                cmocka_unit_test(test_late_commit),
                cmocka_unit_test(test_outage),
                cmocka_unit_test(test_leeway),
                cmocka_unit_test(test_server_gone),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
