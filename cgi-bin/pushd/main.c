/**
 * pushd: live updates that lose nothing.
 *
 * SYNOPSIS
 *      pushd [--help | --openapi | --routes]
 *      Serves HTTP and WebSockets on file descriptor 0, a listening socket, behind nginx.
 * DESCRIPTION
 *      Moves committed events from the outbox into each tenant's stream and tells who listens:
 * /ws/persons and /ws/interactions (seed 000), /ws/tenant/{id} (seed 002), GET
 * /api/v1/events/stream (Server-Sent Events), GET /api/v1/changes (pages). Each event carries seq,
 * dense within a tenant; ?since=epoch.seq (Last-Event-ID) catches up.
 * SECURITY
 *      A token, a ticket or a page of our own; events of sites and channels reach who may read
 * their records. Ends with the session, at the latest two seconds later (4401).
 * STANDARDS RFC 6455 (WebSocket), HTML (Server-Sent Events), RFC 9457.
 * CONFIGURATION STREAM_RETENTION, PUSH_USER_MAX and the keys common to the modules.
 * EXIT STATUS 0 done, 1 could not start, 2 wrong configuration.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/config.h"
#include "base/log.h"
#include "base/process.h"
#include "db/schema.h"
#include "pushd.h"

enum { LISTEN_FD = 0 };

/* A connection is a descriptor: as many as the system lets us have. */
static void raise_limit(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
                limit.rlim_cur = limit.rlim_max;
                (void)setrlimit(RLIMIT_NOFILE, &limit);
        }
}

static bool open_parts(struct pushd *p)
{
        char path[512];
        const int flags = fcntl(LISTEN_FD, F_GETFL);

        p->listen_fd = LISTEN_FD;
        p->stop_fd = process_stop_fd();
        p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (flags < 0 || fcntl(LISTEN_FD, F_SETFL, flags | O_NONBLOCK) != 0 || p->stop_fd < 0 ||
            p->epoll_fd < 0 || !mailbox_open(&p->news) || !mailbox_open(&p->answers))
                return false;
        if (!db_opts_from_config(&p->db_opts, "pushd"))
                return false;
        p->limits =
                limits_open(config_path(CONFIG_RATE_LIMIT_FILE, "run/limits", path, sizeof(path)));
        if (!p->limits)
                return false;
        /* What is read for a client must not be older than what its connection was told already. */
        p->db_opts.sync_reads = strchr(p->db_opts.hosts, ',') != NULL;
        p->auth = auth_create(&p->db_opts);
        if (!p->auth)
                return false;
        p->reader.db_opts = p->relay.db_opts = &p->db_opts;
        p->reader.answers = &p->answers;
        p->relay.news = &p->news;
        return reader_start(&p->reader) && relay_start(&p->relay);
}

static void drain(struct mailbox *box)
{
        for (struct letter *next, *letter = mailbox_take(box); letter; letter = next) {
                next = letter->next;
                free(letter);
        }
        mailbox_close(box);
}

static void close_parts(struct pushd *p)
{
        atomic_store(&p->relay.stop, true);
        atomic_store(&p->reader.stop, true);
        relay_join(&p->relay);
        reader_join(&p->reader);
        for (struct letter *next, *letter = mailbox_take(&p->answers); letter; letter = next) {
                next = letter->next;
                job_free((struct job *)letter);
        }
        drain(&p->answers);
        drain(&p->news);
        auth_destroy(p->auth);
        limits_close(p->limits);
        free(p->connections);
        close(p->epoll_fd);
        close(p->stop_fd);
}

static int args(const char *option)
{
        const bool helps = strcmp(option, "--help") == 0;

        if (strcmp(option, "--openapi") == 0 || strcmp(option, "--routes") == 0)
                return doors_print(option);
        fprintf(helps ? stdout : stderr,
                "usage: pushd [--help | --openapi | --routes]\n"
                "Without an option it serves on descriptor 0, a listening socket.\n");
        return helps ? 0 : 2;
}

int main(int argc, char **argv)
{
        static struct pushd pushd;
        char problem[256];
        int status;

        if (argc > 1)
                return argc == 2 ? args(argv[1]) : args("");
        if (!config_load(problem, sizeof(problem))) {
                fprintf(stderr, "pushd: %s\n", problem);
                return 2;
        }
        log_open("pushd", LOG_INFO);
        raise_limit();
        if (!open_parts(&pushd)) {
                LOG(ERROR, "pushd.start_failed", LOG_TEXT("error", STR("see above")));
                return 1;
        }
        process_tell_ready();
        LOG(INFO, "pushd.started", LOG_INT("pid", getpid()));
        status = pushd_run(&pushd);
        close_parts(&pushd);
        LOG(INFO, "pushd.stopped", LOG_INT("status", status));
        return status;
}
