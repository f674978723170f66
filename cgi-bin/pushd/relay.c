/**
 * relay.c: the thread: the lease, the bell, the sweep; move.c moves, follow.c reads on.
 */
#include "relay.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/config.h"
#include "base/log.h"
#include "db/lease.h"
#include "follow.h"
#include "move.h"

enum { POLL_MS = 250 };

static const struct lease_sql relay_lease = LEASE("relay_lease");

static const struct sql sql_sweep_stream =
        SQL_GLOBAL("DELETE FROM stream WHERE created_at < ? LIMIT 500");

static enum status store(struct db *db, void *moving)
{
        return move_store(moving, db);
}

/* STATUS_OK: all that was there has moved, ${more} when there may be more. */
static enum status move_batch(struct relay *relay, struct db *db, struct moving *moving,
                              struct follow *follow, bool *more)
{
        const struct db_work work = {.body = store, .context = moving};
        size_t count;
        enum status status = move_read(moving, db, &count);

        *more = false;
        if (status != STATUS_OK || count == 0)
                return status;
        if (!move_number(moving, db, follow))
                status = STATUS_CONFLICT;
        else
                status = db_transaction(db, &work);
        if (status == STATUS_OK)
                *more = move_hand_on(moving, follow, relay->news);
        if (status == STATUS_CONFLICT)
                follow_look(follow, db, relay->news);
        return status;
}

/* Until the outbox is empty. After a conflict once more: by then the streams' ends are known. */
static void move_all(struct relay *relay, struct db *db, struct moving *moving,
                     struct follow *follow)
{
        unsigned conflicts = 0;
        bool more = true;

        while (more && !atomic_load(&relay->stop)) {
                const enum status status = move_batch(relay, db, moving, follow, &more);

                if (status == STATUS_CONFLICT && conflicts++ == 0)
                        more = true;
                else if (status != STATUS_OK && status != STATUS_UNAVAILABLE)
                        LOG(WARN, "pushd.batch_waits",
                            LOG_TEXT("cause", str_of(status_name(status))));
        }
}

static int open_bell(void)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0 ||
            (size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s/run/doorbell.sock",
                             config_text(CONFIG_VAR)) >= sizeof(address.sun_path))
                return fd;
        (void)unlink(address.sun_path);
        if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
            chmod(address.sun_path, 0660) != 0)
                LOG(WARN, "pushd.no_doorbell", LOG_TEXT("path", str_of(address.sun_path)));
        return fd;
}

static void wait_for_bell(int fd)
{
        struct pollfd bell = {fd, POLLIN, 0};
        char rings[64];

        if (poll(&bell, fd >= 0, POLL_MS) > 0)
                while (recv(fd, rings, sizeof(rings), MSG_DONTWAIT) > 0)
                        ;
}

/* Small bites, so that nobody waits for the sweep. */
static void sweep(struct db *db, int64_t *next)
{
        const time_ms keep = (time_ms)config_int(CONFIG_STREAM_RETENTION) * 3600000;
        uint64_t rows = 0;

        if (time_monotonic_us() < *next)
                return;
        db_scope(db, NULL);
        if (db_run(db, &sql_sweep_stream, DB_PARAMS(db_time(time_now() - keep)), &rows) !=
                    STATUS_OK ||
            rows < 500)
                *next = time_monotonic_us() + config_int(CONFIG_SWEEP_INTERVAL) * 1000000;
}

/* Until told to stop: whoever holds the lease moves, all read on. */
static void work(struct relay *relay, struct db *db, struct lease *lease, struct moving *moving,
                 struct follow *follow)
{
        int64_t next_sweep = 0;

        while (!atomic_load(&relay->stop)) {
                follow_poll(follow, db, relay->news);
                if (atomic_load(&relay->retire)) {
                        lease_drop(lease, db);
                } else if (follow_ready(follow) && lease_hold(lease, db) == STATUS_OK) {
                        move_all(relay, db, moving, follow);
                        sweep(db, &next_sweep);
                }
                wait_for_bell(relay->bell_fd);
        }
        lease_drop(lease, db);
}

static void *run(void *context)
{
        struct relay *relay = context;
        struct db *db = db_create(relay->db_opts);
        struct follow *follow = follow_create();
        struct moving *moving = move_create();
        struct lease lease;

        if (db && follow && moving && lease_open(&lease, &relay_lease)) {
                work(relay, db, &lease, moving, follow);
        } else {
                LOG(ERROR, "pushd.no_relay", LOG_TEXT("error", STR("not enough memory")));
                (void)kill(getpid(), SIGTERM); /* whoever supervises starts another */
        }
        follow_destroy(follow);
        move_destroy(moving);
        db_destroy(db);
        return NULL;
}

bool relay_start(struct relay *relay)
{
        relay->bell_fd = open_bell();
        return pthread_create(&relay->thread, NULL, run, relay) == 0;
}

void relay_join(struct relay *relay)
{
        pthread_join(relay->thread, NULL);
        if (relay->bell_fd >= 0)
                close(relay->bell_fd);
}
