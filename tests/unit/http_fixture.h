/**
 * http_fixture.h: a request without a server, for the tests of the http room: parameters in, answer
 * in memory.
 */
#ifndef ALMONER_TESTS_HTTP_FIXTURE_H
#define ALMONER_TESTS_HTTP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/http_internal.h"

struct fixture {
        struct exchange x;
        struct buf body;
};

static inline struct request *fixture_open(struct fixture *f, const struct dialect *dialect)
{
        memset(f, 0, sizeof(*f));
        buf_init(&f->body, 1 << 20);
        f->x.request = (struct request){
                .arena = arena_create(1 << 20),
                .dialect = dialect,
                .path = STR("/api/things"),
                .id = STR("request-1"),
                .exchange = &f->x,
                .response = {.body = &f->body},
                .now = 1705573800123, /* 2024-01-18T10:30:00.123Z */
        };
        f->x.request.faults.arena = f->x.request.arena;
        return &f->x.request;
}

static inline void fixture_close(struct fixture *f)
{
        arena_destroy(f->x.request.arena);
        buf_free(&f->body);
}

/** The header that was set, as NUL-terminated text; "" when not. */
static inline const char *fixture_header(struct fixture *f, const char *name)
{
        const struct str value = response_find(&f->x.request, name);

        return value.ptr ? arena_copy(f->x.request.arena, value).ptr : "";
}

static inline void fixture_query(struct fixture *f, const char *text)
{
        struct request *r = &f->x.request;

        assert_int_equal(query_parse(r->arena, str_of(text), &r->query, &r->query_count),
                         STATUS_OK);
}

#endif
