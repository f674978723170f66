/**
 * Goal: the log: one whole line an event, nothing forged, nothing secret, nothing lost without a
 * word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void formatted(struct buf *out, const struct log_field *fields, size_t count)
{
        buf_init(out, 65536);
        log_format(out, LOG_INFO, "test.event", fields, count);
        assert_true(buf_ok(out));
        assert_null(memchr(out->data, '\n', out->len));
}

static void says_when_who_and_what(void **state)
{
        const struct log_field field = LOG_INT("n", INT64_MIN);
        struct str text, now;
        struct buf out;
        time_ms time = 0;

        (void)state;
        log_open("unit", LOG_INFO);
        formatted(&out, &field, 1);
        text = buf_view(&out);
        assert_true(str_starts(text, STR("{\"time\":\"")));
        text = str_skip(text, sizeof("{\"time\":\"") - 1);
        assert_true(str_cut(&text, '"', &now) && time_parse(now, &time));
        assert_true(str_is(text, ",\"level\":\"info\",\"module\":\"unit\",\"event\":\"test.event\","
                                 "\"n\":-9223372036854775808}"));
        assert_true(time <= time_now() && time > time_now() - 60000);
        buf_free(&out);
}

static void escapes_what_could_forge_a_line(void **state)
{
        static const struct {
                struct str value;
                const char *want;
        } rows[] = {
                {{"a\n{\"level\":\"x\"}\t\x01", 17},
                 "\"a\\u000a{\\\"level\\\":\\\"x\\\"}\\u0009\\u0001\""},
                {{"back\\slash", 10}, "\"back\\\\slash\""},
                {{"\0\x7f", 2}, "\"\\u0000\\u007f\""},
                {{"\xff\xfe", 2}, "\"\\u00ff\\u00fe\""},
                {{"\xc2\x9b", 2}, "\"\\u009b\""}, /* a terminal's control sequence introducer */
                {{"\xc2\x85", 2}, "\"\\u0085\""}, /* next line */
                {{"\xc2\xa0", 2}, "\"\xc2\xa0\""},
                {{"é漢", 5}, "\"é漢\""},
                {{"", 0}, "\"\""},
        };

        (void)state;
        for (size_t i = 0; i < COUNT(rows); i++) {
                const struct log_field field = LOG_TEXT("note", rows[i].value);
                struct buf out;

                formatted(&out, &field, 1);
                if (!strstr(out.data, rows[i].want))
                        fail_msg("%s is not in %s", rows[i].want, out.data);
                buf_free(&out);
        }
}

static void redacts_secrets(void **state)
{
        const struct log_field fields[] = {
                LOG_TEXT("password", STR("hunter2")),
                LOG_TEXT("new_PASSWORD", STR("hunter2")),
                LOG_TEXT("token", STR("hunter2")),
                LOG_TEXT("refresh_token", STR("hunter2")),
                LOG_TEXT("client_secret", STR("hunter2")),
                LOG_TEXT("Authorization", STR("hunter2")),
                LOG_TEXT("set-cookie", STR("hunter2")),
                LOG_TEXT("email", STR("hunter2")),
                LOG_TEXT("phone", STR("hunter2")),
                LOG_TEXT("first_name", STR("hunter2")),
                LOG_TEXT("x", STR("eyJhbGciOiJFUzI1NiJ9.hunter2.x")),
                LOG_TEXT("y", STR("Bearer hunter2")),
        };

        (void)state;
        for (size_t i = 0; i < COUNT(fields); i++) {
                struct buf out;

                formatted(&out, &fields[i], 1);
                assert_null(strstr(out.data, "hunter2"));
                assert_non_null(strstr(out.data, ":\"[redacted]\"}"));
                buf_free(&out);
        }
}

static void shortens_long_values(void **state)
{
        static char value[4096];
        const struct log_field field = LOG_TEXT("note", ((struct str){value, sizeof(value)}));
        struct buf out;

        (void)state;
        memset(value, 'x', sizeof(value)); /* odd, so that 1024 falls inside a character */
        for (size_t i = 3; i + 1 < sizeof(value); i += 2)
                memcpy(value + i, "é", 2);
        formatted(&out, &field, 1);
        assert_true(out.len < PIPE_BUF);
        assert_true(str_utf8_valid(buf_view(&out)));
        assert_null(strstr(out.data, "\\u00"));
        buf_free(&out);
}

/* What log_write put on standard error; NUL-terminated in ${text}. */
static size_t written(enum log_level level, const struct log_field *fields, size_t count,
                      char *text, size_t size)
{
        const int before = dup(STDERR_FILENO);
        int ends[2];
        ssize_t length;

        assert_true(before >= 0 && pipe(ends) == 0);
        assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
        log_write(level, "test.event", fields, count);
        dup2(before, STDERR_FILENO);
        close(before);
        close(ends[1]);
        length = read(ends[0], text, size - 1);
        close(ends[0]);
        text[length > 0 ? length : 0] = '\0';
        return length > 0 ? (size_t)length : 0;
}

static void writes_one_line(void **state)
{
        const struct log_field field = LOG_INT("n", 1);
        char text[4096];
        size_t length;

        (void)state;
        log_open("unit", LOG_WARN);
        assert_int_equal(written(LOG_INFO, &field, 1, text, sizeof(text)), 0);
        length = written(LOG_WARN, &field, 1, text, sizeof(text));
        assert_true(length > 0);
        assert_ptr_equal(memchr(text, '\n', length), text + length - 1);
        assert_non_null(strstr(text, "\"level\":\"warn\""));
}

/* Gathered lines come in order, before a warning; none is left at the end, none waits without need.
 */
static void gathers_what_may_wait(void **state)
{
        const struct log_field first = LOG_INT("n", 1), second = LOG_INT("n", 2);
        char text[4096];

        (void)state;
        log_open("unit", LOG_INFO);
        log_gather();
        assert_int_equal(written(LOG_INFO, &first, 1, text, sizeof(text)), 0);
        assert_true(written(LOG_WARN, &second, 1, text, sizeof(text)) > 0);
        assert_non_null(strstr(text, "\"n\":1}\n{"));
        assert_non_null(strstr(text, "\"n\":2}\n"));
        log_gather_end();
        assert_true(written(LOG_INFO, &first, 1, text, sizeof(text)) > 0);
        assert_null(strstr(text, "}\n{"));
}

static void says_that_fields_were_too_many(void **state)
{
        static struct log_field fields[100];
        static char value[1000];
        char text[4096];

        (void)state;
        memset(value, 1, sizeof(value));
        for (size_t i = 0; i < COUNT(fields); i++)
                fields[i] = LOG_TEXT("note", ((struct str){value, sizeof(value)}));
        assert_true(written(LOG_ERROR, fields, COUNT(fields), text, sizeof(text)) > 0);
        assert_non_null(strstr(text, "\"event\":\"test.event\",\"fields_lost\":100}\n"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(says_when_who_and_what),
                cmocka_unit_test(escapes_what_could_forge_a_line),
                cmocka_unit_test(redacts_secrets),
                cmocka_unit_test(shortens_long_values),
                cmocka_unit_test(writes_one_line),
                cmocka_unit_test(gathers_what_may_wait),
                cmocka_unit_test(says_that_fields_were_too_many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
