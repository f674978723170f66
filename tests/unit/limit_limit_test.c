/**
 * Goal: budgets are exact, shared by processes, and survive a killed one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/config.h"
#include "limit/limit.h"

static char path[64];

static void configure(const char *rate, const char *scale)
{
        char problem[200];

        setenv("RATE_USER", rate, 1);
        setenv("RATE_LIMIT_SCALE", scale, 1);
        assert_true(config_load(problem, sizeof(problem)));
}

static int fresh(void **state)
{
        (void)state;
        snprintf(path, sizeof(path), "limits-test-%ld", (long)getpid());
        unlink(path);
        configure("60", "1");
        return 0;
}

static int gone(void **state)
{
        (void)state;
        return unlink(path);
}

static void test_exact(void **state)
{
        struct limits *limits = limits_open(path);
        struct limit_decision d;

        (void)state;
        assert_non_null(limits);
        for (uint32_t i = 0; i < 60; i++) {
                d = limit_take(limits, RATE_USER, STR("tenant|user"));
                assert_true(d.allowed);
                assert_int_equal(d.limit, 60);
                assert_int_equal(d.remaining, 59 - i);
                assert_int_equal(d.reset, i + 1);
        }
        d = limit_take(limits, RATE_USER, STR("tenant|user"));
        assert_false(d.allowed);
        assert_int_equal(d.remaining, 0);
        assert_int_equal(d.retry_after, 1);
        assert_true(limit_take(limits, RATE_USER, STR("tenant|other")).allowed);
        assert_true(limit_take(limits, RATE_SEARCH, STR("tenant|user")).allowed);
        assert_false(limit_peek(limits, RATE_USER, STR("tenant|user")).allowed);
        usleep(1100000);
        assert_true(limit_take(limits, RATE_USER, STR("tenant|user")).allowed);
        assert_int_equal(limits_overflows(limits), 0);
        limits_close(limits);
}

static void test_off(void **state)
{
        struct limits *limits = limits_open(path);

        (void)state;
        configure("1", "0");
        for (int i = 0; i < 100; i++)
                assert_true(limit_take(limits, RATE_USER, STR("u")).allowed);
        limits_close(limits);
}

/* A child that takes until told otherwise, and writes how many it got. */
static pid_t taker(int out, int tries)
{
        pid_t pid = fork();

        if (pid == 0) {
                struct limits *limits = limits_open(path);
                int got = 0;

                for (int i = 0; limits && i < tries; i++)
                        got += limit_take(limits, RATE_USER, STR("shared")).allowed;
                _exit(write(out, &got, sizeof(got)) == (ssize_t)sizeof(got) ? 0 : 1);
        }
        return pid;
}

static void test_processes(void **state)
{
        int ends[2], got, all = 0;

        (void)state;
        configure("1000", "1");
        assert_int_equal(pipe(ends), 0);
        for (int i = 0; i < 4; i++)
                assert_true(taker(ends[1], 3000) > 0);
        for (int i = 0; i < 4; i++) {
                assert_int_equal(read(ends[0], &got, sizeof(got)), sizeof(got));
                all += got;
        }
        while (wait(NULL) > 0)
                ;
        assert_in_range(all, 1000, 1010); /* what a fraction of a second gives back */
        close(ends[0]);
        close(ends[1]);
}

static void test_killed(void **state)
{
        struct limits *limits;
        int ends[2];
        pid_t pid;

        (void)state;
        assert_int_equal(pipe(ends), 0);
        pid = taker(ends[1], 100000000);
        usleep(50000);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        limits = limits_open(path);
        assert_non_null(limits);
        assert_false(limit_take(limits, RATE_USER, STR("shared")).allowed);
        assert_true(limit_take(limits, RATE_USER, STR("another")).allowed);
        limits_close(limits);
        close(ends[0]);
        close(ends[1]);
}

static void test_spoilt_file(void **state)
{
        static const char junk[] = "not a store at all";
        struct limits *limits;
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

        (void)state;
        assert_int_equal(write(fd, junk, sizeof(junk)), sizeof(junk));
        close(fd);
        limits = limits_open(path);
        assert_non_null(limits);
        assert_true(limit_take(limits, RATE_USER, STR("u")).allowed);
        limits_close(limits);
        assert_null(limits_open("no/such/folder/limits"));
}

static void test_addresses(void **state)
{
        static const struct {
                const char *address, *want;
        } rows[] = {
                {"192.0.2.7", "192.0.2.7"},
                {"::ffff:192.0.2.7", "192.0.2.7"},
                {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
                {"2001:db8:1:2::", "2001:db8:1:2::/64"},
                {"::1", "::/64"},
                {"unix:", "unix:"},
        };
        char text[64];

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                assert_string_equal(limit_address(str_of(rows[i].address), text).ptr, rows[i].want);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_exact, fresh, gone),
                cmocka_unit_test_setup_teardown(test_off, fresh, gone),
                cmocka_unit_test_setup_teardown(test_processes, fresh, gone),
                cmocka_unit_test_setup_teardown(test_killed, fresh, gone),
                cmocka_unit_test_setup_teardown(test_spoilt_file, fresh, gone),
                cmocka_unit_test(test_addresses),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
