/* Goal: entity tags are compared as RFC 9110 says, but for W/, which nginx adds when it compresses.
 */
#include "http_fixture.h"

struct row {
        const char *header; /* NULL: not sent */
        bool holds;         /* version 3 is among them */
};

/* clang-format off */
static const struct row rows[] = {
        {"\"3\"",               true},
        {"W/\"3\"",             true},
        {"*",                   true},
        {" \"1\" , \"3\"",      true},
        {"\"1\",W/\"3\"",       true},
        {"\"2\"",               false},
        {"\"33\"",              false},
        {"",                    false},
        {"\"",                  false},
        {"W/",                  false},
        {",,",                  false},
};
/* clang-format on */

static void guards_changes(void **state)
{
        struct fixture f;

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct request *r = fixture_open(&f, &dialect_p);
                enum status status;

                f.x.params[PARAM_HTTP_IF_MATCH] = str_of(rows[i].header);
                status = condition_check(r, 3);
                assert_int_equal(status, rows[i].holds ? STATUS_OK : STATUS_CONFLICT);
                assert_int_equal(r->response.status, rows[i].holds ? 0 : 412);
                fixture_close(&f);
        }
}

static void answers_not_modified(void **state)
{
        struct fixture f;

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct request *r = fixture_open(&f, &dialect_p);

                f.x.params[PARAM_HTTP_IF_NONE_MATCH] = str_of(rows[i].header);
                assert_int_equal(condition_fresh(r, STR("\"3\"")), rows[i].holds);
                assert_int_equal(r->response.status, rows[i].holds ? 304 : 0);
                assert_string_equal(fixture_header(&f, "ETag"), rows[i].holds ? "\"3\"" : "");
                fixture_close(&f);
        }
}

static void absent_headers_ask_nothing(void **state)
{
        struct fixture f;
        struct request *r = fixture_open(&f, &dialect_p);

        (void)state;
        assert_int_equal(condition_check(r, 1), STATUS_OK);
        assert_false(condition_fresh(r, STR("\"1\"")));
        f.x.params[PARAM_HTTP_IF_NONE_MATCH] = STR("*");
        r->method = PUT;
        assert_false(condition_fresh(r, STR("\"1\"")));
        fixture_close(&f);
}

static void etag_is_the_version(void **state)
{
        struct fixture f;
        struct request *r = fixture_open(&f, &dialect_p);

        (void)state;
        response_etag(r, 42);
        assert_string_equal(fixture_header(&f, "ETag"), "\"42\"");
        response_location(r, "/api/persons/%s", "person_1");
        assert_string_equal(fixture_header(&f, "Location"), "/api/persons/person_1");
        response_header(r, "X-Split", STR("a\r\nb"));
        assert_string_equal(fixture_header(&f, "X-Split"), "");
        fixture_close(&f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(guards_changes),
                cmocka_unit_test(answers_not_modified),
                cmocka_unit_test(absent_headers_ask_nothing),
                cmocka_unit_test(etag_is_the_version),
        };

        return cmocka_run_group_tests_name("http condition", tests, NULL, NULL);
}
