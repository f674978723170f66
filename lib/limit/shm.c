/**
 * shm.c: the store's file: made whole under another name, then renamed, so that nobody ever maps
 * half of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "limit/limit_internal.h"

static const char magic[8] = "ALMLIMIT";

static struct limit_store *map(int fd)
{
        void *memory =
                mmap(NULL, sizeof(struct limit_store), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

        return memory == MAP_FAILED ? NULL : memory;
}

/* The store at ${path} if it is one of ours; NULL otherwise. */
static struct limit_store *map_existing(const char *path)
{
        struct limit_store *store = NULL;
        struct stat about;
        int fd = open(path, O_RDWR | O_CLOEXEC);

        if (fd < 0)
                return NULL;
        if (fstat(fd, &about) == 0 && about.st_size == sizeof(struct limit_store))
                store = map(fd);
        close(fd);
        if (store && (memcmp(store->magic, magic, sizeof(magic)) != 0 ||
                      store->version != LIMIT_VERSION || store->slot_count != LIMIT_SLOTS)) {
                munmap(store, sizeof(*store));
                store = NULL;
        }
        return store;
}

static bool fill(int fd)
{
        struct limit_store *store;
        bool random;

        if (ftruncate(fd, sizeof(struct limit_store)) != 0)
                return false;
        store = map(fd);
        if (!store)
                return false;
        memcpy(store->magic, magic, sizeof(magic));
        store->version = LIMIT_VERSION;
        store->slot_count = LIMIT_SLOTS;
        random = random_bytes(store->secret, sizeof(store->secret));
        munmap(store, sizeof(*store));
        return random;
}

/* Make a store beside ${path} and link it there unless somebody else was faster; one that is no
 * good is replaced. */
static bool make(const char *path)
{
        char made[600];
        bool done;
        int fd;

        snprintf(made, sizeof(made), "%s.%ld", path, (long)getpid());
        fd = open(made, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
        if (fd < 0)
                return false;
        done = fill(fd);
        close(fd);
        if (done && link(made, path) != 0 && errno == EEXIST) {
                struct limit_store *theirs = map_existing(path);

                if (theirs)
                        munmap(theirs, sizeof(*theirs));
                else
                        done = rename(made, path) == 0;
        }
        (void)unlink(made);
        return done;
}

struct limits *limits_open(const char *path)
{
        struct limits *limits = calloc(1, sizeof(*limits));

        if (!limits)
                return NULL;
        limits->store = map_existing(path);
        if (!limits->store && make(path))
                limits->store = map_existing(path);
        if (limits->store)
                return limits;
        free(limits);
        return NULL;
}

void limits_close(struct limits *limits)
{
        if (!limits)
                return;
        munmap(limits->store, sizeof(*limits->store));
        free(limits);
}
