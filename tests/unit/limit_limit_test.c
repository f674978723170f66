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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/config.h"
#include "limit/limit_internal.h"

static char path[64];
static int64_t clock_us; /* what CLOCK_BOOTTIME shows; 0: the real time */

int clock_gettime(clockid_t clock, struct timespec *now)
{
        if (clock != CLOCK_BOOTTIME || !clock_us)
                return (int)syscall(SYS_clock_gettime, clock, now);
        *now = (struct timespec){clock_us / 1000000, clock_us % 1000000 * 1000};
        return 0;
}

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
        clock_us = 0;
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
        clock_us = 5000000;
        for (uint32_t i = 0; i < 60; i++) {
                d = limit_take(limits, RATE_USER, STR("tenant|user"));
                assert_true(d.allowed);
                assert_int_equal(d.limit, 60);
                assert_int_equal(d.window, 60);
                assert_int_equal(d.remaining, 59 - i);
                assert_int_equal(d.reset, i + 1);
                assert_int_equal(d.retry_after, 0);
        }
        d = limit_take(limits, RATE_USER, STR("tenant|user"));
        assert_false(d.allowed);
        assert_int_equal(d.remaining, 0);
        assert_int_equal(d.reset, 60);
        assert_int_equal(d.retry_after, 1);
        assert_true(limit_take(limits, RATE_USER, STR("tenant|other")).allowed);
        assert_true(limit_take(limits, RATE_SEARCH, STR("tenant|user")).allowed);
        assert_false(limit_peek(limits, RATE_USER, STR("tenant|user")).allowed);
        assert_int_equal(limits_overflows(limits), 0);
        limits_close(limits);
}

/* One request comes back each interval, to the microsecond; all of them after a window. */
static void test_recovery(void **state)
{
        struct limits *limits = limits_open(path);
        struct limit_decision d;

        (void)state;
        clock_us = 5000000;
        for (int i = 0; i < 60; i++)
                assert_true(limit_take(limits, RATE_USER, STR("u")).allowed);
        clock_us += 999999;
        assert_false(limit_take(limits, RATE_USER, STR("u")).allowed);
        clock_us += 1;
        d = limit_peek(limits, RATE_USER, STR("u"));
        assert_true(d.allowed);
        assert_int_equal(d.remaining, 1);
        assert_int_equal(d.reset, 59);
        assert_true(limit_take(limits, RATE_USER, STR("u")).allowed);
        assert_false(limit_take(limits, RATE_USER, STR("u")).allowed);
        clock_us += 60000000;
        d = limit_peek(limits, RATE_USER, STR("u"));
        assert_int_equal(d.remaining, 60);
        assert_int_equal(d.reset, 0);
        limits_close(limits);
}

/* Others moved the TAT on while this process slept between reading the clock and counting. */
static void test_late_clock(void **state)
{
        struct limits *limits = limits_open(path);

        (void)state;
        clock_us = 5000000;
        for (int i = 0; i < 60; i++)
                assert_true(limit_take(limits, RATE_USER, STR("u")).allowed);
        clock_us -= 50000;
        assert_false(limit_take(limits, RATE_USER, STR("u")).allowed);
        clock_us += 50000;
        assert_false(limit_take(limits, RATE_USER, STR("u")).allowed);
        limits_close(limits);
}

/* The store outlived a reboot: what the old clock wrote holds nobody back. */
static void test_reboot(void **state)
{
        struct limits *limits = limits_open(path);

        (void)state;
        clock_us = (int64_t)86400 * 1000000;
        for (int i = 0; i < 60; i++)
                assert_true(limit_take(limits, RATE_USER, STR("u")).allowed);
        clock_us = 5000000;
        for (int i = 0; i < 60; i++)
                assert_true(limit_take(limits, RATE_USER, STR("u")).allowed);
        assert_false(limit_take(limits, RATE_USER, STR("u")).allowed);
        limits_close(limits);
}

/* More keys than slots: the rest is allowed and counted. A minute later their slots are free. */
static void test_full(void **state)
{
        struct limits *limits = limits_open(path);
        uint64_t before;

        (void)state;
        configure("1", "1");
        clock_us = 5000000;
        for (uint32_t i = 0; i < 4 * LIMIT_SLOTS; i++)
                assert_true(
                        limit_take(limits, RATE_USER, (struct str){(char *)&i, sizeof(i)}).allowed);
        before = limits_overflows(limits);
        assert_true(before > LIMIT_SLOTS);
        clock_us += 60000000;
        for (uint32_t i = 0; i < 1000; i++) {
                const struct str key = {(char *)&i, sizeof(i)};

                assert_true(limit_take(limits, RATE_USER, key).allowed);
                assert_false(limit_take(limits, RATE_USER, key).allowed);
        }
        assert_int_equal(limits_overflows(limits), before);
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

static void spoil(const void *data, size_t size)
{
        const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

        assert_int_equal(write(fd, data, size), size);
        close(fd);
}

/* A store of the right size, but of a release that laid it out in another way. */
static void spoil_version(void)
{
        struct limit_store *store = calloc(1, sizeof(*store));

        memcpy(store->magic, "ALMLIMIT", sizeof(store->magic));
        store->version = LIMIT_VERSION + 1;
        store->slot_count = LIMIT_SLOTS;
        spoil(store, sizeof(*store));
        free(store);
}

static void test_spoilt_file(void **state)
{
        static const char junk[] = "not a store at all";
        struct limits *limits;
        struct stat about;

        (void)state;
        for (int i = 0; i < 2; i++) {
                if (i == 0)
                        spoil(junk, sizeof(junk));
                else
                        spoil_version();
                limits = limits_open(path);
                assert_non_null(limits);
                assert_int_equal(limits->store->version, LIMIT_VERSION);
                assert_true(limit_take(limits, RATE_USER, STR("u")).allowed);
                limits_close(limits);
                assert_int_equal(stat(path, &about), 0);
                assert_int_equal(about.st_mode & 0777, 0660);
        }
        assert_null(limits_open("no/such/folder/limits"));
}

/* Many open at once what is missing or spoilt: all must end in one store. */
static void storm(bool spoilt)
{
        enum { OPENERS = 24 };
        int ends[2], got, all = 0;

        if (spoilt)
                spoil_version();
        else
                unlink(path);
        configure("5", "1");
        assert_int_equal(pipe(ends), 0);
        for (int i = 0; i < OPENERS; i++)
                assert_true(taker(ends[1], 2) > 0);
        for (int i = 0; i < OPENERS; i++) {
                assert_int_equal(read(ends[0], &got, sizeof(got)), sizeof(got));
                all += got;
        }
        while (wait(NULL) > 0)
                ;
        assert_int_equal(all, 5);
        close(ends[0]);
        close(ends[1]);
}

static void test_storm(void **state)
{
        (void)state;
        for (int i = 0; i < 10; i++)
                storm(i % 2);
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
                cmocka_unit_test_setup_teardown(test_recovery, fresh, gone),
                cmocka_unit_test_setup_teardown(test_late_clock, fresh, gone),
                cmocka_unit_test_setup_teardown(test_reboot, fresh, gone),
                cmocka_unit_test_setup_teardown(test_full, fresh, gone),
                cmocka_unit_test_setup_teardown(test_off, fresh, gone),
                cmocka_unit_test_setup_teardown(test_processes, fresh, gone),
                cmocka_unit_test_setup_teardown(test_killed, fresh, gone),
                cmocka_unit_test_setup_teardown(test_spoilt_file, fresh, gone),
                cmocka_unit_test_setup_teardown(test_storm, fresh, gone),
                cmocka_unit_test(test_addresses),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
