/**
 * validate.c: query parameters and body against what the route declares. All faults of a stage are
 * told at once.
 */
#include "http/http_internal.h"

#include "json/read.h"

static void name_known(struct buf *out, const struct route *route)
{
        for (size_t i = 0; route->query && i < route->query->count; i++) {
                buf_text(out, out->len ? ", " : "");
                buf_text(out, route->query->fields[i].name);
        }
        if (route->flags & ROUTE_LIST)
                buf_text(out, out->len ? ", page, per_page, cursor" : "page, per_page, cursor");
        if (out->len == 0)
                buf_text(out, "none");
}

static bool refuse_unknown(struct request *r, struct str name)
{
        char text[400];
        struct buf known = {.data = text, .cap = sizeof(text), .max = sizeof(text) - 1};
        enum problem which = PROBLEM_UNKNOWN_PARAMETER;
        struct str cut = name.len > 60 ? (struct str){name.ptr, 0} : name;

        text[0] = '\0';
        name_known(&known, r->route);
        fault_add(&r->faults, name, "unknown", "%.*s is not a parameter here", STR_ARG(cut));
        problem(r, which, "Unknown query parameter %.*s; known are: %s", STR_ARG(cut), text);
        r->response.problem.faults = r->faults.first;
        return false;
}

/* Defaults come from the rows as they do for a body; the required ones are asked for afterwards. */
static bool fill_defaults(struct request *r, struct record *filter)
{
        struct faults ignored = {.arena = r->arena};
        struct json_fault fault;
        json_t *nothing;

        for (size_t i = 0; i < filter->shape->count; i++) {
                if (!filter->shape->fields[i].otherwise)
                        continue;
                if (json_read(r->arena, STR("{}"), &nothing, &fault) != STATUS_OK)
                        return false;
                (void)record_read(filter, nothing, READ_INPUT, STR(""), &ignored);
                return true;
        }
        return true;
}

static bool take_parameters(struct request *r)
{
        const struct shape *shape = r->route->query;

        for (size_t i = 0; i < r->query_count; i++) {
                const struct parameter *p = &r->query[i];
                const size_t field = shape ? shape_find(shape, p->name) : 0;

                if (shape && field < shape->count)
                        (void)record_parse(r->filter, field, p->value, p->name, &r->faults);
                else if (!(r->route->flags & ROUTE_LIST && page_is_word(p->name)))
                        return refuse_unknown(r, p->name);
        }
        return true;
}

static void ask_for_required(struct request *r)
{
        const struct shape *shape = r->route->query;

        for (size_t i = 0; shape && i < shape->count; i++) {
                const struct str name = str_of(shape->fields[i].name);

                if (shape->fields[i].flags & FIELD_REQUIRED && !request_parameter(r, name.ptr).ptr)
                        fault_add(&r->faults, name, "required", "%s is required", name.ptr);
        }
}

static bool validate_query(struct request *r)
{
        const struct route *route = r->route;

        if (route->query) {
                r->filter = record_new(r->arena, route->query);
                if (!r->filter || !fill_defaults(r, r->filter)) {
                        problem_of_status(r, STATUS_NOMEM);
                        return false;
                }
        }
        /* The parameters of generic reads follow from their resource: they check them themselves.
         */
        if (route->flags & ROUTE_ANY_QUERY ||
            (route->resource && !route->query && method_safe(route->method)))
                return true;
        if (!take_parameters(r))
                return false;
        ask_for_required(r);
        return true;
}

static bool parse_query(struct exchange *x)
{
        struct request *r = &x->request;
        const enum status status =
                query_parse(r->arena, x->params[PARAM_QUERY_STRING], &r->query, &r->query_count);

        if (status == STATUS_OK)
                return true;
        if (status == STATUS_INVALID)
                problem(r, PROBLEM_BAD_REQUEST,
                        "The query string has a broken escape, a repeated name or too many "
                        "parameters");
        else
                problem_of_status(r, status);
        return false;
}

static bool validate_input(struct request *r)
{
        if (!r->route->input || !r->body)
                return true;
        r->input = record_new(r->arena, r->route->input);
        if (!r->input) {
                problem_of_status(r, STATUS_NOMEM);
                return false;
        }
        (void)record_read(r->input, r->body, READ_INPUT, STR(""), &r->faults);
        if (r->route->check)
                r->route->check(r);
        return true;
}

bool step_validate(struct exchange *x)
{
        struct request *r = &x->request;

        if (!parse_query(x) || !validate_query(r) || !validate_input(r))
                return false;
        if (r->faults.count == 0)
                return true;
        problem_invalid(r);
        return false;
}
