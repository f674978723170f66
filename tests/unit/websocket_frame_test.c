/**
 * Goal: frames and handshakes as RFC 6455 writes them, its own examples among them; what a client
 * must not send is told apart from what has not all arrived.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "websocket/frame.h"
#include "websocket/head.h"

static enum frame_result read_bytes(const char *bytes, size_t size, struct frame *frame,
                                    size_t *used)
{
        static char copy[8192];

        memcpy(copy, bytes, size);
        return frame_read(copy, size, frame, used);
}

#define READ(literal) read_bytes("" literal "", sizeof(literal) - 1, &frame, &used)

static void frames(void **state)
{
        struct frame frame;
        size_t used = 0;

        (void)state;
        /* RFC 6455 section 5.7: a masked "Hello" */
        assert_int_equal(READ("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), FRAME_WHOLE);
        assert_true(str_is(frame.payload, "Hello"));
        assert_int_equal(frame.opcode, OPCODE_TEXT);
        assert_int_equal(used, 11);
        assert_int_equal(READ("\x89\x80\x01\x02\x03\x04more"), FRAME_WHOLE);
        assert_int_equal(frame.opcode, OPCODE_PING);
        assert_int_equal(used, 6);
        assert_int_equal(READ("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51"), FRAME_PARTIAL);
        assert_int_equal(READ("\x81"), FRAME_PARTIAL);
        assert_int_equal(READ("\x81\xfe\x00"), FRAME_PARTIAL);
        assert_int_equal(READ("\x81\x05Hello"), FRAME_BAD);
        assert_int_equal(READ("\x01\x80\x01\x02\x03\x04"), FRAME_BAD);
        assert_int_equal(READ("\xc1\x80\x01\x02\x03\x04"), FRAME_BAD);
        assert_int_equal(READ("\x83\x80\x01\x02\x03\x04"), FRAME_BAD);
        assert_int_equal(READ("\x89\xfe\x00\x80\x01\x02\x03\x04"), FRAME_BAD);
        assert_int_equal(READ("\x81\xfe\x00\x05\x01\x02\x03\x04"), FRAME_BAD);
        assert_int_equal(READ("\x81\xfe\x10\x01\x01\x02\x03\x04"), FRAME_TOO_BIG);
        assert_int_equal(READ("\x81\xff\x00\x00"), FRAME_TOO_BIG);
}

static void lengths(void **state)
{
        static char payload[70000];
        struct buf out;

        (void)state;
        buf_init(&out, 100000);
        frame_put(&out, OPCODE_TEXT, (struct str){payload, 125});
        assert_memory_equal(out.data, "\x81\x7d", 2);
        assert_int_equal(out.len, 127);
        buf_clear(&out);
        frame_put(&out, OPCODE_TEXT, (struct str){payload, 126});
        assert_memory_equal(out.data, "\x81\x7e\x00\x7e", 4);
        buf_clear(&out);
        frame_put(&out, OPCODE_TEXT, (struct str){payload, sizeof(payload)});
        assert_memory_equal(out.data, "\x81\x7f\x00\x00\x00\x00\x00\x01\x11\x70", 10);
        buf_clear(&out);
        frame_put_close(&out, CLOSE_UNAUTHORIZED, "bye");
        assert_memory_equal(out.data,
                            "\x88\x05\x11\x31"
                            "bye",
                            7);
        buf_free(&out);
}

static void heads(void **state)
{
        const struct str text = STR("GET /ws/persons?since=1.2&x HTTP/1.1\r\nHost: h\r\n"
                                    "connection: keep-alive ,  Upgrade\r\nEmpty:\r\n\r\nrest");
        static const char *const bad[] = {
                "POST * HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.0\r\n\r\n",
                "GET x HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nno colon\r\n\r\n",
                "GET /a b HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\n: x\r\n\r\n",
                "GET / HTTP/1.1\r\nA\x01: x\r\n\r\n",
        };
        struct request_head head;

        (void)state;
        assert_int_equal(head_length(text), text.len - 4);
        assert_int_equal(head_length(STR("GET / HTTP/1.1\r\n")), 0);
        assert_true(head_parse((struct str){text.ptr, text.len - 4}, &head));
        assert_true(str_is(head.method, "GET"));
        assert_true(str_is(head.path, "/ws/persons") && str_is(head.query, "since=1.2&x"));
        assert_true(list_has(head_get(&head, "Connection"), "upgrade"));
        assert_false(list_has(head_get(&head, "Connection"), "up"));
        assert_true(str_is(head_get(&head, "EMPTY"), "") && head_get(&head, "EMPTY").ptr);
        assert_null(head_get(&head, "Missing").ptr);
        assert_true(str_is(query_get(head.query, "since"), "1.2"));
        assert_true(query_get(head.query, "x").ptr && !query_get(head.query, "sinc").ptr);
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_false(head_parse(str_of(bad[i]), &head));
}

static void keys(void **state)
{
        char accept[WEBSOCKET_ACCEPT_SIZE];

        (void)state;
        /* RFC 6455 section 1.3 */
        assert_int_equal(websocket_accept(STR("dGhlIHNhbXBsZSBub25jZQ=="), accept), STATUS_OK);
        assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_int_equal(websocket_accept(STR(""), accept), STATUS_INVALID);
        assert_int_equal(websocket_accept(STR("dGhlIHNhbXBsZSBub25jZQ"), accept), STATUS_INVALID);
        assert_int_equal(websocket_accept(STR("****************======"), accept), STATUS_INVALID);
        assert_int_equal(websocket_accept((struct str){NULL, 0}, accept), STATUS_INVALID);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(frames),
                cmocka_unit_test(lengths),
                cmocka_unit_test(heads),
                cmocka_unit_test(keys),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
