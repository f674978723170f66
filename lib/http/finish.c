/**
 * finish.c: the end of the pipeline: the answer leaves, whole or visibly cut.
 */
#include "http/http_internal.h"

static void prefer_minimal(struct exchange *x)
{
        struct request *r = &x->request;
        const struct str prefer = x->params[PARAM_HTTP_PREFER];

        if (!prefer.ptr || method_safe(r->method) || r->method == METHOD__N ||
            r->response.status / 100 != 2 || !header_has(prefer, STR("return=minimal")))
                return;
        r->response.status = 204;
        x->minimal = true;
        response_header(r, "Preference-Applied", STR("return=minimal"));
}

static void write_problem(struct exchange *x)
{
        struct request *r = &x->request;

        buf_clear(r->response.body);
        r->response.content_type = problem_content_type(x->params[PARAM_HTTP_ACCEPT]);
        problem_write(r, r->response.body);
}

static void finish_stream(struct exchange *x)
{
        if (x->broken || !response_flush(&x->request)) {
                x->broken = true;
                x->transport->abort(x->stream);
        }
}

static void finish_whole(struct exchange *x)
{
        struct request *r = &x->request;
        bool empty;

        if (r->response.problem.status)
                write_problem(x);
        else
                prefer_minimal(x);
        empty = r->response.status == 204 || r->response.status == 304;
        if (empty) {
                buf_clear(r->response.body);
                r->response.content_type = NULL;
        }
        head_write(x, empty ? -1 : (int64_t)r->response.body->len);
        if (!buf_ok(&x->worker->head)) {
                x->broken = true;
                x->transport->abort(x->stream);
                return;
        }
        if (!x->transport->write(x->stream, buf_view(&x->worker->head)))
                return;
        if (empty || r->head)
                return;
        x->sent = r->response.body->len;
        (void)x->transport->write(x->stream, buf_view(r->response.body));
}

void finish(struct exchange *x)
{
        if (x->request.response.streaming)
                finish_stream(x);
        else
                finish_whole(x);
}
