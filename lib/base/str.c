/**
 * str.c: what slices need beyond comparing bytes.
 */
#include "base/str.h"

#include <stdint.h>

static char lower(char c)
{
        return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool str_eq_nocase(struct str a, struct str b)
{
        if (a.len != b.len)
                return false;
        for (size_t i = 0; i < a.len; i++)
                if (lower(a.ptr[i]) != lower(b.ptr[i]))
                        return false;
        return true;
}

static bool is_blank(char c)
{
        return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
        while (s.len && is_blank(s.ptr[0]))
                s = str_skip(s, 1);
        while (s.len && is_blank(s.ptr[s.len - 1]))
                s.len--;
        return s;
}

bool str_cut(struct str *rest, char separator, struct str *piece)
{
        const char *end;

        if (!rest->ptr)
                return false;
        end = rest->len ? memchr(rest->ptr, separator, rest->len) : NULL;
        if (!end) {
                *piece = *rest;
                *rest = (struct str){NULL, 0};
                return true;
        }
        *piece = (struct str){rest->ptr, (size_t)(end - rest->ptr)};
        *rest = str_skip(*rest, piece->len + 1);
        return true;
}

/* Length of the well-formed sequence at the start of s, 0 if there is none (Unicode table 3-7). */
static size_t sequence_length(const uint8_t *p, size_t left)
{
        static const struct {
                uint8_t first, last, second_least, second_most, length;
        } rows[] = {
                {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2},
                {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
                {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
                {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
                {0xf4, 0xf4, 0x80, 0x8f, 4},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                if (p[0] < rows[i].first || p[0] > rows[i].last)
                        continue;
                if (rows[i].length > left)
                        return 0;
                if (rows[i].length > 1 &&
                    (p[1] < rows[i].second_least || p[1] > rows[i].second_most))
                        return 0;
                for (size_t k = 2; k < rows[i].length; k++)
                        if ((p[k] & 0xc0) != 0x80)
                                return 0;
                return rows[i].length;
        }
        return 0;
}

bool str_utf8_valid(struct str s)
{
        const uint8_t *p = (const uint8_t *)s.ptr;
        size_t n;

        for (size_t i = 0; i < s.len; i += n) {
                n = p[i] < 0x80 ? 1 : sequence_length(p + i, s.len - i);
                if (n == 0)
                        return false;
        }
        return true;
}

size_t str_utf8_length(struct str s)
{
        size_t points = 0;

        for (size_t i = 0; i < s.len; i++)
                points += ((uint8_t)s.ptr[i] & 0xc0) != 0x80;
        return points;
}

void str_put(char *out, size_t size, struct str s)
{
        const size_t length = s.len < size ? s.len : size - 1;

        if (length)
                memcpy(out, s.ptr, length);
        out[length] = '\0';
}
