/**
 * Goal: a ring arrives as a datagram, from any thread; it never waits and never fails, whether
 * nobody listens, nobody reads, or the listener came back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/config.h"
#include "base/time.h"
#include "events/events.h"

static char folder[64];
static struct sockaddr_un address = {.sun_family = AF_UNIX};

static int open_folder(void **state)
{
        char problem[200], run[80];

        (void)state;
        snprintf(folder, sizeof(folder), "doorbell-test-%ld", (long)getpid());
        snprintf(run, sizeof(run), "%s/run", folder);
        snprintf(address.sun_path, sizeof(address.sun_path), "%s/doorbell.sock", run);
        setenv("VAR", folder, 1);
        return mkdir(folder, 0700) || mkdir(run, 0700) || !config_load(problem, sizeof(problem));
}

static int close_folder(void **state)
{
        char run[80];

        (void)state;
        snprintf(run, sizeof(run), "%s/run", folder);
        unlink(address.sun_path);
        return rmdir(run) || rmdir(folder);
}

static int listen_there(void)
{
        const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        unlink(address.sun_path);
        assert_true(fd >= 0);
        assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
        return fd;
}

static int rings(int fd)
{
        char byte[8];
        int n = 0;

        while (recv(fd, byte, sizeof(byte), 0) == 1)
                n++;
        return n;
}

static void test_nobody(void **state)
{
        (void)state;
        doorbell_ring(); /* no such socket yet */
        assert_int_not_equal(access(address.sun_path, F_OK), 0);
}

static void test_arrives(void **state)
{
        int fd = listen_there();

        (void)state;
        assert_int_equal(rings(fd), 0);
        doorbell_ring();
        doorbell_ring();
        assert_int_equal(rings(fd), 2);
        close(fd);
        doorbell_ring(); /* the name is there, the listener gone */
        fd = listen_there();
        assert_int_equal(rings(fd), 0);
        doorbell_ring();
        assert_int_equal(rings(fd), 1);
        close(fd);
}

/* The queue is full after a few: the rest is dropped at once. */
static void test_never_waits(void **state)
{
        const int fd = listen_there();
        const int64_t start = time_monotonic_us();

        (void)state;
        for (int i = 0; i < 10000; i++)
                doorbell_ring();
        assert_in_range(time_monotonic_us() - start, 0, 5000000);
        assert_in_range(rings(fd), 1, 9999);
        doorbell_ring();
        assert_int_equal(rings(fd), 1);
        close(fd);
}

static void *ring(void *argument)
{
        (void)argument;
        doorbell_ring();
        return NULL;
}

static void test_threads(void **state)
{
        const int fd = listen_there();
        pthread_t threads[8];

        (void)state;
        for (int i = 0; i < 8; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, ring, NULL), 0);
        for (int i = 0; i < 8; i++)
                pthread_join(threads[i], NULL);
        assert_int_equal(rings(fd), 8);
        close(fd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nobody),
                cmocka_unit_test(test_arrives),
                cmocka_unit_test(test_never_waits),
                cmocka_unit_test(test_threads),
        };

        return cmocka_run_group_tests(tests, open_folder, close_folder);
}
