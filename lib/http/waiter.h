/**
 * waiter.h: how a worker thread waits for its next connection.
 *
 * Many threads, of this process and of the one that replaces it, wait on one listening socket. With
 * poll(2) each new connection wakes all of them (measured: 2.7 context switches a request with 16
 * threads); with EPOLLEXCLUSIVE it wakes one. The price: a wake-up that a stopping thread has
 * swallowed is nobody else's, so a thread that stops first withdraws (waiter_withdraw) and then
 * accepts what is left.
 */
#ifndef ALMONER_HTTP_WAITER_H
#define ALMONER_HTTP_WAITER_H

#include <stdbool.h>

struct waiter {
        int epoll_fd, listen_fd, stop_fd;
};

/** waiter_open(waiter, listen_fd, stop_fd): false when the system has no descriptor left. */
bool waiter_open(struct waiter *waiter, int listen_fd, int stop_fd);
void waiter_close(struct waiter *waiter);

/** waiter_next(waiter): wait for a connection: true; false: stop. Stop is looked at first. */
bool waiter_next(struct waiter *waiter);

/** waiter_withdraw(waiter): no more wake-ups for this thread. */
void waiter_withdraw(struct waiter *waiter);

/**
 * waiter_kept(waiter, connection): wait for the next request on a connection that nginx keeps open.
 * False when stopping and nginx neither used nor closed it within DRAIN_MS.
 */
bool waiter_kept(const struct waiter *waiter, int connection);

#endif
