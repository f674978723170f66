/**
 * arena.c: bump allocation in blocks; clean-ups are a list that lives in the arena itself.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { ALIGNMENT = 16, FIRST_BLOCK = 16384, LARGEST_STEP = 1 << 20 };

struct block {
        struct block *older;
        size_t size, used; /* of data */
        _Alignas(ALIGNMENT) char data[];
};

struct cleanup {
        void (*release)(void *thing);
        void *thing;
        struct cleanup *older;
};

struct arena {
        struct block *newest;
        struct cleanup *cleanups;
        size_t total, ceiling;
        bool failed;
};

static struct block *block_create(size_t size, struct block *older)
{
        struct block *block =
                size <= SIZE_MAX - sizeof(*block) ? malloc(sizeof(*block) + size) : NULL;

        if (block)
                *block = (struct block){.older = older, .size = size};
        return block;
}

struct arena *arena_create(size_t ceiling)
{
        struct arena *arena = calloc(1, sizeof(*arena));

        if (!arena)
                return NULL;
        arena->ceiling = ceiling;
        arena->newest = block_create(FIRST_BLOCK, NULL);
        if (!arena->newest) {
                free(arena);
                return NULL;
        }
        return arena;
}

static void run_cleanups(struct arena *arena, const struct cleanup *until)
{
        while (arena->cleanups != until) {
                struct cleanup *c = arena->cleanups;

                arena->cleanups = c->older;
                c->release(c->thing);
        }
}

static void drop_blocks(struct arena *arena, const struct block *until)
{
        while (arena->newest != until) {
                struct block *block = arena->newest;

                arena->newest = block->older;
                free(block);
        }
}

void arena_destroy(struct arena *arena)
{
        if (!arena)
                return;
        run_cleanups(arena, NULL);
        drop_blocks(arena, NULL);
        free(arena);
}

void arena_reset(struct arena *arena)
{
        struct block *first = arena->newest;

        while (first->older)
                first = first->older;
        run_cleanups(arena, NULL);
        drop_blocks(arena, first);
        first->used = 0;
        arena->total = 0;
        arena->failed = false;
}

static bool add_block(struct arena *arena, size_t size)
{
        size_t step =
                arena->newest->size < LARGEST_STEP / 2 ? arena->newest->size * 2 : LARGEST_STEP;
        struct block *block = block_create(size > step ? size : step, arena->newest);

        if (block)
                arena->newest = block;
        return block != NULL;
}

void *arena_alloc(struct arena *arena, size_t size)
{
        const size_t rounded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
        struct block *block = arena->newest;
        void *memory;

        if (rounded < size || size > arena->ceiling - arena->total ||
            (rounded > block->size - block->used && !add_block(arena, rounded))) {
                arena->failed = true;
                return NULL;
        }
        block = arena->newest;
        memory = block->data + block->used;
        block->used += rounded;
        arena->total += size;
        return memset(memory, 0, rounded);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
        size_t bytes;

        if (__builtin_mul_overflow(count, size, &bytes)) {
                arena->failed = true;
                return NULL;
        }
        return arena_alloc(arena, bytes);
}

struct str arena_copy(struct arena *arena, struct str s)
{
        char *copy = s.ptr ? arena_alloc(arena, s.len + 1) : NULL;

        if (!copy)
                return (struct str){NULL, 0};
        if (s.len)
                memcpy(copy, s.ptr, s.len);
        return (struct str){copy, s.len};
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
        struct str text = {NULL, 0};
        va_list args, again;
        int size;

        va_start(args, format);
        va_copy(again, args);
        size = vsnprintf(NULL, 0, format, args);
        if (size >= 0) {
                char *memory = arena_alloc(arena, (size_t)size + 1);

                if (memory) {
                        vsnprintf(memory, (size_t)size + 1, format, again);
                        text = (struct str){memory, (size_t)size};
                }
        }
        va_end(again);
        va_end(args);
        return text;
}

bool arena_failed(const struct arena *arena)
{
        return arena->failed;
}

void arena_fail(struct arena *arena)
{
        arena->failed = true;
}

size_t arena_used(const struct arena *arena)
{
        return arena->total;
}

bool arena_on_reset(struct arena *arena, void (*release)(void *thing), void *thing)
{
        struct cleanup *c = arena_new(arena, struct cleanup, 1);

        if (!c) {
                release(thing);
                return false;
        }
        *c = (struct cleanup){release, thing, arena->cleanups};
        arena->cleanups = c;
        return true;
}

struct arena_mark arena_mark(const struct arena *arena)
{
        return (struct arena_mark){arena->newest, arena->newest->used, arena->total,
                                   arena->cleanups, arena->failed};
}

void arena_rollback(struct arena *arena, struct arena_mark mark)
{
        run_cleanups(arena, mark.cleanups);
        drop_blocks(arena, mark.block);
        arena->newest->used = mark.used;
        arena->total = mark.total;
        arena->failed = mark.failed;
}
