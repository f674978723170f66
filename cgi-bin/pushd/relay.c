/**
 * relay.c: outbox to stream.
 */
#include "relay.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/config.h"
#include "base/log.h"
#include "follow.h"

enum { BATCH = 500, LEASE_MS = 5000, POLL_MS = 250, KEEP_MS = 60000 };

static const struct sql sql_make_lease =
        SQL_GLOBAL("INSERT IGNORE INTO relay_lease (id, holder, epoch, expires_at)"
                   " VALUES (1, ?, 0, '2000-01-01')");
/* Longer than any lease lasts was given by a clock that was wrong: nobody waits for that. */
static const struct sql sql_take_lease =
        SQL_GLOBAL("UPDATE relay_lease SET epoch = epoch + (holder <> ?), holder = ?,"
                   " expires_at = ?"
                   " WHERE id = 1 AND (holder = ? OR expires_at < ? OR expires_at > ?)");
static const struct sql sql_drop_lease =
        SQL_GLOBAL("UPDATE relay_lease SET expires_at = '2000-01-01' WHERE id = 1 AND holder = ?");

static const struct sql sql_select_outbox =
        SQL_GLOBAL("SELECT id, tenant_id, channel, type, resource, op, record_id, body FROM outbox"
                   " ORDER BY id LIMIT ?");
static const struct sql sql_raise_head =
        SQL("INSERT INTO stream_head (tenant_id, seq, epoch) VALUES (:tenant, 1, ?)"
            " ON DUPLICATE KEY UPDATE seq = seq + 1");
static const struct sql sql_insert_stream =
        SQL("INSERT INTO stream (tenant_id, seq, channel, type, resource, op, record_id, body,"
            " created_at) SELECT :tenant, seq, ?, ?, ?, ?, ?, ?, ? FROM stream_head"
            " WHERE tenant_id = :tenant");
/* By primary key, one by one: a range would wait for other writers' rows. */
static const struct sql sql_delete_outbox = SQL_GLOBAL("DELETE FROM outbox WHERE id = ?");

static const struct sql sql_sweep_stream =
        SQL_GLOBAL("DELETE FROM stream WHERE created_at < ? LIMIT 500");

struct row {
        int64_t id;
        struct tenant_id tenant;
        struct str channel, type, resource, op, body;
        struct uuid record;
};

struct batch {
        const struct uuid *holder;
        struct arena *arena;
        struct row rows[BATCH];
        size_t count;
};

static enum status take_lease(struct db *db, const struct uuid *holder)
{
        const time_ms now = time_now();
        uint64_t rows = 0;
        enum status status = db_run(db, &sql_take_lease,
                                    DB_PARAMS(db_uuid(holder), db_uuid(holder),
                                              db_time(now + LEASE_MS), db_uuid(holder),
                                              db_time(now), db_time(now + (time_ms)2 * LEASE_MS)),
                                    &rows);

        return status == STATUS_OK && !rows ? STATUS_DENIED : status;
}

static enum status read_outbox(struct db *db, struct batch *b)
{
        struct db_rows rows;
        enum status status = db_query(db, &sql_select_outbox, DB_PARAMS(db_int(BATCH)), &rows);

        b->count = 0;
        while (status == STATUS_OK && b->count < BATCH && db_next(&rows)) {
                struct row *row = &b->rows[b->count++];

                row->id = db_get_int(&rows, 0);
                row->tenant.uuid = db_get_uuid(&rows, 1);
                row->channel = arena_copy(b->arena, db_get_str(&rows, 2));
                row->type = arena_copy(b->arena, db_get_str(&rows, 3));
                row->resource = arena_copy(b->arena, db_get_str(&rows, 4));
                row->op = arena_copy(b->arena, db_get_str(&rows, 5));
                row->record = db_get_uuid(&rows, 6);
                row->body = arena_copy(b->arena, db_get_str(&rows, 7));
                if (arena_failed(b->arena)) { /* the others in the next batch */
                        b->count--;
                        break;
                }
        }
        return status == STATUS_OK ? db_end(&rows) : status;
}

static enum status move_row(struct db *db, const struct row *row)
{
        const time_ms now = time_now();
        enum status status;

        db_scope(db, &row->tenant);
        status = db_run(db, &sql_raise_head, DB_PARAMS(db_int(now)), NULL);
        if (status == STATUS_OK)
                status = db_run(db, &sql_insert_stream,
                                DB_PARAMS(db_text(row->channel), db_text(row->type),
                                          db_text(row->resource), db_text(row->op),
                                          db_uuid(&row->record), db_text(row->body), db_time(now)),
                                NULL);
        return status == STATUS_OK
                       ? db_run(db, &sql_delete_outbox, DB_PARAMS(db_int(row->id)), NULL)
                       : status;
}

static enum status move_batch(struct db *db, void *context)
{
        struct batch *b = context;
        enum status status;

        arena_reset(b->arena);
        db_scope(db, NULL);
        status = take_lease(db, b->holder);
        if (status == STATUS_OK)
                status = read_outbox(db, b);
        for (size_t i = 0; i < b->count && status == STATUS_OK; i++)
                status = move_row(db, &b->rows[i]);
        return status;
}

/* Until the outbox is empty; what moved is noted for the readers. */
static void move_all(struct relay *relay, struct db *db, struct batch *b, struct follow *follow)
{
        const struct db_work work = {.body = move_batch, .context = b};

        do {
                enum status status;

                b->count = 0;
                status = db_transaction(db, &work);
                if (status != STATUS_OK) {
                        if (status != STATUS_DENIED && status != STATUS_UNAVAILABLE)
                                LOG(WARN, "pushd.batch_waits",
                                    LOG_TEXT("cause", str_of(status_name(status))));
                        return;
                }
                for (size_t i = 0; i < b->count; i++)
                        follow_note(follow, &b->rows[i].tenant);
                follow_read_noted(follow, db, relay->news);
        } while (b->count == BATCH && !atomic_load(&relay->stop));
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
                *next = time_monotonic_us() + (int64_t)KEEP_MS * 1000;
}

static void drop_lease(struct db *db, const struct uuid *holder)
{
        db_scope(db, NULL);
        (void)db_run(db, &sql_drop_lease, DB_PARAMS(db_uuid(holder)), NULL);
}

/* Until told to stop: whoever holds the lease moves, all read on. */
static void work(struct relay *relay, struct db *db, struct batch *batch, struct follow *follow)
{
        int64_t next_sweep = 0;

        (void)db_run(db, &sql_make_lease, DB_PARAMS(db_uuid(batch->holder)), NULL);
        while (!atomic_load(&relay->stop)) {
                follow_poll(follow, db, relay->news);
                if (atomic_load(&relay->retire)) {
                        drop_lease(db, batch->holder);
                } else if (follow_ready(follow)) {
                        move_all(relay, db, batch, follow);
                        sweep(db, &next_sweep);
                }
                wait_for_bell(relay->bell_fd);
        }
        drop_lease(db, batch->holder);
}

static void *run(void *context)
{
        enum { ARENA = 256 << 20 };
        struct relay *relay = context;
        struct db *db = db_create(relay->db_opts);
        struct batch *batch = calloc(1, sizeof(*batch));
        struct follow *follow = follow_create();
        struct arena *arena = arena_create(ARENA);
        struct uuid holder;

        if (db && batch && follow && arena && uuid_v7(&holder)) {
                batch->arena = arena;
                batch->holder = &holder;
                work(relay, db, batch, follow);
        } else {
                LOG(ERROR, "pushd.no_relay", LOG_TEXT("error", STR("not enough memory")));
        }
        follow_destroy(follow);
        arena_destroy(arena);
        free(batch);
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
