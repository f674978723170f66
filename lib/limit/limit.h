/**
 * limit.h: rate limits shared by all processes of a host.
 *
 * The generic cell rate algorithm (GCRA, ITU-T I.371) over one 64-bit atomic "theoretical arrival
 * time" a key, in an mmap'ed file: no lock that a killed process could leave behind. Keys are
 * hashed with a secret that is made with the file, so nobody can aim at somebody else's slot. The
 * clock is CLOCK_BOOTTIME.
 */
#ifndef ALMONER_LIMIT_LIMIT_H
#define ALMONER_LIMIT_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* clang-format off */
enum rate {
#define RATE(id, text, key, about) RATE_##id,
#include "limit/rates.tbl"
#undef RATE
        RATE__N
};
/* clang-format on */

struct limits;

/**
 * limits_open(path): map the store at ${path}, making it (O_EXCL, then rename) when it is missing,
 * of another size or version. NULL with errno when that fails. Safe when several processes open at
 * once.
 */
struct limits *limits_open(const char *path);

/** limits_close(limits): unmap; NULL is fine. */
void limits_close(struct limits *limits);

struct limit_decision {
        bool allowed;
        uint32_t limit;       /* requests a window */
        uint32_t window;      /* seconds */
        uint32_t remaining;   /* requests that may come at once from now */
        uint32_t reset;       /* seconds until the whole limit is there again */
        uint32_t retry_after; /* seconds until one request fits; 0 when allowed */
};

/**
 * limit_take(limits, rate, subject): take one request of class ${rate} from the bucket of
 * ${subject} (a tenant and user, or an address; IPv6 is cut to /64 by limit_address). The number a
 * minute comes from configuration times RATE_LIMIT_SCALE; scale 0 always allows. When all slots
 * that a key may use are taken by others, it allows and counts (limits_overflows).
 */
struct limit_decision limit_take(struct limits *limits, enum rate rate, struct str subject);

/** limit_peek(...): the state without taking. */
struct limit_decision limit_peek(struct limits *limits, enum rate rate, struct str subject);

/** limit_address(address, text): canonical subject of a client address: IPv4 whole (also
 * v4-mapped), IPv6 the /64. ${text} holds 64 bytes. */
struct str limit_address(struct str address, char text[static 64]);

/** rate_name(rate): the policy name in headers, e.g. "user". */
const char *rate_name(enum rate rate);

/** limits_overflows(limits): decisions that found no slot. */
uint64_t limits_overflows(const struct limits *limits);

#endif
