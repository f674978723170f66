/**
 * str.h: a slice of text or bytes that somebody else owns.
 *
 * Slices carry their length, so request data is never assumed to be NUL-terminated. A slice is
 * valid as long as the memory it points into: most slices point into a request's arena.
 */
#ifndef ALMONER_BASE_STR_H
#define ALMONER_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
        const char *ptr; /* NULL means absent, which differs from empty */
        size_t len;      /* bytes */
};

/** STR("literal"): a slice of a string literal. */
#define STR(literal) ((struct str){"" literal "", sizeof(literal) - 1})

/** Printf pieces: printf("%.*s", STR_ARG(s)). */
#define STR_ARG(s) (int)(s).len, (s).ptr

/** str_of(text): slice of NUL-terminated ${text}; an absent slice when ${text} is NULL. */
static inline struct str str_of(const char *text)
{
        return (struct str){text, text ? strlen(text) : 0};
}

/** str_eq(a, b): whether both hold the same bytes. Two empty slices are equal; absent equals empty.
 */
static inline bool str_eq(struct str a, struct str b)
{
        return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/** str_is(s, text): str_eq against NUL-terminated ${text}. */
static inline bool str_is(struct str s, const char *text)
{
        return str_eq(s, str_of(text));
}

/** str_eq_nocase(a, b): as str_eq, ASCII letters compared without case. */
bool str_eq_nocase(struct str a, struct str b);

/** str_starts(s, prefix): whether ${s} begins with ${prefix}. */
static inline bool str_starts(struct str s, struct str prefix)
{
        return s.len >= prefix.len &&
               (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

/** str_skip(s, n): ${s} without its first ${n} bytes; ${n} must not exceed the length. */
static inline struct str str_skip(struct str s, size_t n)
{
        return (struct str){s.ptr + n, s.len - n};
}

/** str_trim(s): ${s} without ASCII white space at both ends. */
struct str str_trim(struct str s);

/**
 * str_cut(rest, separator, piece): take the text before the next ${separator} from ${rest} into
 * ${piece} and move ${rest} past it. Returns false when ${rest} is used up (ptr NULL). The piece
 * after the last separator counts, also when empty.
 */
bool str_cut(struct str *rest, char separator, struct str *piece);

/** str_utf8_valid(s): whether ${s} is well-formed UTF-8 (RFC 3629: no surrogates, no overlongs). */
bool str_utf8_valid(struct str s);

/** str_utf8_length(s): code points in well-formed ${s}. */
size_t str_utf8_length(struct str s);

/** str_put(out, size, s): a NUL-terminated copy in an array of ${size} bytes; what does not fit is
 * left out. An absent slice is empty. */
void str_put(char *out, size_t size, struct str s);

#endif
