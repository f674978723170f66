/**
 * percent.c: percent-encoding (RFC 3986 section 2.1) and the '+' of
 * application/x-www-form-urlencoded.
 */
#include "http/http_internal.h"

static int hex_value(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

/* The byte at ${i}, moving ${i} past it; negative on a broken escape. */
static int take_byte(struct str text, size_t *i, bool plus)
{
        const char c = text.ptr[(*i)++];
        int high, low;

        if (c == '+' && plus)
                return ' ';
        if (c != '%')
                return (unsigned char)c;
        if (text.len - *i < 2)
                return -1;
        high = hex_value(text.ptr[*i]);
        low = hex_value(text.ptr[*i + 1]);
        *i += 2;
        return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool needs_decoding(struct str text, bool plus)
{
        return memchr(text.ptr, '%', text.len) || (plus && memchr(text.ptr, '+', text.len));
}

static enum status decode_into(struct str text, bool plus, char *to, struct str *out)
{
        size_t length = 0;

        for (size_t i = 0; i < text.len;) {
                const int byte = take_byte(text, &i, plus);

                if (byte < 0)
                        return STATUS_INVALID;
                to[length++] = (char)byte;
        }
        *out = (struct str){to, length};
        return STATUS_OK;
}

enum status percent_decode(struct arena *arena, struct str text, bool plus, struct str *out)
{
        enum status status = STATUS_OK;

        *out = text;
        if (text.len && needs_decoding(text, plus)) {
                char *to = arena_alloc(arena, text.len + 1);

                status = to ? decode_into(text, plus, to, out) : STATUS_NOMEM;
        }
        if (status != STATUS_OK)
                return status;
        if (out->len && (memchr(out->ptr, '\0', out->len) || !str_utf8_valid(*out)))
                return STATUS_INVALID;
        return STATUS_OK;
}

static bool unreserved(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.' || c == '_' || c == '~';
}

char *percent_encode(char *to, struct str text)
{
        static const char digits[] = "0123456789ABCDEF";

        for (size_t i = 0; i < text.len; i++) {
                const unsigned char c = (unsigned char)text.ptr[i];

                if (unreserved((char)c)) {
                        *to++ = (char)c;
                        continue;
                }
                *to++ = '%';
                *to++ = digits[c >> 4];
                *to++ = digits[c & 15];
        }
        return to;
}
