/**
 * expirations.c: the last days of credentials as a private calendar (RFC 5545): 90 days back, 400
 * ahead, of the whole tenant.
 */
#include "people.h"

#include "feed/feed.h"
#include "report/calendar.h"

enum { EVENTS_MAX = 5000 };

#define FEED "expirations"

static const struct sql sql_select_expirations =
        SQL("SELECT c.id, c.credential_type, q.name, p.name, c.expiration_date, c.updated_at,"
            " c.version FROM credentials AS c"
            " JOIN people AS q ON q.tenant_id = :tenant AND q.id = c.faculty_id"
            " JOIN procedures AS p ON p.tenant_id = :tenant AND p.id = c.procedure_id"
            " WHERE c.tenant_id = :tenant AND c.status = 'active' AND c.expiration_date BETWEEN"
            " UTC_DATE() - INTERVAL 90 DAY AND UTC_DATE() + INTERVAL 400 DAY"
            " ORDER BY c.expiration_date, c.id LIMIT ?");

static bool add_row(struct request *r, struct calendar *calendar, const struct db_rows *rows)
{
        const struct uuid id = db_get_uuid(rows, 0);
        char text[UUID_TEXT_SIZE];

        return calendar_add(calendar,
                            &(struct calendar_event){
                                    .uid = arena_printf(r->arena, "credential-%s@almoner",
                                                        uuid_format(&id, text).ptr),
                                    .summary = arena_printf(r->arena, "%.*s of %.*s expires",
                                                            STR_ARG(db_get_str(rows, 1)),
                                                            STR_ARG(db_get_str(rows, 2))),
                                    .description = arena_copy(r->arena, db_get_str(rows, 3)),
                                    .category = STR("Credential"),
                                    .start = date_start(db_get_date(rows, 4)),
                                    .all_day = true,
                                    .changed = db_get_time(rows, 5),
                                    .sequence = db_get_int(rows, 6) - 1,
                            });
}

static enum status add_events(struct request *r, struct calendar *calendar)
{
        struct db_rows rows;
        enum status status =
                db_query(r->db, &sql_select_expirations, DB_PARAMS(db_int(EVENTS_MAX)), &rows);

        while (status == STATUS_OK && db_next(&rows))
                if (!add_row(r, calendar, &rows))
                        status = STATUS_NOMEM;
        if (status == STATUS_OK)
                return db_end(&rows);
        (void)db_end(&rows);
        return status;
}

enum status expirations_feed(struct request *r)
{
        struct calendar *calendar;
        struct user_id user;
        bool everywhere = false;
        enum status status = feed_open(r, FEED, READERS, &user, &everywhere);

        if (status != STATUS_OK)
                return status;
        calendar = calendar_create("Expirations");
        status = calendar ? add_events(r, calendar) : STATUS_NOMEM;
        if (status == STATUS_OK &&
            !calendar_write(calendar, respond_bytes(r, 200, "text/calendar; charset=utf-8")))
                status = STATUS_NOMEM;
        calendar_destroy(calendar);
        response_header(r, "Cache-Control", STR("private, max-age=300"));
        if (status == STATUS_OK)
                resource_mark_phi(r, &credential);
        return status;
}

enum status expirations_feed_make(struct request *r)
{
        return feed_make(r, FEED, "/api/v1/credentials/feed");
}

enum status expirations_feed_end(struct request *r)
{
        return feed_end(r, FEED);
}
