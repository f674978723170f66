/**
 * supervise.h: keeps the modules running: binds their sockets for its whole life, starts them,
 * restarts them without losing a request, and brings back what dies.
 */
#ifndef ALMONER_CTL_SUPERVISE_H
#define ALMONER_CTL_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { WORKERS_MAX = 16, OLD_MAX = 4, NAME_SIZE = 32 };

struct leaving {
        pid_t pid;       /* 0: free */
        int64_t kill_at; /* SIGKILL then, microseconds of the monotonic clock */
};

struct worker {
        char name[NAME_SIZE];
        const char *program;
        int listen_fd;       /* bound once, never closed */
        bool wanted;         /* up, or stopped by an operator */
        pid_t pid;           /* the one that serves; 0: none */
        pid_t next;          /* the one that is starting; 0: none */
        int ready_fd;        /* becomes readable when ${next} serves; -1: none */
        int64_t ready_until; /* patience with ${next} */
        int64_t started;     /* when ${pid} began */
        int64_t start_at;    /* not before, after failures */
        unsigned failures;   /* in a row */
        struct leaving old[OLD_MAX];
        int waiter; /* a control connection that waits for an outcome; -1: none */
};

/** worker_open(worker, program): name and socket from ${program} ("…/persons.fcgi" listens on
 * VAR/run/persons.sock). */
bool worker_open(struct worker *worker, const char *program);

/** worker_start(worker, now): fork the next process. worker_stop(worker, now): let the serving one
 * go. */
bool worker_start(struct worker *worker, int64_t now);
void worker_stop(struct worker *worker, int64_t now);

/** worker_ready(worker, now): ${ready_fd} is readable: the next one serves, or died trying; then
 * the old one goes. */
void worker_ready(struct worker *worker, int64_t now);

/** worker_reaped(worker, pid, status, now): whether ${pid} was one of its processes. */
bool worker_reaped(struct worker *worker, pid_t pid, int status, int64_t now);

/** worker_tend(worker, now): start what is due, kill what does not go; returns when to look again,
 * microseconds. */
int64_t worker_tend(struct worker *worker, int64_t now);

/** worker_idle(worker): no process at all. */
bool worker_idle(const struct worker *worker);

/** control_open(): the control socket VAR/run/supervisor.sock; -1 with a message when it can't be
 * bound. */
int control_open(void);

/** control_serve(fd, workers, count, now): take one connection and do what it says; an outcome that
 * takes time is answered later. */
void control_serve(int fd, struct worker *workers, size_t count, int64_t now);

/** control_answer(worker, text): tell the waiting connection, if there is one. */
void control_answer(struct worker *worker, const char *text);

/* Commands of almonerctl. */
int ctl_supervise(int argc, char **argv);
int ctl_control(int argc, char **argv); /* start, stop, restart, status */

#endif
