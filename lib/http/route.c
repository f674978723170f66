/**
 * route.c: from a path to its route: a tree of segments. Literal segments win over parameters; the
 * path that matches first decides, so that a method it lacks is 405 there.
 */
#include "http/http_internal.h"

#include <stdlib.h>

#include "base/log.h"

enum { SEGMENTS_MAX = 16 };

struct node {
        struct str text;       /* of a literal; borrowed from the row */
        struct node *literals; /* children */
        struct node *parameter;
        struct node *next; /* sibling literal */
        const struct route *routes[METHOD__N];
        unsigned allowed;
};

struct router {
        struct node root;
};

static void free_children(struct node *node)
{
        struct node *child = node->literals;

        while (child) {
                struct node *next = child->next;

                free_children(child);
                free(child);
                child = next;
        }
        if (node->parameter) {
                free_children(node->parameter);
                free(node->parameter);
        }
}

void router_destroy(struct router *router)
{
        if (!router)
                return;
        free_children(&router->root);
        free(router);
}

static struct node *find_literal(const struct node *node, struct str text)
{
        struct node *child = node->literals;

        while (child && !str_eq(child->text, text))
                child = child->next;
        return child;
}

static struct node *grow(struct node *node, struct str segment)
{
        const bool parameter = segment.len > 0 && segment.ptr[0] == '{';
        struct node *child = parameter ? node->parameter : find_literal(node, segment);

        if (child)
                return child;
        child = calloc(1, sizeof(*child));
        if (!child)
                return NULL;
        child->text = segment;
        if (parameter) {
                node->parameter = child;
        } else {
                child->next = node->literals;
                node->literals = child;
        }
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

/* The first node that ends the path and has any route; literals are tried first. */
static const struct node *match(struct search *s, const struct node *node, size_t depth,
                                size_t argument)
{
        const struct node *child, *found = NULL;

        if (depth == s->count)
                return node->allowed ? node : NULL;
        child = find_literal(node, s->segments[depth]);
        if (child)
                found = match(s, child, depth + 1, argument);
        if (!found && node->parameter && s->segments[depth].len > 0) {
                found = match(s, node->parameter, depth + 1, argument + 1);
                if (found)
                        s->arguments[argument] = s->segments[depth];
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
