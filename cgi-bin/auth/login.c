/**
 * login.c: log in by password, in the words of family B (POST /api/auth/login) and family I (POST
 * /api/v1/auth/login).
 *
 * An unknown account, a wrong password and a disabled account give the same answer after the same
 * work.
 */
#include "auth_module.h"

#include "base/log.h"

static enum status renew_hash(struct request *r, const struct account *account, struct str password)
{
        char hash[PASSWORD_HASH_SIZE];
        enum status status;

        if (!password_outdated(account->password_hash.ptr))
                return STATUS_OK;
        status = password_hash(password, hash);
        if (status != STATUS_OK)
                return status;
        db_scope(r->db, &account->tenant);
        return account_set_password(r->db, &account->user, hash, false, time_now_second());
}

enum status login_check(struct request *r, struct str login, struct str password,
                        const char *refusal, struct account *account)
{
        struct throttle throttle;
        bool known, right;
        enum status status = throttle_check(r, login, &throttle);

        if (status != STATUS_OK)
                return status;
        status = account_find(r->db, r->arena, login, account);
        if (status != STATUS_OK && status != STATUS_NOT_FOUND)
                return status;
        known = status == STATUS_OK;
        status = password_verify(known ? account->password_hash.ptr : NULL, password, &right);
        if (status != STATUS_OK)
                return status;
        if (!known || !right || !account->active) {
                status = throttle_failed(r, &throttle);
                LOG(INFO, "auth.login_refused", LOG_TEXT("request_id", r->id));
                return status == STATUS_OK ? problem(r, PROBLEM_INVALID_CREDENTIALS, "%s", refusal)
                                           : status;
        }
        status = throttle_passed(r, &throttle);
        return status == STATUS_OK ? renew_hash(r, account, password) : status;
}

enum status auth_login_b(struct request *r)
{
        struct account account;
        struct session session;
        struct emit *e;
        enum status status = login_check(r, record_str(r->input, LOGIN_B_EMAIL),
                                         record_str(r->input, LOGIN_B_PASSWORD),
                                         "Invalid email or password", &account);

        if (status == STATUS_OK)
                status = session_start(r, &account, SESSION_LONG, &session);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        emit_object(e);
        emit_key(e, "user");
        emit_user_b(e, &account);
        emit_member_str(e, "token", session.token);
        emit_member_uuid(e, "tenant_id", &account.tenant.uuid);
        emit_object_end(e);
        return STATUS_OK;
}

enum status auth_login_i(struct request *r)
{
        struct account account;
        struct session session;
        struct emit *e;
        enum status status = login_check(r, record_str(r->input, LOGIN_I_USERNAME),
                                         record_str(r->input, LOGIN_I_PASSWORD),
                                         "Invalid credentials", &account);

        if (status == STATUS_OK)
                status = session_start(r, &account, SESSION_SHORT, &session);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        emit_object(e);
        emit_session_tokens(e, &session);
        emit_key(e, "user");
        emit_user_i(e, &account);
        emit_object_end(e);
        return STATUS_OK;
}
