/**
 * openapi_responses.c: what an operation answers when all is well: schema, example and headers.
 */
#include "resource/openapi_internal.h"

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

static void integer_property(struct emit *e, const char *name, const char *about)
{
        emit_key(e, name);
        emit_object(e);
        emit_member_text(e, "type", "integer");
        emit_member_text(e, "description", about);
        emit_object_end(e);
}

/* A record with the words that were found in it. */
static void hit_schema(const char *shape, const char *suffix, struct emit *e)
{
        emit_object(e);
        emit_key(e, "allOf");
        emit_array(e);
        openapi_reference(e, "schemas", shape, suffix);
        emit_raw(e, STR("{\"type\":\"object\",\"required\":[\"highlights\"],\"properties\":{"
                        "\"highlights\":{\"type\":\"object\",\"additionalProperties\":{\"type\":"
                        "\"string\"},\"description\":\"Fields that have a word, as HTML with the "
                        "words in mark elements; of long texts the part around the first.\"}}}"));
        emit_array_end(e);
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
        if (route->handler == resource_search)
                hit_schema(shape, suffix, e);
        else
                openapi_reference(e, "schemas", shape, suffix);
        if (items[0]) {
                emit_object_end(e);
                integer_property(e, "total", "Exact number of records that match.");
                if (route->handler == resource_search) {
                        emit_key(e, "total_is_minimum");
                        emit_raw(e,
                                 STR("{\"type\":\"boolean\",\"description\":\"There are at least "
                                     "total; they were not counted further.\"}"));
                }
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

static void open_object(struct emit *e, const char *const *required, size_t count)
{
        emit_object(e);
        emit_member_text(e, "type", "object");
        emit_key(e, "required");
        emit_array(e);
        for (size_t i = 0; i < count; i++)
                emit_text(e, required[i]);
        emit_array_end(e);
        emit_key(e, "properties");
        emit_object(e);
}

static void close_object(struct emit *e)
{
        emit_object_end(e);
        emit_object_end(e);
}

static void removed_schema(const struct route *route, struct emit *e)
{
        const unsigned removal = route->dialect->removal;
        const char *names[3] = {"success"};
        size_t count = 1;
        char id[60];

        snprintf(id, sizeof(id), "%s_id", resource_key(route->resource));
        if (removal & REMOVAL_MESSAGE)
                names[count++] = "message";
        if (removal & REMOVAL_ID)
                names[count++] = id;
        open_object(e, names, count);
        emit_key(e, "success");
        emit_raw(e, STR("{\"type\":\"boolean\",\"description\":\"Always true.\"}"));
        for (size_t i = 1; i < count; i++) {
                emit_key(e, names[i]);
                emit_raw(e, names[i] == id
                                    ? STR("{\"type\":\"string\",\"description\":\"The record "
                                          "that is gone.\"}")
                                    : STR("{\"type\":\"string\",\"description\":\"A "
                                          "sentence.\"}"));
        }
        close_object(e);
}

static void record_schema(const struct route *route, struct emit *e)
{
        const char *const name = resource_key(route->resource);

        if (route->dialect->record_named) {
                open_object(e, &name, 1);
                emit_key(e, name);
        }
        openapi_reference(e, "schemas", route->resource->shape->name, "");
        if (route->dialect->record_named)
                close_object(e);
}

static void success_schema(const struct route *route, struct emit *e)
{
        if (route_is_list(route))
                list_schema(route, route_plural(route), route->resource->shape->name, "Listed", e);
        else if (route_is_history(route))
                list_schema(route, "history", "ChangeRecord", route->dialect->name, e);
        else if (route_is_record(route) && route->method == DELETE)
                removed_schema(route, e);
        else if (route_is_record(route))
                record_schema(route, e);
        else if (route->output)
                openapi_reference(e, "schemas", route->output->name, "");
        else
                emit_raw(e, STR("{\"type\":\"string\"}"));
}

/* Around the example of one record: the family's envelope. */
static void list_example(const struct route *route, const char *plural,
                         void (*item)(const struct route *route, struct emit *e), struct emit *e)
{
        const struct page page = {.number = 1, .size = route->dialect->page_size};

        route->dialect->list_open(e, plural);
        item(route, e);
        route->dialect->list_close(e, plural, 1, &page, (struct str){NULL, 0});
}

static void record_example(const struct route *route, struct emit *e)
{
        openapi_example(route->resource->shape, HIDDEN_OUT, e);
}

static void hit_example(const struct route *route, struct emit *e)
{
        const struct resource *resource = route->resource;

        emit_object(e);
        openapi_example_members(resource->shape, HIDDEN_OUT, e);
        emit_key(e, "highlights");
        emit_object(e);
        emit_member_text(e, resource->shape->fields[resource->title].name,
                         "<mark>Weekly</mark> <mark>review</mark>");
        emit_object_end(e);
        emit_object_end(e);
}

static void change_example(const struct route *route, struct emit *e)
{
        const struct history_words *words = route->dialect->history;

        emit_object(e);
        emit_member_text(e, "id", "018d1c6b-7d1a-7c3e-9a57-0d8d1b1c2f3a");
        emit_member_text(e, words->at, "2024-01-18T10:35:00Z");
        emit_member_text(e, words->op, "create");
        emit_member_int(e, "version", 1);
        emit_member_text(e, words->actor, "018d1c6b-7d1a-7c3e-9a57-0d8d1b1c2f3b");
        emit_member_text(e, "address", "192.0.2.7");
        emit_member_text(e, "request_id", "018d1c6b-7d1a-7c3e-9a57-0d8d1b1c2f3c");
        emit_key(e, words->before);
        emit_null(e);
        emit_key(e, words->after);
        record_example(route, e);
        emit_object_end(e);
}

static void removed_example(const struct route *route, struct emit *e)
{
        const struct resource *resource = route->resource;
        char text[200];

        emit_object(e);
        emit_member_bool(e, "success", true);
        if (route->dialect->removal & REMOVAL_MESSAGE) {
                snprintf(text, sizeof(text), "%s deleted successfully", resource->label);
                emit_member_text(e, "message", text);
        }
        if (route->dialect->removal & REMOVAL_ID) {
                snprintf(text, sizeof(text), "%s_id", resource_key(resource));
                emit_key(e, text);
                emit_raw(e, str_of(resource->shape->fields[0].example));
        }
        emit_object_end(e);
}

static void named_example(const struct route *route, struct emit *e)
{
        if (!route->dialect->record_named) {
                record_example(route, e);
                return;
        }
        emit_object(e);
        emit_key(e, resource_key(route->resource));
        record_example(route, e);
        emit_object_end(e);
}

static void success_example(const struct route *route, struct emit *e)
{
        const bool list = route_is_list(route), history = route_is_history(route);

        if (!list && !history && !route->output && !route_is_record(route))
                return;
        emit_key(e, "example");
        if (list)
                list_example(route, route_plural(route),
                             route->handler == resource_search ? hit_example : record_example, e);
        else if (history)
                list_example(route, "history", change_example, e);
        else if (route->output)
                openapi_example(route->output, HIDDEN_OUT, e);
        else if (route->method == DELETE)
                removed_example(route, e);
        else
                named_example(route, e);
}

static void emit_header(struct emit *e, const char *name)
{
        emit_key(e, name);
        openapi_reference(e, "headers", name, "");
}

static void emit_headers(const struct route *route, struct emit *e)
{
        static const char *const every[] = {"X-Request-Id", "RateLimit", "RateLimit-Policy"};
        const bool lists = (route_is_list(route) && !(route->flags & ROUTE_FIRST_ROWS)) ||
                           route_is_history(route);

        emit_key(e, "headers");
        emit_object(e);
        for (size_t i = 0; i < (route->flags & ROUTE_ALWAYS ? 1 : 3); i++)
                emit_header(e, every[i]);
        if (lists) {
                emit_header(e, "X-Total-Count");
                emit_header(e, "Link");
        }
        if (route->resource && route->resource->marks_phi && route->method != DELETE) {
                emit_header(e, "X-Contains-PHI");
                emit_header(e, "X-PHI-Fields");
        }
        if (route_has_tag(route))
                emit_header(e, "ETag");
        if (route_is_record(route) && route->method == POST && openapi_input(route))
                emit_header(e, "Location");
        emit_object_end(e);
}

static void emit_success(const struct route *route, struct emit *e)
{
        const unsigned status = route_success(route);
        struct str list = str_of(route->produces ? route->produces : "application/json"), type;
        char code[8], name[80];

        snprintf(code, sizeof(code), "%u", status);
        emit_key(e, code);
        emit_object(e);
        emit_member_text(e, "description", "Done.");
        emit_headers(route, e);
        if (status != 101 && status != 204) {
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

void openapi_responses(const struct route *route, struct emit *e)
{
        const bool writes = route->method != GET;

        emit_key(e, "responses");
        emit_object(e);
        emit_success(route, e);
        if (writes && route_success(route) != 204)
                emit_bare(e, "204",
                          "Done, without a body: the request had Prefer: return=minimal.");
        if (route_has_tag(route) && !writes)
                emit_bare(e, "304", "Nothing changed since If-None-Match.");
        openapi_problems(route, e);
        emit_object_end(e);
}
