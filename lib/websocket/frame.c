/**
 * frame.c: see frame.h.
 */
#include "websocket/frame.h"

enum {
        FIN = 0x80,
        RESERVED = 0x70,
        MASKED = 0x80,
        LENGTH = 0x7F,
        TWO_BYTES = 126,
        EIGHT_BYTES = 127
};

static bool is_known(unsigned opcode)
{
        return opcode == OPCODE_TEXT || opcode == OPCODE_BINARY ||
               (opcode >= OPCODE_CLOSE && opcode <= OPCODE_PONG);
}

enum frame_result frame_read(char *data, size_t size, struct frame *frame, size_t *used)
{
        const unsigned char *bytes = (const unsigned char *)data;
        size_t length, head = 2;

        if (size < 2)
                return FRAME_PARTIAL;
        if (!(bytes[0] & FIN) || bytes[0] & RESERVED || !(bytes[1] & MASKED) ||
            !is_known(bytes[0] & 0x0F))
                return FRAME_BAD;
        length = bytes[1] & LENGTH;
        if ((bytes[0] & 0x08) && length > 125) /* control frames are short */
                return FRAME_BAD;
        if (length == EIGHT_BYTES)
                return FRAME_TOO_BIG;
        if (length == TWO_BYTES) {
                if (size < 4)
                        return FRAME_PARTIAL;
                length = (size_t)bytes[2] << 8 | bytes[3];
                head = 4;
                if (length < TWO_BYTES)
                        return FRAME_BAD;
        }
        if (length > FRAME_PAYLOAD_MAX)
                return FRAME_TOO_BIG;
        if (size < head + 4 + length)
                return FRAME_PARTIAL;
        for (size_t i = 0; i < length; i++)
                data[head + 4 + i] = (char)(data[head + 4 + i] ^ data[head + i % 4]);
        frame->opcode = (enum opcode)(bytes[0] & 0x0F);
        frame->payload = (struct str){data + head + 4, length};
        *used = head + 4 + length;
        return FRAME_WHOLE;
}

void frame_put(struct buf *out, enum opcode opcode, struct str payload)
{
        buf_char(out, (char)(FIN | opcode));
        if (payload.len < TWO_BYTES) {
                buf_char(out, (char)payload.len);
        } else if (payload.len < 65536) {
                buf_char(out, TWO_BYTES);
                buf_char(out, (char)(payload.len >> 8));
                buf_char(out, (char)payload.len);
        } else {
                buf_char(out, EIGHT_BYTES);
                for (int shift = 56; shift >= 0; shift -= 8)
                        buf_char(out, (char)((uint64_t)payload.len >> shift));
        }
        buf_str(out, payload);
}

void frame_put_close(struct buf *out, enum close_code code, const char *reason)
{
        char payload[125];
        const size_t length = strlen(reason) < 123 ? strlen(reason) : 123;

        payload[0] = (char)((unsigned)code >> 8);
        payload[1] = (char)code;
        memcpy(payload + 2, reason, length);
        frame_put(out, OPCODE_CLOSE, (struct str){payload, length + 2});
}
