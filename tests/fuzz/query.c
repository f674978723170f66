/**
 * query.c: fuzz target: query strings. Whatever was read must survive being encoded and read again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "http/http_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(struct arena *arena, const struct parameter *p)
{
        char *text = arena_alloc(arena, 3 * p->value.len + 1);
        struct str back;

        if (!text)
                return;
        if (percent_decode(arena,
                           (struct str){text, (size_t)(percent_encode(text, p->value) - text)},
                           true, &back) != STATUS_OK ||
            !str_eq(back, p->value))
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct arena *arena = arena_create(1 << 20);
        struct parameter *out;
        size_t count;

        if (!arena)
                return 0;
        if (query_parse(arena, (struct str){(const char *)data, size}, &out, &count) == STATUS_OK)
                for (size_t i = 0; i < count; i++)
                        check_round_trip(arena, &out[i]);
        arena_destroy(arena);
        return 0;
}
