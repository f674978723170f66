/**
 * fail_malloc.c: a library to preload that lets the n-th allocation fail, as curl's torture tests
 * do.
 *
 *     FAIL_MALLOC=FILE FAIL_MALLOC_PROGRAM=persons.fcgi LD_PRELOAD=fail_malloc.so …
 *
 * FILE is mapped and holds struct control: the test writes at which allocation to fail, the library
 * counts and tells who was refused. Counted is what the threads allocate that accept requests
 * (FCGX_Accept_r), libraries included; with FAIL_MALLOC_THREADS=all what every thread does. One
 * allocation fails, then the library sleeps until it is armed again.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FRAMES = 24, WHERE_SIZE = 2048, POOL_SIZE = 1 << 16, ALIGNMENT = 16 };

struct control {
        _Atomic int64_t armed;   /* 1: count, and fail number fail_at */
        _Atomic int64_t fail_at; /* 0: count only */
        _Atomic int64_t counted;
        _Atomic int64_t fired;  /* 1: the allocation was refused */
        char where[WHERE_SIZE]; /* "file+offset file+offset …", the innermost caller first */
        _Atomic int64_t living; /* blocks of all threads that were not given back yet */
};

static struct control *control;
static bool all_threads;
static __thread bool counts __attribute__((tls_model("initial-exec")));
static __thread bool busy __attribute__((tls_model("initial-exec")));

static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void *(*next_aligned)(size_t, size_t);
static int (*next_posix)(void **, size_t, size_t);
static void (*next_free)(void *);

/* What dlsym itself needs while the real functions are looked up; never given back. */
static _Alignas(ALIGNMENT) char pool[POOL_SIZE];
static size_t pool_used;
static bool looking;

static bool from_pool(const void *memory)
{
        return (const char *)memory >= pool && (const char *)memory < pool + POOL_SIZE;
}

static void *pool_take(size_t size)
{
        char *memory = pool + pool_used;

        size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
        if (size > POOL_SIZE - pool_used)
                return NULL;
        pool_used += size;
        return memory;
}

static void look_up(void)
{
        if (next_free || looking)
                return;
        looking = true;
        *(void **)&next_malloc = dlsym(RTLD_NEXT, "malloc");
        *(void **)&next_calloc = dlsym(RTLD_NEXT, "calloc");
        *(void **)&next_realloc = dlsym(RTLD_NEXT, "realloc");
        *(void **)&next_aligned = dlsym(RTLD_NEXT, "aligned_alloc");
        *(void **)&next_posix = dlsym(RTLD_NEXT, "posix_memalign");
        *(void **)&next_free = dlsym(RTLD_NEXT, "free");
        looking = false;
}

/* Before main, so that no lookup or backtrace allocates later. */
__attribute__((constructor)) static void open_control(void)
{
        const char *path = getenv("FAIL_MALLOC"), *program = getenv("FAIL_MALLOC_PROGRAM");
        const char *threads = getenv("FAIL_MALLOC_THREADS");
        void *frames[2], *memory;
        int fd;

        look_up();
        if (!path || !program || strcmp(program, program_invocation_short_name) != 0)
                return;
        fd = open(path, O_RDWR | O_CLOEXEC);
        if (fd < 0)
                return;
        memory = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        close(fd);
        (void)backtrace(frames, 2);
        all_threads = threads && strcmp(threads, "all") == 0;
        control = memory == MAP_FAILED ? NULL : memory;
}

static void tell_where(void)
{
        void *frames[FRAMES];
        const int count = backtrace(frames, FRAMES);
        size_t length = 0;

        for (int i = 2; i < count && length < WHERE_SIZE; i++) {
                Dl_info about;
                const char *slash;

                if (!dladdr(frames[i], &about) || !about.dli_fname)
                        continue;
                slash = strrchr(about.dli_fname, '/');
                length +=
                        (size_t)snprintf(control->where + length, WHERE_SIZE - length, "%s%s+0x%zx",
                                         length ? " " : "", slash ? slash + 1 : about.dli_fname,
                                         (size_t)((char *)frames[i] - (char *)about.dli_fbase) - 1);
        }
}

/* Whether this allocation is the one. */
static bool refused(void)
{
        bool mine;

        if (!control || busy || !(counts || all_threads) || !atomic_load(&control->armed))
                return false;
        mine = atomic_fetch_add(&control->counted, 1) + 1 == atomic_load(&control->fail_at);
        if (!mine)
                return false;
        busy = true;
        atomic_store(&control->armed, 0);
        tell_where();
        atomic_store(&control->fired, 1);
        busy = false;
        errno = ENOMEM;
        return true;
}

static void *born(void *memory)
{
        if (control && memory)
                atomic_fetch_add(&control->living, 1);
        return memory;
}

void *malloc(size_t size)
{
        look_up();
        if (!next_malloc)
                return pool_take(size);
        return refused() ? NULL : born(next_malloc(size));
}

void *calloc(size_t count, size_t size)
{
        look_up();
        if (!next_calloc)
                return pool_take(count * size); /* static, so zeroed */
        return refused() ? NULL : born(next_calloc(count, size));
}

void *realloc(void *old, size_t size)
{
        look_up();
        if (!next_realloc || from_pool(old))
                return NULL;
        if (refused())
                return NULL;
        return old ? next_realloc(old, size) : born(next_realloc(NULL, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
        look_up();
        return !next_aligned || refused() ? NULL : born(next_aligned(alignment, size));
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
        int status;

        look_up();
        status = !next_posix || refused() ? ENOMEM : next_posix(out, alignment, size);
        if (status == 0)
                (void)born(*out);
        return status;
}

void free(void *memory)
{
        look_up();
        if (!memory || from_pool(memory) || !next_free)
                return;
        if (control)
                atomic_fetch_sub(&control->living, 1);
        next_free(memory);
}

/* From its first request on a thread's allocations count. */
int FCGX_Accept_r(void *request);
int FCGX_Accept_r(void *request)
{
        static int (*_Atomic next)(void *);

        if (!next)
                *(void **)&next = dlsym(RTLD_NEXT, "FCGX_Accept_r");
        counts = true;
        return next(request);
}
