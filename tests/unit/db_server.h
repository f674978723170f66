/**
 * db_server.h: a private MariaDB for tests of the database room: in a folder of its own, on a unix
 * socket only.
 */
#ifndef ALMONER_TESTS_DB_SERVER_H
#define ALMONER_TESTS_DB_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/db.h"

extern char **environ;

static char server_folder[80], server_socket[100], server_user[64];
static pid_t server_pid;
static char *server_more[6]; /* up to five further options */

static inline pid_t server_spawn(char *const args[])
{
        posix_spawn_file_actions_t actions;
        char log[100];
        pid_t pid = 0;

        snprintf(log, sizeof(log), "%s/log", server_folder);
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        posix_spawn_file_actions_adddup2(&actions, 1, 2);
        if (posix_spawnp(&pid, args[0], &actions, NULL, args, environ) != 0)
                pid = 0;
        posix_spawn_file_actions_destroy(&actions);
        return pid;
}

static inline bool server_run(char *const args[])
{
        int status = 1;
        pid_t pid = server_spawn(args);

        return pid && waitpid(pid, &status, 0) == pid && status == 0;
}

static inline struct db_opts server_opts(void)
{
        return (struct db_opts){.hosts = "",
                                .socket = server_socket,
                                .user = server_user,
                                .password = "",
                                .schema = "test",
                                .timeout = 3};
}

/* Wait until it takes connections; at most 30 seconds. */
static inline bool server_await(void)
{
        const struct db_opts opts = server_opts();

        for (int i = 0; i < 300; i++) {
                struct db *db = db_create(&opts);
                const bool up = db && db_connect(db) == STATUS_OK;

                db_destroy(db);
                if (up)
                        return true;
                usleep(100000);
        }
        return false;
}

static inline bool server_start(void)
{
        char data[100], temporary[100], socket[120], user[80];
        char *args[] = {"mariadbd",
                        "--no-defaults",
                        data,
                        temporary,
                        socket,
                        user,
                        "--skip-networking",
                        "--innodb-buffer-pool-size=32M",
                        "--innodb-log-file-size=8M",
                        "--innodb-lock-wait-timeout=1",
                        "--innodb-rollback-on-timeout=ON",
                        server_more[0],
                        server_more[1],
                        server_more[2],
                        server_more[3],
                        server_more[4],
                        NULL};

        snprintf(data, sizeof(data), "--datadir=%s/data", server_folder);
        snprintf(temporary, sizeof(temporary), "--tmpdir=%s", server_folder);
        snprintf(socket, sizeof(socket), "--socket=%s", server_socket);
        snprintf(user, sizeof(user), "--user=%s", server_user);
        server_pid = server_spawn(args);
        return server_pid > 0;
}

static inline void server_kill(int signal_number)
{
        if (server_pid <= 0) /* it never ran; and 0 would be this test's whole group */
                return;
        kill(server_pid, signal_number);
        waitpid(server_pid, NULL, 0);
}

static inline bool server_schema(void)
{
        struct db_opts opts = server_opts();
        static const struct sql create = SQL_GLOBAL("CREATE DATABASE IF NOT EXISTS test");
        struct db *db;
        bool made = false;

        opts.schema = "mysql";
        for (int i = 0; i < 300 && !made; i++) {
                db = db_create(&opts);
                made = db && db_run(db, &create, DB_NO_PARAMS, NULL) == STATUS_OK;
                db_destroy(db);
                usleep(100000);
        }
        return made;
}

static inline void server_show_log(void)
{
        char path[100], line[300];
        FILE *log;

        snprintf(path, sizeof(path), "%s/log", server_folder);
        log = fopen(path, "re");
        while (log && fgets(line, sizeof(line), log))
                print_message("%s", line);
        if (log)
                fclose(log);
}

static inline int server_open(void **state)
{
        const struct passwd *me = getpwuid(getuid());
        char data[100], temporary[100], user[80], owner[100];
        char *install[] = {"mariadb-install-db",
                           "--no-defaults",
                           data,
                           temporary, /* one that begins removes what lies in a shared one */
                           user,
                           "--auth-root-authentication-method=socket",
                           owner,
                           "--skip-test-db",
                           NULL};
        char cwd[60];

        (void)state;
        snprintf(server_user, sizeof(server_user), "%s", me ? me->pw_name : "root");
        /* Absolute: the installer works elsewhere. Short: a socket's path ends after 107 bytes. */
        snprintf(server_folder, sizeof(server_folder), "%s/db-test-%ld",
                 getcwd(cwd, sizeof(cwd)) ? cwd : ".", (long)getpid());
        snprintf(server_socket, sizeof(server_socket), "%s/s", server_folder);
        if (mkdir(server_folder, 0700) != 0)
                return -1;
        snprintf(data, sizeof(data), "--datadir=%s/data", server_folder);
        snprintf(temporary, sizeof(temporary), "--tmpdir=%s", server_folder);
        snprintf(user, sizeof(user), "--user=%s", server_user);
        snprintf(owner, sizeof(owner), "--auth-root-socket-user=%s", server_user);
        if (server_run(install) && server_start() && server_schema())
                return 0;
        server_show_log();
        return -1;
}

static inline int server_close(void **state)
{
        char *sweep[] = {"rm", "-rf", server_folder, NULL};

        (void)state;
        server_kill(SIGKILL);
        (void)server_run(sweep);
        return 0;
}

#endif
