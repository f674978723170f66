/* Goal: the pipeline as a whole, with a transport in memory and a database that is away. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "http_fixture.h"

#include "base/config.h"
#include "base/log.h"

struct wire {
        struct str body;
        struct buf out;
        bool aborted;
        bool gone; /* the client does not take anything any more */
};

static ptrdiff_t wire_read(void *stream, void *data, size_t size)
{
        struct wire *w = stream;
        const size_t n = size < w->body.len ? size : w->body.len;

        memcpy(data, w->body.ptr ? w->body.ptr : "", n);
        w->body = str_skip(w->body, n);
        return (ptrdiff_t)n;
}

static bool wire_write(void *stream, struct str bytes)
{
        struct wire *w = stream;

        buf_str(&w->out, bytes);
        return !w->gone;
}

static bool wire_flush(void *stream)
{
        return !((struct wire *)stream)->gone;
}

static void wire_abort(void *stream)
{
        ((struct wire *)stream)->aborted = true;
}

static const struct transport transport = {wire_read, wire_write, wire_flush, wire_abort};

/* The module under test. */

static enum status hello(struct request *r)
{
        struct emit *e = respond_json(r, 200);

        response_etag(r, 7);
        if (condition_fresh(r, STR("\"7\"")))
                return STATUS_OK;
        emit_object(e);
        emit_member_str(e, "id", r->arguments[0]);
        emit_object_end(e);
        return STATUS_OK;
}

static enum status echo(struct request *r)
{
        emit_parsed(respond_json(r, 201), r->body);
        response_location(r, "/echo/1");
        return STATUS_OK;
}

static enum status named(struct request *r)
{
        emit_str(respond_json(r, 200), record_str(r->input, 0));
        return STATUS_OK;
}

static enum status filtered(struct request *r)
{
        emit_int(respond_json(r, 200), record_int(r->filter, 0));
        return STATUS_OK;
}

static enum status half(struct request *r)
{
        emit_object(respond_json(r, 200));
        return STATUS_OK;
}

static enum status silent(struct request *r)
{
        (void)r;
        return STATUS_OK;
}

static enum status away(struct request *r)
{
        respond_json(r, 200);
        return STATUS_UNAVAILABLE;
}

static enum status careless(struct request *r)
{
        (void)problem(r, PROBLEM_CONFLICT, "It is taken");
        return STATUS_OK;
}

static enum status stream(struct request *r)
{
        struct buf *out = respond_stream(r, 200, "text/csv; charset=utf-8");

        buf_text(out, "a,b\n");
        if (!response_flush(r))
                return STATUS_UNAVAILABLE;
        buf_text(out, "1,2\n");
        return STATUS_OK;
}

static enum status broken_stream(struct request *r)
{
        buf_text(respond_stream(r, 200, "text/csv; charset=utf-8"), "a,b\n");
        return STATUS_UNAVAILABLE;
}

static enum status upload(struct request *r)
{
        char piece[4];
        int64_t sum = 0;
        ptrdiff_t got;

        while ((got = request_read(r, piece, sizeof(piece))) > 0)
                sum += got;
        if (got < 0)
                return problem(r, PROBLEM_BODY_TRUNCATED, NULL);
        emit_int(respond_json(r, 200), sum);
        return STATUS_OK;
}

/* clang-format off */
static const struct field name_fields[] = {
        {"name", TYPE_TEXT, .min = 1, .max = 5, .flags = FIELD_REQUIRED, .class = PLAIN, .about = "A name.", .example = "\"x\""},
        {"size", TYPE_INTEGER, .min = 1, .max = 9, .flags = FIELD_REQUIRED, .class = PLAIN, .about = "A size.", .example = "1"},
};
static const struct shape name_shape = SHAPE("Name", name_fields, "A name.");
static const struct field filter_fields[] = {
        {"days", TYPE_INTEGER, .min = 1, .max = 99, .class = PLAIN, .otherwise = "30", .about = "Days.", .example = "1"},
};
static const struct shape filter_shape = SHAPE("Filter", filter_fields, "A filter.");

#define ROW(verb, where, does) .method = verb, .path = where, .handler = does, .rate = RATE_ANONYMOUS
#define PLAIN_POST ROUTE_NO_TRANSACTION

static const struct route routes[] = {
        {ROW(GET,  "/hello/{id}", hello), .dialect = &dialect_p},
        {ROW(POST, "/echo",       echo), .dialect = &dialect_p,     .flags = PLAIN_POST | ROUTE_EMPTY_BODY},
        {ROW(POST, "/name",       named),    .flags = PLAIN_POST, .input = &name_shape, .dialect = &dialect_b},
        {ROW(GET,  "/days",       filtered), .dialect = &dialect_p, .query = &filter_shape, .flags = ROUTE_LIST},
        {ROW(GET,  "/half",       half), .dialect = &dialect_p},
        {ROW(GET,  "/silent",     silent), .dialect = &dialect_p},
        {ROW(GET,  "/away",       away), .dialect = &dialect_p},
        {ROW(GET,  "/careless",   careless), .dialect = &dialect_p},
        {ROW(GET,  "/stream",     stream), .dialect = &dialect_p},
        {ROW(GET,  "/cut",        broken_stream), .dialect = &dialect_p},
        {ROW(POST, "/upload",     upload), .dialect = &dialect_p,   .flags = PLAIN_POST | ROUTE_STREAM_BODY, .consumes = "text/csv application/x-ndjson"},
        {ROW(GET,  "/secret",     hello), .dialect = &dialect_p,    .roles = ADMIN},
        {ROW(POST, "/stored",     echo), .dialect = &dialect_p,     .flags = ROUTE_EMPTY_BODY},
        {ROW(GET,  "/always",     hello), .dialect = &dialect_p,    .flags = ROUTE_ALWAYS},
};
/* clang-format on */

struct row {
        const char *method, *uri;
        const char *headers; /* "NAME=value" separated by '|' */
        const char *body;
        const char *head;   /* must be in the head */
        const char *answer; /* must be in the body */
};

#define JSON "CONTENT_TYPE=application/json"

/* clang-format off */
static const struct row rows[] = {
        {"GET",  "/hello/a%20b", "",                              NULL, "Status: 200 OK\r\n", "{\"id\":\"a b\"}"},
        {"GET",  "/hello/x",     "",                              NULL, "Content-Type: application/json; charset=utf-8\r\n", ""},
        {"GET",  "/hello/x",     "",                              NULL, "Content-Length: 10\r\n", ""},
        {"GET",  "/hello/x",     "",                              NULL, "ETag: \"7\"\r\n", ""},
        {"GET",  "/hello/x",     "",                              NULL, "Cache-Control: private, no-cache\r\n", ""},
        {"GET",  "/hello/x",     "",                              NULL, "RateLimit-Policy: \"anonymous\";q=30000;w=60\r\n", ""},
        {"GET",  "/hello/x",     "HTTP_X_REQUEST_ID=abcd-1234",   NULL, "X-Request-Id: abcd-1234\r\n", ""},
        {"GET",  "/hello/x",     "HTTP_X_REQUEST_ID=bad id|REQUEST_ID=nginx-id-1", NULL, "X-Request-Id: nginx-id-1\r\n", ""},
        {"GET",  "/hello/x",     "HTTP_X_SERVER_TIMING=1",        NULL, "Server-Timing: auth;dur=", ""},
        {"GET",  "/hello/x",     "HTTP_IF_NONE_MATCH=W/\"7\"",    NULL, "Status: 304 Not Modified\r\n", NULL},
        {"HEAD", "/hello/x",     "",                              NULL, "Content-Length: 10\r\n", NULL},
        {"GET",  "/hello/x",     "QUERY_STRING=a=1",              NULL, "Status: 400 ", "UNKNOWN_PARAMETER"},
        {"GET",  "/hello/x",     "QUERY_STRING=a=%zz",            NULL, "Status: 400 ", "BAD_REQUEST"},
        {"OPTIONS", "/hello/x",  "",                              NULL, "Allow: GET, HEAD, OPTIONS\r\n", NULL},
        {"OPTIONS", "/echo",     "HTTP_ORIGIN=https://a.example|HTTP_ACCESS_CONTROL_REQUEST_METHOD=POST", NULL, "Access-Control-Allow-Methods: POST, OPTIONS\r\n", NULL},
        {"GET",  "/hello/x",     "HTTP_ORIGIN=https://a.example", NULL, "Access-Control-Allow-Origin: https://a.example\r\n", ""},
        {"GET",  "/hello/x",     "HTTP_ORIGIN=https://b.example", NULL, "Vary: Origin\r\n", ""},
        {"PUT",  "/hello/x",     "",                              NULL, "Allow: GET, HEAD, OPTIONS\r\n", "METHOD_NOT_ALLOWED"},
        {"BREW", "/hello/x",     "",                              NULL, "Status: 405 ", "METHOD_NOT_ALLOWED"},
        {"GET",  "/nope",        "",                              NULL, "Status: 404 ", "\"instance\":\"/nope\""},
        {"GET",  "/nope",        "",                              NULL, "Content-Type: application/problem+json\r\n", ""},
        {"GET",  "/nope",        "HTTP_ACCEPT=application/json",  NULL, "Content-Type: application/json; charset=utf-8\r\n", ""},
        {"GET",  "/half",        "",                              NULL, "Status: 500 ", "INTERNAL"},
        {"GET",  "/silent",      "",                              NULL, "Status: 500 ", "INTERNAL"},
        {"GET",  "/away",        "",                              NULL, "Retry-After: 1\r\n", "UNAVAILABLE"},
        {"GET",  "/careless",    "",                              NULL, "Status: 409 ", "\"error\":\"It is taken\""},
        {"GET",  "/stream",      "",                              NULL, "Content-Type: text/csv", "a,b\n1,2\n"},
        {"GET",  "/secret",      "",                              NULL, "WWW-Authenticate: Bearer realm=\"almoner\"\r\n", "AUTHENTICATION_REQUIRED"},
        {"GET",  "/secret",      "HTTP_AUTHORIZATION=Basic x",    NULL, "error=\"invalid_token\"", "INVALID_TOKEN"},
        {"GET",  "/hello/x",     "HTTP_AUTHORIZATION=Basic x",    NULL, "Status: 200 ", ""},
        {"GET",  "/days",        "",                              NULL, "Status: 200 ", "30"},
        {"GET",  "/days",        "QUERY_STRING=days=7&page=2",    NULL, "Status: 200 ", "7"},
        {"GET",  "/days",        "QUERY_STRING=days=100",         NULL, "Status: 400 ", "VALIDATION_ERROR"},
        {"GET",  "/days",        "QUERY_STRING=dayz=1",           NULL, "Status: 400 ", "known are: days, page, per_page, cursor"},
        {"POST", "/echo",        JSON,                            "{\"a\":[1,2]}", "Status: 201 Created\r\n", "{\"a\":[1,2]}"},
        {"POST", "/echo",        JSON "; charset=utf-8",          "{}", "Location: /echo/1\r\n", "{}"},
        {"POST", "/echo",        JSON "|HTTP_PREFER=return=minimal", "{}", "Status: 204 No Content\r\n", NULL},
        {"POST", "/echo",        JSON "|HTTP_PREFER=return=minimal", "{}", "Preference-Applied: return=minimal\r\n", NULL},
        {"POST", "/echo",        "",                              NULL, "Status: 201 ", "{}"},
        {"POST", "/echo",        "CONTENT_LENGTH=0",              NULL, "Status: 201 ", "{}"},
        {"POST", "/echo",        "",                              "{}", "Status: 415 ", "UNSUPPORTED_MEDIA_TYPE"},
        {"POST", "/echo",        "CONTENT_TYPE=text/plain",       "{}", "Accept-Post: application/json\r\n", ""},
        {"POST", "/echo",        JSON,                            "{\"a\":", "Status: 400 ", "MALFORMED_JSON"},
        {"POST", "/echo",        JSON,                            "[]", "Status: 400 ", "VALIDATION_ERROR"},
        {"POST", "/echo",        JSON "|CONTENT_LENGTH=99",       "{}", "Status: 400 ", "BODY_TRUNCATED"},
        {"POST", "/echo",        JSON "|CONTENT_LENGTH=x",        "{}", "Status: 400 ", "BAD_REQUEST"},
        {"POST", "/echo",        JSON "|CONTENT_LENGTH=99999999", "{}", "Status: 413 ", "PAYLOAD_TOO_LARGE"},
        {"POST", "/name",        JSON,                            NULL, "Status: 411 ", "LENGTH_REQUIRED"},
        {"POST", "/name",        JSON,                            "{\"name\":\"x\",\"size\":1}", "Status: 200 ", "\"x\""},
        {"POST", "/name",        JSON,                            "{\"name\":\"longer\",\"size\":0}", "Status: 422 ", "\"loc\":[\"body\",\"size\"]"},
        {"POST", "/name",        JSON,                            "{}", "Status: 422 ", "\"pointer\":\"/name\""},
        {"POST", "/upload",      "CONTENT_TYPE=text/csv",         "0123456789", "Status: 200 ", "10"},
        {"POST", "/upload",      "CONTENT_TYPE=text/csv|CONTENT_LENGTH=11", "0123456789", "Status: 400 ", "BODY_TRUNCATED"},
        {"POST", "/upload",      JSON,                            "{}", "Status: 415 ", ""},
        {"POST", "/stored",      "",                              NULL, "Status: 503 ", "UNAVAILABLE"},
};
/* clang-format on */

struct world {
        struct worker worker;
        struct service *service;
        struct wire wire;
        char limits[64];
};

static int setup(void **state)
{
        static struct world world;
        static const struct db_opts db = {.hosts = "",
                                          .socket = "/nonexistent/db.sock",
                                          .user = "",
                                          .password = "",
                                          .schema = "",
                                          .timeout = 1};
        struct service_opts opts = {.module = "test", .routes = routes, .db = &db, .version = "0"};
        char problem[200];

        setenv("RATE_LIMIT_SCALE", "1000", 1);
        setenv("CORS_ORIGINS", "https://a.example", 1);
        assert_true(config_load(problem, sizeof(problem)));
        log_open("test", LOG_ERROR + 1);
        snprintf(world.limits, sizeof(world.limits), "test-limits-%d", (int)getpid());
        opts.route_count = sizeof(routes) / sizeof(routes[0]);
        opts.limits = limits_open(world.limits);
        assert_non_null(opts.limits);
        world.service = service_create(&opts);
        assert_non_null(world.service);
        assert_true(worker_open(&world.worker, world.service));
        world.service->workers = &world.worker;
        world.service->worker_count = 1;
        buf_init(&world.wire.out, 1 << 20);
        *state = &world;
        return 0;
}

static int teardown(void **state)
{
        struct world *world = *state;

        worker_close(&world->worker);
        limits_close(world->service->opts.limits);
        service_destroy(world->service);
        buf_free(&world->wire.out);
        return unlink(world->limits);
}

static const char *ask(struct world *world, const struct row *row)
{
        enum { ENTRIES = 16 };
        char *environment[ENTRIES] = {NULL}, text[2048];
        struct buf out = {.data = text, .cap = sizeof(text), .max = sizeof(text) - 1};
        struct str rest = str_of(row->headers), piece;
        struct exchange *x = &world->worker.exchange;
        size_t n = 0, at[ENTRIES];

        at[n++] = out.len, buf_printf(&out, "REQUEST_METHOD=%s", row->method), buf_put(&out, "", 1);
        at[n++] = out.len, buf_printf(&out, "REQUEST_URI=%s", row->uri), buf_put(&out, "", 1);
        while (str_cut(&rest, '|', &piece))
                at[n++] = out.len, buf_str(&out, piece), buf_put(&out, "", 1);
        if (row->body)
                at[n++] = out.len, buf_printf(&out, "CONTENT_LENGTH=%zu", strlen(row->body));
        for (size_t i = 0; i < n; i++)
                environment[i] = text + at[i];
        memset(x, 0, sizeof(*x));
        buf_clear(&world->wire.out);
        world->wire.body = str_of(row->body ? row->body : "");
        world->wire.aborted = false;
        x->worker = &world->worker;
        x->transport = &transport;
        x->stream = &world->wire;
        x->environment = environment;
        service_serve(x);
        buf_text(&world->wire.out, "");
        return world->wire.out.data;
}

static void answers(void **state)
{
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const char *got = ask(*state, &rows[i]);
                const char *body = strstr(got, "\r\n\r\n");

                assert_non_null(body);
                body += 4;
                if (!strstr(got, rows[i].head) || strstr(got, rows[i].head) >= body)
                        fail_msg("row %zu %s %s: no \"%s\" in:\n%s", i, rows[i].method, rows[i].uri,
                                 rows[i].head, got);
                if (!rows[i].answer)
                        assert_string_equal(body, "");
                else if (!strstr(body, rows[i].answer))
                        fail_msg("row %zu %s %s: no \"%s\" in:\n%s", i, rows[i].method, rows[i].uri,
                                 rows[i].answer, got);
        }
}

static void foreign_origins_get_nothing(void **state)
{
        const char *got = ask(*state, &(struct row){"GET", "/hello/x",
                                                    "HTTP_ORIGIN=https://b.example", NULL, "", ""});

        assert_null(strstr(got, "Access-Control-Allow-Origin"));
}

static void broken_streams_are_cut(void **state)
{
        struct world *world = *state;
        const char *got = ask(world, &(struct row){"GET", "/cut", "", NULL, "", ""});

        assert_true(world->wire.aborted);
        assert_null(strstr(got, "Content-Length"));
        world->wire.gone = true;
        ask(world, &(struct row){"GET", "/stream", "", NULL, "", ""});
        assert_true(world->wire.aborted);
        world->wire.gone = false;
}

static void refusing(void **state)
{
        struct world *world = *state;

        service_refuse(world->service, true);
        assert_non_null(strstr(ask(world, &(struct row){"GET", "/hello/x", "", NULL, "", ""}),
                               "Status: 503 "));
        assert_non_null(strstr(ask(world, &(struct row){"GET", "/always", "", NULL, "", ""}),
                               "Status: 200 "));
        service_refuse(world->service, false);
}

static void budgets_run_out(void **state)
{
        struct world *world = *state;
        const struct row row = {"GET", "/hello/x", "REMOTE_ADDR=10.9.8.7", NULL, "", ""};
        const int64_t begun = time_monotonic_us();
        int allowed = 0, more; /* 30,000 a minute, so 500 more in each second that it takes */

        while (allowed < 300000 && strstr(ask(world, &row), "Status: 200 "))
                allowed++;
        more = (int)((time_monotonic_us() - begun) / 2000) + 1;
        assert_in_range(allowed, 30000, 30000 + more);
        assert_non_null(strstr(ask(world, &row), "Status: 429 Too Many Requests\r\n"));
        assert_non_null(strstr(world->wire.out.data, "\r\nRetry-After: 1\r\n"));
        assert_non_null(strstr(world->wire.out.data, "\"code\":\"RATE_LIMITED\""));
        assert_non_null(strstr(
                ask(world, &(struct row){"GET", "/always", "REMOTE_ADDR=10.9.8.7", NULL, "", ""}),
                "Status: 200 "));
}

static void counts(void **state)
{
        struct world *world = *state;
        struct buf out;

        buf_init(&out, 1 << 20);
        service_metrics(world->service, &out);
        assert_non_null(strstr(out.data, "almoner_requests_total{module=\"test\",method=\"GET\","
                                         "route=\"/half\",status=\"5xx\"} 1\n"));
        assert_non_null(strstr(out.data, "almoner_request_seconds_bucket{module=\"test\",method="
                                         "\"GET\",route=\"/half\",le=\"+Inf\"} 1\n"));
        assert_non_null(strstr(out.data, "route=\"-\",status=\"4xx\"}"));
        buf_free(&out);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(answers),
                cmocka_unit_test(foreign_origins_get_nothing),
                cmocka_unit_test(broken_streams_are_cut),
                cmocka_unit_test(refusing),
                cmocka_unit_test(budgets_run_out),
                cmocka_unit_test(counts),
        };

        return cmocka_run_group_tests_name("http service", tests, setup, teardown);
}
