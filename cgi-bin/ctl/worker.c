/**
 * worker.c: one module's processes: a new one starts and says that it serves before the old one is
 * told to go.
 */
#include "supervise.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/config.h"
#include "base/log.h"

#include "settings.h"

enum {
        BACKLOG = 1024, /* a full backlog is an instant 502 in nginx */
        SECOND_US = 1000000,
        READY_US = 15 * SECOND_US,
        DRAIN_US = 30 * SECOND_US,
        PAUSE_LEAST_US = 100000,
        PAUSE_MOST_US = 2 * SECOND_US,
        HEALTHY_US = 10 * SECOND_US,
        READY_CHILD_FD = 3,
};

static int bind_socket(const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
                return -1;
        memcpy(address.sun_path, path, strlen(path) + 1);
        (void)unlink(path);
        if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
            chmod(path, 0660) != 0 || listen(fd, BACKLOG) != 0) {
                close(fd);
                return -1;
        }
        return fd;
}

bool worker_open(struct worker *worker, const char *program)
{
        const char *slash = strrchr(program, '/'), *base = slash ? slash + 1 : program;
        char path[512];

        *worker = (struct worker){.program = program, .wanted = true, .ready_fd = -1, .waiter = -1};
        snprintf(worker->name, sizeof(worker->name), "%.*s", (int)strcspn(base, "."), base);
        snprintf(path, sizeof(path), "%s/run/%s.sock", config_text(CONFIG_VAR), worker->name);
        worker->listen_fd = bind_socket(path);
        if (worker->listen_fd < 0)
                fprintf(stderr, "almonerctl: can't listen on %s\n", path);
        return worker->listen_fd >= 0;
}

static void redirect_log(const char *name)
{
        char path[512];
        int fd;

        snprintf(path, sizeof(path), "%s/log/%s.log", config_text(CONFIG_VAR), name);
        fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0640);
        if (fd < 0)
                return;
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        if (fd > STDERR_FILENO)
                close(fd);
}

/* In a private installation each module is its own database user. */
static void set_environment(const char *name)
{
        setenv("READY_FD", "3", 1);
        settings_for(name);
}

/* In the child: descriptor 0 is the socket, 3 the pipe; nothing else is inherited. */
static _Noreturn void become(const struct worker *worker, int ready_fd, pid_t parent)
{
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
                _exit(1);
        redirect_log(worker->name);
        dup2(worker->listen_fd, STDIN_FILENO);
        if (ready_fd == READY_CHILD_FD)
                fcntl(ready_fd, F_SETFD, 0);
        else
                dup2(ready_fd, READY_CHILD_FD);
        (void)close_range(READY_CHILD_FD + 1, ~0U, 0);
        set_environment(worker->name);
        execl(worker->program, worker->program, (char *)NULL);
        _exit(127);
}

bool worker_start(struct worker *worker, int64_t now)
{
        const pid_t parent = getpid();
        int ends[2];
        pid_t pid;

        if (worker->next)
                return true; /* one is on its way */
        if (pipe2(ends, O_CLOEXEC) != 0)
                return false;
        pid = fork();
        if (pid == 0)
                become(worker, ends[1], parent);
        close(ends[1]);
        if (pid < 0) {
                close(ends[0]);
                return false;
        }
        worker->next = pid;
        worker->ready_fd = ends[0];
        worker->ready_until = now + READY_US;
        return true;
}

static void let_go(struct worker *worker, pid_t pid, int64_t now)
{
        if (!pid)
                return;
        kill(pid, SIGTERM);
        for (size_t i = 0; i < OLD_MAX; i++)
                if (!worker->old[i].pid) {
                        worker->old[i] = (struct leaving){pid, now + DRAIN_US};
                        return;
                }
        kill(pid, SIGKILL); /* four are leaving already */
}

void worker_stop(struct worker *worker, int64_t now)
{
        let_go(worker, worker->pid, now);
        let_go(worker, worker->next, now);
        worker->pid = 0;
        worker->next = 0;
        if (worker->ready_fd >= 0)
                close(worker->ready_fd);
        worker->ready_fd = -1;
}

void worker_ready(struct worker *worker, int64_t now)
{
        char byte;
        const bool serves = read(worker->ready_fd, &byte, 1) == 1;

        close(worker->ready_fd);
        worker->ready_fd = -1;
        if (!serves)
                return; /* it died: reaping tells the rest */
        let_go(worker, worker->pid, now);
        worker->pid = worker->next;
        worker->next = 0;
        worker->started = now;
        control_answer(worker, "ok\n");
}

static void plan_start(struct worker *worker, int64_t now)
{
        int64_t pause = worker->failures ? (int64_t)PAUSE_LEAST_US << (worker->failures - 1) : 0;

        worker->start_at = now + (pause > PAUSE_MOST_US ? PAUSE_MOST_US : pause);
        if (worker->failures < 8)
                worker->failures++;
}

bool worker_reaped(struct worker *worker, pid_t pid, int status, int64_t now)
{
        for (size_t i = 0; i < OLD_MAX; i++)
                if (worker->old[i].pid == pid) {
                        worker->old[i].pid = 0;
                        if (worker_idle(worker))
                                control_answer(worker, "ok\n");
                        return true;
                }
        if (worker->pid != pid && worker->next != pid)
                return false;
        LOG(WARN, "supervisor.died", LOG_TEXT("program", str_of(worker->name)), LOG_INT("pid", pid),
            LOG_INT("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
            LOG_INT("status", WIFEXITED(status) ? WEXITSTATUS(status) : 0));
        if (worker->next == pid) {
                worker->next = 0;
                if (worker->ready_fd >= 0)
                        close(worker->ready_fd);
                worker->ready_fd = -1;
                control_answer(worker, "failed: the new process did not start; see its log\n");
        } else {
                if (now - worker->started > HEALTHY_US)
                        worker->failures = 0;
                worker->pid = 0;
        }
        plan_start(worker, now);
        return true;
}

int64_t worker_tend(struct worker *worker, int64_t now)
{
        int64_t next = now + 3600 * (int64_t)SECOND_US;

        if (worker->wanted && !worker->pid && !worker->next) {
                if (now >= worker->start_at && !worker_start(worker, now))
                        worker->start_at = now + PAUSE_MOST_US;
                next = worker->next ? worker->ready_until : worker->start_at;
        }
        if (worker->next && now >= worker->ready_until) {
                kill(worker->next, SIGKILL);
                worker->ready_until = next;
        } else if (worker->next && worker->ready_until < next) {
                next = worker->ready_until;
        }
        for (size_t i = 0; i < OLD_MAX; i++) {
                if (!worker->old[i].pid)
                        continue;
                if (now >= worker->old[i].kill_at) {
                        kill(worker->old[i].pid, SIGKILL);
                        worker->old[i].kill_at = now + DRAIN_US;
                }
                if (worker->old[i].kill_at < next)
                        next = worker->old[i].kill_at;
        }
        return next;
}

bool worker_idle(const struct worker *worker)
{
        for (size_t i = 0; i < OLD_MAX; i++)
                if (worker->old[i].pid)
                        return false;
        return !worker->pid && !worker->next;
}
