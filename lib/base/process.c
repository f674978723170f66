/**
 * process.c: see process.h.
 */
#include "base/process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/num.h"

int process_stop_fd(void)
{
        sigset_t stop, all;

        sigemptyset(&stop);
        sigaddset(&stop, SIGTERM);
        sigaddset(&stop, SIGINT);
        all = stop;
        sigaddset(&all, SIGUSR1);
        sigaddset(&all, SIGPIPE);
        sigaddset(&all, SIGHUP);
        if (pthread_sigmask(SIG_BLOCK, &all, NULL) != 0)
                return -1;
        return signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
}

void process_tell_ready(void)
{
        const char *text = getenv("READY_FD");
        int64_t fd;

        if (!text || !num_parse(str_of(text), 1, INT32_MAX, &fd))
                return;
        while (write((int)fd, "", 1) < 0 && errno == EINTR)
                ;
        close((int)fd);
}
