/**
 * link.c: X-Total-Count and Link (RFC 8288) of lists, so that bare arrays page too.
 */
#include "http/http_internal.h"

enum { NUMBER_ROOM = 24, RELATION_ROOM = 64, LINKS_MAX = 3 };

struct links {
        const struct request *r;
        char *at;
        bool any;
};

static bool places_a_page(struct str name)
{
        return str_is(name, "page") || str_is(name, "skip") || str_is(name, "offset") ||
               str_is(name, "cursor");
}

static char *put(char *to, struct str text)
{
        if (text.len)
                memcpy(to, text.ptr, text.len);
        return to + text.len;
}

/* "</api/persons?q=x&" with all parameters but those that say where the page is. */
static void open_link(struct links *l)
{
        if (l->any)
                l->at = put(l->at, STR(", "));
        l->any = true;
        l->at = put(l->at, STR("<"));
        l->at = put(l->at, l->r->path);
        l->at = put(l->at, STR("?"));
        for (size_t i = 0; i < l->r->query_count; i++) {
                const struct parameter *p = &l->r->query[i];

                if (places_a_page(p->name))
                        continue;
                l->at = percent_encode(l->at, p->name);
                l->at = put(l->at, STR("="));
                l->at = percent_encode(l->at, p->value);
                l->at = put(l->at, STR("&"));
        }
}

static void page_link(struct links *l, int64_t number, struct str relation)
{
        struct buf digits;
        char text[NUMBER_ROOM];

        digits = (struct buf){.data = text, .cap = sizeof(text), .max = sizeof(text) - 1};
        buf_int(&digits, number);
        open_link(l);
        l->at = put(l->at, STR("page="));
        l->at = put(l->at, buf_view(&digits));
        l->at = put(l->at, STR(">; rel=\""));
        l->at = put(l->at, relation);
        l->at = put(l->at, STR("\""));
}

static void cursor_link(struct links *l, struct str cursor)
{
        open_link(l);
        l->at = put(l->at, STR("cursor="));
        l->at = percent_encode(l->at, cursor);
        l->at = put(l->at, STR(">; rel=\"next\""));
}

static size_t room_of_link(const struct request *r, struct str cursor)
{
        size_t room = r->path.len + 3 * cursor.len + NUMBER_ROOM + RELATION_ROOM;

        for (size_t i = 0; i < r->query_count; i++)
                room += 3 * (r->query[i].name.len + r->query[i].value.len) + 2;
        return room;
}

static void total_header(struct request *r, int64_t total)
{
        char *text = arena_alloc(r->arena, NUMBER_ROOM);
        struct buf out = {
                .data = text, .cap = NUMBER_ROOM, .max = NUMBER_ROOM - 1, .failed = !text};

        buf_int(&out, total);
        response_header(r, "X-Total-Count", buf_view(&out));
}

/* The path goes between < and > as sent: only what could break out of it matters. */
static bool quotable(struct str path)
{
        for (size_t i = 0; i < path.len; i++)
                if ((unsigned char)path.ptr[i] <= ' ' || path.ptr[i] == '<' || path.ptr[i] == '>' ||
                    path.ptr[i] == '"')
                        return false;
        return true;
}

void page_links(struct request *r, const struct page *page, int64_t total, struct str next_cursor)
{
        struct links l = {.r = r};
        char *start;

        total_header(r, total);
        if (!quotable(r->path))
                return;
        start = arena_alloc(r->arena, LINKS_MAX * room_of_link(r, next_cursor));
        if (!start)
                return;
        l.at = start;
        if (page->cursor.ptr || page->number > 1)
                page_link(&l, 1, STR("first"));
        if (!page->cursor.ptr && page->number > 1)
                page_link(&l, page->number - 1, STR("prev"));
        if (next_cursor.len)
                cursor_link(&l, next_cursor);
        else if (!page->cursor.ptr && page->offset + page->size < total)
                page_link(&l, page->number + 1, STR("next"));
        if (l.any)
                response_header(r, "Link", (struct str){start, (size_t)(l.at - start)});
}
