/**
 * log_gather.c: lines that wait a moment for others, so that a write serves many requests.
 *
 * A write to a file costs a request more than all its formatting. A thread writes what has gathered
 * every 50 ms; a warning or an error is written at once, with all that came before it.
 */
#include "base/log_internal.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { ROOM = 1 << 16, PAUSE_US = 50000 };

static struct {
        pthread_mutex_t lock;
        pthread_cond_t changed;
        pthread_t thread;
        bool gathering;
        size_t used;
        char lines[ROOM];
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* Nowhere left to say that it failed. */
static void write_all(const char *bytes, size_t size)
{
        while (size) {
                const ssize_t written = write(STDERR_FILENO, bytes, size);

                if (written <= 0)
                        return;
                bytes += written;
                size -= (size_t)written;
        }
}

static void flush_locked(void)
{
        write_all(queue.lines, queue.used);
        queue.used = 0;
}

static void *flush_now_and_then(void *unused)
{
        (void)unused;
        pthread_mutex_lock(&queue.lock);
        while (queue.gathering) {
                if (queue.used == 0) {
                        pthread_cond_wait(&queue.changed, &queue.lock);
                        continue;
                }
                pthread_mutex_unlock(&queue.lock);
                usleep(PAUSE_US);
                pthread_mutex_lock(&queue.lock);
                flush_locked();
        }
        pthread_mutex_unlock(&queue.lock);
        return NULL;
}

void log_put(struct str line, bool at_once)
{
        pthread_mutex_lock(&queue.lock);
        if (queue.used + line.len > ROOM)
                flush_locked();
        if (!queue.gathering || line.len > ROOM) {
                write_all(line.ptr, line.len);
        } else {
                memcpy(queue.lines + queue.used, line.ptr, line.len);
                queue.used += line.len;
                if (queue.used == line.len)
                        pthread_cond_signal(&queue.changed);
                if (at_once)
                        flush_locked();
        }
        pthread_mutex_unlock(&queue.lock);
}

void log_gather(void)
{
        pthread_mutex_lock(&queue.lock);
        if (!queue.gathering)
                queue.gathering =
                        pthread_create(&queue.thread, NULL, flush_now_and_then, NULL) == 0;
        pthread_mutex_unlock(&queue.lock);
}

void log_gather_end(void)
{
        bool gathering;

        pthread_mutex_lock(&queue.lock);
        gathering = queue.gathering;
        queue.gathering = false;
        flush_locked();
        pthread_cond_signal(&queue.changed);
        pthread_mutex_unlock(&queue.lock);
        if (gathering)
                pthread_join(queue.thread, NULL);
}
