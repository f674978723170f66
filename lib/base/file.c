/**
 * file.c: see file.h.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static bool make_folders(char *path)
{
        for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = 0;
                if (mkdir(path, 0750) != 0 && errno != EEXIST)
                        return false;
                *slash = '/';
        }
        return mkdir(path, 0750) == 0 || errno == EEXIST;
}

static bool write_all(int fd, struct str bytes)
{
        while (bytes.len) {
                const ssize_t written = write(fd, bytes.ptr, bytes.len);

                if (written < 0 && errno == EINTR)
                        continue;
                if (written <= 0)
                        return false;
                bytes = str_skip(bytes, (size_t)written);
        }
        return fsync(fd) == 0;
}

static bool store(int folder, const char *name, struct str bytes)
{
        char beside[NAME_MAX + 1];
        bool done;
        int fd;

        if ((size_t)snprintf(beside, sizeof(beside), "%s.new", name) >= sizeof(beside))
                return false;
        fd = openat(folder, beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
        if (fd < 0)
                return false;
        done = write_all(fd, bytes);
        done = close(fd) == 0 && done;
        done = done && renameat(folder, beside, folder, name) == 0 && fsync(folder) == 0;
        if (!done) {
                const int cause = errno;

                (void)unlinkat(folder, beside, 0);
                errno = cause;
        }
        return done;
}

enum status file_store(const char *folder, const char *name, struct str bytes)
{
        char path[PATH_MAX];
        bool done = false;
        int fd = -1;

        if ((size_t)snprintf(path, sizeof(path), "%s", folder) < sizeof(path) && make_folders(path))
                fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
                done = store(fd, name, bytes);
        if (!done)
                LOG(ERROR, "file.not_stored", LOG_TEXT("folder", str_of(folder)),
                    LOG_INT("errno", errno));
        if (fd >= 0)
                (void)close(fd);
        return done ? STATUS_OK : STATUS_UNAVAILABLE;
}
