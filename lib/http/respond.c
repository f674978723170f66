/**
 * respond.c: answering, for handlers. Nothing leaves the process here but the head and pieces of a
 * streamed answer; everything else waits until the transaction is committed.
 */
#include "http/http_internal.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"

static void begin(struct request *r, unsigned status, const char *content_type)
{
        r->response.status = status;
        r->response.content_type = content_type;
        r->response.problem = (struct problem_body){0};
        r->response.emit.out = NULL;
        buf_clear(r->response.body);
}

void response_reset(struct request *r)
{
        if (r->response.streaming)
                return;
        begin(r, 0, NULL);
        r->response.headers = NULL;
}

enum status respond(struct request *r, unsigned status)
{
        begin(r, status, NULL);
        return STATUS_OK;
}

struct emit *respond_json(struct request *r, unsigned status)
{
        begin(r, status, "application/json; charset=utf-8");
        emit_start(&r->response.emit, r->response.body);
        return &r->response.emit;
}

struct buf *respond_bytes(struct request *r, unsigned status, const char *content_type)
{
        begin(r, status, content_type);
        return r->response.body;
}

struct buf *respond_stream(struct request *r, unsigned status, const char *content_type)
{
        struct exchange *x = r->exchange;

        begin(r, status, content_type);
        r->response.streaming = true;
        head_write(x, -1);
        (void)x->transport->write(x->stream, buf_view(&x->worker->head));
        return r->response.body;
}

bool response_flush(struct request *r)
{
        struct exchange *x = r->exchange;
        const struct str bytes = buf_view(r->response.body);
        bool there = buf_ok(r->response.body);

        if (there && !r->head)
                there = x->transport->write(x->stream, bytes) && x->transport->flush(x->stream);
        x->sent += bytes.len;
        buf_clear(r->response.body);
        return there;
}

enum status response_whole(const struct request *r)
{
        if (r->response.status == 0)
                return STATUS_BUG;
        if (!buf_ok(r->response.body) || arena_failed(r->arena))
                return STATUS_NOMEM;
        if (r->response.emit.out && !emit_finish(&r->response.emit))
                return STATUS_BUG;
        return STATUS_OK;
}

void response_header(struct request *r, const char *name, struct str value)
{
        struct header *header;

        if (!value.ptr || memchr(value.ptr, '\r', value.len) ||
            memchr(value.ptr, '\n', value.len)) {
                LOG(ERROR, "response.header_refused", LOG_TEXT("header", str_of(name)));
                return;
        }
        header = arena_new(r->arena, struct header, 1);
        if (!header)
                return; /* the arena is marked: the answer becomes 503 */
        *header = (struct header){name, value, r->response.headers};
        r->response.headers = header;
}

struct str response_find(const struct request *r, const char *name)
{
        for (const struct header *h = r->response.headers; h; h = h->next)
                if (strcmp(h->name, name) == 0)
                        return h->value;
        return (struct str){NULL, 0};
}

void response_etag(struct request *r, int64_t version)
{
        enum { ROOM = 24 };
        char *text = arena_alloc(r->arena, ROOM);
        struct buf out = {.data = text, .cap = ROOM, .max = ROOM - 1};

        if (!text)
                return;
        buf_char(&out, '"');
        buf_int(&out, version);
        buf_char(&out, '"');
        response_header(r, "ETag", buf_view(&out));
}

void response_location(struct request *r, const char *format, ...)
{
        char text[1024];
        va_list args;
        int length;

        va_start(args, format);
        length = vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        if (length > 0 && (size_t)length < sizeof(text))
                response_header(r, "Location",
                                arena_copy(r->arena, (struct str){text, (size_t)length}));
}
