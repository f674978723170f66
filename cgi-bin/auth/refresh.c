/**
 * refresh.c: POST /api/v1/auth/refresh: the next access token for a refresh token, which works
 * once.
 *
 * A refresh token that comes a second time was stolen, or its thief used it first: the whole
 * session ends.
 */
#include "auth_module.h"

#include "base/config.h"

/* The token names no tenant; its 240 random bits do. */
static const struct sql sql_lock_refresh = SQL_GLOBAL(
        "SELECT t.tenant_id, t.session_id, s.user_id, s.expires_at, t.used_at IS NOT NULL,"
        " s.revoked_at IS NULL AND s.expires_at > ? AND t.expires_at > ? FROM refresh_tokens AS t"
        " JOIN sessions AS s ON s.tenant_id = t.tenant_id AND s.id = t.session_id"
        " WHERE t.token_hash = ? FOR UPDATE");

static const struct sql sql_use_refresh =
        SQL("UPDATE refresh_tokens SET used_at = ? WHERE tenant_id = :tenant AND token_hash = ?");

static const struct sql sql_next_refresh =
        SQL("INSERT INTO refresh_tokens (token_hash, tenant_id, session_id, created_at, expires_at)"
            " VALUES (?, :tenant, ?, ?, ?)");

static const struct sql sql_touch_session = SQL("UPDATE sessions SET last_seen_at = ?, expires_at "
                                                "= ? WHERE tenant_id = :tenant AND id = ?");

enum outcome { REFUSED, REUSED, RENEWED };

struct refreshing {
        struct request *r;
        struct digest old, next;
        struct tenant_id tenant;
        struct user_id user;
        struct session session;
        struct account account;
        enum outcome outcome;
};

static struct db_value hash_value(const struct digest *digest)
{
        return db_bytes(digest->bytes, sizeof(digest->bytes));
}

/* What the token is worth: fills tenant, user and session; REFUSED, REUSED or RENEWED. */
static enum status lock_token(struct db *db, struct refreshing *f)
{
        const struct db_value now = db_time(f->session.started);
        struct db_rows rows;
        enum status status =
                db_row(db, &sql_lock_refresh, DB_PARAMS(now, now, hash_value(&f->old)), &rows);

        f->outcome = REFUSED;
        if (status == STATUS_NOT_FOUND)
                return STATUS_OK;
        if (status != STATUS_OK)
                return status;
        f->tenant.uuid = db_get_uuid(&rows, 0);
        f->session.id.uuid = db_get_uuid(&rows, 1);
        f->user.uuid = db_get_uuid(&rows, 2);
        if (db_get_int(&rows, 4))
                f->outcome = REUSED;
        else if (db_get_int(&rows, 5))
                f->outcome = RENEWED;
        return db_end(&rows);
}

static enum status rotate(struct db *db, struct refreshing *f)
{
        const struct db_value now = db_time(f->session.started), id = db_uuid(&f->session.id.uuid);
        const struct db_value end = db_time(f->session.session_expires);
        enum status status =
                db_run(db, &sql_use_refresh, DB_PARAMS(now, hash_value(&f->old)), NULL);

        if (status == STATUS_OK)
                status = db_run(db, &sql_next_refresh,
                                DB_PARAMS(hash_value(&f->next), id, now, end), NULL);
        if (status == STATUS_OK)
                status = db_run(db, &sql_touch_session, DB_PARAMS(now, end, id), NULL);
        return status;
}

static enum status refresh(struct db *db, void *context)
{
        struct refreshing *f = context;
        enum status status = lock_token(db, f);

        if (status != STATUS_OK || f->outcome == REFUSED)
                return status;
        if (f->outcome == REUSED) {
                status = session_end(f->r, &f->tenant, &f->session.id);
                return status == STATUS_NOT_FOUND ? STATUS_OK : status;
        }
        db_scope(db, &f->tenant);
        status = account_load(db, f->r->arena, &f->user, &f->account);
        if (status == STATUS_NOT_FOUND || (status == STATUS_OK && !f->account.active)) {
                f->outcome = REFUSED;
                return STATUS_OK;
        }
        return status == STATUS_OK ? rotate(db, f) : status;
}

enum status auth_refresh(struct request *r)
{
        struct refreshing f = {.r = r};
        const struct db_work work = {.body = refresh, .context = &f};
        struct emit *e;
        enum status status;

        f.session.started = time_now_second();
        f.session.token_expires =
                f.session.started + config_int(CONFIG_ACCESS_TOKEN_LIFETIME) * 1000;
        f.session.session_expires =
                f.session.started + config_int(CONFIG_REFRESH_TOKEN_LIFETIME) * 1000;
        if (!digest_sha256(record_str(r->input, REFRESH_TOKEN), &f.old) ||
            !secret_make(f.session.refresh, &f.next))
                return STATUS_UNAVAILABLE;
        status = db_transaction(r->db, &work);
        if (status == STATUS_OK && f.outcome != RENEWED)
                return problem(r, PROBLEM_INVALID_REFRESH_TOKEN, "Invalid refresh token");
        if (status == STATUS_OK)
                status = session_token(r, &f.account, &f.session);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        emit_object(e);
        emit_session_tokens(e, &f.session);
        emit_object_end(e);
        return STATUS_OK;
}
