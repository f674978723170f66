/**
 * supervise.c: the loop: signals, commands, readiness and timers in one poll.
 */
#include "supervise.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"

enum { FD_SIGNAL, FD_CONTROL, FD_READY };

struct supervisor {
        struct worker workers[WORKERS_MAX];
        size_t count;
        int signal_fd, control_fd;
        bool stopping;
};

static int watch_signals(void)
{
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGHUP);
        sigaddset(&set, SIGCHLD);
        sigprocmask(SIG_BLOCK, &set, NULL);
        signal(SIGPIPE, SIG_IGN);
        return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void reap(struct supervisor *s, int64_t now)
{
        int status;
        pid_t pid;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
                for (size_t i = 0; i < s->count; i++)
                        if (worker_reaped(&s->workers[i], pid, status, now))
                                break;
}

static void stop_all(struct supervisor *s, int64_t now)
{
        s->stopping = true;
        for (size_t i = 0; i < s->count; i++) {
                s->workers[i].wanted = false;
                worker_stop(&s->workers[i], now);
        }
}

static void take_signals(struct supervisor *s, int64_t now)
{
        struct signalfd_siginfo info;

        while (read(s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
                if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
                        stop_all(s, now);
                else if (info.ssi_signo == SIGHUP && !s->stopping)
                        for (size_t i = 0; i < s->count; i++)
                                (void)worker_start(&s->workers[i], now);
        }
        reap(s, now);
}

static int64_t tend_all(struct supervisor *s, int64_t now)
{
        int64_t next = INT64_MAX;

        for (size_t i = 0; i < s->count; i++) {
                const int64_t due = worker_tend(&s->workers[i], now);

                next = due < next ? due : next;
        }
        return next;
}

static bool all_idle(const struct supervisor *s)
{
        for (size_t i = 0; i < s->count; i++)
                if (!worker_idle(&s->workers[i]))
                        return false;
        return true;
}

static void wait_and_act(struct supervisor *s)
{
        struct pollfd fds[FD_READY + WORKERS_MAX] = {
                [FD_SIGNAL] = {s->signal_fd, POLLIN, 0},
                [FD_CONTROL] = {s->control_fd, POLLIN, 0},
        };
        const int64_t now = time_monotonic_us(), wait = tend_all(s, now) - now;

        for (size_t i = 0; i < s->count; i++)
                fds[FD_READY + i] = (struct pollfd){s->workers[i].ready_fd, POLLIN, 0};
        if (poll(fds, FD_READY + s->count, wait > 0 ? (int)(wait / 1000) + 1 : 0) < 0)
                return;
        for (size_t i = 0; i < s->count; i++)
                if (fds[FD_READY + i].revents && s->workers[i].ready_fd >= 0)
                        worker_ready(&s->workers[i], time_monotonic_us());
        if (fds[FD_SIGNAL].revents)
                take_signals(s, time_monotonic_us());
        if (fds[FD_CONTROL].revents && !s->stopping)
                control_serve(s->control_fd, s->workers, s->count, time_monotonic_us());
}

int ctl_supervise(int argc, char **argv)
{
        static struct supervisor s;

        if (argc < 2 || argc - 1 > WORKERS_MAX) {
                fprintf(stderr, "usage: almonerctl supervise PROGRAM.fcgi...\n");
                return 2;
        }
        s.signal_fd = watch_signals();
        s.control_fd = control_open();
        if (s.signal_fd < 0 || s.control_fd < 0)
                return 1;
        for (; s.count < (size_t)argc - 1; s.count++)
                if (!worker_open(&s.workers[s.count], argv[s.count + 1]))
                        return 1;
        LOG(INFO, "supervisor.started", LOG_INT("modules", (int64_t)s.count));
        while (!s.stopping || !all_idle(&s))
                wait_and_act(&s);
        LOG(INFO, "supervisor.stopped", LOG_INT("modules", (int64_t)s.count));
        return 0;
}
