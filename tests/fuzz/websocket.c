/**
 * websocket.c: fuzz target: heads of requests and frames of clients. Slices stay inside the text, a
 * frame is never longer than it may be, and one that we write for a client's reader comes back.
 */
#include <stdint.h>
#include <stdlib.h>

#include "websocket/frame.h"
#include "websocket/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct str whole, struct str part)
{
        if (part.ptr && part.len &&
            (part.ptr < whole.ptr || part.ptr + part.len > whole.ptr + whole.len))
                abort();
}

static void check_head(struct str text)
{
        char accept[WEBSOCKET_ACCEPT_SIZE];
        struct request_head head;
        const size_t length = head_length(text);

        if (length > text.len || !length || !head_parse((struct str){text.ptr, length}, &head))
                return;
        inside(text, head.method);
        if (!head.method.len || !head.path.len || head.path.ptr[0] != '/' ||
            head.count > REQUEST_HEADERS_MAX)
                abort();
        inside(text, head.path);
        inside(text, head.query);
        inside(text, query_get(head.query, "since"));
        for (size_t i = 0; i < head.count; i++) {
                inside(text, head.headers[i].name);
                inside(text, head.headers[i].value);
                if (memchr(head.headers[i].value.ptr, '\n', head.headers[i].value.len))
                        abort();
        }
        (void)list_has(head_get(&head, "Connection"), "upgrade");
        if (websocket_accept(head_get(&head, "Sec-WebSocket-Key"), accept) == STATUS_OK &&
            strlen(accept) != WEBSOCKET_ACCEPT_SIZE - 1)
                abort();
}

static void check_frames(char *data, size_t size)
{
        while (size) {
                struct frame frame;
                size_t used = 0;

                if (frame_read(data, size, &frame, &used) != FRAME_WHOLE)
                        return;
                if (used > size || used < frame.payload.len + 6 ||
                    frame.payload.len > FRAME_PAYLOAD_MAX)
                        abort();
                inside((struct str){data, used}, frame.payload);
                data += used;
                size -= used;
        }
}

/* As a client would send what we write: with a mask of zeros. */
static void check_round(struct str payload)
{
        struct buf plain, masked;
        struct frame frame;
        size_t used = 0, head;

        if (payload.len > FRAME_PAYLOAD_MAX)
                return;
        buf_init(&plain, FRAME_PAYLOAD_MAX + FRAME_HEAD_MAX);
        buf_init(&masked, FRAME_PAYLOAD_MAX + FRAME_HEAD_MAX);
        frame_put(&plain, OPCODE_TEXT, payload);
        head = plain.len - payload.len;
        buf_put(&masked, plain.data, head);
        masked.data[1] = (char)(masked.data[1] | 0x80);
        buf_put(&masked, "\0\0\0\0", 4);
        buf_str(&masked, payload);
        if (frame_read(masked.data, masked.len, &frame, &used) != FRAME_WHOLE ||
            used != masked.len || !str_eq(frame.payload, payload))
                abort();
        buf_free(&plain);
        buf_free(&masked);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *copy = malloc(size + 1);

        if (copy && size) {
                memcpy(copy, data, size);
                check_head((struct str){copy, size});
                check_round((struct str){copy, size});
                check_frames(copy, size);
        }
        free(copy);
        return 0;
}
