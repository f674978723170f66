/**
 * reader.c: see reader.h.
 */
#include "reader.h"

#include <poll.h>
#include <stdlib.h>

#include "db/schema.h"
#include "relay.h"

static const struct sql sql_take_ticket =
        SQL_GLOBAL("DELETE FROM tickets WHERE ticket_hash = ? AND expires_at > ?"
                   " RETURNING tenant_id, user_id, session_id");
static const struct sql sql_select_session =
        SQL("SELECT expires_at FROM sessions WHERE tenant_id = :tenant AND id = ?"
            " AND revoked_at IS NULL");
static const struct sql sql_select_roles =
        SQL("SELECT role FROM user_roles WHERE tenant_id = :tenant AND user_id = ?");
static const struct sql sql_select_sites =
        SQL("SELECT site_id FROM site_members WHERE tenant_id = :tenant AND user_id = ?");
static const struct sql sql_select_head =
        SQL("SELECT h.seq, h.epoch, COALESCE((SELECT MIN(s.seq) FROM stream AS s"
            " WHERE s.tenant_id = :tenant), h.seq + 1) FROM stream_head AS h"
            " WHERE h.tenant_id = :tenant");
static const struct sql sql_select_missed =
        SQL("SELECT " STREAM_COLUMNS " FROM stream WHERE tenant_id = :tenant AND seq > ?"
            " AND seq <= ? ORDER BY seq LIMIT ?");

/* A ticket works once and stands for the session that asked for it. */
static enum status redeem(struct db *db, struct job *job)
{
        struct db_rows rows;
        enum status status;

        db_scope(db, NULL);
        status = db_row(db, &sql_take_ticket,
                        DB_PARAMS(db_bytes(job->ticket.bytes, sizeof(job->ticket.bytes)),
                                  db_time(time_now())),
                        &rows);
        if (status == STATUS_NOT_FOUND)
                return STATUS_DENIED;
        if (status != STATUS_OK)
                return status;
        job->principal.tenant.uuid = db_get_uuid(&rows, 0);
        job->principal.user.uuid = db_get_uuid(&rows, 1);
        job->principal.session.uuid = db_get_uuid(&rows, 2);
        status = db_end(&rows);
        db_scope(db, &job->principal.tenant);
        if (status == STATUS_OK)
                status = db_row(db, &sql_select_session,
                                DB_PARAMS(db_uuid(&job->principal.session.uuid)), &rows);
        if (status != STATUS_OK)
                return status == STATUS_NOT_FOUND ? STATUS_DENIED : status;
        job->principal.expires = db_get_time(&rows, 0);
        return db_end(&rows);
}

static enum status read_roles(struct db *db, struct job *job)
{
        struct db_rows rows;
        enum status status = db_query(db, &sql_select_roles,
                                      DB_PARAMS(db_uuid(&job->principal.user.uuid)), &rows);

        if (status != STATUS_OK)
                return status;
        job->principal.roles = 0;
        while (db_next(&rows)) {
                role_set role;

                if (role_parse(db_get_str(&rows, 0), &role))
                        job->principal.roles |= role;
        }
        return db_end(&rows);
}

static enum status read_sites(struct db *db, struct job *job)
{
        size_t room = 0;
        struct db_rows rows;
        enum status status = STATUS_OK;

        job->everywhere = (job->principal.roles & ADMIN) != 0;
        if (job->everywhere)
                return STATUS_OK;
        status = db_query(db, &sql_select_sites, DB_PARAMS(db_uuid(&job->principal.user.uuid)),
                          &rows);
        while (status == STATUS_OK && db_next(&rows)) {
                if (job->site_count == room) {
                        struct uuid *more =
                                realloc(job->sites, (room = room * 2 + 4) * sizeof(*more));

                        if (!more)
                                status = STATUS_NOMEM;
                        else
                                job->sites = more;
                }
                if (status == STATUS_OK)
                        job->sites[job->site_count++] = db_get_uuid(&rows, 0);
        }
        if (status == STATUS_OK)
                return db_end(&rows);
        (void)db_end(&rows);
        return status;
}

static enum status read_head(struct db *db, struct job *job, int64_t *oldest)
{
        struct db_rows rows;
        enum status status = db_row(db, &sql_select_head, DB_NO_PARAMS, &rows);

        *oldest = 1;
        if (status == STATUS_NOT_FOUND) /* nothing has happened yet */
                return STATUS_OK;
        if (status != STATUS_OK)
                return status;
        job->head = db_get_int(&rows, 0);
        job->epoch = db_get_int(&rows, 1);
        *oldest = db_get_int(&rows, 2);
        return db_end(&rows);
}

/* False without memory. */
static bool take_event(struct job *job, struct letter ***end, const struct db_rows *rows,
                       size_t *bytes)
{
        struct event *event = event_from_row(rows, job->epoch);

        if (!event)
                return false;
        if (!job->events && event->seq != job->since_seq + 1) {
                free(event); /* those before it have been swept since the head was read */
                return true;
        }
        **end = &event->link;
        *end = &event->link.next;
        *bytes += event->length;
        return true;
}

static enum status read_missed(struct db *db, struct job *job)
{
        struct letter **end = &job->events;
        size_t count = 0, bytes = 0;
        struct db_rows rows;
        enum status status = db_query(
                db, &sql_select_missed,
                DB_PARAMS(db_int(job->since_seq), db_int(job->head), db_int(REPLAY_PAGE)), &rows);

        while (status == STATUS_OK && bytes < REPLAY_BYTES && db_next(&rows)) {
                count++;
                if (!take_event(job, &end, &rows, &bytes))
                        status = STATUS_NOMEM;
        }
        job->recovered = job->events || job->since_seq == job->head;
        job->more = job->recovered && (count == REPLAY_PAGE || bytes >= REPLAY_BYTES);
        if (status == STATUS_OK)
                return db_end(&rows);
        (void)db_end(&rows);
        return status;
}

static enum status read_stream(struct db *db, struct job *job)
{
        int64_t oldest = 1;
        enum status status = read_head(db, job, &oldest);

        if (status != STATUS_OK || !job->wants_replay)
                return status;
        job->recovered = (job->since_epoch == 0 || job->since_epoch == job->epoch) &&
                         job->since_seq <= job->head && job->since_seq >= oldest - 1;
        return job->recovered ? read_missed(db, job) : STATUS_OK;
}

/* The sites come last: a membership that ended before an event of the page is not there any more.
 */
static enum status answer(struct db *db, struct job *job)
{
        enum status status = STATUS_OK;

        if (job->wants_health)
                return schema_version(db, &job->schema);
        if (job->has_ticket) {
                status = redeem(db, job);
                if (status == STATUS_OK)
                        status = read_roles(db, job);
        }
        db_scope(db, &job->principal.tenant);
        if (status == STATUS_OK && job->wants_stream)
                status = read_stream(db, job);
        return status == STATUS_OK ? read_sites(db, job) : status;
}

static void *run(void *context)
{
        struct reader *reader = context;
        struct db *db = db_create(reader->db_opts);

        while (db && !atomic_load(&reader->stop)) {
                struct pollfd wake = {reader->questions.wake_fd, POLLIN, 0};
                struct letter *next, *letter;

                (void)poll(&wake, 1, 1000);
                for (letter = mailbox_take(&reader->questions); letter; letter = next) {
                        struct job *job = (struct job *)letter;

                        next = letter->next;
                        letter->next = NULL;
                        job->status = answer(db, job);
                        mailbox_put(reader->answers, letter);
                }
        }
        db_destroy(db);
        return NULL;
}

bool reader_start(struct reader *reader)
{
        return mailbox_open(&reader->questions) &&
               pthread_create(&reader->thread, NULL, run, reader) == 0;
}

void reader_join(struct reader *reader)
{
        pthread_join(reader->thread, NULL);
        for (struct letter *next, *letter = mailbox_take(&reader->questions); letter;
             letter = next) {
                next = letter->next;
                job_free((struct job *)letter);
        }
        mailbox_close(&reader->questions);
}

void job_free(struct job *job)
{
        for (struct letter *next, *event = job->events; event; event = next) {
                next = event->next;
                free(event);
        }
        free(job->sites);
        free(job);
}
