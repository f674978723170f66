/**
 * problem.c: errors as application/problem+json (RFC 9457). problem() notes what is wrong; the
 * pipeline writes the body at the very end, in the words of the route's dialect.
 */
#include "http/http_internal.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"

struct problem_row {
        const char *code;
        unsigned status;
        const char *title;
};

static const struct problem_row rows[PROBLEM__N] = {
#define PROBLEM(name, status, title) [PROBLEM_##name] = {#name, status, title},
#include "http/problems.tbl"
#undef PROBLEM
};

const char *problem_code(enum problem problem)
{
        return rows[problem].code;
}

unsigned problem_status(enum problem problem)
{
        return rows[problem].status;
}

const char *problem_title(enum problem problem)
{
        return rows[problem].title;
}

/* Never BUSY, UNAVAILABLE or UNKNOWN: these would make db_transaction try again what has been
 * answered. */
static enum status status_of_http(unsigned http)
{
        switch (http) {
        case 401:
        case 403:
        case 429:
                return STATUS_DENIED;
        case 404:
                return STATUS_NOT_FOUND;
        case 409:
        case 412:
                return STATUS_CONFLICT;
        case 500:
                return STATUS_BUG;
        case 503:
                return STATUS_NOMEM;
        default:
                return STATUS_INVALID;
        }
}

static enum status note(struct request *r, enum problem problem, unsigned status, struct str detail,
                        const struct fault *faults)
{
        r->response.status = status;
        r->response.content_type = NULL;
        r->response.emit.out = NULL;
        r->response.problem = (struct problem_body){problem, status, detail, faults};
        if (r->response.body && !r->response.streaming)
                buf_clear(r->response.body);
        return status_of_http(status);
}

enum status problem(struct request *r, enum problem problem, const char *format, ...)
{
        char text[512];
        struct str detail = str_of(rows[problem].title);
        va_list args;

        if (format && *format) {
                struct str copy;

                va_start(args, format);
                vsnprintf(text, sizeof(text), format, args);
                va_end(args);
                copy = arena_copy(r->arena, str_of(text));
                if (copy.ptr)
                        detail = copy;
        }
        return note(r, problem, rows[problem].status, detail, NULL);
}

/* The problem that all faults name by its code; else it is a validation error like others. */
static enum problem problem_of_faults(const struct fault *first)
{
        enum problem named = PROBLEM_VALIDATION_ERROR;

        if (!first)
                return named;
        for (size_t i = 0; i < PROBLEM__N; i++)
                if (strcmp(rows[i].code, first->code) == 0)
                        named = (enum problem)i;
        for (const struct fault *fault = first; fault; fault = fault->next)
                if (strcmp(fault->code, first->code) != 0)
                        named = PROBLEM_VALIDATION_ERROR;
        return named;
}

enum status problem_invalid(struct request *r)
{
        const struct fault *first = r->faults.first;
        struct str detail = first ? first->detail : str_of(rows[PROBLEM_VALIDATION_ERROR].title);

        if (r->faults.count && !first) /* there was no memory to say what */
                return problem(r, PROBLEM_UNAVAILABLE, "Not enough memory to answer");
        if (r->faults.count > 1)
                detail = arena_printf(r->arena, "%.*s (and %zu more)", STR_ARG(first->detail),
                                      r->faults.count - 1);
        if (!detail.ptr)
                detail = first->detail;
        return note(r, problem_of_faults(first),
                    r->dialect ? r->dialect->invalid_status : rows[PROBLEM_VALIDATION_ERROR].status,
                    detail, first);
}

/* What a status says when nobody said better. Never the database's text. */
static const struct {
        enum problem problem;
        const char *detail;
} of_status[STATUS__N] = {
        [STATUS_OK] = {PROBLEM_INTERNAL, "The request ended without an answer"},
        [STATUS_INVALID] = {PROBLEM_BAD_REQUEST, "The request can't be understood"},
        [STATUS_NOT_FOUND] = {PROBLEM_NOT_FOUND, "There is no such thing"},
        [STATUS_CONFLICT] = {PROBLEM_CONFLICT, "It contradicts what is stored"},
        [STATUS_DENIED] = {PROBLEM_FORBIDDEN, "You may not do this"},
        [STATUS_BUSY] = {PROBLEM_UNAVAILABLE, "Too much is going on at once; try again"},
        [STATUS_UNAVAILABLE] = {PROBLEM_UNAVAILABLE,
                                "The service is not available at the moment; try again"},
        [STATUS_UNKNOWN] =
                {PROBLEM_OUTCOME_UNKNOWN,
                 "The change may have happened: read it back, or repeat the request with the"
                 " same Idempotency-Key"},
        [STATUS_NOMEM] = {PROBLEM_UNAVAILABLE, "Not enough memory to answer; try again"},
        [STATUS_BUG] = {PROBLEM_INTERNAL, "Something went wrong on our side; quote the request_id"},
};

enum status problem_of_status(struct request *r, enum status status)
{
        response_reset(r);
        if (status == STATUS_BUG && arena_failed(r->arena))
                status = STATUS_NOMEM; /* the statement refused what a failed allocation left out */
        if (status == STATUS_INVALID && r->faults.count)
                return problem_invalid(r);
        if (status == STATUS_BUG || status == STATUS_OK)
                LOG(ERROR, "request.bug", LOG_TEXT("request_id", r->id),
                    LOG_TEXT("path", str_of(r->route ? r->route->path : "")));
        return problem(r, of_status[status].problem, "%s", of_status[status].detail);
}

const char *problem_content_type(struct str accept)
{
        if (header_has(accept, STR("application/json")) && !header_has(accept, STR("*/*")) &&
            !header_has(accept, STR("application/*")) &&
            !header_has(accept, STR("application/problem+json")))
                return "application/json; charset=utf-8";
        return "application/problem+json";
}

/* A path like FastAPI's: ["body", "address", "city"], ["query", "page"]. */
static void emit_loc(struct emit *e, struct str pointer)
{
        const bool body = pointer.len == 0 || pointer.ptr[0] == '/';
        struct str piece;

        emit_key(e, "loc");
        emit_array(e);
        emit_text(e, body ? "body" : "query");
        if (pointer.len && body)
                pointer = str_skip(pointer, 1);
        while (pointer.len && str_cut(&pointer, '/', &piece))
                emit_str(e, piece);
        emit_array_end(e);
}

static void emit_fault(struct emit *e, const struct fault *fault, bool with_loc)
{
        emit_object(e);
        emit_member_str(e, "pointer", fault->pointer);
        emit_member_text(e, "code", fault->code);
        emit_member_str(e, "detail", fault->detail);
        if (with_loc) {
                emit_loc(e, fault->pointer);
                emit_member_str(e, "msg", fault->detail);
                emit_member_text(e, "type", fault->code);
        }
        emit_object_end(e);
}

static void emit_faults(struct emit *e, const struct fault *fault, bool with_loc)
{
        emit_key(e, "errors");
        emit_array(e);
        for (; fault; fault = fault->next)
                emit_fault(e, fault, with_loc);
        emit_array_end(e);
}

static void emit_type(struct emit *e, enum problem problem)
{
        char type[64];

        snprintf(type, sizeof(type), "/problems/%s", rows[problem].code);
        emit_member_text(e, "type", type);
}

void problem_write(const struct request *r, struct buf *out)
{
        struct problem_body p = r->response.problem;
        const struct dialect *d = r->dialect;
        struct emit e;

        p.status = r->response.status;
        emit_start(&e, out);
        emit_object(&e);
        emit_type(&e, p.problem);
        emit_member_text(&e, "title", rows[p.problem].title);
        emit_member_int(&e, "status", p.status);
        emit_member_str(&e, "detail", p.detail);
        emit_member_str(&e, "instance", r->path);
        emit_member_str(&e, "request_id", r->id);
        emit_member_text(&e, "code", rows[p.problem].code);
        if (p.faults)
                emit_faults(&e, p.faults, d && d->faults_have_loc);
        if (d)
                d->problem_members(&e, r, &p);
        emit_object_end(&e);
        if (!emit_finish(&e))
                buf_clear(out);
}
