/**
 * mailbox.h: what threads hand to the one that serves: a list and a descriptor that wakes it.
 */
#ifndef ALMONER_PUSHD_MAILBOX_H
#define ALMONER_PUSHD_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>

/** What is handed over begins with the link to the next. */
struct letter {
        struct letter *next;
};

struct mailbox {
        pthread_mutex_t lock;
        struct letter *first, **end;
        int wake_fd; /* eventfd: readable when there is something */
};

/** mailbox_open(box): false without descriptor. mailbox_close(box): what lies in it is lost. */
bool mailbox_open(struct mailbox *box);
void mailbox_close(struct mailbox *box);

/** mailbox_put(box, letters): a list, in order; thread-safe. */
void mailbox_put(struct mailbox *box, struct letter *letters);

/** mailbox_take(box): everything, oldest first; NULL when empty. Thread-safe. */
struct letter *mailbox_take(struct mailbox *box);

#endif
