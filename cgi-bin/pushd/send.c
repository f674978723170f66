/**
 * send.c: bytes out: what is a connection's own to say, then the frames that all share.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "pushd.h"

enum { CLOSING_US = 10000000 };

static void want_out(struct pushd *p, struct connection *c, bool wants)
{
        struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | (wants ? EPOLLOUT : 0u),
                                    .data.fd = c->fd};

        if (c->wants_out == wants)
                return;
        c->wants_out = wants;
        (void)epoll_ctl(p->epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
}

/* Bytes the kernel took; -1 when the connection is broken. */
static ptrdiff_t put(const struct connection *c, struct str bytes)
{
        const ssize_t sent = send(c->fd, bytes.ptr, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent >= 0)
                return sent;
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

/* What is ours alone to say; true when all of it is out. */
static bool flush_own(struct pushd *p, struct connection *c, bool *broken)
{
        const ptrdiff_t sent = put(c, buf_view(&c->out));

        *broken = sent < 0 || !buf_ok(&c->out);
        if (*broken)
                return false;
        if ((size_t)sent == c->out.len) {
                buf_free(&c->out); /* an idle connection keeps no buffer */
                return true;
        }
        memmove(c->out.data, c->out.data + sent, c->out.len - (size_t)sent);
        c->out.len -= (size_t)sent;
        want_out(p, c, true);
        return false;
}

static bool lists(const char *channels, const char *channel)
{
        const size_t length = strlen(channel);

        for (const char *at = channels; at && (at = strstr(at, channel)); at++)
                if (at[-1] == ',' && at[length] == ',')
                        return true;
        return false;
}

static bool is_member(const struct connection *c, const struct uuid *site)
{
        for (size_t i = 0; i < c->site_count; i++)
                if (uuid_eq(&c->sites[i], site))
                        return true;
        return c->everywhere;
}

bool connection_wants(const struct connection *c, const struct node *node)
{
        if (node->event->seq <= c->after || !(node->readers & c->who.roles))
                return false;
        if (node->of_site && !is_member(c, &node->site))
                return false;
        if (c->has_person && !(node->of_person && uuid_eq(&node->person, &c->person)))
                return false;
        return !c->channels || lists(c->channels, node->event->channel);
}

static void step_on(struct connection *c, struct node *next)
{
        c->offset = 0;
        if (next->event->seq > c->after)
                c->after = next->event->seq;
        (void)node_hold(next);
        node_release(c->at);
        c->at = next;
        if (c->everywhere ||
            !(next->moves_all || (next->moves_user && uuid_eq(&next->user, &c->who.user.uuid))))
                return;
        c->held = true;
        c->again = c->asked;
}

/* The next event of the list; true when it is out, or not for this connection. */
static bool flush_next(struct pushd *p, struct connection *c, bool *broken)
{
        struct node *next = c->at->next;
        struct str frame = {NULL, 0};
        ptrdiff_t sent;

        if (c->offset || connection_wants(c, next))
                *broken = !node_frame(next, c->kind, &frame); /* without memory: it may resume */
        if (*broken)
                return false;
        if (frame.ptr) {
                sent = put(c, str_skip(frame, c->offset));
                *broken = sent < 0;
                if (*broken)
                        return false;
                c->offset += (size_t)sent;
                if (c->offset < frame.len) {
                        want_out(p, c, true);
                        return false;
                }
                p->counts.frames++;
        }
        step_on(c, next);
        return true;
}

static bool has_next(const struct connection *c)
{
        return c->state == OPEN && c->at && c->at->next && (c->offset || !(c->behind || c->held));
}

void connection_flush(struct pushd *p, struct connection *c)
{
        bool broken = false;

        for (;;) {
                if (c->offset == 0 && c->out.len) {
                        if (!flush_own(p, c, &broken))
                                break;
                } else if (!has_next(c)) {
                        want_out(p, c, false);
                        if (c->state == OPEN && (c->behind || c->held))
                                admit_ask(p, c, time_monotonic_us());
                        break;
                } else if (!flush_next(p, c, &broken)) {
                        break;
                }
        }
        if (broken || (c->state == CLOSING && !c->out.len && !c->upgraded))
                connection_drop(p, c);
        else if (c->state == CLOSING && !c->out.len)
                (void)shutdown(c->fd, SHUT_WR);
}

void connection_say(struct pushd *p, struct connection *c)
{
        if (!c->wants_out)
                connection_flush(p, c);
}

/* The rest of a frame that is half out, so that something can be said after it. */
static void finish_frame(struct connection *c)
{
        struct buf whole;
        struct str frame;

        if (!c->offset)
                return;
        buf_init(&whole, PENDING_MAX);
        if (node_frame(c->at->next, c->kind, &frame))
                buf_str(&whole, str_skip(frame, c->offset));
        buf_str(&whole, buf_view(&c->out));
        buf_free(&c->out);
        c->out = whole;
        c->offset = 0;
}

void connection_close(struct pushd *p, struct connection *c, enum close_code code,
                      const char *reason)
{
        if (c->state == CLOSING || c->state == GONE)
                return;
        finish_frame(c);
        if (c->upgraded)
                frame_put_close(&c->out, code, reason);
        node_release(c->at);
        c->at = NULL;
        c->state = CLOSING;
        c->deadline_us = time_monotonic_us() + CLOSING_US;
        connection_say(p, c);
}
