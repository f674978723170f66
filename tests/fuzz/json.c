/**
 * json.c: fuzz target: what the reader takes, the emitter writes so that the reader takes it again
 * as the same value.
 */
#include <stdint.h>
#include <stdlib.h>

#include "json/emit.h"
#include "json/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct arena *arena = arena_create(16 << 20);
        struct json_fault fault;
        json_t *value, *again;
        struct buf out;
        struct emit e;

        if (!arena)
                return 0;
        buf_init(&out, 8 << 20);
        if (json_read(arena, (struct str){(const char *)data, size}, &value, &fault) == STATUS_OK) {
                emit_start(&e, &out);
                emit_parsed(&e, value);
                if (!emit_finish(&e) ||
                    json_read(arena, buf_view(&out), &again, &fault) != STATUS_OK ||
                    !json_equal(value, again))
                        abort();
        }
        buf_clear(&out);
        emit_start(&e, &out);
        emit_str(&e, (struct str){size ? (const char *)data : "",
                                  size}); /* any bytes become valid text */
        if (!emit_finish(&e) || (!memchr(data, 0, size) &&
                                 json_read(arena, buf_view(&out), &again, &fault) != STATUS_OK))
                abort();
        buf_free(&out);
        arena_destroy(arena);
        return 0;
}
