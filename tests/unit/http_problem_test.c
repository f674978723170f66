/* Goal: every family's error body, member by member. */
#include "http_fixture.h"

#define COMMON(status, detail, code)                 \
        "\"status\":" status ",\"detail\":\"" detail \
        "\",\"instance\":\"/api/things\",\"request_id\":\"request-1\",\"code\":\"" code "\""
#define GONE                                                                               \
        "{\"type\":\"/problems/PERSON_NOT_FOUND\",\"title\":\"Person not found\"," COMMON( \
                "404", "There is no person x", "PERSON_NOT_FOUND")

struct row {
        const struct dialect *dialect;
        const char *want;
};

static const struct row rows[] = {
        {&dialect_p, GONE ",\"error\":\"There is no person x\"}"},
        {&dialect_i,
         GONE ",\"error\":{\"code\":\"PERSON_NOT_FOUND\",\"message\":\"There is no person"
              " x\",\"details\":[]}}"},
        {&dialect_b, GONE "}"},
        {&dialect_r, GONE "}"},
        {&dialect_c,
         GONE ",\"success\":false,\"message\":\"There is no person"
              " x\",\"error\":{\"code\":\"PERSON_NOT_FOUND\"},\"timestamp\":\"2024-01-18T10:"
              "30:00Z\",\"path\":\"/api/things\"}"},
};

static void every_family(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct fixture f;
                struct request *r = fixture_open(&f, rows[i].dialect);

                assert_int_equal(problem(r, PROBLEM_PERSON_NOT_FOUND, "There is no person %s", "x"),
                                 STATUS_NOT_FOUND);
                problem_write(r, &f.body);
                assert_string_equal(f.body.data, rows[i].want);
                fixture_close(&f);
        }
}

static struct fault *add(struct request *r, struct fault *fault, const char *pointer)
{
        *fault = (struct fault){str_of(pointer), "required", STR("email is required"), NULL};
        if (r->faults.last)
                r->faults.last->next = fault;
        else
                r->faults.first = fault;
        r->faults.last = fault;
        r->faults.count++;
        return fault;
}

static void faults_with_loc(void **state)
{
        struct fixture f;
        struct request *r = fixture_open(&f, &dialect_b);
        struct fault a, b;

        (void)state;
        add(r, &a, "/address/city");
        add(r, &b, "limit");
        assert_int_equal(problem_invalid(r), STATUS_INVALID);
        assert_int_equal(r->response.status, 422);
        problem_write(r, &f.body);
        assert_string_equal(
                f.body.data,
                "{\"type\":\"/problems/VALIDATION_ERROR\",\"title\":\"Validation error\"," COMMON(
                        "422", "email is required (and 1 more)",
                        "VALIDATION_ERROR") ","
                                            "\"errors\":[{\"pointer\":\"/address/"
                                            "city\",\"code\":\"required\",\"detail\":\"email is"
                                            " required\",\"loc\":[\"body\",\"address\",\"city\"],"
                                            "\"msg\":\"email is"
                                            " required\",\"type\":\"required\"},{\"pointer\":"
                                            "\"limit\",\"code\":\"required\","
                                            "\"detail\":\"email is "
                                            "required\",\"loc\":[\"query\",\"limit\"],\"msg\":"
                                            "\"email is"
                                            " required\",\"type\":\"required\"}]}");
        fixture_close(&f);
}

static void status_by_family(void **state)
{
        const struct dialect *const dialects[] = {&dialect_p, &dialect_i, &dialect_b, &dialect_r,
                                                  &dialect_c};
        const unsigned want[] = {400, 400, 422, 422, 400};

        (void)state;
        for (size_t i = 0; i < 5; i++) {
                struct fixture f;
                struct request *r = fixture_open(&f, dialects[i]);
                struct fault fault;

                add(r, &fault, "/email");
                problem_invalid(r);
                assert_int_equal(r->response.status, want[i]);
                fixture_close(&f);
        }
}

static void other_status_goes_into_the_body(void **state)
{
        struct fixture f;
        struct request *r = fixture_open(&f, &dialect_r);

        (void)state;
        problem(r, PROBLEM_CONFLICT, NULL);
        r->response.status = 422;
        problem_write(r, &f.body);
        assert_non_null(strstr(f.body.data, "\"status\":422,\"detail\":\"Conflict\""));
        fixture_close(&f);
}

/* Whoever is inside db_transaction must not look as if another try could help. */
static void no_status_that_is_tried_again(void **state)
{
        (void)state;
        for (enum problem p = 0; p < PROBLEM__N; p++) {
                struct fixture f;
                struct request *r = fixture_open(&f, &dialect_p);
                const enum status status = problem(r, p, NULL);

                assert_true(status != STATUS_OK && status != STATUS_BUSY &&
                            status != STATUS_UNAVAILABLE && status != STATUS_UNKNOWN);
                fixture_close(&f);
        }
}

static void statuses_become_problems(void **state)
{
        static const unsigned want[STATUS__N] = {500, 400, 404, 409, 403, 503, 503, 503, 503, 500};

        (void)state;
        for (enum status status = 0; status < STATUS__N; status++) {
                struct fixture f;
                struct request *r = fixture_open(&f, &dialect_p);

                problem_of_status(r, status);
                assert_int_equal(r->response.status, want[status]);
                fixture_close(&f);
        }
}

static void content_type_by_accept(void **state)
{
        static const char *const accepts[][2] = {
                {NULL, "application/problem+json"},
                {"*/*", "application/problem+json"},
                {"application/json", "application/json; charset=utf-8"},
                {"text/html, application/json;q=0.9", "application/json; charset=utf-8"},
                {"application/json, */*;q=0.1", "application/problem+json"},
                {"application/json, application/problem+json", "application/problem+json"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(accepts) / sizeof(accepts[0]); i++)
                assert_string_equal(problem_content_type(str_of(accepts[i][0])), accepts[i][1]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_family),
                cmocka_unit_test(faults_with_loc),
                cmocka_unit_test(status_by_family),
                cmocka_unit_test(other_status_goes_into_the_body),
                cmocka_unit_test(no_status_that_is_tried_again),
                cmocka_unit_test(statuses_become_problems),
                cmocka_unit_test(content_type_by_accept),
        };

        return cmocka_run_group_tests_name("http problem", tests, NULL, NULL);
}
