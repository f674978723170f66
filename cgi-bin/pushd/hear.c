/**
 * hear.c: what clients say: ping, subscribe, close.
 */
#include <stdlib.h>

#include <jansson.h>

#include "json/emit.h"
#include "pushd.h"

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
        connection_say(p, c);
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
                connection_say(p, c);
                return;
        case OPCODE_PONG:
                return;
        case OPCODE_CLOSE:
                connection_close(p, c, CLOSE_NORMAL, "");
                return;
        case OPCODE_BINARY:
                connection_close(p, c, CLOSE_UNSUPPORTED, "text only");
                return;
        default:
                hear(p, c, frame->payload);
        }
}

void connection_hear(struct pushd *p, struct connection *c)
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
