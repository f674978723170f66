/**
 * page_cursor.c: fuzz target: paging words of a query string in every dialect, and the Link header
 * made of them.
 */
#include <stdint.h>
#include <stdlib.h>

#include "http/http_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct dialect *const dialects[] = {&dialect_p, &dialect_i, &dialect_b, &dialect_r,
                                                 &dialect_c};

static void check_page(const struct dialect *d, const struct page *page)
{
        if (page->number < 1 || page->size < 1 || page->size > d->page_size_max || page->offset < 0)
                abort();
}

static void check_headers(const struct request *r)
{
        for (const struct header *h = r->response.headers; h; h = h->next)
                if (memchr(h->value.ptr, '\n', h->value.len) ||
                    memchr(h->value.ptr, '\r', h->value.len))
                        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct buf body;
        struct request r = {.arena = arena_create(1 << 20),
                            .path = STR("/api/persons"),
                            .response = {.body = &body}};
        struct page page;

        buf_init(&body, 1 << 20);
        r.faults.arena = r.arena;
        if (r.arena && size > 0) {
                const struct str text = {(const char *)data + 1, size - 1};

                r.dialect = dialects[data[0] % 5];
                if (query_parse(r.arena, text, &r.query, &r.query_count) == STATUS_OK &&
                    page_read(&r, &page)) {
                        check_page(r.dialect, &page);
                        page_links(&r, &page, data[0] * 1000,
                                   page.cursor.ptr ? page.cursor : STR(""));
                        check_headers(&r);
                }
        }
        arena_destroy(r.arena);
        buf_free(&body);
        return 0;
}
