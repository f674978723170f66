/**
 * arena.h: memory of one request.
 *
 * Allocate freely, never free: arena_reset gives everything back at once. An arena has a ceiling;
 * past it, or when the system has no memory, allocations return NULL and the arena stays marked
 * as failed until reset, so that the request is answered 503 and the process lives on. An arena
 * belongs to one thread.
 */
#ifndef ALMONER_BASE_ARENA_H
#define ALMONER_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;

/**
 * arena_create(ceiling): an arena that hands out at most ${ceiling} bytes, counted as asked for;
 * NULL without memory. Alignment and clean-ups' own records come on top of what callers ask for:
 * the former uncounted (below 16 bytes an allocation), the latter counted.
 */
struct arena *arena_create(size_t ceiling);

/** arena_destroy(arena): run the clean-ups and free all; NULL is fine. */
void arena_destroy(struct arena *arena);

/**
 * arena_reset(arena): run the clean-ups (last registered first), forget all allocations and the
 * failure mark. The first block is kept, so a steady load allocates nothing from the system.
 */
void arena_reset(struct arena *arena);

/** arena_alloc(arena, size): ${size} zeroed bytes aligned for any type, or NULL (see above). */
void *arena_alloc(struct arena *arena, size_t size);

/** arena_new(arena, type, count): typed allocation of ${count} zeroed elements, or NULL. */
#define arena_new(arena, type, count) ((type *)arena_alloc_array((arena), (count), sizeof(type)))

/** arena_alloc_array(arena, count, size): as arena_alloc for ${count} * ${size}; NULL on overflow.
 */
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);

/** arena_copy(arena, s): a NUL-terminated copy of ${s}; an absent slice stays absent. */
struct str arena_copy(struct arena *arena, struct str s);

/** arena_printf(arena, format, ...): formatted, NUL-terminated text; ptr NULL without memory. */
struct str arena_printf(struct arena *arena, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/** arena_failed(arena): whether any allocation failed since the last reset and was not rolled back.
 */
bool arena_failed(const struct arena *arena);

/** arena_fail(arena): mark it so: memory was lacking for something that belongs to its request, but
 * does not come from it. */
void arena_fail(struct arena *arena);

/** arena_used(arena): bytes handed out since the last reset (tests hold routes to a budget). */
size_t arena_used(const struct arena *arena);

/**
 * arena_on_reset(arena, release, thing): call ${release}(${thing}) at the next reset, rollback past
 * this point, or destroy. Returns false (and has called ${release} already) without memory.
 */
bool arena_on_reset(struct arena *arena, void (*release)(void *thing), void *thing);

struct arena_mark {
        void *block; /* opaque */
        size_t used;
        size_t total;
        void *cleanups;
        bool failed;
};

/** arena_mark(arena): a point to roll back to before a retry. */
struct arena_mark arena_mark(const struct arena *arena);

/**
 * arena_rollback(arena, mark): forget what was allocated, and what failed, since ${mark}; run the
 * clean-ups registered since. A failure before the mark stays.
 */
void arena_rollback(struct arena *arena, struct arena_mark mark);

#endif
