/**
 * feed.c: see feed.h.
 */
#include "feed/feed.h"

#include "base/config.h"
#include "base/digest.h"
#include "base/secret.h"

static const struct sql sql_put_feed =
        SQL("INSERT INTO calendar_feeds (tenant_id, user_id, kind, secret_hash, created_at)"
            " VALUES (:tenant, ?, ?, ?, ?)"
            " ON DUPLICATE KEY UPDATE secret_hash = VALUES(secret_hash),"
            " created_at = VALUES(created_at)");

static const struct sql sql_delete_feed =
        SQL("DELETE FROM calendar_feeds WHERE tenant_id = :tenant AND user_id = ? AND kind = ?");

/* The address names no tenant; its 240 random bits do. */
static const struct sql sql_select_feed = SQL_GLOBAL(
        "SELECT f.tenant_id, f.user_id, (SELECT GROUP_CONCAT(r.role) FROM user_roles AS r"
        "  WHERE r.tenant_id = f.tenant_id AND r.user_id = f.user_id)"
        " FROM calendar_feeds AS f JOIN users AS u"
        " ON u.tenant_id = f.tenant_id AND u.id = f.user_id AND u.status = 'active'"
        " WHERE f.secret_hash = ? AND f.kind = ?");

enum status feed_open(struct request *r, const char *kind, role_set readers, struct user_id *user,
                      bool *everywhere)
{
        role_set roles;
        struct tenant_id tenant;
        struct digest hash;
        struct db_rows rows;
        enum status status;

        if (!digest_sha256(r->arguments[0], &hash))
                return STATUS_UNAVAILABLE;
        status = db_row(r->db, &sql_select_feed,
                        DB_PARAMS(db_bytes(hash.bytes, sizeof(hash.bytes)), db_text(str_of(kind))),
                        &rows);
        if (status == STATUS_NOT_FOUND)
                return problem(r, PROBLEM_FEED_NOT_FOUND, "There is no such calendar");
        if (status != STATUS_OK)
                return status;
        tenant.uuid = db_get_uuid(&rows, 0);
        user->uuid = db_get_uuid(&rows, 1);
        roles = roles_parse(db_get_str(&rows, 2));
        *everywhere = (roles & ADMIN) != 0;
        status = db_end(&rows);
        if (status == STATUS_OK && !(roles & readers))
                return problem(r, PROBLEM_FEED_NOT_FOUND, "There is no such calendar");
        db_scope(r->db, &tenant);
        return status;
}

enum status feed_make(struct request *r, const char *kind, const char *path)
{
        char secret[SECRET_TEXT_SIZE];
        struct digest hash;
        struct emit *e;
        enum status status;

        if (!secret_make(secret, &hash))
                return STATUS_UNAVAILABLE;
        status =
                db_run(r->db, &sql_put_feed,
                       DB_PARAMS(db_uuid(&r->principal.user.uuid), db_text(str_of(kind)),
                                 db_bytes(hash.bytes, sizeof(hash.bytes)), db_time(request_now(r))),
                       NULL);
        if (status == STATUS_CONFLICT)
                return problem(r, PROBLEM_FORBIDDEN, "Only users of this installation have a feed");
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 201);
        emit_object(e);
        emit_member_str(e, "url",
                        arena_printf(r->arena, "%s%s/%s.ics", config_text(CONFIG_PUBLIC_URL), path,
                                     secret));
        emit_member_time(e, "created_at", request_now(r));
        emit_object_end(e);
        return STATUS_OK;
}

enum status feed_end(struct request *r, const char *kind)
{
        uint64_t matched = 0;
        enum status status = db_run(
                r->db, &sql_delete_feed,
                DB_PARAMS(db_uuid(&r->principal.user.uuid), db_text(str_of(kind))), &matched);

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
