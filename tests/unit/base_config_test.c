/**
 * Goal: configuration: the environment before files, bad values named, secrets never printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"

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
        unsetenv("RATE_AUTH");
        unsetenv("RATE_SEARCH");
        unsetenv("VAR");
        unsetenv("DB_SOCKET");
        unsetenv("DB_PASSWORD");
        unsetenv("ADMIN_PASSWORD");
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

static void test_shared_file(void **state)
{
        (void)state;
        write_file("almoner.conf", "THREADS=3\n");
        write_file(".env", "DATABASE_URL=x\nDATABASE_URL=y\nexport A B\n");
        assert_true(config_load(problem, sizeof(problem)));
        write_file(".env", "RATE_AUTH=often\n");
        assert_false(config_load(problem, sizeof(problem)));
        assert_non_null(
                strstr(problem, ".env: RATE_AUTH must be a whole number from 1 to 1000000"));
        write_file(".env", "THREADS=0\n"); /* almoner.conf overrides it, and still it is wrong */
        assert_false(config_load(problem, sizeof(problem)));
        assert_non_null(strstr(problem, ".env: THREADS"));
        write_file(".env", "RATE_AUTH=1\nRATE_AUTH=1\n");
        assert_false(config_load(problem, sizeof(problem)));
}

static void test_values(void **state)
{
        static const struct {
                const char *line, *want;
        } rows[] = {
                {"DB_NAME=plain", "plain"},
                {"  DB_NAME =  two words  ", "two words"},
                {"DB_NAME=\"in double\"", "in double"},
                {"DB_NAME='in single'", "in single"},
                {"DB_NAME=' kept '", " kept "},
                {"DB_NAME=\"not the same'", "\"not the same'"},
                {"DB_NAME=a=b", "a=b"},
                {"DB_NAME=a#b", "a#b"},
                {"DB_NAME=", ""},
                {"DB_NAME=\"\"", ""},
                {"DB_NAME=\"", "\""},
                {"DB_NAME=crlf\r", "crlf"},
                {"#DB_NAME=other", "almoner"},
        };

        (void)state;
        write_file(".env", "");
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                write_file("almoner.conf", rows[i].line);
                assert_true(config_load(problem, sizeof(problem)));
                assert_string_equal(config_text(CONFIG_DB_NAME), rows[i].want);
                assert_true(config_is(CONFIG_DB_NAME, rows[i].want));
        }
}

static void test_path(void **state)
{
        char path[64];

        (void)state;
        write_file(".env", "");
        write_file("almoner.conf", "VAR=state\n");
        assert_true(config_load(problem, sizeof(problem)));
        assert_string_equal(config_path(CONFIG_DB_SOCKET, "run/x.sock", path, sizeof(path)),
                            "state/run/x.sock");
        write_file("almoner.conf", "VAR=state\nDB_SOCKET=elsewhere\n");
        assert_true(config_load(problem, sizeof(problem)));
        assert_string_equal(config_path(CONFIG_DB_SOCKET, "run/x.sock", path, sizeof(path)),
                            "elsewhere");
}

static void test_print(void **state)
{
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        (void)state;
        assert_non_null(out);
        write_file(".env", "");
        write_file("almoner.conf", "DB_PASSWORD=hunter2\nADMIN_PASSWORD=hunter3\n");
        assert_true(config_load(problem, sizeof(problem)));
        assert_string_equal(config_text(CONFIG_DB_PASSWORD), "hunter2");
        config_print(out);
        config_print_sample(out);
        fclose(out);
        assert_null(strstr(text, "hunter"));
        assert_non_null(strstr(text, "(secret)"));
        assert_non_null(strstr(text, "1 to 256 threads, default 16"));
        assert_non_null(strstr(text, "\n#THREADS=16\n"));
        free(text);
}

/* The printed sample is a file that can be read back, also with every line taken into use. */
static void test_sample(void **state)
{
        char *text = NULL, *line, *rest;
        size_t size;
        FILE *out = open_memstream(&text, &size), *file = fopen("almoner.conf", "w");

        (void)state;
        assert_true(out && file);
        config_print_sample(out);
        fclose(out);
        for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
                fprintf(file, "%s\n", line[0] == '#' && line[1] != ' ' ? line + 1 : line);
        fclose(file);
        free(text);
        if (!config_load(problem, sizeof(problem)))
                fail_msg("%s", problem);
        assert_int_equal(config_int(CONFIG_THREADS), 16);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),       cmocka_unit_test(test_refusals),
                cmocka_unit_test(test_shared_file), cmocka_unit_test(test_values),
                cmocka_unit_test(test_path),        cmocka_unit_test(test_print),
                cmocka_unit_test(test_sample),
        };

        return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
