/**
 * calendar.c: interactions of sites as iCalendar (RFC 5545): one as a file, and a private feed a
 * user: POST makes a secret address (and voids the one before), DELETE voids it.
 */
#include "interactions.h"

#include "feed/feed.h"
#include "report/calendar.h"

enum { FEED_EVENTS_MAX = 5000 };

#define FEED "interactions"

static const time_ms past_ms = (time_ms)90 * 86400000, future_ms = (time_ms)400 * 86400000;

#define EVENT_COLUMNS                                                                   \
        "i.id, i.title, i.type, i.lead, i.start_datetime, i.end_datetime, i.timezone, " \
        "i.location, i.description, i.updated_at, i.version"

static const struct sql sql_select_feed_events =
        SQL("SELECT " EVENT_COLUMNS " FROM site_interactions AS i"
            " WHERE i.tenant_id = :tenant AND i.start_datetime BETWEEN ? AND ?"
            " AND (? OR i.site_id IN (SELECT m.site_id FROM site_members AS m"
            "  WHERE m.tenant_id = :tenant AND m.user_id = ?))"
            " ORDER BY i.start_datetime, i.id LIMIT ?");

static struct str uid_of(struct request *r, const struct uuid *id)
{
        char text[UUID_TEXT_SIZE];

        return arena_printf(r->arena, "%s@almoner", uuid_format(id, text).ptr);
}

static enum status answer(struct request *r, struct calendar *calendar, const char *file)
{
        struct buf *out = respond_bytes(r, 200, "text/calendar; charset=utf-8");

        response_header(r, "Content-Disposition",
                        arena_printf(r->arena, "inline; filename=\"%s.ics\"", file));
        return calendar_write(calendar, out) ? STATUS_OK : STATUS_NOMEM;
}

static enum status answer_one(struct request *r, const struct record *record, const struct uuid *id,
                              int64_t version)
{
        struct calendar *calendar = calendar_create("Almoner");
        const struct calendar_event event = {
                .uid = uid_of(r, id),
                .summary = record_str(record, SITE_INTERACTION_TITLE),
                .description = record_str(record, SITE_INTERACTION_DESCRIPTION),
                .location = record_str(record, SITE_INTERACTION_LOCATION),
                .category = record_str(record, SITE_INTERACTION_TYPE),
                .contact = record_str(record, SITE_INTERACTION_LEAD),
                .zone = record_str(record, SITE_INTERACTION_TIMEZONE),
                .start = record->values[SITE_INTERACTION_START].time,
                .end = record->values[SITE_INTERACTION_END].time,
                .changed = record->values[SITE_INTERACTION_UPDATED_AT].time,
                .sequence = version - 1,
        };
        enum status status = STATUS_NOMEM;

        if (calendar && calendar_add(calendar, &event))
                status = answer(r, calendar, "interaction");
        calendar_destroy(calendar);
        return status;
}

enum status calendar_one(struct request *r)
{
        struct record *record;
        struct uuid id;
        int64_t version;
        enum status status =
                resource_load(r, &site_interaction, r->arguments[0], false, &id, &record, &version);

        return status == STATUS_OK ? answer_one(r, record, &id, version) : status;
}

static bool add_row(struct request *r, struct calendar *calendar, const struct db_rows *rows)
{
        const struct uuid id = db_get_uuid(rows, 0);

        return calendar_add(calendar, &(struct calendar_event){
                                              .uid = uid_of(r, &id),
                                              .summary = db_get_str(rows, 1),
                                              .category = db_get_str(rows, 2),
                                              .contact = db_get_str(rows, 3),
                                              .start = db_get_time(rows, 4),
                                              .end = db_get_time(rows, 5),
                                              .zone = db_get_str(rows, 6),
                                              .location = db_get_str(rows, 7),
                                              .description = db_get_str(rows, 8),
                                              .changed = db_get_time(rows, 9),
                                              .sequence = db_get_int(rows, 10) - 1,
                                      });
}

static enum status add_events(struct request *r, struct calendar *calendar,
                              const struct user_id *user, bool everywhere)
{
        const time_ms now = request_now(r);
        struct db_rows rows;
        enum status status = db_query(r->db, &sql_select_feed_events,
                                      DB_PARAMS(db_time(now - past_ms), db_time(now + future_ms),
                                                db_int(everywhere), db_uuid(&user->uuid),
                                                db_int(FEED_EVENTS_MAX)),
                                      &rows);

        while (status == STATUS_OK && db_next(&rows))
                if (!add_row(r, calendar, &rows))
                        status = STATUS_NOMEM;
        if (status == STATUS_OK)
                return db_end(&rows);
        (void)db_end(&rows);
        return status;
}

enum status calendar_feed(struct request *r)
{
        struct calendar *calendar;
        struct user_id user;
        bool everywhere = false;
        enum status status = feed_open(r, FEED, MEMBERS, &user, &everywhere);

        if (status != STATUS_OK)
                return status;
        calendar = calendar_create("Almoner");
        status = calendar ? add_events(r, calendar, &user, everywhere) : STATUS_NOMEM;
        if (status == STATUS_OK)
                status = answer(r, calendar, "almoner");
        calendar_destroy(calendar);
        response_header(r, "Cache-Control", STR("private, max-age=300"));
        return status;
}

enum status calendar_feed_make(struct request *r)
{
        return feed_make(r, FEED, "/api/v1/interactions/feed");
}

enum status calendar_feed_end(struct request *r)
{
        return feed_end(r, FEED);
}
