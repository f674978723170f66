/**
 * Goal: key sets of external issuers are fetched when due and never more often, are kept while the
 * issuer is away, and open no door: not to other issuers' keys, addresses or redirects.
 *
 * The issuer is a tiny HTTP server of this process; time is what issuers_fetch is told.
 */
#include "auth_fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#define ISSUER "https://login.example/"
#define AUDIENCE "https://api.example"
#define TENANT "0190a7b8-0000-7000-8000-00000000000a"

static struct arena *arena;

/* The server. ${answer} is what it says to any request; NULL: it says nothing and closes. */
static struct {
        pthread_t thread;
        int socket;
        unsigned port;
        atomic_bool stop;
        atomic_uint requests;
        pthread_mutex_t lock;
        const char *answer;
        size_t length;
} server = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void answer(int connection)
{
        char request[4096];

        (void)!read(connection, request, sizeof(request));
        atomic_fetch_add(&server.requests, 1);
        pthread_mutex_lock(&server.lock);
        for (size_t sent = 0; server.answer && sent < server.length;) {
                const ssize_t n =
                        send(connection, server.answer + sent, server.length - sent, MSG_NOSIGNAL);
                if (n <= 0)
                        break;
                sent += (size_t)n;
        }
        pthread_mutex_unlock(&server.lock);
}

static void *serve(void *context)
{
        struct pollfd ready = {.fd = server.socket, .events = POLLIN};

        while (!atomic_load(&server.stop)) {
                int connection;

                if (poll(&ready, 1, 50) != 1)
                        continue;
                connection = accept4(server.socket, NULL, NULL, SOCK_CLOEXEC);
                if (connection < 0)
                        continue;
                answer(connection);
                close(connection);
        }
        return context;
}

static void say(const char *status, const char *headers, struct str body)
{
        const struct str text = arena_printf(
                arena, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%sConnection: close\r\n\r\n%.*s",
                status, body.len, headers, STR_ARG(body));

        pthread_mutex_lock(&server.lock);
        server.answer = text.ptr;
        server.length = text.len;
        pthread_mutex_unlock(&server.lock);
}

static void say_nothing(void)
{
        pthread_mutex_lock(&server.lock);
        server.answer = NULL;
        pthread_mutex_unlock(&server.lock);
}

static bool server_begin(void)
{
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof(address);

        server.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (bind(server.socket, (struct sockaddr *)&address, size) != 0 ||
            listen(server.socket, 16) != 0 ||
            getsockname(server.socket, (struct sockaddr *)&address, &size) != 0)
                return false;
        server.port = ntohs(address.sin_port);
        return pthread_create(&server.thread, NULL, serve, NULL) == 0;
}

/* The issuer's keys, made as ours are, in a folder of their own. */
static char theirs[120], their_kid[UUID_TEXT_SIZE];

static struct str their_set(void)
{
        json_t *set = json_load_file(arena_printf(arena, "%s/jwks.json", theirs).ptr, 0, NULL);
        char *text = json_dumps(set, 0);
        const struct str copy = arena_copy(arena, str_of(text));

        free(text);
        json_decref(set);
        return copy;
}

static void configure(const char *issuers)
{
        char problem[200];

        setenv("OIDC_ISSUERS", issuers, 1);
        assert_true(config_load(problem, sizeof(problem)));
}

static int setup(void **state)
{
        (void)state;
        arena = arena_create(64 << 20);
        if (!fixture_prepare() || !server_begin())
                return -1;
        fixture_signer = signer_open(fixture_keys);
        snprintf(theirs, sizeof(theirs), "%s/theirs", fixture_folder);
        (void)mkdir(theirs, 0700);
        return fixture_signer && sign_rotate(theirs, "RS256", 3600, their_kid) ? 0 : -1;
}

static int teardown(void **state)
{
        atomic_store(&server.stop, true);
        pthread_join(server.thread, NULL);
        close(server.socket);
        arena_destroy(arena);
        fixture_sweep(theirs);
        return fixture_close(state);
}

/* Each test begins with an issuer that answers and an auth that has fetched nothing yet. */
static struct auth *fresh(void)
{
        configure(arena_printf(arena, ISSUER "|" AUDIENCE "|http://127.0.0.1:%u/jwks|tenant|RS256",
                               server.port)
                          .ptr);
        say("200 OK", "", their_set());
        atomic_store(&server.requests, 0);
        return fixture_bare();
}

static const char *claims_with(const char *member, const char *value)
{
        const long long now = time_now() / 1000;
        json_t *claims = json_pack("{s:s, s:s, s:s, s:s, s:[s,s], s:I, s:I}", "iss", ISSUER, "aud",
                                   AUDIENCE, "sub", "auth0|5f7c", "tenant", TENANT, "roles",
                                   "staff", "wizard", "iat", now, "exp", now + 600);
        struct str text;
        char *dumped;

        assert_non_null(claims);
        if (member)
                json_object_del(claims, member);
        if (value)
                json_object_set_new(claims, member, json_loads(value, JSON_DECODE_ANY, NULL));
        dumped = json_dumps(claims, 0);
        text = arena_copy(arena, str_of(dumped));
        free(dumped);
        json_decref(claims);
        return text.ptr;
}

static struct str their_token(const char *member, const char *value)
{
        return fixture_sign(arena, theirs, their_kid, fixture_head(arena, "RS256", their_kid),
                            claims_with(member, value));
}

static enum auth_fault verify(struct auth *auth, struct str token)
{
        struct principal principal;

        return auth_verify(auth, token, time_now(), &principal);
}

/* The same subject is the same user each time, and not that of another issuer. */
static void test_principal(void **state)
{
        struct auth *auth = fresh();
        const char *id = "0190a7b8-0000-7000-8000-0000000000ff";
        struct principal p, again, other;
        char text[UUID_TEXT_SIZE];

        (void)state;
        issuers_fetch(auth, 1000);
        assert_int_equal(auth_verify(auth, their_token(NULL, NULL), time_now(), &p), AUTH_OK);
        assert_string_equal(uuid_format(&p.tenant.uuid, text).ptr, TENANT);
        assert_true(uuid_is_zero(&p.session.uuid));
        assert_int_equal(p.roles, STAFF);
        assert_string_equal(p.email, "");
        assert_int_equal(uuid_format(&p.user.uuid, text).ptr[14], '8');
        assert_int_equal(auth_verify(auth, their_token("x", "1"), time_now(), &again), AUTH_OK);
        assert_true(uuid_eq(&p.user.uuid, &again.user.uuid));
        assert_int_equal(
                auth_verify(auth, their_token("sub", "\"auth0|5f7d\""), time_now(), &other),
                AUTH_OK);
        assert_false(uuid_eq(&p.user.uuid, &other.user.uuid));
        assert_int_equal(auth_verify(auth,
                                     their_token("user_id", arena_printf(arena, "\"%s\"", id).ptr),
                                     time_now(), &other),
                         AUTH_OK);
        assert_string_equal(uuid_format(&other.user.uuid, text).ptr, id);
        auth_destroy(auth);
}

static void test_claims(void **state)
{
        static const struct {
                const char *member, *value;
                enum auth_fault want;
        } rows[] = {
                {"tenant", NULL, AUTH_UNTRUSTED},
                {"tenant", "\"acme\"", AUTH_UNTRUSTED},
                {"aud", "\"almoner\"", AUTH_UNTRUSTED}, /* ours, not theirs */
                {"aud", "[\"" AUDIENCE "\", \"https://login.example/userinfo\"]", AUTH_OK},
                {"iss", "\"https://login.example\"", AUTH_UNTRUSTED},
                {"iss", "\"almoner\"", AUTH_UNTRUSTED}, /* their key for our issuer */
                {"sub", NULL, AUTH_UNTRUSTED},
                {"token_use", "\"id\"", AUTH_UNTRUSTED},
                {"exp", "1000000000", AUTH_EXPIRED},
                {"roles", NULL, AUTH_OK},
        };
        struct auth *auth = fresh();
        struct principal p;

        (void)state;
        issuers_fetch(auth, 1000);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                assert_int_equal(verify(auth, their_token(rows[i].member, rows[i].value)),
                                 rows[i].want);
        assert_int_equal(auth_verify(auth, their_token("roles", NULL), time_now(), &p), AUTH_OK);
        assert_int_equal(p.roles, 0);
        /* Our key for their issuer. */
        assert_int_equal(verify(auth, fixture_sign(arena, fixture_keys, fixture_kid,
                                                   fixture_head(arena, "ES256", fixture_kid),
                                                   claims_with(NULL, NULL))),
                         AUTH_UNTRUSTED);
        auth_destroy(auth);
}

static void test_down_at_start(void **state)
{
        struct auth *auth = fresh();
        const struct str token = their_token(NULL, NULL);

        (void)state;
        say_nothing();
        issuers_fetch(auth, 1000);
        assert_int_equal(verify(auth, token), AUTH_UNAVAILABLE);
        say("200 OK", "", their_set());
        issuers_fetch(auth, 60999);
        assert_int_equal(verify(auth, token), AUTH_UNAVAILABLE);
        issuers_fetch(auth, 61000);
        assert_int_equal(verify(auth, token), AUTH_OK);
        assert_int_equal(atomic_load(&server.requests), 2);
        auth_destroy(auth);
}

/* The last good set is kept for a day. */
static void test_down_later(void **state)
{
        struct auth *auth = fresh();
        const struct str token = their_token(NULL, NULL);
        const time_ms day = 86400000;

        (void)state;
        issuers_fetch(auth, 1000);
        say("500 Internal Server Error", "", STR("{}"));
        issuers_fetch(auth, 601000);
        assert_int_equal(atomic_load(&server.requests), 2);
        say_nothing();
        issuers_fetch(auth, day - 600000);
        assert_int_equal(verify(auth, token), AUTH_OK);
        issuers_fetch(auth, day + 1000);
        assert_int_equal(verify(auth, token), AUTH_UNAVAILABLE);
        say("200 OK", "", their_set());
        issuers_fetch(auth, day + 61000);
        assert_int_equal(verify(auth, token), AUTH_OK);
        auth_destroy(auth);
}

static void test_refresh(void **state)
{
        struct auth *auth = fresh();

        (void)state;
        for (time_ms now = 1000; now < 601000; now += 1000)
                issuers_fetch(auth, now);
        assert_int_equal(atomic_load(&server.requests), 1);
        issuers_fetch(auth, 601000);
        assert_int_equal(atomic_load(&server.requests), 2);
        auth_destroy(auth);
}

static void test_unknown_kids(void **state)
{
        struct auth *auth = fresh();
        const struct str claims = base64url_encode(arena, str_of(claims_with(NULL, NULL)));

        (void)state;
        issuers_fetch(auth, 1000);
        for (int i = 0; i < 10000; i++) {
                char head[100];
                const struct arena_mark mark = arena_mark(arena);

                snprintf(head, sizeof(head), "{\"alg\":\"RS256\",\"kid\":\"k%d\"}", i);
                assert_int_equal(
                        verify(auth, arena_printf(arena, "%.*s.%.*s.AAAA",
                                                  STR_ARG(base64url_encode(arena, str_of(head))),
                                                  STR_ARG(claims))),
                        AUTH_UNTRUSTED);
                issuers_fetch(auth, 61000 + i);
                arena_rollback(arena, mark);
        }
        assert_int_equal(atomic_load(&server.requests), 2); /* the first, and one */
        auth_destroy(auth);
}

/* A new key is learnt from a token that names it; the old one stays as long as it is listed. */
static void test_rotation(void **state)
{
        struct auth *auth = fresh();
        const struct str old = their_token(NULL, NULL);
        char old_kid[UUID_TEXT_SIZE];
        struct str token;

        (void)state;
        memcpy(old_kid, their_kid, sizeof(old_kid));
        issuers_fetch(auth, 1000);
        assert_true(sign_rotate(theirs, "RS256", 3600, their_kid));
        say("200 OK", "", their_set());
        token = their_token(NULL, NULL);
        assert_int_equal(verify(auth, token), AUTH_UNTRUSTED);
        issuers_fetch(auth, 60999);
        assert_int_equal(verify(auth, token), AUTH_UNTRUSTED);
        issuers_fetch(auth, 61000);
        assert_int_equal(verify(auth, token), AUTH_OK);
        assert_int_equal(verify(auth, old), AUTH_OK);
        auth_destroy(auth);
}

/* Answers that are not taken, however they come. */
static void test_bad_answers(void **state)
{
        const struct str set = their_set();
        char *large = arena_alloc(arena, 2 << 20);
        const char *redirect =
                arena_printf(arena, "Location: http://127.0.0.1:%u/other\r\n", server.port).ptr;
        const struct {
                const char *status, *headers;
                struct str body;
        } rows[] = {
                {"302 Found", redirect, set},
                {"404 Not Found", "", set},
                {"201 Created", "", set},
                {"200 OK", "", {large, 2 << 20}},
                {"200 OK", "", STR("")},
                {"200 OK", "", STR("<html>")},
                {"200 OK", "", STR("{\"keys\":[]}")},
                {"200 OK", "", STR("{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AAAA\"}]}")},
                {"200 OK", "", STR("[]")},
                {"200 OK", "", STR("{\"keys\":[],\"keys\":[]}")},
        };
        struct auth *auth = fresh();

        (void)state;
        memset(large, ' ', 2 << 20);
        memcpy(large, set.ptr, set.len);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                say(rows[i].status, rows[i].headers, rows[i].body);
                issuers_fetch(auth, 1000 + (time_ms)i * 60000);
                assert_false(keys_any(&auth->issuers[1]));
                assert_int_equal(atomic_load(&server.requests), i + 1);
        }
        auth_destroy(auth);
}

/* The algorithm of the configuration alone counts: a P-256 key in the set is not taken. */
static void test_pinned_algorithm(void **state)
{
        struct auth *auth = fresh();
        char kid[UUID_TEXT_SIZE];

        (void)state;
        assert_true(sign_rotate(theirs, "ES256", 3600, kid));
        say("200 OK", "", their_set());
        issuers_fetch(auth, 1000);
        assert_int_equal(verify(auth, their_token(NULL, NULL)), AUTH_OK);
        assert_int_equal(
                verify(auth, fixture_sign(arena, theirs, kid, fixture_head(arena, "ES256", kid),
                                          claims_with(NULL, NULL))),
                AUTH_UNTRUSTED);
        auth_destroy(auth);
}

static void test_configuration(void **state)
{
        static const struct {
                const char *issuers;
                bool want;
        } rows[] = {
                {"", true},
                {"https://a/|aud|https://a/jwks|tenant|RS256", true},
                {" https://a/|aud|https://a/jwks|tenant|ES256  b|c|https://b/jwks|t|RS256 ", true},
                {"https://a/|aud|http://127.0.0.1:8080/jwks|tenant|RS256", true},
                {"https://a/|aud|http://[::1]:8080/jwks|tenant|RS256", true},
                {"https://a/|aud|http://localhost/jwks|tenant|RS256", true},
                {"https://a/|aud|http://a/jwks|tenant|RS256", false},
                {"https://a/|aud|http://127.0.0.1:80@a/jwks|tenant|RS256", false},
                {"https://a/|aud|http://localhost.a/jwks|tenant|RS256", false},
                {"https://a/|aud|file:///etc/jwks|tenant|RS256", false},
                {"https://a/|aud|a/jwks|tenant|RS256", false},
                {"https://a/|aud|https://a/jwks|tenant|HS256", false},
                {"https://a/|aud|https://a/jwks|tenant|none", false},
                {"https://a/|aud|https://a/jwks|tenant", false},
                {"https://a/|aud|https://a/jwks|tenant|RS256|more", false},
                {"https://a/||https://a/jwks|tenant|RS256", false},
                {"almoner|aud|https://a/jwks|tenant|RS256", false},
                {"a|b|https://a/j|t|RS256 a|c|https://a/j|t|RS256", false},
                {"1|a|https://a/|t|RS256 2|a|https://a/|t|RS256 3|a|https://a/|t|RS256 "
                 "4|a|https://a/|t|RS256 5|a|https://a/|t|RS256 6|a|https://a/|t|RS256 "
                 "7|a|https://a/|t|RS256 8|a|https://a/|t|RS256",
                 false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct auth auth = {0};

                configure(rows[i].issuers);
                assert_int_equal(issuers_configure(&auth), rows[i].want);
                issuers_free(&auth);
        }
}

/* The whole: its own thread fetches at start, and no request waits for it. */
static void test_in_the_background(void **state)
{
        struct auth *auth = fresh();
        const struct str token = their_token(NULL, NULL);
        enum auth_fault fault = AUTH_UNAVAILABLE;

        (void)state;
        auth_destroy(auth);
        auth = auth_create(&fixture_db);
        assert_non_null(auth);
        for (int i = 0; i < 100 && fault == AUTH_UNAVAILABLE; i++) {
                fault = verify(auth, token);
                usleep(20000);
        }
        assert_int_equal(fault, AUTH_OK);
        assert_int_equal(atomic_load(&server.requests), 1);
        auth_destroy(auth);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_principal),         cmocka_unit_test(test_claims),
                cmocka_unit_test(test_down_at_start),     cmocka_unit_test(test_down_later),
                cmocka_unit_test(test_refresh),           cmocka_unit_test(test_unknown_kids),
                cmocka_unit_test(test_bad_answers),       cmocka_unit_test(test_configuration),
                cmocka_unit_test(test_in_the_background), cmocka_unit_test(test_rotation),
                cmocka_unit_test(test_pinned_algorithm),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
