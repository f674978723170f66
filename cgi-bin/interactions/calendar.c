/**
 * calendar.c: interactions of sites as iCalendar (RFC 5545): one as a file, and a private feed a
 * user: POST makes a secret address (and voids the one before), DELETE voids it.
 *
 * The address is the credential, as calendar programs send no other: 240 random bits of which only
 * the digest is stored. It shows what its user may see at the moment it is asked, and nothing once
 * the user is disabled.
 */
#include "interactions.h"

#include "base/config.h"
#include "base/secret.h"
#include "report/calendar.h"

enum { FEED_EVENTS_MAX = 5000 };

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

static const struct sql sql_put_feed =
        SQL("INSERT INTO calendar_feeds (tenant_id, user_id, secret_hash, created_at)"
            " VALUES (:tenant, ?, ?, ?)"
            " ON DUPLICATE KEY UPDATE secret_hash = VALUES(secret_hash),"
            " created_at = VALUES(created_at)");

static const struct sql sql_delete_feed =
        SQL("DELETE FROM calendar_feeds WHERE tenant_id = :tenant AND user_id = ?");

/* The address names no tenant; its 240 random bits do. */
static const struct sql sql_select_feed = SQL_GLOBAL(
        "SELECT f.tenant_id, f.user_id, EXISTS (SELECT 1 FROM user_roles AS r"
        "  WHERE r.tenant_id = f.tenant_id AND r.user_id = f.user_id AND r.role = 'admin')"
        " FROM calendar_feeds AS f JOIN users AS u"
        " ON u.tenant_id = f.tenant_id AND u.id = f.user_id AND u.status = 'active'"
        " WHERE f.secret_hash = ?");

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

/* Whose feed it is; every later statement is of that tenant. */
static enum status open_feed(struct request *r, struct user_id *user, bool *everywhere)
{
        struct tenant_id tenant;
        struct digest hash;
        struct db_rows rows;
        enum status status;

        if (!digest_sha256(r->arguments[0], &hash))
                return STATUS_UNAVAILABLE;
        status = db_row(r->db, &sql_select_feed,
                        DB_PARAMS(db_bytes(hash.bytes, sizeof(hash.bytes))), &rows);
        if (status == STATUS_NOT_FOUND)
                return problem(r, PROBLEM_FEED_NOT_FOUND, "There is no such calendar");
        if (status != STATUS_OK)
                return status;
        tenant.uuid = db_get_uuid(&rows, 0);
        user->uuid = db_get_uuid(&rows, 1);
        *everywhere = db_get_int(&rows, 2) != 0;
        status = db_end(&rows);
        db_scope(r->db, &tenant);
        return status;
}

enum status calendar_feed(struct request *r)
{
        struct calendar *calendar;
        struct user_id user;
        bool everywhere = false;
        enum status status = open_feed(r, &user, &everywhere);

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
        char secret[SECRET_TEXT_SIZE], at[TIME_TEXT_SIZE];
        struct digest hash;
        struct emit *e;
        enum status status;

        if (!secret_make(secret, &hash))
                return STATUS_UNAVAILABLE;
        status =
                db_run(r->db, &sql_put_feed,
                       DB_PARAMS(db_uuid(&r->principal.user.uuid),
                                 db_bytes(hash.bytes, sizeof(hash.bytes)), db_time(request_now(r))),
                       NULL);
        if (status == STATUS_CONFLICT)
                return problem(r, PROBLEM_FORBIDDEN, "Only users of this installation have a feed");
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 201);
        emit_object(e);
        emit_member_str(e, "url",
                        arena_printf(r->arena, "%s/api/v1/interactions/feed/%s.ics",
                                     config_text(CONFIG_PUBLIC_URL), secret));
        emit_member_str(e, "created_at", time_format(request_now(r), at));
        emit_object_end(e);
        return STATUS_OK;
}

enum status calendar_feed_end(struct request *r)
{
        uint64_t matched = 0;
        enum status status = db_run(r->db, &sql_delete_feed,
                                    DB_PARAMS(db_uuid(&r->principal.user.uuid)), &matched);

        if (status == STATUS_OK && !matched)
                return problem(r, PROBLEM_FEED_NOT_FOUND, "You have no calendar feed");
        return status == STATUS_OK ? respond(r, 204) : status;
}

/* clang-format off */
static const struct field feed_fields[] = {
        {"url", TYPE_TEXT, .max = 1000, .class = SENSITIVE, .about = "Secret address to subscribe to; shown once.", .example = "\"https://almoner.example/api/v1/interactions/feed/alm_q2hlcmUgaXMgbm8gc2VjcmV0IGluIHRoaXMgdGV4dA.ics\""},
        {"created_at", TYPE_TIME, .class = PLAIN, .about = "When it was made.", .example = "\"2024-01-18T10:35:00Z\""},
};
const struct shape feed_out = SHAPE("CalendarFeed", feed_fields, "A private calendar.");
/* clang-format on */
