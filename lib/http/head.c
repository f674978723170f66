/**
 * head.c: status line and headers of an answer, in one pass into one buffer, without printf: every
 * request pays for it.
 */
#include "http/http_internal.h"

struct status_line {
        unsigned status;
        const char *text;
};

/* clang-format off */
static const struct status_line lines[] = {
        {200, "Status: 200 OK\r\n"},
        {201, "Status: 201 Created\r\n"},
        {202, "Status: 202 Accepted\r\n"},
        {204, "Status: 204 No Content\r\n"},
        {207, "Status: 207 Multi-Status\r\n"},
        {304, "Status: 304 Not Modified\r\n"},
        {400, "Status: 400 Bad Request\r\n"},
        {401, "Status: 401 Unauthorized\r\n"},
        {403, "Status: 403 Forbidden\r\n"},
        {404, "Status: 404 Not Found\r\n"},
        {405, "Status: 405 Method Not Allowed\r\n"},
        {409, "Status: 409 Conflict\r\n"},
        {411, "Status: 411 Length Required\r\n"},
        {412, "Status: 412 Precondition Failed\r\n"},
        {413, "Status: 413 Content Too Large\r\n"},
        {414, "Status: 414 URI Too Long\r\n"},
        {415, "Status: 415 Unsupported Media Type\r\n"},
        {422, "Status: 422 Unprocessable Content\r\n"},
        {429, "Status: 429 Too Many Requests\r\n"},
        {500, "Status: 500 Internal Server Error\r\n"},
        {503, "Status: 503 Service Unavailable\r\n"},
};
/* clang-format on */

static void put_status(struct buf *head, unsigned status)
{
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
                if (lines[i].status == status) {
                        buf_text(head, lines[i].text);
                        return;
                }
        buf_text(head, "Status: ");
        buf_int(head, status);
        buf_text(head, "\r\n");
}

static void put(struct buf *head, const char *name, struct str value)
{
        buf_text(head, name);
        buf_char(head, ':');
        buf_char(head, ' ');
        buf_str(head, value);
        buf_put(head, "\r\n", 2);
}

/* Answers are private; one with an entity tag may be kept if it is asked about each time. */
static void put_caching(const struct exchange *x, struct buf *head)
{
        const struct request *r = &x->request;

        if (response_find(r, "Cache-Control").ptr)
                return;
        if (method_safe(r->method) && response_find(r, "ETag").ptr)
                buf_text(head, "Cache-Control: private, no-cache\r\n");
        else
                buf_text(head, "Cache-Control: no-store\r\n");
}

static void put_duration(struct buf *head, const char *name, int64_t from, int64_t to)
{
        const int64_t us = from && to > from ? to - from : 0;

        buf_text(head, name);
        buf_text(head, ";dur=");
        buf_int(head, us / 1000);
        buf_char(head, '.');
        buf_char(head, (char)('0' + us / 100 % 10));
        buf_char(head, (char)('0' + us / 10 % 10));
        buf_char(head, (char)('0' + us % 10));
}

/* Server-Timing (W3C), when asked for. Stamps that were never reached count nothing. */
static void put_timing(struct exchange *x, struct buf *head)
{
        const int64_t *at = x->stamps;

        if (!str_is(x->params[PARAM_HTTP_X_SERVER_TIMING], "1"))
                return;
        buf_text(head, "Server-Timing: ");
        put_duration(head, "auth", x->request.started_us, at[STAMP_PRINCIPAL]);
        put_duration(head, ", body", at[STAMP_PRINCIPAL], at[STAMP_BODY]);
        put_duration(head, ", handler", at[STAMP_BODY], at[STAMP_HANDLER]);
        put_duration(head, ", total", x->request.started_us, time_monotonic_us());
        buf_text(head, ", db;desc=\"round trips ");
        buf_int(head, (long long)(db_round_trips(x->worker->db) - x->round_trips));
        buf_text(head, "\"\r\n");
}

void head_write(struct exchange *x, int64_t length)
{
        const struct request *r = &x->request;
        struct buf *head = &x->worker->head;

        buf_clear(head);
        put_status(head, r->response.status);
        if (r->response.content_type)
                put(head, "Content-Type", str_of(r->response.content_type));
        if (length >= 0) {
                buf_text(head, "Content-Length: ");
                buf_int(head, length);
                buf_text(head, "\r\n");
        }
        put(head, "X-Request-Id", r->id);
        put_caching(x, head);
        budget_write(x, head);
        cors_write(x, head);
        if (r->response.status == 503 && !response_find(r, "Retry-After").ptr)
                buf_text(head, "Retry-After: 1\r\n");
        for (const struct header *h = r->response.headers; h; h = h->next)
                put(head, h->name, h->value);
        put_timing(x, head);
        buf_text(head, "\r\n");
}
