/**
 * id.h: identifiers.
 *
 * Every record has a UUIDv7 (RFC 9562), stored as 16 bytes. Outside it is shown as a UUID or as a
 * TypeID (jetify-com/typeid specification 0.3: prefix, underscore, 26 characters of Crockford
 * base32). Ids of different kinds are different C types, so that a tenant can't be passed for a
 * user.
 */
#ifndef ALMONER_BASE_ID_H
#define ALMONER_BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct uuid {
        uint8_t bytes[16];
};

struct tenant_id {
        struct uuid uuid;
};

struct user_id {
        struct uuid uuid;
};

struct session_id {
        struct uuid uuid;
};

struct site_id {
        struct uuid uuid;
};

enum {
        UUID_TEXT_SIZE = 37,
        TYPEID_PREFIX_MAX = 63,
        TYPEID_SUFFIX_LENGTH = 26,
        TYPEID_TEXT_SIZE = TYPEID_PREFIX_MAX + 1 + TYPEID_SUFFIX_LENGTH + 1,
};

/**
 * uuid_v7(out): a new id; ids made by one process never go backwards, also within a millisecond.
 * Thread-safe. Returns false when the system has no randomness.
 */
bool uuid_v7(struct uuid *out);

/** uuid_parse(text, out): the 36-character form, letters in either case. */
bool uuid_parse(struct str text, struct uuid *out);

/** uuid_format(id, text): the 36-character lower-case form. */
struct str uuid_format(const struct uuid *id, char text[static UUID_TEXT_SIZE]);

bool uuid_is_zero(const struct uuid *id);
bool uuid_eq(const struct uuid *a, const struct uuid *b);

/**
 * typeid_format(prefix, id, text): "prefix_01h455vb4pex5vsknk084sn02q". A ${prefix} that the
 * specification refuses (checked by typeid_prefix_valid) is our own bug.
 */
struct str typeid_format(const char *prefix, const struct uuid *id,
                         char text[static TYPEID_TEXT_SIZE]);

/**
 * typeid_parse(prefix, text, out): false unless ${text} is a valid TypeID (lower case, no overflow)
 * with exactly this ${prefix}; an empty prefix means none and no underscore.
 */
bool typeid_parse(const char *prefix, struct str text, struct uuid *out);

/** typeid_prefix_valid(prefix): [a-z_]{0,63}, neither first nor last character an underscore. */
bool typeid_prefix_valid(struct str prefix);

/** random_bytes(out, size): from getrandom(2); false only when the system refuses. */
bool random_bytes(void *out, size_t size);

#endif
