/**
 * sessions.c: the caller's living sessions, how to end one, and one-time tickets for WebSockets.
 */
#include "auth_module.h"

enum { TICKET_SECONDS = 30 };

static const struct sql sql_select_sessions = SQL(
        "SELECT id, kind, created_at, last_seen_at, expires_at, address, user_agent FROM sessions"
        " WHERE tenant_id = :tenant AND user_id = ? AND revoked_at IS NULL AND expires_at > ?"
        " ORDER BY created_at DESC, id DESC LIMIT 200");

static const struct sql sql_select_owner =
        SQL("SELECT user_id FROM sessions WHERE tenant_id = :tenant AND id = ?");

static const struct sql sql_insert_ticket =
        SQL("INSERT INTO tickets (ticket_hash, tenant_id, user_id, session_id, expires_at)"
            " VALUES (?, :tenant, ?, ?, ?)");

static void emit_session(struct emit *e, const struct db_rows *rows,
                         const struct session_id *current)
{
        struct uuid id = db_get_uuid(rows, 0);

        emit_object(e);
        emit_member_uuid(e, "id", &id);
        emit_member_str(e, "kind", db_get_str(rows, 1));
        emit_member_time(e, "created_at", db_get_time(rows, 2));
        emit_member_time(e, "last_seen_at", db_get_time(rows, 3));
        emit_member_time(e, "expires_at", db_get_time(rows, 4));
        emit_member_str(e, "address", db_get_str(rows, 5));
        emit_member_str(e, "user_agent", db_get_str(rows, 6));
        emit_member_bool(e, "current", uuid_eq(&id, &current->uuid));
        emit_object_end(e);
}

enum status auth_list_sessions(struct request *r)
{
        struct db_rows rows;
        int64_t total = 0;
        struct emit *e;
        enum status status =
                db_query(r->db, &sql_select_sessions,
                         DB_PARAMS(db_uuid(&r->principal.user.uuid), db_time(time_now())), &rows);

        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        emit_object(e);
        emit_key(e, "sessions");
        emit_array(e);
        for (; db_next(&rows); total++)
                emit_session(e, &rows, &r->principal.session);
        emit_array_end(e);
        emit_member_int(e, "total", total);
        emit_object_end(e);
        return db_end(&rows);
}

static enum status owner_of(struct request *r, const struct session_id *id, struct user_id *owner)
{
        struct db_rows rows;
        enum status status = db_row(r->db, &sql_select_owner, DB_PARAMS(db_uuid(&id->uuid)), &rows);

        if (status != STATUS_OK)
                return status;
        owner->uuid = db_get_uuid(&rows, 0);
        return db_end(&rows);
}

enum status auth_end_session(struct request *r)
{
        struct session_id id;
        struct user_id owner;
        enum status status =
                uuid_parse(r->arguments[0], &id.uuid) ? owner_of(r, &id, &owner) : STATUS_NOT_FOUND;

        /* Somebody else's session looks like none, unless an admin asks. */
        if (status == STATUS_OK && !uuid_eq(&owner.uuid, &r->principal.user.uuid) &&
            !(r->principal.roles & ADMIN))
                status = STATUS_NOT_FOUND;
        if (status == STATUS_OK)
                status = session_end(r, &r->principal.tenant, &id);
        if (status == STATUS_NOT_FOUND)
                return problem(r, PROBLEM_SESSION_NOT_FOUND, "Session not found");
        return status == STATUS_OK ? answer_success(r) : status;
}

enum status auth_ticket(struct request *r)
{
        const time_ms expires = time_now_second() + TICKET_SECONDS * 1000;
        char ticket[SECRET_TEXT_SIZE];
        struct digest hash;
        struct emit *e;
        enum status status;

        if (!secret_make(ticket, &hash))
                return STATUS_UNAVAILABLE;
        status = db_run(r->db, &sql_insert_ticket,
                        DB_PARAMS(db_bytes(hash.bytes, sizeof(hash.bytes)),
                                  db_uuid(&r->principal.user.uuid),
                                  db_uuid(&r->principal.session.uuid), db_time(expires)),
                        NULL);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 201);
        emit_object(e);
        emit_member_text(e, "ticket", ticket);
        emit_member_time(e, "expires_at", expires);
        emit_member_int(e, "expires_in", TICKET_SECONDS);
        emit_object_end(e);
        return STATUS_OK;
}
