/**
 * body.c: the request's body: length, media type, and JSON. Refused by its size before a byte of it
 * is read; a body shorter than Content-Length said never reaches a handler (libfcgi ends it early
 * when the client or nginx goes away).
 */
#include "http/http_internal.h"

#include "base/config.h"
#include "base/num.h"
#include "json/read.h"

#define MERGE_PATCH "application/merge-patch+json"

static bool takes_json(const struct route *route)
{
        return route->method != GET && !(route->flags & ROUTE_STREAM_BODY) &&
               (route->input ||
                (route->method != DELETE && (route->resource || route->flags & ROUTE_EMPTY_BODY)));
}

static const char *consumed(const struct route *route)
{
        if (route->consumes)
                return route->consumes;
        return route->method == PATCH ? MERGE_PATCH " application/json" : "application/json";
}

static bool check_type(struct exchange *x)
{
        struct request *r = &x->request;
        struct str type = x->params[PARAM_CONTENT_TYPE], name = STR(""), item;
        struct str known = str_of(consumed(r->route));

        str_cut(&type, ';', &name);
        name = str_trim(name);
        while (str_cut(&known, ' ', &item))
                if (item.len && str_eq_nocase(item, name))
                        return true;
        response_header(r, r->method == PATCH ? "Accept-Patch" : "Accept-Post",
                        str_of(consumed(r->route)));
        problem(r, PROBLEM_UNSUPPORTED_MEDIA_TYPE, "Content-Type must be %s", consumed(r->route));
        return false;
}

/* Content-Length into body_left. */
static bool read_length(struct exchange *x)
{
        const bool streams = x->request.route->flags & ROUTE_STREAM_BODY;
        const int64_t most = config_int(streams ? CONFIG_UPLOAD_MAX : CONFIG_BODY_MAX);
        const struct str length = x->params[PARAM_CONTENT_LENGTH];

        if (!num_parse(length, 0, INT64_MAX, &x->body_left)) {
                problem(&x->request, PROBLEM_BAD_REQUEST, "Content-Length is no number");
                return false;
        }
        if (x->body_left <= most)
                return true;
        problem(&x->request, PROBLEM_PAYLOAD_TOO_LARGE, "The body may have at most %lld bytes",
                (long long)most);
        return false;
}

static bool read_all(struct exchange *x)
{
        struct request *r = &x->request;
        const size_t length = (size_t)x->body_left;
        char *text = arena_alloc(r->arena, length + 1);
        size_t have = 0;

        if (!text) {
                problem_of_status(r, STATUS_NOMEM);
                return false;
        }
        while (have < length) {
                const ptrdiff_t got = request_read(r, text + have, length - have);

                if (got <= 0) {
                        problem(r, PROBLEM_BODY_TRUNCATED,
                                "The body is shorter than Content-Length says");
                        return false;
                }
                have += (size_t)got;
        }
        x->body = (struct str){text, length};
        return true;
}

static bool parse(struct exchange *x)
{
        struct request *r = &x->request;
        struct json_fault fault;
        const enum status status = json_read(r->arena, x->body, &r->body, &fault);

        if (status == STATUS_INVALID)
                problem(r, PROBLEM_MALFORMED_JSON, "At byte %zu: %s", fault.position, fault.reason);
        else if (status != STATUS_OK)
                problem_of_status(r, status);
        else if (json_is_object(r->body))
                return true;
        else {
                fault_add(&r->faults, STR(""), "type", "The body must be a JSON object");
                problem_invalid(r);
        }
        return false;
}

static bool empty_object(struct exchange *x)
{
        struct json_fault fault;

        if (json_read(x->request.arena, STR("{}"), &x->request.body, &fault) == STATUS_OK)
                return true;
        problem_of_status(&x->request, STATUS_NOMEM);
        return false;
}

bool step_body(struct exchange *x)
{
        struct request *r = &x->request;
        const struct str length = x->params[PARAM_CONTENT_LENGTH];
        const bool streams = r->route->flags & ROUTE_STREAM_BODY;

        if (!streams && !takes_json(r->route))
                return length.len == 0 || read_length(x); /* whatever there is stays unread */
        if (length.len == 0 && r->route->flags & ROUTE_EMPTY_BODY)
                return empty_object(x);
        if (length.len == 0) {
                problem(r, PROBLEM_LENGTH_REQUIRED, "A body with Content-Length is required");
                return false;
        }
        if (!read_length(x))
                return false;
        if (x->body_left == 0 && r->route->flags & ROUTE_EMPTY_BODY)
                return empty_object(x);
        if (!check_type(x))
                return false;
        return streams || (read_all(x) && parse(x));
}
