/**
 * openapi_responses.c: what an operation answers: success with its headers, and every problem it
 * may answer.
 */
#include "resource/openapi_internal.h"

#include <stdlib.h>

/* clang-format off */
static const struct { const struct dialect *dialect; struct envelope envelope; } envelopes[] = {
        {&dialect_p, {NULL, false}},
        {&dialect_i, {NULL, false}},
        {&dialect_b, {"", false}},
        {&dialect_r, {"items", false}},
        {&dialect_c, {NULL, true}},
};
/* clang-format on */

const struct envelope *openapi_envelope(const struct dialect *dialect)
{
        size_t i = 0;

        while (envelopes[i].dialect != dialect)
                i++;
        return &envelopes[i].envelope;
}

static unsigned success_of(const struct route *route)
{
        if (route->success)
                return route->success;
        if (route_is_record(route) && route->method == POST)
                return route->dialect->create_status;
        if (route_is_record(route) && route->method == DELETE)
                return route->dialect->delete_status;
        return 200;
}

static void integer_property(struct emit *e, const char *name, const char *about)
{
        emit_key(e, name);
        emit_object(e);
        emit_member_text(e, "type", "integer");
        emit_member_text(e, "description", about);
        emit_object_end(e);
}

static void list_schema(const struct route *route, const char *plural, const char *shape,
                        const char *suffix, struct emit *e)
{
        const struct envelope *envelope = openapi_envelope(route->dialect);
        const char *items = envelope->items ? envelope->items : plural;

        emit_object(e);
        if (items[0]) {
                emit_member_text(e, "type", "object");
                emit_key(e, "required");
                emit_array(e);
                emit_text(e, items);
                emit_text(e, "total");
                emit_array_end(e);
                emit_key(e, "properties");
                emit_object(e);
                if (envelope->success) {
                        emit_key(e, "success");
                        emit_raw(e, STR("{\"type\":\"boolean\",\"description\":\"Always true.\"}"));
                }
                emit_key(e, items);
                emit_object(e);
        }
        emit_member_text(e, "type", "array");
        emit_member_text(e, "description", "The records of the page.");
        emit_key(e, "items");
        openapi_reference(e, "schemas", shape, suffix);
        if (items[0]) {
                emit_object_end(e);
                integer_property(e, "total", "Exact number of records that match.");
                if (route->dialect->page_size_word) {
                        integer_property(e, "page", "Number of this page.");
                        integer_property(e, route->dialect->page_size_word, "Records a page.");
                }
                emit_key(e, "next_cursor");
                emit_raw(e, STR("{\"type\":\"string\",\"description\":\"Send as cursor for the "
                                "next page; absent on the last.\"}"));
                emit_object_end(e);
        }
        emit_object_end(e);
}

static void removed_schema(const struct route *route, struct emit *e)
{
        char id[60];

        snprintf(id, sizeof(id), "%s_id", route->resource->name);
        emit_object(e);
        emit_member_text(e, "type", "object");
        emit_key(e, "required");
        emit_array(e);
        emit_text(e, "success");
        emit_text(e, "message");
        emit_text(e, id);
        emit_array_end(e);
        emit_key(e, "properties");
        emit_object(e);
        emit_key(e, "success");
        emit_raw(e, STR("{\"type\":\"boolean\",\"description\":\"Always true.\"}"));
        emit_key(e, "message");
        emit_raw(e, STR("{\"type\":\"string\",\"description\":\"A sentence.\"}"));
        emit_key(e, id);
        emit_raw(e, STR("{\"type\":\"string\",\"description\":\"The record that is gone.\"}"));
        emit_object_end(e);
        emit_object_end(e);
}

static void success_schema(const struct route *route, struct emit *e)
{
        if (route_is_list(route))
                list_schema(route, route->resource->plural, route->resource->shape->name, "Listed",
                            e);
        else if (route_is_history(route))
                list_schema(route, "history", "Change", "Record", e);
        else if (route_is_record(route) && route->method == DELETE)
                removed_schema(route, e);
        else if (route_is_record(route))
                openapi_reference(e, "schemas", route->resource->shape->name, "");
        else if (route->output)
                openapi_reference(e, "schemas", route->output->name, "");
        else
                emit_raw(e, STR("{\"type\":\"string\"}"));
}

static void success_example(const struct route *route, struct emit *e)
{
        const struct shape *shape = route->output;

        if (!shape && route_is_record(route) && route->method != DELETE)
                shape = route->resource->shape;
        if (!shape)
                return;
        emit_key(e, "example");
        openapi_example(shape, true, e);
}

static void emit_headers(const struct route *route, unsigned status, struct emit *e)
{
        static const char *const every[] = {"X-Request-Id", "RateLimit", "RateLimit-Policy"};
        const bool lists = route_is_list(route) || route_is_history(route);

        emit_key(e, "headers");
        emit_object(e);
        for (size_t i = 0; i < (route->flags & ROUTE_ALWAYS ? 1 : 3); i++) {
                emit_key(e, every[i]);
                openapi_reference(e, "headers", every[i], "");
        }
        if (lists) {
                emit_key(e, "X-Total-Count");
                openapi_reference(e, "headers", "X-Total-Count", "");
                emit_key(e, "Link");
                openapi_reference(e, "headers", "Link", "");
        }
        if (route_is_record(route) && route->method != DELETE) {
                emit_key(e, "ETag");
                openapi_reference(e, "headers", "ETag", "");
        }
        if (route_is_record(route) && route->method == POST && status < 300) {
                emit_key(e, "Location");
                openapi_reference(e, "headers", "Location", "");
        }
        emit_object_end(e);
}

static void emit_success(const struct route *route, struct emit *e)
{
        const unsigned status = success_of(route);
        struct str list = str_of(route->produces ? route->produces : "application/json"), type;
        char code[8], name[80];

        snprintf(code, sizeof(code), "%u", status);
        emit_key(e, code);
        emit_object(e);
        emit_member_text(e, "description", "Done.");
        emit_headers(route, status, e);
        if (status != 204) {
                emit_key(e, "content");
                emit_object(e);
                while (str_cut(&list, ' ', &type)) {
                        snprintf(name, sizeof(name), "%.*s", STR_ARG(type));
                        emit_key(e, name);
                        emit_object(e);
                        emit_key(e, "schema");
                        success_schema(route, e);
                        success_example(route, e);
                        emit_object_end(e);
                }
                emit_object_end(e);
        }
        emit_object_end(e);
}

static void emit_bare(struct emit *e, const char *code, const char *about)
{
        emit_key(e, code);
        emit_object(e);
        emit_member_text(e, "description", about);
        emit_object_end(e);
}

static void emit_problem(const struct route *route, unsigned status, struct emit *e)
{
        char code[8];

        snprintf(code, sizeof(code), "%u", status);
        emit_key(e, code);
        emit_object(e);
        emit_member_text(e, "description", "A problem (RFC 9457); its code says which.");
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

/* The statuses a route may answer, from what it takes and does. */
static void problem_statuses(const struct route *route, bool *may)
{
        const bool writes = route->method != GET;
        struct str codes = str_of(route->errors ? route->errors : ""), code;

        may[400] = may[429] = may[500] = may[503] = true;
        may[401] = may[403] = route->roles != ANYBODY;
        may[404] = strchr(route->path, '{') != NULL;
        may[411] = may[413] = may[415] = route_takes_body(route);
        may[409] = writes && !(route->flags & ROUTE_NO_TRANSACTION);
        may[412] = route_is_record(route) && writes && route->method != POST;
        may[422] = may[409] && route->method == POST;
        may[route->dialect->invalid_status] = true;
        while (str_cut(&codes, ' ', &code))
                for (unsigned p = 0; p < PROBLEM__N; p++)
                        if (str_is(code, problem_code((enum problem)p)))
                                may[problem_status((enum problem)p)] = true;
}

void openapi_responses(const struct route *route, struct emit *e)
{
        const bool writes = route->method != GET;
        bool may[600] = {false};

        emit_key(e, "responses");
        emit_object(e);
        emit_success(route, e);
        if (writes && success_of(route) != 204)
                emit_bare(e, "204",
                          "Done, without a body: the request had Prefer: return=minimal.");
        if (route->resource && !writes)
                emit_bare(e, "304", "Nothing changed since If-None-Match.");
        problem_statuses(route, may);
        for (unsigned status = 400; status < 600; status++)
                if (may[status])
                        emit_problem(route, status, e);
        emit_object_end(e);
}
