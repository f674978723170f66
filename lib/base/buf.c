/**
 * buf.c: growing bytes with sticky errors.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 512 };

void buf_init(struct buf *buf, size_t max)
{
        *buf = (struct buf){.max = max};
}

void buf_free(struct buf *buf)
{
        free(buf->data);
        buf_init(buf, buf->max);
}

void buf_clear(struct buf *buf)
{
        buf->len = 0;
        buf->failed = buf->starved = false;
        if (buf->data)
                buf->data[0] = '\0';
}

static bool grow(struct buf *buf, size_t need)
{
        size_t cap = buf->cap ? buf->cap : FIRST_CAPACITY;
        char *data;

        while (cap < need && cap <= SIZE_MAX / 2)
                cap *= 2;
        if (cap < need)
                return false;
        data = realloc(buf->data, cap);
        buf->starved = !data;
        if (!data)
                return false;
        buf->data = data;
        buf->cap = cap;
        buf->data[buf->len] = '\0';
        return true;
}

char *buf_reserve(struct buf *buf, size_t size)
{
        if (buf->failed)
                return NULL;
        if (size > buf->max - buf->len ||
            (buf->len + size >= buf->cap && !grow(buf, buf->len + size + 1))) {
                buf->failed = true;
                return NULL;
        }
        return buf->data + buf->len;
}

void buf_put(struct buf *buf, const void *bytes, size_t size)
{
        char *to = buf_reserve(buf, size);

        if (!to)
                return;
        if (size)
                memcpy(to, bytes, size);
        buf->len += size;
        buf->data[buf->len] = '\0';
}

void buf_text(struct buf *buf, const char *text)
{
        buf_put(buf, text, strlen(text));
}

void buf_str(struct buf *buf, struct str s)
{
        buf_put(buf, s.ptr, s.len);
}

void buf_int(struct buf *buf, long long number)
{
        char digits[24], *p = digits + sizeof(digits);
        unsigned long long rest =
                number < 0 ? 0 - (unsigned long long)number : (unsigned long long)number;

        do
                *--p = (char)('0' + rest % 10);
        while (rest /= 10);
        if (number < 0)
                *--p = '-';
        buf_put(buf, p, (size_t)(digits + sizeof(digits) - p));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
        va_list args, again;
        int size;
        char *to;

        va_start(args, format);
        va_copy(again, args);
        size = vsnprintf(NULL, 0, format, args);
        to = size < 0 ? NULL : buf_reserve(buf, (size_t)size);
        if (size < 0)
                buf->failed = true;
        if (to) {
                vsnprintf(to, (size_t)size + 1, format, again);
                buf->len += (size_t)size;
        }
        va_end(again);
        va_end(args);
}
