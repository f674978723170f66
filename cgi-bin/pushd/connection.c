/**
 * connection.c: a connection's life, but for what it says and hears.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pushd.h"

enum {
        SECOND = 1000000,
        READING_US = 5 * SECOND,
        PING_US = 25 * SECOND,
        SILENT_US = 60 * SECOND,
};

static bool make_room(struct pushd *p, size_t fd)
{
        const size_t room = (fd + 1) * 2;
        struct connection **more;

        if (fd < p->connection_room)
                return true;
        more = realloc(p->connections, room * sizeof(struct connection *));
        if (!more)
                return false;
        memset(more + p->connection_room, 0,
               (room - p->connection_room) * sizeof(struct connection *));
        p->connections = more;
        p->connection_room = room;
        return true;
}

struct connection *connection_new(struct pushd *p, int fd)
{
        struct connection *c = make_room(p, (size_t)fd) ? calloc(1, sizeof(*c)) : NULL;

        if (!c)
                return NULL;
        c->fd = fd;
        c->serial = ++p->serials << 24 | (uint64_t)fd;
        c->heard_us = time_monotonic_us();
        c->deadline_us = c->heard_us + READING_US;
        buf_init(&c->in, REQUEST_HEAD_MAX + 1);
        buf_init(&c->out, PENDING_MAX);
        p->connections[fd] = c;
        p->connection_count++;
        return c;
}

void connection_drop(struct pushd *p, struct connection *c)
{
        if (c->state == GONE)
                return;
        if (c->tenant) {
                tenant_leave(p, c);
                p->counts.open[c->kind]--;
        }
        c->state = GONE;
        p->connections[c->fd] = NULL;
        p->connection_count--;
        (void)epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
        node_release(c->at);
        c->next = p->gone;
        p->gone = c;
}

void connection_bury(struct pushd *p)
{
        for (struct connection *next, *c = p->gone; c; c = next) {
                next = c->next;
                close(c->fd); /* not before: a new one must not get its number in the same round */
                buf_free(&c->in);
                buf_free(&c->out);
                free(c->sites);
                free(c->channels);
                free(c->asking);
                free(c);
        }
        p->gone = NULL;
}

static void take_head(struct pushd *p, struct connection *c)
{
        const size_t length = head_length(buf_view(&c->in));

        if (length)
                open_request(p, c, (struct str){c->in.data, length});
        else if (c->in.len > REQUEST_HEAD_MAX - 2048)
                connection_drop(p, c);
}

void connection_readable(struct pushd *p, struct connection *c)
{
        char *room = buf_reserve(&c->in, 2048);
        ssize_t got;

        if (!room) {
                connection_drop(p, c);
                return;
        }
        got = recv(c->fd, room, 2048, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
                connection_drop(p, c);
                return;
        }
        if (got < 0)
                return;
        c->in.len += (size_t)got;
        c->heard_us = time_monotonic_us();
        if (c->state == READING)
                take_head(p, c);
        else if (c->state == OPEN && c->upgraded)
                connection_hear(p, c);
        else if (c->state != ASKING)
                buf_clear(&c->in); /* nothing that is said now counts */
}

static void ping(struct pushd *p, struct connection *c, int64_t now_us)
{
        c->pinged_us = now_us;
        if (c->upgraded)
                frame_put(&c->out, OPCODE_PING, STR(""));
        else
                buf_text(&c->out, ": still here\n\n");
        connection_say(p, c);
}

void connection_tend(struct pushd *p, struct connection *c, int64_t now_us)
{
        if (c->state != OPEN) {
                if (c->state != ASKING && now_us > c->deadline_us)
                        connection_drop(p, c);
                return;
        }
        if (time_now() / 1000 > c->who.expires_s || auth_ended(p->auth, &c->who.session))
                connection_close(p, c, CLOSE_UNAUTHORIZED, "the session has ended");
        else if (c->upgraded && now_us - c->heard_us > SILENT_US)
                connection_drop(p, c);
        else if (now_us - c->pinged_us > PING_US)
                ping(p, c, now_us);
        else
                admit_ask(p, c, now_us);
}
