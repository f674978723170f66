/**
 * openapi_problems.c: every problem that an operation may answer, by what it takes, needs and does,
 * told by status and code.
 */
#include "resource/openapi_internal.h"

/* Which problems an operation may answer, and with which status. */
struct answers {
        unsigned status[PROBLEM__N]; /* 0: never */
};

static void may(struct answers *a, enum problem problem)
{
        a->status[problem] = problem_status(problem);
}

static void may_for_access(struct answers *a, const struct route *route)
{
        if (!(route->flags & ROUTE_ALWAYS))
                may(a, PROBLEM_RATE_LIMITED);
        if (route->roles == ANYBODY)
                return;
        may(a, PROBLEM_AUTHENTICATION_REQUIRED);
        may(a, PROBLEM_INVALID_TOKEN);
        may(a, PROBLEM_TOKEN_EXPIRED);
        may(a, PROBLEM_SESSION_REVOKED);
        may(a, PROBLEM_FORBIDDEN);
        may(a, PROBLEM_TENANT_MISMATCH);
        if (route->method != GET)
                may(a, PROBLEM_ORIGIN_REFUSED);
}

static void may_for_input(struct answers *a, const struct route *route)
{
        may(a, PROBLEM_BAD_REQUEST);
        may(a, PROBLEM_UNKNOWN_PARAMETER);
        a->status[PROBLEM_VALIDATION_ERROR] = route->dialect->invalid_status;
        if (route->flags & ROUTE_EMPTY_BODY)
                may(a, PROBLEM_UNSUPPORTED_MEDIA_TYPE); /* of a body that is there all the same */
        if (!route_takes_body(route))
                return;
        may(a, PROBLEM_BODY_TRUNCATED);
        may(a, PROBLEM_LENGTH_REQUIRED);
        may(a, PROBLEM_PAYLOAD_TOO_LARGE);
        may(a, PROBLEM_UNSUPPORTED_MEDIA_TYPE);
        if (openapi_input(route))
                may(a, PROBLEM_MALFORMED_JSON);
}

static void may_for_state(struct answers *a, const struct route *route)
{
        const struct resource *resource = route->resource;
        const bool writes = route->method != GET;

        may(a, PROBLEM_INTERNAL);
        may(a, PROBLEM_UNAVAILABLE);
        if (strchr(route->path, '{'))
                may(a, resource ? resource->not_found : PROBLEM_NOT_FOUND);
        if (!writes)
                return;
        may(a, PROBLEM_OUTCOME_UNKNOWN);
        if (!(route->flags & ROUTE_NO_TRANSACTION))
                may(a, PROBLEM_CONFLICT);
        if (!(route->flags & ROUTE_NO_TRANSACTION) && route->method == POST) {
                may(a, PROBLEM_IDEMPOTENCY_IN_FLIGHT);
                may(a, PROBLEM_IDEMPOTENCY_KEY_REUSED);
        }
        if (!resource || !route_is_record(route))
                return;
        if (route->method != POST || route->handler == resource_restore)
                may(a, PROBLEM_PRECONDITION_FAILED);
        for (size_t i = 0; route->method != DELETE && i < resource->unique_count; i++)
                a->status[resource->uniques[i].problem] =
                        resource->uniques[i].status ? resource->uniques[i].status
                                                    : problem_status(resource->uniques[i].problem);
}

static void may_as_declared(struct answers *a, const struct route *route)
{
        struct str codes = str_of(route->errors), code;

        while (str_cut(&codes, ' ', &code))
                for (enum problem p = 0; p < PROBLEM__N; p++)
                        if (str_is(code, problem_code(p)))
                                may(a, p);
}

/* "PERSON_NOT_FOUND (Person not found), …" */
static void emit_codes(const struct answers *a, unsigned status, struct emit *e)
{
        const char *between = "";
        struct buf text;

        buf_init(&text, 4096);
        buf_text(&text, "A problem (RFC 9457) with the code ");
        for (enum problem p = 0; p < PROBLEM__N; p++)
                if (a->status[p] == status) {
                        buf_printf(&text, "%s%s (%s)", between, problem_code(p), problem_title(p));
                        between = ", ";
                }
        buf_char(&text, '.');
        emit_member_str(e, "description", buf_view(&text));
        buf_free(&text);
}

static void emit_problem(const struct route *route, const struct answers *a, unsigned status,
                         struct emit *e)
{
        char code[8];

        snprintf(code, sizeof(code), "%u", status);
        emit_key(e, code);
        emit_object(e);
        emit_codes(a, status, e);
        emit_key(e, "headers");
        emit_object(e);
        emit_key(e, "X-Request-Id");
        openapi_reference(e, "headers", "X-Request-Id", "");
        if (status == 429 || status == 503) {
                emit_key(e, "Retry-After");
                openapi_reference(e, "headers", "Retry-After", "");
        }
        emit_object_end(e);
        emit_key(e, "content");
        emit_object(e);
        emit_key(e, "application/problem+json");
        emit_object(e);
        emit_key(e, "schema");
        openapi_reference(e, "schemas", "Problem", route->dialect->name);
        emit_object_end(e);
        emit_object_end(e);
        emit_object_end(e);
}

void openapi_problems(const struct route *route, struct emit *e)
{
        struct answers a = {{0}};

        may_for_access(&a, route);
        may_for_input(&a, route);
        may_for_state(&a, route);
        may_as_declared(&a, route);
        for (unsigned status = 400; status < 600; status++)
                for (enum problem p = 0; p < PROBLEM__N; p++)
                        if (a.status[p] == status) {
                                emit_problem(route, &a, status, e);
                                break;
                        }
}
