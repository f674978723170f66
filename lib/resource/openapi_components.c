/**
 * openapi_components.c: schemas of every shape that the routes name, of the families' problems, and
 * what else is shared.
 */
#include "resource/openapi_internal.h"

enum { SHAPES_MAX = 256 };

enum form { WHOLE, CHANGE, LISTED };

struct named {
        const char *name, *suffix;
        const struct shape *shape;
        bool answer;
        enum form as;
};

struct collection {
        struct named items[SHAPES_MAX];
        size_t count;
};

static void collect(struct collection *all, const struct shape *shape, const char *suffix,
                    bool answer, enum form as)
{
        if (!shape || all->count == SHAPES_MAX)
                return;
        for (size_t i = 0; i < all->count; i++)
                if (strcmp(all->items[i].name, shape->name) == 0 &&
                    strcmp(all->items[i].suffix, suffix) == 0)
                        return;
        all->items[all->count++] = (struct named){shape->name, suffix, shape, answer, as};
        for (size_t i = 0; i < shape->count; i++)
                collect(all, shape->fields[i].members, "", answer, WHOLE);
}

static void collect_route(struct collection *all, const struct route *route)
{
        collect(all, route->input, "", false, WHOLE);
        collect(all, route->output, "", true, WHOLE);
        if (!route->resource || route_is_history(route) ||
            (!route_is_list(route) && !route_is_record(route)))
                return;
        if (route_is_list(route))
                collect(all, route->resource->shape, "Listed", true, LISTED);
        else if (route->method != DELETE)
                collect(all, route->resource->shape, "", true, WHOLE);
        if (route_is_record(route) && route->method == POST && openapi_input(route))
                collect(all, route->resource->shape, "Input", false, WHOLE);
        if (route_is_record(route) && (route->method == PUT || route->method == PATCH))
                collect(all, route->resource->shape, "Change", false, CHANGE);
}

/* A change takes the same members, none of them required; ?fields= leaves a listed record any of
 * them, but the id. */
static void emit_some(const struct named *item, struct emit *e)
{
        const unsigned hidden = item->answer ? HIDDEN_OUT : HIDDEN_CHANGE;

        emit_object(e);
        emit_member_text(e, "type", "object");
        emit_member_text(e, "description",
                         item->as == CHANGE ? "Members to change." : item->shape->about);
        emit_key(e, "properties");
        emit_object(e);
        for (size_t i = 0; i < item->shape->count; i++) {
                struct field row = item->shape->fields[i];

                if (row.flags & hidden)
                        continue;
                row.otherwise = NULL;
                if (item->as == CHANGE && !(row.flags & FIELD_REQUIRED))
                        row.flags |= FIELD_NULLABLE; /* null goes back to the default (RFC 7396) */
                emit_key(e, row.name);
                field_schema(&row, e);
        }
        emit_object_end(e);
        if (item->as == LISTED) {
                emit_key(e, "required");
                emit_array(e);
                emit_text(e, item->shape->fields[0].name);
                emit_array_end(e);
        }
        emit_object_end(e);
}

static void emit_shapes(const struct collection *all, struct emit *e)
{
        char name[120];

        for (size_t i = 0; i < all->count; i++) {
                const struct named *item = &all->items[i];

                snprintf(name, sizeof(name), "%s%s", item->name, item->suffix);
                emit_key(e, name);
                if (item->as != WHOLE)
                        emit_some(item, e);
                else
                        shape_schema(item->shape, item->answer, e);
        }
}

/* The members that a family adds (dialect.c writes them). */
/* clang-format off */
static const struct { const struct dialect *dialect; const char *members; } families[] = {
        {&dialect_p, ",\"error\":{\"type\":\"string\",\"description\":\"As detail.\"}"},
        {&dialect_i, ",\"error\":{\"type\":\"object\",\"description\":\"Code, message and details.\",\"required\":[\"code\",\"message\",\"details\"],"
                     "\"properties\":{\"code\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"},\"details\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}"},
        {&dialect_b, ""},
        {&dialect_r, ""},
        {&dialect_c, ",\"success\":{\"type\":\"boolean\",\"description\":\"Always false.\"},\"message\":{\"type\":\"string\",\"description\":\"As detail.\"},"
                     "\"error\":{\"type\":\"object\",\"description\":\"The code.\",\"properties\":{\"code\":{\"type\":\"string\"}}},"
                     "\"timestamp\":{\"type\":\"string\",\"format\":\"date-time\",\"description\":\"When.\"},\"path\":{\"type\":\"string\",\"description\":\"Where.\"}"},
};
/* clang-format on */

static const char problem_start[] =
        "{\"type\":\"object\",\"description\":\"A problem (RFC 9457) in the words of a family.\","
        "\"required\":[\"type\",\"title\",\"status\",\"detail\",\"instance\",\"request_id\","
        "\"code\"],\"properties\":{"
        "\"type\":{\"type\":\"string\",\"description\":\"Names the kind of problem.\"},"
        "\"title\":{\"type\":\"string\",\"description\":\"The kind in words.\"},"
        "\"status\":{\"type\":\"integer\",\"description\":\"HTTP status.\"},"
        "\"detail\":{\"type\":\"string\",\"description\":\"What is wrong this time.\"},"
        "\"instance\":{\"type\":\"string\",\"description\":\"The path.\"},"
        "\"request_id\":{\"type\":\"string\",\"description\":\"Names the request in the logs.\"},"
        "\"code\":{\"type\":\"string\",\"description\":\"Stable code.\"},"
        "\"errors\":{\"type\":\"array\",\"description\":\"Every fault of the "
        "input.\",\"items\":{\"type\":\"object\","
        "\"description\":\"A fault.\",\"required\":[\"pointer\",\"code\",\"detail\"],"
        "\"properties\":{\"pointer\":{\"type\":\"string\",\"description\":\"Where: a JSON pointer "
        "(RFC 6901) into the body, or a parameter's name.\"},"
        "\"code\":{\"type\":\"string\",\"description\":\"Stable code of the fault.\"},"
        "\"detail\":{\"type\":\"string\",\"description\":\"A sentence.\"}}}}";

static void emit_problems(const struct module_tables *tables, struct emit *e)
{
        for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
                char name[20], text[4096];
                size_t r = 0;

                while (r < tables->route_count && tables->routes[r].dialect != families[i].dialect)
                        r++;
                if (r == tables->route_count)
                        continue;
                snprintf(name, sizeof(name), "Problem%s", families[i].dialect->name);
                snprintf(text, sizeof(text), "%s%s}}", problem_start, families[i].members);
                emit_key(e, name);
                emit_raw(e, str_of(text));
        }
}

/* The words of a change are the family's. */
static void emit_change_schema(const struct dialect *dialect, struct emit *e)
{
        static const char format[] =
                "{\"type\":\"object\",\"description\":\"What happened to a record.\","
                "\"required\":[\"id\",\"%s\",\"%s\",\"version\",\"%s\",\"address\","
                "\"request_id\",\"%s\",\"%s\"],\"properties\":{"
                "\"id\":{\"type\":\"string\",\"format\":\"uuid\",\"description\":\"The "
                "change.\"},"
                "\"%s\":{\"type\":\"string\",\"format\":\"date-time\",\"description\":"
                "\"When.\"},"
                "\"%s\":{\"type\":\"string\",\"enum\":[\"create\",\"update\",\"delete\"],"
                "\"description\":\"What was done.\"},"
                "\"version\":{\"type\":\"integer\",\"description\":\"The record's version after "
                "it.\"},"
                "\"%s\":{\"type\":[\"string\",\"null\"],\"description\":\"Who; null is the "
                "system.\"},"
                "\"address\":{\"type\":\"string\",\"description\":\"From where.\"},"
                "\"request_id\":{\"type\":\"string\",\"description\":\"By which request.\"},"
                "\"%s\":{\"type\":[\"object\",\"null\"],\"description\":\"The changed fields as "
                "they were.\"},"
                "\"%s\":{\"type\":[\"object\",\"null\"],\"description\":\"The changed fields as "
                "they are.\"}}}";
        const struct history_words *w = dialect->history;
        char name[40], text[2048];

        snprintf(name, sizeof(name), "ChangeRecord%s", dialect->name);
        snprintf(text, sizeof(text), format, w->at, w->op, w->actor, w->before, w->after, w->at,
                 w->op, w->actor, w->before, w->after);
        emit_key(e, name);
        emit_raw(e, str_of(text));
}

static void emit_change_schemas(const struct module_tables *tables, struct emit *e)
{
        for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
                for (size_t r = 0; r < tables->route_count; r++)
                        if (route_is_history(&tables->routes[r]) &&
                            tables->routes[r].dialect == families[i].dialect) {
                                emit_change_schema(families[i].dialect, e);
                                break;
                        }
}

/* clang-format off */
static const struct { const char *name, *about; } headers[] = {
        {"X-Request-Id",     "Names the request; accepted from the client or made."},
        {"RateLimit",        "What is left of the budget."},
        {"RateLimit-Policy", "The budget."},
        {"Retry-After",      "Seconds to wait before trying again."},
        {"X-Total-Count",    "Exact number of records that match."},
        {"Link",             "Neighbouring pages (RFC 8288)."},
        {"ETag",             "The record's version."},
        {"Location",         "The new record."},
        {"X-Contains-PHI",   "true: the answer has personal members."},
        {"X-PHI-Fields",     "Which these are, with commas between."},
};
/* clang-format on */

static bool any_marks(const struct module_tables *tables)
{
        for (size_t i = 0; i < tables->resource_count; i++)
                if (tables->resources[i]->marks_phi)
                        return true;
        return false;
}

static void emit_header_components(const struct module_tables *tables, struct emit *e)
{
        size_t count = sizeof(headers) / sizeof(headers[0]);

        if (tables->resource_count == 0)
                count = 4; /* without records nothing refers to the others */
        else if (!any_marks(tables))
                count -= 2;
        emit_key(e, "headers");
        emit_object(e);
        for (size_t i = 0; i < count; i++) {
                emit_key(e, headers[i].name);
                emit_object(e);
                emit_member_text(e, "description", headers[i].about);
                emit_key(e, "schema");
                emit_raw(e, STR("{\"type\":\"string\"}"));
                emit_object_end(e);
        }
        emit_object_end(e);
}

void openapi_components(const struct module_tables *tables, struct emit *e)
{
        struct collection all = {.count = 0};

        for (size_t i = 0; i < tables->route_count; i++)
                collect_route(&all, &tables->routes[i]);
        emit_key(e, "components");
        emit_object(e);
        emit_key(e, "securitySchemes");
        emit_raw(e, STR("{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":"
                        "\"JWT\",\"description\":\"An access token.\"},"
                        "\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"__Host-"
                        "almoner\",\"description\":\"A browser's session.\"}}"));
        emit_header_components(tables, e);
        emit_key(e, "schemas");
        emit_object(e);
        emit_shapes(&all, e);
        emit_problems(tables, e);
        emit_change_schemas(tables, e);
        emit_object_end(e);
        emit_object_end(e);
}
