/**
 * connection.c: bytes in, bytes out, and when to give up.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <jansson.h>

#include "json/emit.h"
#include "pushd.h"

enum {
        SECOND = 1000000,
        READING_US = 5 * SECOND,
        CLOSING_US = 5 * SECOND,
        PING_US = 25 * SECOND,
        SILENT_US = 60 * SECOND,
        SITES_US = 30 * SECOND
};

struct connection *connection_new(struct pushd *p, int fd)
{
        struct connection *c;

        if ((size_t)fd >= p->connection_room) {
                const size_t room = ((size_t)fd + 1) * 2;
                struct connection **more =
                        realloc(p->connections, room * sizeof(struct connection *));

                if (!more)
                        return NULL;
                memset(more + p->connection_room, 0,
                       (room - p->connection_room) * sizeof(struct connection *));
                p->connections = more;
                p->connection_room = room;
        }
        c = calloc(1, sizeof(*c));
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
        c->state = GONE;
        p->connections[c->fd] = NULL;
        p->connection_count--;
        (void)epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
        node_release(c->at);
        if (c->tenant)
                tenant_leave(p, c->tenant);
        c->next_gone = p->gone;
        p->gone = c;
}

void connection_bury(struct pushd *p)
{
        for (struct connection *next, *c = p->gone; c; c = next) {
                next = c->next_gone;
                close(c->fd); /* not before: a new one must not get its number in the same round */
                buf_free(&c->in);
                buf_free(&c->out);
                free(c->sites);
                free(c->channels);
                free(c);
        }
        p->gone = NULL;
}

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

/* The next event of the list; true when it is out, or not for this connection. */
static bool flush_next(struct pushd *p, struct connection *c, bool *broken)
{
        struct node *next = c->at->next;
        const struct str frame = c->offset || connection_wants(c, next) ? node_frame(next, c->kind)
                                                                        : (struct str){NULL, 0};

        if (frame.ptr) {
                const ptrdiff_t sent = put(c, str_skip(frame, c->offset));

                *broken = sent < 0;
                if (*broken)
                        return false;
                c->offset += (size_t)sent;
                if (c->offset < frame.len) {
                        want_out(p, c, true);
                        return false;
                }
        }
        c->offset = 0;
        if (next->event->seq > c->after)
                c->after = next->event->seq;
        (void)node_hold(next);
        node_release(c->at);
        c->at = next;
        return true;
}

void connection_flush(struct pushd *p, struct connection *c)
{
        bool broken = false;

        for (;;) {
                if (c->offset == 0 && c->out.len) {
                        if (!flush_own(p, c, &broken))
                                break;
                        continue;
                }
                if (c->state != OPEN || !c->at || !c->at->next ||
                    (c->replaying && c->offset == 0)) {
                        want_out(p, c, false);
                        if (c->state == OPEN && c->replaying && !c->asked)
                                open_ask(p, c);
                        break;
                }
                if (!flush_next(p, c, &broken))
                        break;
        }
        if (broken || (c->state == CLOSING && !c->out.len && c->is_sse))
                connection_drop(p, c);
        else if (c->state == CLOSING && !c->out.len)
                (void)shutdown(c->fd, SHUT_WR);
}

void connection_close(struct pushd *p, struct connection *c, enum close_code code,
                      const char *reason)
{
        if (c->state == CLOSING)
                return;
        if (c->state == OPEN && !c->is_sse && c->offset == 0)
                frame_put_close(&c->out, code, reason);
        c->state = CLOSING;
        c->deadline_us = time_monotonic_us() + CLOSING_US;
        if (c->offset) /* in the middle of a frame: nothing more can be said */
                connection_drop(p, c);
        else
                connection_flush(p, c);
}

static void say(struct pushd *p, struct connection *c, const char *type, const char *channels)
{
        struct buf text;
        struct emit e;

        buf_init(&text, 2048);
        emit_start(&e, &text);
        emit_object(&e);
        emit_member_text(&e, "type", type);
        if (channels) {
                struct str rest = str_of(channels), channel;

                emit_key(&e, "channels");
                emit_array(&e);
                while (str_cut(&rest, ',', &channel))
                        if (channel.len)
                                emit_str(&e, channel);
                emit_array_end(&e);
        }
        emit_object_end(&e);
        frame_put(&c->out, OPCODE_TEXT, buf_view(&text));
        buf_free(&text);
        if (!c->wants_out)
                connection_flush(p, c);
}

/* {"type":"subscribe","channels":["persons"]}: only these from now on. */
static bool subscribe(struct connection *c, const json_t *message)
{
        const json_t *list = json_object_get(message, "channels");
        struct buf text;
        bool good = json_is_array(list);

        buf_init(&text, CHANNELS_TEXT_MAX);
        buf_char(&text, ',');
        for (size_t i = 0; i < json_array_size(list); i++) {
                const char *name = json_string_value(json_array_get(list, i));

                good = good && name && name[0] && !strchr(name, ',');
                if (good)
                        buf_printf(&text, "%s,", name);
        }
        if (good && buf_ok(&text)) {
                free(c->channels);
                c->channels = strdup(text.data);
        }
        good = good && buf_ok(&text) && c->channels;
        buf_free(&text);
        return good;
}

static void hear(struct pushd *p, struct connection *c, struct str text)
{
        json_t *message = str_utf8_valid(text) ? json_loadb(text.ptr, text.len, 0, NULL) : NULL;
        const char *type = json_string_value(json_object_get(message, "type"));

        if (!str_utf8_valid(text))
                connection_close(p, c, CLOSE_INVALID, "text must be UTF-8");
        else if (type && strcmp(type, "ping") == 0)
                say(p, c, "pong", NULL);
        else if (type && strcmp(type, "subscribe") == 0 && subscribe(c, message))
                say(p, c, "subscribed", c->channels);
        else
                say(p, c, "error", NULL);
        json_decref(message);
}

static void take_frame(struct pushd *p, struct connection *c, const struct frame *frame)
{
        switch (frame->opcode) {
        case OPCODE_PING:
                frame_put(&c->out, OPCODE_PONG, frame->payload);
                if (!c->wants_out)
                        connection_flush(p, c);
                return;
        case OPCODE_PONG:
                return;
        case OPCODE_CLOSE:
                connection_close(p, c, 1000, "");
                return;
        case OPCODE_BINARY:
                connection_close(p, c, CLOSE_UNSUPPORTED, "text only");
                return;
        default:
                hear(p, c, frame->payload);
        }
}

static void take_frames(struct pushd *p, struct connection *c)
{
        while (c->state == OPEN && c->in.len) {
                struct frame frame;
                size_t used = 0;
                const enum frame_result result = frame_read(c->in.data, c->in.len, &frame, &used);

                if (result == FRAME_PARTIAL)
                        return;
                if (result != FRAME_WHOLE) {
                        connection_close(p, c, result == FRAME_BAD ? CLOSE_PROTOCOL : CLOSE_TOO_BIG,
                                         "not a frame that is taken here");
                        return;
                }
                take_frame(p, c, &frame);
                memmove(c->in.data, c->in.data + used, c->in.len - used);
                c->in.len -= used;
        }
        buf_free(&c->in);
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
        if (c->state == READING) {
                const size_t length = head_length(buf_view(&c->in));

                if (length)
                        open_request(p, c, (struct str){c->in.data, length});
                else if (c->in.len > REQUEST_HEAD_MAX - 2048)
                        connection_drop(p, c);
        } else if (c->state == OPEN && !c->is_sse) {
                take_frames(p, c);
        } else {
                buf_clear(&c->in); /* nothing that is said now counts */
        }
}

static void ping(struct pushd *p, struct connection *c, int64_t now_us)
{
        c->pinged_us = now_us;
        if (c->is_sse)
                buf_text(&c->out, ": still here\n\n");
        else
                frame_put(&c->out, OPCODE_PING, STR(""));
        if (!c->wants_out)
                connection_flush(p, c);
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
        else if (!c->is_sse && now_us - c->heard_us > SILENT_US)
                connection_drop(p, c);
        else if (now_us - c->pinged_us > PING_US)
                ping(p, c, now_us);
        else if (!c->everywhere && !c->asked && !c->replaying && now_us - c->sites_us > SITES_US)
                open_ask(p, c);
}
