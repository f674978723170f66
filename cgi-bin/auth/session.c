/**
 * session.c: a login begins a session; its access token, refresh tokens and cookie hang on it.
 */
#include "auth_module.h"

#include "auth/sign.h"
#include "base/config.h"
#include "signer.h"

static const struct sql sql_insert_session = SQL(
        "INSERT INTO sessions (tenant_id, id, user_id, kind, created_at, last_seen_at, expires_at,"
        " address, user_agent) VALUES (:tenant, ?, ?, ?, ?, ?, ?, ?, ?)");

static const struct sql sql_insert_refresh =
        SQL("INSERT INTO refresh_tokens (token_hash, tenant_id, session_id, created_at, expires_at)"
            " VALUES (?, :tenant, ?, ?, ?)");

static const struct sql sql_revoke_session =
        SQL("UPDATE sessions SET revoked_at = ?"
            " WHERE tenant_id = :tenant AND id = ? AND revoked_at IS NULL AND expires_at > ?");

static const char *const kind_texts[] = {[SESSION_LONG] = "long", [SESSION_SHORT] = "short"};

void session_cookie(struct request *r, struct str token, int64_t lifetime)
{
        response_header(r, "Set-Cookie",
                        arena_printf(r->arena,
                                     "__Host-almoner=%.*s; Path=/; Max-Age=%lld; Secure; HttpOnly;"
                                     " SameSite=Strict",
                                     STR_ARG(token), (long long)lifetime));
}

void emit_session_tokens(struct emit *e, const struct session *session)
{
        emit_member_str(e, "token", session->token);
        emit_member_time(e, "expires", session->token_expires);
        emit_member_int(e, "expires_in", (session->token_expires - session->started) / 1000);
        emit_member_text(e, "token_type", "bearer");
        emit_member_text(e, "refresh_token", session->refresh);
}

enum status session_token(struct request *r, const struct account *account, struct session *session)
{
        const struct sign_claims claims = {
                .tenant = account->tenant,
                .user = account->user,
                .session = session->id,
                .roles = account->roles,
                .email = account->email,
                .sites = account->sites,
                .issued = session->started,
                .expires = session->token_expires,
        };

        if (!sign_token(signer(), &claims, r->arena, &session->token))
                return STATUS_UNAVAILABLE;
        session_cookie(r, session->token, (session->token_expires - session->started) / 1000);
        return STATUS_OK;
}

struct starting {
        struct request *r;
        const struct account *account;
        enum session_kind kind;
        struct session *session;
        struct digest refresh;
};

static enum status insert_session(struct db *db, void *context)
{
        const struct starting *s = context;
        const struct db_value id = db_uuid(&s->session->id.uuid);
        struct str agent = request_header(s->r, "HTTP_USER_AGENT");
        enum status status;

        if (!agent.ptr || !str_utf8_valid(agent))
                agent = STR("");
        agent.len = agent.len > 250 ? 0 : agent.len;
        status =
                db_run(db, &sql_insert_session,
                       DB_PARAMS(id, db_uuid(&s->account->user.uuid),
                                 db_text(str_of(kind_texts[s->kind])), db_time(s->session->started),
                                 db_time(s->session->started), db_time(s->session->session_expires),
                                 db_text(s->r->address), db_text(agent)),
                       NULL);
        if (status == STATUS_OK && s->kind == SESSION_SHORT)
                status = db_run(db, &sql_insert_refresh,
                                DB_PARAMS(db_bytes(s->refresh.bytes, sizeof(s->refresh.bytes)), id,
                                          db_time(s->session->started),
                                          db_time(s->session->session_expires)),
                                NULL);
        return status;
}

static void lifetimes(enum session_kind kind, struct session *session)
{
        const bool brief = kind == SESSION_SHORT;
        const enum config_key token =
                brief ? CONFIG_ACCESS_TOKEN_LIFETIME : CONFIG_LOGIN_TOKEN_LIFETIME;
        const enum config_key whole =
                brief ? CONFIG_REFRESH_TOKEN_LIFETIME : CONFIG_LOGIN_TOKEN_LIFETIME;

        session->started = time_now_second();
        session->token_expires = session->started + config_int(token) * 1000;
        session->session_expires = session->started + config_int(whole) * 1000;
}

enum status session_start(struct request *r, const struct account *account, enum session_kind kind,
                          struct session *out)
{
        struct starting starting = {r, account, kind, out, {{0}}};
        const struct db_work work = {.body = insert_session, .context = &starting};
        enum status status;

        *out = (struct session){0};
        lifetimes(kind, out);
        if (!uuid_v7(&out->id.uuid) ||
            (kind == SESSION_SHORT && !secret_make(out->refresh, &starting.refresh)))
                return STATUS_UNAVAILABLE;
        status = session_token(r, account, out); /* first: a session without one is nobody's */
        if (status != STATUS_OK)
                return status;
        db_scope(r->db, &account->tenant);
        return db_in_transaction(r->db) ? insert_session(r->db, &starting)
                                        : db_transaction(r->db, &work);
}

enum status session_end(struct request *r, const struct tenant_id *tenant,
                        const struct session_id *id)
{
        const time_ms now = time_now();
        uint64_t matched = 0;
        enum status status;

        db_scope(r->db, tenant);
        status = db_run(r->db, &sql_revoke_session,
                        DB_PARAMS(db_time(now), db_uuid(&id->uuid), db_time(now)), &matched);
        if (status != STATUS_OK)
                return status;
        if (matched == 0)
                return STATUS_NOT_FOUND;
        auth_forget(r->auth, id);
        return STATUS_OK;
}
