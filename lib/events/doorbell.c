/**
 * doorbell.c: a datagram that wakes the relay; one socket a process.
 */
#include "events/events.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/config.h"

static struct {
        pthread_once_t once;
        int fd;
        struct sockaddr_un address;
} bell = {.once = PTHREAD_ONCE_INIT, .fd = -1};

static void hang(void)
{
        char path[512];

        snprintf(path, sizeof(path), "%s/run/doorbell.sock", config_text(CONFIG_VAR));
        if (strlen(path) >= sizeof(bell.address.sun_path))
                return;
        bell.address.sun_family = AF_UNIX;
        memcpy(bell.address.sun_path, path, strlen(path) + 1);
        bell.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

void doorbell_ring(void)
{
        pthread_once(&bell.once, hang);
        if (bell.fd >= 0 &&
            sendto(bell.fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL,
                   (const struct sockaddr *)&bell.address, sizeof(bell.address)) < 0)
                return; /* nobody listens or the queue is full: the relay polls anyway */
}
