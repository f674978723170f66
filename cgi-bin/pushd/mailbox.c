/**
 * mailbox.c: see mailbox.h.
 */
#include "mailbox.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool mailbox_open(struct mailbox *box)
{
        box->first = NULL;
        box->end = &box->first;
        box->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        return box->wake_fd >= 0 && pthread_mutex_init(&box->lock, NULL) == 0;
}

void mailbox_close(struct mailbox *box)
{
        close(box->wake_fd);
        pthread_mutex_destroy(&box->lock);
}

void mailbox_put(struct mailbox *box, struct letter *letters)
{
        const uint64_t one = 1;

        if (!letters)
                return;
        pthread_mutex_lock(&box->lock);
        *box->end = letters;
        while (*box->end)
                box->end = &(*box->end)->next;
        pthread_mutex_unlock(&box->lock);
        if (write(box->wake_fd, &one, sizeof(one)) < 0)
                return; /* the counter is full: it is awake anyway */
}

struct letter *mailbox_take(struct mailbox *box)
{
        struct letter *first;
        uint64_t count;

        if (read(box->wake_fd, &count, sizeof(count)) < 0)
                count = 0; /* nobody has written: the list may hold something all the same */
        pthread_mutex_lock(&box->lock);
        first = box->first;
        box->first = NULL;
        box->end = &box->first;
        pthread_mutex_unlock(&box->lock);
        return first;
}
