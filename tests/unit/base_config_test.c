/**
 * Goal: configuration and the log: environment before files, bad values named, secrets never
 * printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "base/log.h"

static char problem[256];

static void write_file(const char *name, const char *text)
{
        FILE *file = fopen(name, "w");

        assert_non_null(file);
        fputs(text, file);
        fclose(file);
}

static int enter_folder(void **state)
{
        static char folder[40];

        snprintf(folder, sizeof(folder), "config-test-%ld", (long)getpid());
        *state = folder;
        unsetenv("THREADS");
        unsetenv("DB_NAME");
        unsetenv("RATE_USER");
        return mkdir(folder, 0700) == 0 && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
        unlink("almoner.conf");
        unlink(".env");
        return chdir("..") == 0 && rmdir(*state) == 0 ? 0 : -1;
}

static void test_order(void **state)
{
        (void)state;
        write_file("almoner.conf", "# ours\nDB_NAME = \"conf\"\nRATE_USER=7\n\nTHREADS=3\n");
        write_file(".env", "DB_NAME=env\nFLASK_ENV=development\nno line at all\nRATE_AUTH=9\n");
        setenv("THREADS", "5", 1);
        assert_true(config_load(problem, sizeof(problem)));
        assert_int_equal(config_int(CONFIG_THREADS), 5);
        assert_string_equal(config_text(CONFIG_DB_NAME), "conf");
        assert_int_equal(config_int(CONFIG_RATE_USER), 7);
        assert_int_equal(config_int(CONFIG_RATE_AUTH), 9);
        assert_int_equal(config_int(CONFIG_RATE_SEARCH), 60);
        unsetenv("THREADS");
}

static void refused(const char *text, const char *name)
{
        write_file("almoner.conf", text);
        assert_false(config_load(problem, sizeof(problem)));
        if (!strstr(problem, name))
                fail_msg("%s is not named: %s", name, problem);
}

static void test_refusals(void **state)
{
        (void)state;
        write_file(".env", "");
        refused("THREADS=many\n", "THREADS");
        refused("THREADS=0\n", "THREADS");
        refused("THREADS=257\n", "THREADS");
        refused("TREADS=4\n", "TREADS");
        refused("THREADS=4\nTHREADS=5\n", "THREADS");
        refused("just words\n", "almoner.conf");
        write_file("almoner.conf", "");
        setenv("THREADS", "x", 1);
        assert_false(config_load(problem, sizeof(problem)));
        assert_non_null(strstr(problem, "environment"));
        unsetenv("THREADS");
}

static void formatted(struct buf *out, const struct log_field *fields, size_t count)
{
        buf_init(out, 8192);
        log_format(out, LOG_INFO, "test.event", fields, count);
        assert_true(buf_ok(out));
}

static void test_log(void **state)
{
        const struct log_field fields[] = {
                LOG_TEXT("note", STR("a\n{\"level\":\"x\"}\t\x01")),
                LOG_TEXT("password", STR("hunter2")),
                LOG_TEXT("x", STR("eyJhbGciOiJFUzI1NiJ9.e30.x")),
                LOG_TEXT("y", STR("Bearer abc")),
                LOG_TEXT("bytes", STR("\xff\xfe")),
                LOG_INT("n", -5),
        };
        struct buf out;

        (void)state;
        formatted(&out, fields, sizeof(fields) / sizeof(fields[0]));
        assert_null(memchr(out.data, '\n', out.len));
        assert_null(strstr(out.data, "hunter2"));
        assert_null(strstr(out.data, "eyJ"));
        assert_null(strstr(out.data, "Bearer"));
        assert_non_null(
                strstr(out.data, "\"note\":\"a\\u000a{\\\"level\\\":\\\"x\\\"}\\u0009\\u0001\""));
        assert_non_null(strstr(out.data, "\"n\":-5"));
        assert_non_null(strstr(out.data, "\"password\":\"[redacted]\""));
        buf_free(&out);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_refusals),
                cmocka_unit_test(test_log),
        };

        return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
