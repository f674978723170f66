/**
 * reply.c: see reply.h.
 */
#include "reply.h"

#include <stdlib.h>

static const char *header_of(enum problem problem)
{
        switch (problem_status(problem)) {
        case 401:
                return "WWW-Authenticate: Bearer realm=\"almoner\"\r\n";
        case 405:
                return "Allow: GET\r\n";
        case 426:
                return "Upgrade: websocket\r\n";
        case 503:
                return "Retry-After: 2\r\n";
        default:
                return "";
        }
}

static void put(struct connection *c, unsigned status, const char *reason, const char *headers,
                const char *type, struct str body)
{
        buf_printf(&c->out,
                   "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                   "Cache-Control: no-store\r\nX-Request-Id: %s\r\n%sConnection: close\r\n\r\n",
                   status, reason, type, body.len, c->asking ? c->asking->id : "", headers);
        buf_str(&c->out, body);
}

static void refuse(struct pushd *p, struct connection *c, enum problem problem, const char *headers,
                   struct str detail)
{
        const struct request request = {
                .dialect = c->door ? c->door->route.dialect : &dialect_i,
                .path = str_of(c->asking ? c->asking->path : "/"),
                .id = str_of(c->asking ? c->asking->id : ""),
                .now = time_now(),
                .response = {.status = problem_status(problem),
                             .problem = {.problem = problem, .detail = detail}},
        };
        struct buf text;

        buf_init(&text, 16384);
        problem_write(&request, &text);
        put(c, request.response.status, problem_title(problem), headers, "application/problem+json",
            buf_view(&text));
        buf_free(&text);
        p->counts.refused++;
        connection_close(p, c, CLOSE_GOING_AWAY, "");
}

void reply_problem(struct pushd *p, struct connection *c, enum problem problem, const char *detail)
{
        refuse(p, c, problem, header_of(problem), str_of(detail ? detail : problem_title(problem)));
}

void reply_limited(struct pushd *p, struct connection *c, uint32_t seconds)
{
        char header[40];

        snprintf(header, sizeof(header), "Retry-After: %u\r\n", seconds);
        refuse(p, c, PROBLEM_RATE_LIMITED, header, STR("Too many requests; try again later"));
}

void reply_body(struct pushd *p, struct connection *c, const char *type, struct str body)
{
        put(c, 200, "OK", "", type, body);
        connection_close(p, c, CLOSE_GOING_AWAY, "");
}
