/**
 * Goal: a file is there whole or not at all; nothing stays beside it, links are not followed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/log.h"

static char root[60];

static int open_folder(void **state)
{
        (void)state;
        log_open("test", LOG_LEVEL__N);
        snprintf(root, sizeof(root), "almoner-file-%d", (int)getpid());
        return mkdir(root, 0700);
}

static const char *path(const char *name)
{
        static char text[200];

        snprintf(text, sizeof(text), "%s/%s", root, name);
        return text;
}

static long size_of(const char *name)
{
        struct stat about;

        return stat(path(name), &about) == 0 ? about.st_size : -1;
}

static void stored(void **state)
{
        char folder[100];
        struct stat about;

        (void)state;
        snprintf(folder, sizeof(folder), "%s/a/b", root);
        assert_int_equal(file_store(folder, "x.pdf", STR("hello")), STATUS_OK);
        assert_int_equal(size_of("a/b/x.pdf"), 5);
        assert_int_equal(stat(path("a/b/x.pdf"), &about), 0);
        assert_int_equal(about.st_mode & 07777 & ~(mode_t)0640, 0);
        assert_int_equal(file_store(folder, "x.pdf", STR("")), STATUS_OK);
        assert_int_equal(size_of("a/b/x.pdf"), 0);
        assert_int_equal(size_of("a/b/x.pdf.new"), -1);
}

static void refused(void **state)
{
        char name[400];

        (void)state;
        memset(name, 'n', sizeof(name));
        name[sizeof(name) - 1] = 0;
        assert_int_equal(file_store(root, name, STR("x")), STATUS_UNAVAILABLE);
        assert_int_equal(file_store("/proc/almoner/x", "y", STR("x")), STATUS_UNAVAILABLE);
        assert_int_equal(symlink("/nonexistent/target", path("link.new")), 0);
        assert_int_equal(file_store(root, "link", STR("x")), STATUS_UNAVAILABLE);
        (void)unlink(path("link.new"));
}

/* A limit on the size of files is a full disk for this process. */
static void full(void **state)
{
        static char large[100000];
        struct rlimit before, small;

        (void)state;
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        small = (struct rlimit){50000, before.rlim_max};
        (void)signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(file_store(root, "kept", STR("old")), STATUS_OK);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        assert_int_equal(file_store(root, "kept", (struct str){large, sizeof(large)}),
                         STATUS_UNAVAILABLE);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(size_of("kept"), 3);
        assert_int_equal(size_of("kept.new"), -1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(stored),
                cmocka_unit_test(refused),
                cmocka_unit_test(full),
        };

        return cmocka_run_group_tests(tests, open_folder, NULL);
}
