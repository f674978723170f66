/**
 * reminders.c: credentials that expire soon are announced 90, 30, 14 and 7 days before, once each.
 *
 * What is due is read from the rows, not from the clock's passing: a day on which nothing ran is
 * made up for, by the nearest announcement only. Each is one transaction: its row in
 * credential_reminders, unique, and the event; several processes, on one machine or more, send it
 * once. A new expiration_date is announced anew. The clock is the database's, in UTC.
 */
#include "people.h"

#include "base/log.h"

enum { BATCH = 200, PERIOD_S = 10 };

/* Days that are left. Each day belongs to one row, so whoever looks at the same day, when and
 * wherever, means the same announcement. */
static const struct {
        int64_t least, most;
} steps[] = {{0, 7}, {8, 14}, {15, 30}, {31, 90}};

#define SQL_DUE                          \
        " c.status = 'active'"           \
        " AND c.expiration_date BETWEEN" \
        " UTC_DATE() + INTERVAL ? DAY"   \
        " AND UTC_DATE() + INTERVAL ? DAY"

static const struct sql sql_select_due =
        SQL_GLOBAL("SELECT c.tenant_id, c.id, c.expiration_date FROM credentials AS c"
                   " WHERE" SQL_DUE " AND NOT EXISTS (SELECT 1"
                   " FROM credential_reminders AS m WHERE m.tenant_id = c.tenant_id"
                   " AND m.credential_id = c.id AND m.expiration_date = c.expiration_date"
                   " AND m.days <= ?) LIMIT ?");

/* Asked again, since the day may have turned and the record may have changed. */
static const struct sql sql_insert_reminder =
        SQL("INSERT IGNORE INTO credential_reminders (tenant_id, credential_id, expiration_date,"
            " days, sent_at) SELECT :tenant, c.id, c.expiration_date, ?, ? FROM credentials AS c"
            " WHERE c.tenant_id = :tenant AND c.id = ? AND c.expiration_date = ? AND" SQL_DUE);

static const struct sql sql_select_told =
        SQL("SELECT c.faculty_id, q.name, c.credential_type, p.name, DATEDIFF(?, UTC_DATE())"
            " FROM credentials AS c"
            " JOIN people AS q ON q.tenant_id = :tenant AND q.id = c.faculty_id"
            " JOIN procedures AS p ON p.tenant_id = :tenant AND p.id = c.procedure_id"
            " WHERE c.tenant_id = :tenant AND c.id = ?");

struct due {
        struct tenant_id tenant;
        struct uuid id;
        day_number last;
        int64_t least, most; /* of its step */
};

static void tell(const struct due *due, const struct db_rows *rows, struct emit *e)
{
        const struct uuid faculty = db_get_uuid(rows, 0);

        emit_object(e);
        emit_member_uuid(e, "credential_id", &due->id);
        emit_member_uuid(e, "faculty_id", &faculty);
        emit_member_str(e, "faculty_name", db_get_str(rows, 1));
        emit_member_str(e, "credential_type", db_get_str(rows, 2));
        emit_member_str(e, "procedure_name", db_get_str(rows, 3));
        emit_member_date(e, "expiration_date", due->last);
        emit_member_int(e, "days_until_expiration", db_get_int(rows, 4));
        emit_member_int(e, "reminder", due->most);
        emit_object_end(e);
}

static enum status send_event(struct db *db, const struct due *due)
{
        struct change event = {
                .record = due->id, .channel = "credentials", .type = "credential_expiring"};
        struct db_rows rows;
        struct buf text;
        struct emit e;
        enum status status = db_row(db, &sql_select_told,
                                    DB_PARAMS(db_date(due->last), db_uuid(&due->id)), &rows);

        if (status != STATUS_OK)
                return status == STATUS_NOT_FOUND ? STATUS_OK : status;
        buf_init(&text, 1 << 16);
        emit_start(&e, &text);
        tell(due, &rows, &e);
        status = db_end(&rows);
        event.document = buf_view(&text);
        if (status == STATUS_OK)
                status = emit_finish(&e) ? event_send(db, &event) : STATUS_NOMEM;
        buf_free(&text);
        return status;
}

static enum status announce(struct db *db, void *context)
{
        const struct due *due = context;
        uint64_t rows = 0;
        enum status status =
                db_run(db, &sql_insert_reminder,
                       DB_PARAMS(db_int(due->most), db_time(time_now_second()), db_uuid(&due->id),
                                 db_date(due->last), db_int(due->least), db_int(due->most)),
                       &rows);

        return status == STATUS_OK && rows ? send_event(db, due) : status;
}

static size_t read_due(struct db *db, int64_t least, int64_t most, struct due *due)
{
        struct db_rows rows;
        size_t count = 0;

        db_scope(db, NULL);
        if (db_query(db, &sql_select_due,
                     DB_PARAMS(db_int(least), db_int(most), db_int(most), db_int(BATCH)),
                     &rows) != STATUS_OK)
                return 0;
        while (count < BATCH && db_next(&rows)) {
                due[count] = (struct due){.id = db_get_uuid(&rows, 1),
                                          .last = db_get_date(&rows, 2),
                                          .least = least,
                                          .most = most};
                due[count++].tenant.uuid = db_get_uuid(&rows, 0);
        }
        return db_end(&rows) == STATUS_OK ? count : 0;
}

static void announce_step(struct db *db, int64_t least, int64_t most)
{
        struct due due[BATCH];
        size_t count = read_due(db, least, most, due);
        bool rang = false;

        for (size_t i = 0; i < count; i++) {
                const struct db_work work = {.body = announce, .context = &due[i]};

                db_scope(db, &due[i].tenant);
                if (db_transaction(db, &work) == STATUS_OK)
                        rang = true;
                else
                        LOG(WARN, "persons.reminder_waits", LOG_INT("days", most));
        }
        if (rang)
                doorbell_ring();
        db_scope(db, NULL);
}

void reminders_send(struct db *db)
{
        static int64_t next;

        if (time_monotonic_us() < next)
                return;
        next = time_monotonic_us() + (int64_t)PERIOD_S * 1000000;
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
                announce_step(db, steps[i].least, steps[i].most);
}
