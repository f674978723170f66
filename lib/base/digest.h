/**
 * digest.h: SHA-256 (FIPS 180-4), base64url without padding (RFC 4648 section 5), and hex.
 */
#ifndef ALMONER_BASE_DIGEST_H
#define ALMONER_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct digest {
        uint8_t bytes[32];
};

/** digest_sha256(data, out): false only without memory. */
bool digest_sha256(struct str data, struct digest *out);

/** bytes_equal(a, b, size): comparison in constant time. */
bool bytes_equal(const void *a, const void *b, size_t size);

/** base64url_encode(arena, data): text without padding; ptr NULL without memory. */
struct str base64url_encode(struct arena *arena, struct str data);

/** base64url_decode(arena, text): the bytes; ptr NULL when ${text} has padding, other characters or
 * left-over bits that are not zero. */
struct str base64url_decode(struct arena *arena, struct str text);

/** hex_format(data, size, text): lower-case, NUL-terminated; ${text} holds 2 * ${size} + 1 bytes.
 */
struct str hex_format(const void *data, size_t size, char *text);

#endif
