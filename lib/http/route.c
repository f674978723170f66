/**
 * route.c: from a path to its route: a tree of segments. Literal segments win over parameters; the
 * path that matches first decides, so that a method it lacks is 405 there.
 */
#include "http/http_internal.h"

#include <stdlib.h>

#include "base/log.h"

enum { SEGMENTS_MAX = 16 };

struct node {
        struct str text; /* a literal, or what ends a parameter's segment; borrowed from the row */
        struct node *literals, *parameters; /* children */
        struct node *next;                  /* sibling; of parameters the longest end first */
        const struct route *routes[METHOD__N];
        unsigned allowed;
};

struct router {
        struct node root;
};

static void free_children(struct node *node);

static void free_list(struct node *child)
{
        while (child) {
                struct node *next = child->next;

                free_children(child);
                free(child);
                child = next;
        }
}

static void free_children(struct node *node)
{
        free_list(node->literals);
        free_list(node->parameters);
}

void router_destroy(struct router *router)
{
        if (!router)
                return;
        free_children(&router->root);
        free(router);
}

static struct node *find(struct node *child, struct str text)
{
        while (child && !str_eq(child->text, text))
                child = child->next;
        return child;
}

/* "{id}" ends with nothing, "{id}.ics" with ".ics". */
static struct str end_of(struct str segment)
{
        const char *brace = memchr(segment.ptr, '}', segment.len);

        return brace ? str_skip(segment, (size_t)(brace - segment.ptr) + 1) : STR("");
}

static struct node *grow(struct node *node, struct str segment)
{
        const bool parameter = segment.len > 0 && segment.ptr[0] == '{';
        const struct str text = parameter ? end_of(segment) : segment;
        struct node **list = parameter ? &node->parameters : &node->literals;
        struct node *child = find(*list, text);

        if (child)
                return child;
        child = calloc(1, sizeof(*child));
        if (!child)
                return NULL;
        while (parameter && *list && (*list)->text.len > text.len)
                list = &(*list)->next;
        child->text = text;
        child->next = *list;
        *list = child;
        return child;
}

static bool refuse(const struct route *route, const char *why)
{
        LOG(ERROR, "route.refused", LOG_TEXT("method", str_of(method_name(route->method))),
            LOG_TEXT("path", str_of(route->path)), LOG_TEXT("why", str_of(why)));
        return false;
}

static bool add(struct router *router, const struct route *route)
{
        struct str rest = str_of(route->path), segment;
        struct node *node = &router->root;
        unsigned segments = 0, parameters = 0;

        if (rest.len < 2 || rest.ptr[0] != '/')
                return refuse(route, "a path begins with a slash");
        rest = str_skip(rest, 1);
        while (str_cut(&rest, '/', &segment)) {
                parameters += segment.len > 0 && segment.ptr[0] == '{';
                if (++segments > SEGMENTS_MAX || parameters > REQUEST_PATH_PARAMETERS_MAX)
                        return refuse(route, "too many segments or parameters");
                node = grow(node, segment);
                if (!node)
                        return refuse(route, "no memory");
        }
        if (node->routes[route->method])
                return refuse(route, "two rows with this method and path");
        node->routes[route->method] = route;
        node->allowed |= 1u << route->method;
        return true;
}

struct router *router_create(const struct route *routes, size_t count)
{
        struct router *router = calloc(1, sizeof(*router));

        for (size_t i = 0; router && i < count; i++)
                if (!add(router, &routes[i])) {
                        router_destroy(router);
                        return NULL;
                }
        return router;
}

struct search {
        struct str segments[SEGMENTS_MAX];
        size_t count;
        struct str *arguments;
};

static bool ends_with(struct str text, struct str end)
{
        return text.len > end.len && memcmp(text.ptr + text.len - end.len, end.ptr, end.len) == 0;
}

/* The first node that ends the path and has any route; literals are tried first. */
static const struct node *match(struct search *s, const struct node *node, size_t depth,
                                size_t argument)
{
        const struct node *child, *found = NULL;
        struct str segment;

        if (depth == s->count)
                return node->allowed ? node : NULL;
        segment = s->segments[depth];
        child = find(node->literals, segment);
        if (child)
                found = match(s, child, depth + 1, argument);
        for (child = node->parameters; child && !found; child = child->next) {
                if (!ends_with(segment, child->text))
                        continue;
                found = match(s, child, depth + 1, argument + 1);
                if (found)
                        s->arguments[argument] =
                                (struct str){segment.ptr, segment.len - child->text.len};
        }
        return found;
}

static bool split(struct search *s, struct arena *arena, struct str path)
{
        struct str segment;

        if (path.len < 2 || path.ptr[0] != '/')
                return false;
        path = str_skip(path, 1);
        while (str_cut(&path, '/', &segment)) {
                if (s->count == SEGMENTS_MAX ||
                    percent_decode(arena, segment, false, &s->segments[s->count++]) != STATUS_OK)
                        return false;
        }
        return true;
}

const struct route *router_find(const struct router *router, enum method method, struct str path,
                                struct arena *arena,
                                struct str arguments[static REQUEST_PATH_PARAMETERS_MAX],
                                unsigned *allowed)
{
        struct search s = {.count = 0, .arguments = arguments};
        const struct node *node;

        *allowed = 0;
        if (!split(&s, arena, path))
                return NULL;
        node = match(&s, &router->root, 0, 0);
        if (!node)
                return NULL;
        if (method < METHOD__N && node->routes[method])
                return node->routes[method];
        *allowed = node->allowed;
        return NULL;
}
