/**
 * loop.c: one thread, one epoll.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pushd.h"

enum {
        EVENTS = 256,
        ACCEPTS = 64,
        TICK_MS = 500,
        STOP_TICK_MS = 50,
        SPREAD_US = 4000000,
        STOP_US = 10000000
};

static bool watch(const struct pushd *p, int fd)
{
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

        return epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void accept_some(struct pushd *p)
{
        for (int i = 0; i < ACCEPTS; i++) {
                struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP};
                const int fd = accept4(p->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

                if (fd < 0)
                        return;
                event.data.fd = fd;
                if (fd > 0xFFFFFF || !connection_new(p, fd))
                        close(fd);
                else if (epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
                        connection_drop(p, p->connections[fd]);
        }
}

static void take_news(struct pushd *p)
{
        for (struct letter *next, *letter = mailbox_take(&p->news); letter; letter = next) {
                struct event *event = (struct event *)letter;

                next = letter->next;
                letter->next = NULL;
                if (event->seq) {
                        tenant_publish(p, event);
                } else {
                        tenant_missed(p, &event->tenant);
                        free(event);
                }
        }
}

static void take_answers(struct pushd *p)
{
        for (struct letter *next, *letter = mailbox_take(&p->answers); letter; letter = next) {
                next = letter->next;
                admit_answer(p, (struct job *)letter);
        }
}

static void serve(struct pushd *p, const struct epoll_event *event)
{
        const size_t fd = (size_t)event->data.fd;
        struct connection *c = fd < p->connection_room ? p->connections[fd] : NULL;

        if (!c)
                return;
        if (event->events & EPOLLIN)
                connection_readable(p, c);
        else if (event->events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP))
                connection_drop(p, c);
        if ((event->events & EPOLLOUT) && c->state != GONE)
                connection_flush(p, c);
}

/* Nothing new is taken; who is here is sent away over some seconds, so that not all come back at
 * once; who still waits for an answer gets it first. Another process, if there is one, relays from
 * now on. */
static void begin_stop(struct pushd *p)
{
        (void)epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, p->listen_fd, NULL);
        (void)epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, p->stop_fd, NULL);
        p->stopping = true;
        p->stop_us = time_monotonic_us();
        atomic_store(&p->relay.retire, true);
}

static void send_away(struct pushd *p, int64_t now_us)
{
        const int64_t passed = now_us - p->stop_us;

        for (size_t fd = 0; fd < p->connection_room; fd++) {
                struct connection *c = p->connections[fd];
                const int64_t turn = (int64_t)(fd * 7919 % 1000) * SPREAD_US / 1000;

                if (c && c->state != READING && c->state != ASKING && passed > turn)
                        connection_close(p, c, CLOSE_GOING_AWAY, "restarting: connect again");
        }
}

static void tend_all(struct pushd *p, int64_t now_us)
{
        for (size_t fd = 0; fd < p->connection_room; fd++)
                if (p->connections[fd])
                        connection_tend(p, p->connections[fd], now_us);
}

static void dispatch(struct pushd *p, const struct epoll_event *events, int count)
{
        for (int i = 0; i < count; i++) {
                const int fd = events[i].data.fd;

                if (fd == p->listen_fd)
                        accept_some(p);
                else if (fd == p->stop_fd)
                        begin_stop(p);
                else if (fd == p->news.wake_fd)
                        take_news(p);
                else if (fd == p->answers.wake_fd)
                        take_answers(p);
                else
                        serve(p, &events[i]);
        }
}

int pushd_run(struct pushd *p)
{
        struct epoll_event events[EVENTS];
        int64_t next_us = 0;

        if (!watch(p, p->listen_fd) || !watch(p, p->stop_fd) || !watch(p, p->news.wake_fd) ||
            !watch(p, p->answers.wake_fd))
                return 1;
        while (!p->stopping ||
               (p->connection_count && time_monotonic_us() - p->stop_us < STOP_US)) {
                const int count = epoll_wait(p->epoll_fd, events, EVENTS,
                                             p->stopping ? STOP_TICK_MS : TICK_MS);
                int64_t now_us;

                if (count < 0 && errno != EINTR)
                        return 1;
                dispatch(p, events, count);
                now_us = time_monotonic_us();
                if (p->stopping)
                        send_away(p, now_us);
                if (now_us >= next_us) {
                        tend_all(p, now_us);
                        next_us = now_us + (int64_t)TICK_MS * 1000;
                }
                connection_bury(p);
        }
        for (size_t fd = 0; fd < p->connection_room; fd++)
                if (p->connections[fd])
                        connection_drop(p, p->connections[fd]);
        connection_bury(p);
        return 0;
}
