/**
 * control.c: both ends of the supervisor's control socket: a line with a command and perhaps a
 * module, answered with text.
 */
#include "supervise.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/config.h"
#include "base/time.h"

enum { LINE_SIZE = 128, PATIENCE_SECONDS = 60 };

static bool socket_address(struct sockaddr_un *out)
{
        *out = (struct sockaddr_un){.sun_family = AF_UNIX};
        return (size_t)snprintf(out->sun_path, sizeof(out->sun_path), "%s/run/supervisor.sock",
                                config_text(CONFIG_VAR)) < sizeof(out->sun_path);
}

/* A connection to the supervisor of this VAR; -1 when none runs. */
static int control_connect(void)
{
        struct sockaddr_un address;
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return -1;
        if (socket_address(&address) &&
            connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
                return fd;
        close(fd);
        return -1;
}

static int control_bind(void)
{
        struct sockaddr_un address;
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return -1;
        if (socket_address(&address)) {
                (void)unlink(address.sun_path);
                if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
                    chmod(address.sun_path, 0600) == 0 && listen(fd, 16) == 0)
                        return fd;
        }
        close(fd);
        return -1;
}

int control_open(void)
{
        int fd = control_connect();

        if (fd >= 0) {
                close(fd);
                fprintf(stderr, "almonerctl: %s is in use already\n", config_text(CONFIG_VAR));
                return -1;
        }
        fd = control_bind();
        if (fd < 0)
                fprintf(stderr, "almonerctl: can't listen for commands in %s/run\n",
                        config_text(CONFIG_VAR));
        return fd;
}

static void say(int fd, const char *text)
{
        (void)send(fd, text, strlen(text), MSG_NOSIGNAL);
}

void control_answer(struct worker *worker, const char *text)
{
        if (worker->waiter < 0)
                return;
        say(worker->waiter, text);
        close(worker->waiter);
        worker->waiter = -1;
}

static void tell_status(int fd, const struct worker *workers, size_t count, int64_t now)
{
        char line[LINE_SIZE];

        for (size_t i = 0; i < count; i++) {
                const struct worker *w = &workers[i];
                const char *state = w->pid ? "up" : w->wanted ? "starting" : "stopped";

                snprintf(line, sizeof(line), "%-14s %-9s pid %d, %lld s\n", w->name, state,
                         (int)w->pid, w->pid ? (long long)(now - w->started) / 1000000 : 0LL);
                say(fd, line);
        }
}

static struct worker *find(struct worker *workers, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(workers[i].name, name) == 0)
                        return &workers[i];
        return NULL;
}

/* True when the outcome is known at once; otherwise the worker keeps the connection. */
static bool obey(const char *command, struct worker *worker, int64_t now)
{
        if (strcmp(command, "stop") == 0) {
                worker->wanted = false;
                worker_stop(worker, now);
                return worker_idle(worker);
        }
        if (strcmp(command, "start") == 0 && worker->wanted && worker->pid)
                return true;
        worker->wanted = true;
        worker->failures = 0;
        worker->start_at = now;
        return !worker_start(worker, now);
}

static bool is_order(const char *command)
{
        return strcmp(command, "start") == 0 || strcmp(command, "stop") == 0 ||
               strcmp(command, "restart") == 0;
}

void control_serve(int fd, struct worker *workers, size_t count, int64_t now)
{
        const struct timeval patience = {.tv_sec = 1};
        char line[LINE_SIZE], command[16] = "", name[NAME_SIZE] = "";
        int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        struct worker *worker;
        ssize_t n;

        if (client < 0)
                return;
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        n = recv(client, line, sizeof(line) - 1, 0);
        line[n > 0 ? n : 0] = '\0';
        sscanf(line, "%15s %31s", command, name);
        worker = find(workers, count, name);
        if (strcmp(command, "status") == 0) {
                tell_status(client, workers, count, now);
        } else if (!is_order(command) || !worker) {
                say(client, "failed: no such command or module\n");
        } else {
                control_answer(worker, "failed: another command came\n");
                if (!obey(command, worker, now)) {
                        worker->waiter = client;
                        return;
                }
                say(client, "ok\n");
        }
        close(client);
}

/* The client's end: 0 when the answer does not begin with "failed". */
static int ask(const char *line)
{
        const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
        char answer[LINE_SIZE * WORKERS_MAX] = "";
        size_t length = 0;
        ssize_t n;
        int fd = control_connect();

        if (fd < 0) {
                fprintf(stderr, "almonerctl: nothing runs in %s\n", config_text(CONFIG_VAR));
                return 3;
        }
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        say(fd, line);
        while (length < sizeof(answer) - 1 &&
               (n = recv(fd, answer + length, sizeof(answer) - 1 - length, 0)) > 0)
                length += (size_t)n;
        close(fd);
        fputs(answer, stdout);
        return length == 0 || strncmp(answer, "failed", 6) == 0;
}

int ctl_control(int argc, char **argv)
{
        char line[LINE_SIZE];

        if (argc > 2 || (argc == 1 && strcmp(argv[0], "status") != 0)) {
                fprintf(stderr, "usage: almonerctl %s MODULE\n", argv[0]);
                return 2;
        }
        snprintf(line, sizeof(line), "%s %s\n", argv[0], argc == 2 ? argv[1] : "");
        return ask(line);
}
