/**
 * reply.c: see reply.h.
 */
#include "reply.h"

#include <stdlib.h>

#include "http/browser.h"

static const char *header_of(const struct connection *c, enum problem problem)
{
        switch (problem_status(problem)) {
        case 401:
                return "WWW-Authenticate: Bearer realm=\"almoner\"\r\n";
        case 405:
                return c->door && door_has_head(c->door) ? "Allow: GET, HEAD, OPTIONS\r\n"
                                                         : "Allow: GET, OPTIONS\r\n";
        case 426:
                return "Upgrade: websocket\r\n";
        case 503:
                return "Retry-After: 2\r\n";
        default:
                return "";
        }
}

/* Whether it was; browsers ask for none of a WebSocket, and its refusal has to pass a small buffer.
 */
static bool put_cors(struct connection *c)
{
        return c->asking && !str_starts(str_of(c->asking->path), STR("/ws/")) &&
               cors_headers(str_of(c->asking->origin), &c->out);
}

static void put(struct connection *c, unsigned status, const char *reason, const char *headers,
                const char *type, struct str body)
{
        buf_printf(&c->out,
                   "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                   "Cache-Control: no-store\r\nX-Request-Id: %s\r\n%s",
                   status, reason, type, body.len, c->asking ? c->asking->id : "", headers);
        put_cors(c);
        buf_text(&c->out, "Connection: close\r\n\r\n");
        if (!c->asking || !c->asking->no_body)
                buf_str(&c->out, body);
}

void reply_options(struct pushd *p, struct connection *c, bool preflight)
{
        const char *allow = header_of(c, PROBLEM_METHOD_NOT_ALLOWED);

        buf_printf(&c->out, "HTTP/1.1 204 No Content\r\nX-Request-Id: %s\r\n%s", c->asking->id,
                   allow);
        if (put_cors(c) && preflight)
                cors_preflight(str_trim(str_skip(str_of(allow), sizeof("Allow:") - 1)), &c->out);
        buf_text(&c->out, "Connection: close\r\n\r\n");
        connection_close(p, c, CLOSE_GOING_AWAY, "");
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
        refuse(p, c, problem, header_of(c, problem),
               str_of(detail ? detail : problem_title(problem)));
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
