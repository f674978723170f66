/**
 * Goal: causes: each has its name and its HTTP status, and a stray number has some too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/status.h"

static void names_each_cause(void **state)
{
        static const struct {
                enum status status;
                const char *name;
                unsigned http;
        } rows[] = {
                {STATUS_OK, "ok", 200},
                {STATUS_INVALID, "invalid", 400},
                {STATUS_NOT_FOUND, "not_found", 404},
                {STATUS_CONFLICT, "conflict", 409},
                {STATUS_DENIED, "denied", 403},
                {STATUS_BUSY, "busy", 503},
                {STATUS_UNAVAILABLE, "unavailable", 503},
                {STATUS_UNKNOWN, "unknown", 503},
                {STATUS_NOMEM, "nomem", 503},
                {STATUS_BUG, "bug", 500},
        };

        (void)state;
        assert_int_equal(sizeof(rows) / sizeof(rows[0]), STATUS__N);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                assert_string_equal(status_name(rows[i].status), rows[i].name);
                assert_int_equal(status_http(rows[i].status), rows[i].http);
        }
}

static void survives_a_stray_number(void **state)
{
        (void)state;
        assert_non_null(status_name(STATUS__N));
        assert_int_equal(status_http(STATUS__N), 500);
        assert_int_equal(status_http((enum status) - 1), 500);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_each_cause),
                cmocka_unit_test(survives_a_stray_number),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
