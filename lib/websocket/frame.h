/**
 * frame.h: WebSocket frames (RFC 6455 section 5), the server's side.
 */
#ifndef ALMONER_WEBSOCKET_FRAME_H
#define ALMONER_WEBSOCKET_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum opcode {
        OPCODE_TEXT = 1,
        OPCODE_BINARY = 2,
        OPCODE_CLOSE = 8,
        OPCODE_PING = 9,
        OPCODE_PONG = 10
};

/** Why a connection ends: RFC 6455 section 7.4, and ours from 4400 on. */
enum close_code {
        CLOSE_NORMAL = 1000,
        CLOSE_GOING_AWAY = 1001,
        CLOSE_PROTOCOL = 1002,
        CLOSE_UNSUPPORTED = 1003,
        CLOSE_INVALID = 1007,
        CLOSE_TOO_BIG = 1009,
        CLOSE_UNAUTHORIZED = 4401, /* the token has expired, the session was ended */
        CLOSE_SLOW = 4408,         /* did not keep up: connect again with since */
};

enum { FRAME_PAYLOAD_MAX = 4096, FRAME_HEAD_MAX = 14 };

struct frame {
        enum opcode opcode;
        struct str payload; /* unmasked, in the text that was read */
};

enum frame_result { FRAME_WHOLE, FRAME_PARTIAL, FRAME_BAD, FRAME_TOO_BIG };

/** frame_read(data, size, frame, used): the first frame of a client; it is unmasked in place.
 * ${used}: its bytes. Fragments, reserved bits and frames without mask are bad. */
enum frame_result frame_read(char *data, size_t size, struct frame *frame, size_t *used);

/** frame_put(out, opcode, payload): one whole frame. */
void frame_put(struct buf *out, enum opcode opcode, struct str payload);

/** frame_put_close(out, code, reason): a close frame; ${reason} at most 123 bytes. */
void frame_put_close(struct buf *out, enum close_code code, const char *reason);

#endif
