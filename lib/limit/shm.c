/**
 * shm.c: the store's file: made whole under another name, then renamed, so that nobody ever maps
 * half of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "limit/limit_internal.h"

enum { PATH_SIZE = 600 };

static const char magic[8] = "ALMLIMIT";

static struct limit_store *map(int fd)
{
        void *memory =
                mmap(NULL, sizeof(struct limit_store), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

        return memory == MAP_FAILED ? NULL : memory;
}

/* The store in ${fd} if it is one of ours; NULL otherwise. */
static struct limit_store *map_ours(int fd)
{
        struct limit_store *store = NULL;
        struct stat about;

        if (fstat(fd, &about) == 0 && about.st_size == sizeof(struct limit_store))
                store = map(fd);
        if (store && (memcmp(store->magic, magic, sizeof(magic)) != 0 ||
                      store->version != LIMIT_VERSION || store->slot_count != LIMIT_SLOTS)) {
                munmap(store, sizeof(*store));
                store = NULL;
        }
        return store;
}

static struct limit_store *map_existing(const char *path)
{
        struct limit_store *store;
        const int fd = open(path, O_RDWR | O_CLOEXEC);

        if (fd < 0)
                return NULL;
        store = map_ours(fd);
        close(fd);
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

/* Put ${made} in the place of a file that is no store. Its lock makes one opener do it: were two
 * to, the first would map a file that the second takes away. */
static bool replace(const char *made, const char *path)
{
        struct limit_store *store = NULL;
        struct stat locked, named;
        const int fd = open(path, O_RDWR | O_CLOEXEC);
        bool done;

        if (fd < 0)
                return false;
        done = flock(fd, LOCK_EX) == 0 && fstat(fd, &locked) == 0 && stat(path, &named) == 0;
        if (done && locked.st_dev == named.st_dev && locked.st_ino == named.st_ino) {
                store = map_ours(fd);
                done = store || rename(made, path) == 0;
        }
        if (store)
                munmap(store, sizeof(*store));
        close(fd);
        return done;
}

/* Make a store beside ${path} and link it there, unless somebody else was faster. */
static bool make(const char *path)
{
        char made[PATH_SIZE];
        uint64_t unique;
        bool done;
        int fd;

        if (!random_bytes(&unique, sizeof(unique)))
                return false;
        snprintf(made, sizeof(made), "%s.%016llx", path, (unsigned long long)unique);
        fd = open(made, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
        if (fd < 0)
                return false;
        done = fill(fd) && fchmod(fd, 0660) == 0; /* for the group of all modules */
        close(fd);
        if (done && link(made, path) != 0)
                done = errno == EEXIST && replace(made, path);
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
