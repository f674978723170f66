/**
 * waiter.c: waiting for connections with epoll(7), one exclusive waiter a thread.
 */
#include "http/waiter.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { DRAIN_MS = 5000 };

static bool watch(const struct waiter *waiter, int fd, unsigned events)
{
        struct epoll_event event = {.events = events, .data = {.fd = fd}};

        return epoll_ctl(waiter->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool waiter_open(struct waiter *waiter, int listen_fd, int stop_fd)
{
        *waiter = (struct waiter){epoll_create1(EPOLL_CLOEXEC), listen_fd, stop_fd};
        if (waiter->epoll_fd < 0)
                return false;
        if (watch(waiter, stop_fd, EPOLLIN) && watch(waiter, listen_fd, EPOLLIN | EPOLLEXCLUSIVE))
                return true;
        waiter_close(waiter);
        return false;
}

void waiter_close(struct waiter *waiter)
{
        if (waiter->epoll_fd >= 0)
                close(waiter->epoll_fd);
        waiter->epoll_fd = -1;
}

bool waiter_next(struct waiter *waiter)
{
        struct epoll_event events[2];
        int count;

        do
                count = epoll_wait(waiter->epoll_fd, events, 2, -1);
        while (count == 0 || (count < 0 && errno == EINTR));
        for (int i = 0; i < count; i++)
                if (events[i].data.fd == waiter->stop_fd)
                        return false;
        return count > 0;
}

void waiter_withdraw(struct waiter *waiter)
{
        (void)epoll_ctl(waiter->epoll_fd, EPOLL_CTL_DEL, waiter->listen_fd, NULL);
}

bool waiter_kept(const struct waiter *waiter, int connection)
{
        struct pollfd fds[] = {{connection, POLLIN, 0}, {waiter->stop_fd, POLLIN, 0}};
        int ready = poll(fds, 2, -1);

        if (ready > 0 && !fds[0].revents && fds[1].revents)
                ready = poll(fds, 1, DRAIN_MS);
        return ready > 0 || (ready < 0 && errno == EINTR);
}
