/**
 * auth_module.h: what the files of auth.fcgi share: the handlers that main.c names, the shapes they
 * speak, sessions and tokens.
 */
#ifndef ALMONER_AUTH_MODULE_H
#define ALMONER_AUTH_MODULE_H

#include "auth/account.h"
#include "base/digest.h"
#include "base/secret.h"
#include "http/http.h"

/* register.c, login.c, refresh.c, logout.c, profile.c: in the words of families B and I */
handler_fn auth_register, auth_login_b, auth_login_i, auth_refresh, auth_logout_b, auth_logout_i,
        auth_me, auth_profile;
/* reset.c */
handler_fn auth_reset_request, auth_reset_confirm;
/* sessions.c */
handler_fn auth_list_sessions, auth_end_session, auth_ticket;
/* keys.c */
handler_fn auth_key_set;

/* shapes.c: inputs by index, outputs for the description */
enum { REGISTER_EMAIL, REGISTER_PASSWORD, REGISTER_NAME, REGISTER_TENANT_NAME };
enum { LOGIN_B_EMAIL, LOGIN_B_PASSWORD };
enum { LOGIN_I_USERNAME, LOGIN_I_PASSWORD };
enum { REFRESH_TOKEN };
enum { LOGOUT_TOKEN };
enum { SITE_ID };
enum { RESET_EMAIL };
enum { CONFIRM_TOKEN, CONFIRM_PASSWORD };

extern const struct shape register_in, user_i_out, login_b_in, login_i_in, refresh_in, logout_in,
        site_in, reset_in, confirm_in;
extern const struct shape register_out, login_b_out, me_out, logout_b_out, login_i_out, refresh_out,
        success_out, profile_out, users_out, sessions_out, ticket_out, key_set_out;

/* session.c */

enum session_kind {
        SESSION_LONG /* one token for 7 days */,
        SESSION_SHORT /* with refresh token */
};

struct session {
        struct session_id id;
        time_ms started;
        time_ms token_expires;          /* of the access token */
        time_ms session_expires;        /* of everything that hangs on it */
        struct str token;               /* the access token; in the request's arena */
        char refresh[SECRET_TEXT_SIZE]; /* "" for SESSION_LONG */
};

/** session_start(r, account, kind, out): a row in sessions (and a refresh token), an access token,
 * the browser's cookie. In a transaction of its own, or in the caller's when there is one. */
enum status session_start(struct request *r, const struct account *account, enum session_kind kind,
                          struct session *out);

/** session_token(r, account, session): mint the access token of an existing session into
 * ${session}. */
enum status session_token(struct request *r, const struct account *account,
                          struct session *session);

/** session_end(r, tenant, id): revoke; STATUS_NOT_FOUND when there is none or it has ended. Seen
 * here at once, elsewhere within two seconds. */
enum status session_end(struct request *r, const struct tenant_id *tenant,
                        const struct session_id *id);

/** emit_session_tokens(e, session): the members token, expires, expires_in, token_type and
 * refresh_token. */
void emit_session_tokens(struct emit *e, const struct session *session);

/** session_cookie(r, token, lifetime): set the browser's cookie for ${lifetime} seconds; 0 removes
 * it. */
void session_cookie(struct request *r, struct str token, int64_t lifetime);

/* throttle.c */

struct throttle {
        struct digest pair;    /* account and address */
        struct digest address; /* address alone */
};

/** throttle_check(r, login, throttle): STATUS_OK, or 429 answered while this address must wait. A
 * victim's own address is never affected by an attacker's failures elsewhere. */
enum status throttle_check(struct request *r, struct str login, struct throttle *throttle);

/** throttle_failed(r, throttle) notes a wrong password; throttle_passed(r, throttle) forgets the
 * account's failures from here. */
enum status throttle_failed(struct request *r, const struct throttle *throttle);
enum status throttle_passed(struct request *r, const struct throttle *throttle);

/* login.c */

/** login_check(r, login, password, refusal, account): the whole of a password login but its answer:
 * throttle, look-up, constant work, rehash. On failure the problem has been answered with the
 * sentence ${refusal}. */
enum status login_check(struct request *r, struct str login, struct str password,
                        const char *refusal, struct account *account);

/* users.c: how a user is shown */
void emit_user_b(struct emit *e, const struct account *account);
void emit_user_i(struct emit *e, const struct account *account);

/** answer_success(r): {"success": true}. */
enum status answer_success(struct request *r);

/* mail.c */

/** mail_send(to, subject, text): through SMTP_URL (RFC 5321). STATUS_UNAVAILABLE when no server is
 * configured or it refused. */
enum status mail_send(struct str to, const char *subject, const char *text);

/* reset.c */

/** reset_ask(r, email): queue a reset for an address, known or not. */
enum status reset_ask(struct request *r, struct db_value email);

/** reset_deliver(db): send the mails of waiting reset requests; for the background thread. */
void reset_deliver(struct db *db);

/* sweep.c */

/** sweep(db): delete what has expired (sessions, refresh tokens, tickets, resets, attempts,
 * idempotency keys), in small batches. */
void sweep(struct db *db);

#endif
