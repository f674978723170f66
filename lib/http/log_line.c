/**
 * log_line.c: one line a request: the route's template, never the path (it may hold personal data),
 * and no body, token or name.
 */
#include "http/http_internal.h"

#include "base/log.h"

/* trace-id of a valid traceparent (W3C Trace Context 1, version 00), else absent. */
static struct str trace_id(struct str header)
{
        enum { LENGTH = 55, ID_AT = 3, ID_LENGTH = 32 };
        static const struct str zero = {"00000000000000000000000000000000", ID_LENGTH};
        struct str id;

        if (header.len != LENGTH || !str_starts(header, STR("00-")) || header.ptr[35] != '-' ||
            header.ptr[52] != '-')
                return (struct str){NULL, 0};
        for (size_t i = 0; i < LENGTH; i++) {
                const char c = header.ptr[i];

                if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'))
                        return (struct str){NULL, 0};
        }
        id = (struct str){header.ptr + ID_AT, ID_LENGTH};
        return str_eq(id, zero) || memchr(id.ptr, '-', id.len) ? (struct str){NULL, 0} : id;
}

static int64_t between(int64_t from, int64_t to)
{
        return from && to > from ? to - from : 0;
}

void log_line(const struct exchange *x)
{
        enum { FIELDS_MAX = 16 };
        const struct request *r = &x->request;
        const int64_t *at = x->stamps;
        const enum log_level level = r->response.status >= 500 ? LOG_ERROR : LOG_INFO;
        const struct str trace = trace_id(x->params[PARAM_HTTP_TRACEPARENT]);
        char tenant[UUID_TEXT_SIZE], user[UUID_TEXT_SIZE];
        struct log_field fields[FIELDS_MAX];
        size_t n = 0;

        fields[n++] = LOG_TEXT("request_id", r->id);
        fields[n++] = LOG_TEXT("method", str_of(r->head ? "HEAD" : method_name(r->method)));
        fields[n++] = LOG_TEXT("route", str_of(r->route ? r->route->path : "-"));
        fields[n++] = LOG_INT("status", r->response.status);
        fields[n++] = LOG_INT("us", between(r->started_us, at[STAMP_END]));
        fields[n++] = LOG_INT("us_auth", between(r->started_us, at[STAMP_PRINCIPAL]));
        fields[n++] = LOG_INT("us_body", between(at[STAMP_PRINCIPAL], at[STAMP_BODY]));
        fields[n++] = LOG_INT("us_handler", between(at[STAMP_BODY], at[STAMP_HANDLER]));
        fields[n++] = LOG_INT("bytes", (int64_t)x->sent);
        fields[n++] = LOG_INT("round_trips", (int64_t)(db_round_trips(r->db) - x->round_trips));
        if (r->authenticated) {
                fields[n++] = LOG_TEXT("tenant", uuid_format(&r->principal.tenant.uuid, tenant));
                fields[n++] = LOG_TEXT("user", uuid_format(&r->principal.user.uuid, user));
        }
        if (r->response.problem.status)
                fields[n++] =
                        LOG_TEXT("problem", str_of(problem_code(r->response.problem.problem)));
        if (trace.ptr)
                fields[n++] = LOG_TEXT("trace_id", trace);
        if (x->broken)
                fields[n++] = LOG_INT("broken", 1);
        log_write(level, "request", fields, n);
}
