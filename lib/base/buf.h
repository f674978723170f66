/**
 * buf.h: bytes that grow, up to a maximum named where the buffer is made.
 *
 * Errors are sticky: append freely, ask buf_ok once at the end. A failed buffer ignores appends.
 * The memory is kept by buf_clear, so a thread's response buffer allocates nothing in steady state.
 */
#ifndef ALMONER_BASE_BUF_H
#define ALMONER_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct buf {
        char *data; /* NUL-terminated whenever not NULL */
        size_t len; /* without the NUL */
        size_t cap;
        size_t max;   /* bytes; growing past it fails the buffer */
        bool failed;  /* no memory, or the maximum was passed */
        bool starved; /* … it was memory */
};

/** buf_init(buf, max): an empty buffer that may hold ${max} bytes; allocates nothing yet. */
void buf_init(struct buf *buf, size_t max);

/** buf_free(buf): give the memory back; the buffer may be used again. */
void buf_free(struct buf *buf);

/** buf_clear(buf): forget content and failure, keep the memory. */
void buf_clear(struct buf *buf);

/** buf_reserve(buf, size): make room for ${size} more bytes; returns where they go, or NULL. */
char *buf_reserve(struct buf *buf, size_t size);

void buf_put(struct buf *buf, const void *bytes, size_t size);
void buf_text(struct buf *buf, const char *text);
void buf_str(struct buf *buf, struct str s);
void buf_int(struct buf *buf, long long number);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One byte where there is room is what answers mostly consist of. */
static inline void buf_char(struct buf *buf, char c)
{
        if (buf->failed || buf->len + 1 >= buf->cap || buf->len >= buf->max) {
                buf_put(buf, &c, 1);
                return;
        }
        buf->data[buf->len++] = c;
        buf->data[buf->len] = '\0';
}

/** buf_ok(buf): whether every append since the last clear succeeded. */
static inline bool buf_ok(const struct buf *buf)
{
        return !buf->failed;
}

/** buf_view(buf): the content; valid until the next append, clear or free. */
static inline struct str buf_view(const struct buf *buf)
{
        return (struct str){buf->data ? buf->data : "", buf->len};
}

#endif
