/**
 * limit_internal.h: the shared store, as it lies in the file.
 */
#ifndef ALMONER_LIMIT_INTERNAL_H
#define ALMONER_LIMIT_INTERNAL_H

#include <stdatomic.h>

#include "limit/limit.h"

enum { LIMIT_SLOTS = 65536, LIMIT_PROBES = 8, LIMIT_VERSION = 1 };

struct limit_slot {
        _Atomic uint64_t key; /* 0: free */
        _Atomic int64_t tat;  /* microseconds of CLOCK_BOOTTIME */
};

struct limit_store {
        char magic[8];
        uint32_t version, slot_count;
        unsigned char secret[16];
        _Atomic uint64_t overflows;
        struct limit_slot slots[LIMIT_SLOTS];
};

struct limits {
        struct limit_store *store;
};

#endif
