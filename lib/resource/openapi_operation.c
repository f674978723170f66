/**
 * openapi_operation.c: an operation: who may, which parameters, which body.
 */
#include "resource/openapi_internal.h"

static bool ends_with(const char *text, const char *end)
{
        const size_t length = strlen(text), tail = strlen(end);

        return length >= tail && strcmp(text + length - tail, end) == 0;
}

bool route_is_list(const struct route *route)
{
        return route->resource &&
               (route->handler == resource_list || route->handler == resource_search ||
                route->flags & (ROUTE_LIST | ROUTE_FIRST_ROWS));
}

bool route_is_history(const struct route *route)
{
        return route->resource && ends_with(route->path, "/history");
}

bool route_is_record(const struct route *route)
{
        return route->resource && !route->output && !route_is_list(route) &&
               !route_is_history(route) && !route->produces && !route->consumes;
}

bool route_takes_body(const struct route *route)
{
        return openapi_input(route) != NULL || route->consumes;
}

bool route_has_tag(const struct route *route)
{
        if (route_is_list(route))
                return route->resource->tally_count > 0;
        return route_is_record(route) && route->method != DELETE;
}

const struct shape *openapi_input(const struct route *route)
{
        if (route->input)
                return route->input;
        return route_is_record(route) && route->method != GET && route->method != DELETE &&
                               route->handler != resource_restore
                       ? route->resource->shape
                       : NULL;
}

void openapi_reference(struct emit *e, const char *kind, const char *name, const char *suffix)
{
        char text[160];

        snprintf(text, sizeof(text), "#/components/%s/%s%s", kind, name, suffix);
        emit_object(e);
        emit_member_text(e, "$ref", text);
        emit_object_end(e);
}

void openapi_example_members(const struct shape *shape, unsigned hidden, struct emit *e)
{
        for (size_t i = 0; i < shape->count; i++) {
                if ((shape->fields[i].flags & hidden) || !shape->fields[i].example)
                        continue;
                emit_key(e, shape->fields[i].name);
                emit_raw(e, str_of(shape->fields[i].example));
        }
}

void openapi_example(const struct shape *shape, unsigned hidden, struct emit *e)
{
        emit_object(e);
        openapi_example_members(shape, hidden, e);
        emit_object_end(e);
}

static void open_parameter(struct emit *e, const char *name, const char *in, const char *about)
{
        emit_object(e);
        emit_member_text(e, "name", name);
        emit_member_text(e, "in", in);
        if (strcmp(in, "path") == 0)
                emit_member_bool(e, "required", true);
        emit_member_text(e, "description", about);
        emit_key(e, "schema");
}

static void simple_parameter(struct emit *e, const char *name, const char *in, const char *schema,
                             const char *about)
{
        open_parameter(e, name, in, about);
        emit_raw(e, str_of(schema));
        emit_object_end(e);
}

static void path_parameters(const struct route *route, struct emit *e)
{
        struct str rest = str_of(route->path), piece;
        char name[60];
        bool identifies;

        while (str_cut(&rest, '/', &piece)) {
                if (piece.len < 3 || piece.ptr[0] != '{')
                        continue;
                snprintf(name, sizeof(name), "%.*s", (int)strcspn(piece.ptr + 1, "}"),
                         piece.ptr + 1);
                identifies = route->resource && strcmp(name, "id") == 0;
                open_parameter(e, name, "path",
                               identifies ? "Identifier of the record." : "Which one.");
                emit_object(e);
                emit_member_text(e, "type", "string");
                if (identifies) {
                        emit_key(e, "examples");
                        emit_array(e);
                        emit_raw(e, str_of(route->resource->shape->fields[0].example));
                        emit_array_end(e);
                }
                emit_object_end(e);
                emit_object_end(e);
        }
}

static void field_parameter(const struct field *field, const char *format, const char *about,
                            struct emit *e)
{
        struct field row = *field;
        char name[80];

        snprintf(name, sizeof(name), format, field->name);
        row.flags = 0; /* what a body may or must say is another matter */
        row.otherwise = NULL;
        open_parameter(e, name, "query", about ? about : field->about);
        field_schema(&row, e);
        emit_object_end(e);
}

/* One that the route declares; without some it can't answer. */
static void declared_parameter(const struct field *field, struct emit *e)
{
        struct field row = *field;

        row.flags = 0;
        row.otherwise = NULL;
        open_parameter(e, field->name, "query", field->about);
        field_schema(&row, e);
        if (field->flags & FIELD_REQUIRED)
                emit_member_bool(e, "required", true);
        emit_object_end(e);
}

static void range_parameters(const struct field *field, struct emit *e)
{
        if (field->type->stored == DB_INT) {
                field_parameter(field, "min_%s", "At least this.", e);
                field_parameter(field, "max_%s", "At most this.", e);
                return;
        }
        for (size_t i = 0; i < 2; i++) {
                char name[80];

                snprintf(name, sizeof(name), "%s_%s", field->name, i ? "to" : "from");
                simple_parameter(e, name, "query",
                                 "{\"type\":\"string\",\"examples\":[\"2024-01-18\"]}",
                                 i ? "Up to and including this time; a bare date is the whole day."
                                   : "From this time on; a bare date is the whole day.");
        }
}

static void choice_parameter(const struct field *field, struct emit *e)
{
        struct buf about;

        buf_init(&about, 4096);
        buf_text(&about, "Records with one of these values, comma separated:");
        for (const char *const *choice = field->choices; *choice; choice++)
                buf_printf(&about, "%s %s", choice == field->choices ? "" : ",", *choice);
        buf_char(&about, '.');
        simple_parameter(e, field->name, "query", "{\"type\":\"string\"}",
                         buf_ok(&about) ? about.data : "");
        buf_free(&about);
}

/* Times may be bare dates here. */
static void special_parameter(const struct field *field, struct emit *e)
{
        if (field->type->stored == DB_TIME)
                simple_parameter(e, field->name, "query",
                                 "{\"type\":\"string\",\"examples\":[\"2024-01-18\"]}",
                                 field->about);
        else
                field_parameter(field, "%s", NULL, e);
}

static void both_ways(struct emit *e, const char *word)
{
        char text[100];

        emit_text(e, word);
        snprintf(text, sizeof(text), "-%s", word);
        emit_text(e, text);
}

static void sort_parameter(const struct resource *resource, struct emit *e)
{
        open_parameter(e, "sort", "query", "What to sort by; a leading minus turns it round.");
        emit_object(e);
        emit_member_text(e, "type", "string");
        emit_member_text(e, "default", resource->default_sort);
        emit_key(e, "enum");
        emit_array(e);
        for (size_t i = 0; i < resource->sort_count; i++)
                if (shape_find(resource->shape, str_of(resource->sorts[i].word)) ==
                    resource->shape->count)
                        both_ways(e, resource->sorts[i].word);
        for (size_t i = 0; i < resource->shape->count; i++)
                if (resource->shape->fields[i].flags & FIELD_SORT)
                        both_ways(e, resource->shape->fields[i].name);
        emit_array_end(e);
        emit_object_end(e);
        emit_object_end(e);
}

static void filter_parameters(const struct resource *resource, struct emit *e)
{
        bool searches = false;

        for (size_t i = 0; i < resource->shape->count; i++) {
                const struct field *field = &resource->shape->fields[i];

                searches |= (field->flags & FIELD_SEARCH) != 0;
                if ((field->flags & FIELD_FILTER) && field->choices)
                        choice_parameter(field, e);
                else if (field->flags & FIELD_FILTER)
                        field_parameter(field, "%s", "Records with this value.", e);
                if (field->flags & FIELD_RANGE)
                        range_parameters(field, e);
        }
        for (size_t i = 0; i < resource->filter_count; i++)
                special_parameter(&resource->filters[i].field, e);
        if (searches && resource->indexed)
                simple_parameter(
                        e, "search", "query", "{\"type\":\"string\",\"maxLength\":500}",
                        "Words that must all occur; the last may be unfinished, an unknown "
                        "one is read as its nearest neighbours. Also understood as q.");
        else if (searches)
                simple_parameter(e, "q", "query", "{\"type\":\"string\",\"maxLength\":200}",
                                 "Words that must all occur, in any case and accent.");
        sort_parameter(resource, e);
        simple_parameter(e, "fields", "query", "{\"type\":\"string\"}",
                         "Fields to answer, comma separated; the id is always there.");
}

static void paging_parameters(const struct route *route, struct emit *e)
{
        static const char number[] = "{\"type\":\"integer\"}";

        simple_parameter(e, "page", "query", number, "Number of the page, from 1.");
        simple_parameter(e, "per_page", "query", number,
                         "Records a page; page_size and limit mean the same.");
        simple_parameter(e, "page_size", "query", number, "As per_page.");
        simple_parameter(e, "limit", "query", number, "As per_page.");
        simple_parameter(e, "skip", "query", number, "Records to skip; offset means the same.");
        simple_parameter(e, "offset", "query", number, "As skip.");
        if (route_is_list(route))
                simple_parameter(
                        e, "cursor", "query", "{\"type\":\"string\"}",
                        "Where the last page ended (its next_cursor): constant time at any depth.");
}

static void header_parameters(const struct route *route, struct emit *e)
{
        static const char text[] = "{\"type\":\"string\"}";

        if (route->resource && route->resource->of_site)
                simple_parameter(
                        e, "X-Site-ID", "header", text,
                        "The site to work in; * asks for all of the caller's, also where the "
                        "session has chosen one.");
        if (route->method == POST && !(route->flags & ROUTE_NO_TRANSACTION))
                simple_parameter(e, "Idempotency-Key", "header",
                                 "{\"type\":\"string\",\"minLength\":1,\"maxLength\":255}",
                                 "Makes a repeat harmless: the first answer is given again.");
        if (route_has_tag(route) && route->method == GET)
                simple_parameter(e, "If-None-Match", "header", text,
                                 "Answers 304 while the tag still holds.");
        if (route_is_record(route) && route->method != GET &&
            (route->method != POST || route->handler == resource_restore))
                simple_parameter(e, "If-Match", "header", text,
                                 "Refuses with 412 when the record has another version.");
        if (route->method == PUT && route_is_record(route))
                simple_parameter(e, "Prefer", "header", text,
                                 "return=minimal asks for no body; handling=strict makes the body "
                                 "replace the whole record.");
        else if (route->method != GET)
                simple_parameter(e, "Prefer", "header", text, "return=minimal asks for no body.");
}

static void emit_parameters(const struct route *route, struct emit *e)
{
        emit_key(e, "parameters");
        emit_array(e);
        path_parameters(route, e);
        for (size_t i = 0; route->query && i < route->query->count; i++)
                declared_parameter(&route->query->fields[i], e);
        if (route->handler == resource_list || route->handler == resource_export)
                filter_parameters(route->resource, e);
        if ((route_is_list(route) || route_is_history(route)) && !(route->flags & ROUTE_FIRST_ROWS))
                paging_parameters(route, e);
        header_parameters(route, e);
        emit_array_end(e);
}

static void emit_media(const struct route *route, const char *type, struct emit *e)
{
        const struct shape *shape = openapi_input(route);
        const bool partial = route->method == PATCH || route->method == PUT;

        emit_key(e, type);
        emit_object(e);
        emit_key(e, "schema");
        if (shape) {
                openapi_reference(e, "schemas", shape->name,
                                  shape != route->input ? (partial ? "Change" : "Input") : "");
                emit_key(e, "example");
                openapi_example(shape, shape != route->input && partial ? HIDDEN_CHANGE : HIDDEN_IN,
                                e);
        } else {
                emit_raw(e, STR("{\"type\":\"string\"}"));
        }
        emit_object_end(e);
}

static void emit_body(const struct route *route, struct emit *e)
{
        struct str list = str_of(route->consumes ? route->consumes : "application/json"), type;
        char name[80];

        emit_key(e, "requestBody");
        emit_object(e);
        emit_member_bool(e, "required", !(route->flags & ROUTE_EMPTY_BODY));
        emit_key(e, "content");
        emit_object(e);
        while (str_cut(&list, ' ', &type)) {
                snprintf(name, sizeof(name), "%.*s", STR_ARG(type));
                emit_media(route, name, e);
        }
        if (route->method == PATCH && !route->consumes)
                emit_media(route, "application/merge-patch+json", e);
        emit_object_end(e);
        emit_object_end(e);
}

static void emit_description(const struct route *route, struct emit *e)
{
        struct buf text;

        buf_init(&text, 4096);
        buf_printf(&text, "%s %s", route->summary, route->roles == ANYBODY ? "Public." : "Roles:");
        for (unsigned role = 0; role < ROLE__N && route->roles; role++)
                if (route->roles & (1u << role))
                        buf_printf(&text, " %s", role_text((enum role)role));
        emit_member_str(e, "description", buf_view(&text));
        buf_free(&text);
}

void openapi_operation(const struct module_tables *tables, const struct route *route,
                       struct emit *e)
{
        emit_object(e);
        emit_member_text(e, "operationId", route->id);
        emit_member_text(e, "summary", route->summary);
        emit_description(route, e);
        emit_key(e, "tags");
        emit_array(e);
        emit_text(e, tables->name);
        emit_array_end(e);
        if (route->roles == ANYBODY) {
                emit_key(e, "security");
                emit_array(e);
                emit_array_end(e);
        }
        emit_parameters(route, e);
        if (route_takes_body(route))
                emit_body(route, e);
        openapi_responses(route, e);
        emit_object_end(e);
}
