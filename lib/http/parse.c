/**
 * parse.c: the first two steps: what was asked, and which route answers it.
 */
#include "http/http_internal.h"

enum { PATH_MAX_LENGTH = 4096, ID_LEAST = 8, ID_MOST = 64 };

static bool good_id(struct str id)
{
        if (id.len < ID_LEAST || id.len > ID_MOST)
                return false;
        for (size_t i = 0; i < id.len; i++) {
                const char c = id.ptr[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-'))
                        return false;
        }
        return true;
}

static struct str request_id(struct exchange *x)
{
        struct uuid id;

        if (good_id(x->params[PARAM_HTTP_X_REQUEST_ID]))
                return x->params[PARAM_HTTP_X_REQUEST_ID];
        if (good_id(x->params[PARAM_REQUEST_ID]))
                return x->params[PARAM_REQUEST_ID];
        if (!uuid_v7(&id))
                return STR("unidentified");
        return uuid_format(&id, x->id);
}

static void read_method(struct exchange *x)
{
        struct request *r = &x->request;
        const struct str method = x->params[PARAM_REQUEST_METHOD];

        if (method_parse(method, &r->method))
                return;
        r->head = str_is(method, "HEAD");
        x->options = str_is(method, "OPTIONS");
        r->method = r->head ? GET : METHOD__N;
}

bool step_parse(struct exchange *x)
{
        struct request *r = &x->request;
        struct str uri;

        params_read(x->environment, x->params);
        r->id = request_id(x);
        r->address = limit_address(x->params[PARAM_REMOTE_ADDR], x->address);
        read_method(x);
        uri = x->params[PARAM_REQUEST_URI];
        str_cut(&uri, '?', &r->path);
        if (!r->path.ptr)
                r->path = STR("/");
        r->dialect = dialect_of_path(r->path);
        if (r->path.len > PATH_MAX_LENGTH) {
                r->path.len = 0;
                problem(r, PROBLEM_URI_TOO_LONG, "The path is longer than %d bytes",
                        PATH_MAX_LENGTH);
                return false;
        }
        return true;
}

static struct str allow(struct exchange *x)
{
        enum { ROOM = 64 };
        char *text = arena_alloc(x->request.arena, ROOM);
        struct buf out = {.data = text, .cap = ROOM, .max = ROOM - 1, .failed = !text};

        methods_write(x->allowed, &out);
        return buf_view(&out);
}

static bool answer_options(struct exchange *x)
{
        response_header(&x->request, "Allow", allow(x));
        respond(&x->request, 204);
        return false;
}

bool step_route(struct exchange *x)
{
        struct request *r = &x->request;

        r->route = router_find(x->worker->service->router, r->method, r->path, r->arena,
                               r->arguments, &x->allowed);
        if (r->route) {
                if (r->route->dialect)
                        r->dialect = r->route->dialect;
                return true;
        }
        if (x->allowed && x->options)
                return answer_options(x);
        if (x->allowed) {
                response_header(r, "Allow", allow(x));
                problem(r, PROBLEM_METHOD_NOT_ALLOWED, "This path does not have the method");
        } else {
                problem(r, PROBLEM_NOT_FOUND, "There is nothing at this path");
        }
        return false;
}
