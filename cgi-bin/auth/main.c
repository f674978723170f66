/**
 * auth.fcgi: accounts, sessions and tokens.
 *
 * SYNOPSIS
 *      auth.fcgi [--help | --config | --routes | --openapi | --sql | --audit | --check]
 *      Without an option it serves FastCGI on file descriptor 0.
 * DESCRIPTION
 *      Registration and log-in in the words of family B (/api/auth) and family I (/api/v1/auth),
 * refresh, log-out, password reset, sessions, WebSocket tickets and the public key set. SECURITY
 *      The one program that holds the signing key and may read password hashes. argon2id; failures
 * are throttled by account and address; an unknown account costs and says the same as a wrong
 * password. STANDARDS RFC 7519 (JWT), RFC 7517 (JWKS), RFC 9106 (argon2), RFC 9457 (problems), RFC
 * 6265 (cookies). CONFIGURATION See --config: TOKEN_*, *_TOKEN_LIFETIME, REGISTRATION, ARGON2_*,
 * SMTP_*, OIDC_ISSUERS.
 */
#include "module/module.h"

#include "auth_module.h"
#include "signer.h"

#include "base/config.h"

/* clang-format off */
#define AUTH_B(verb, where, does, who, in, out, name, text) \
        .method = verb, .path = where, .handler = does, .dialect = &dialect_b, .roles = who, .input = in, .output = out, .id = name, .summary = text
#define AUTH_I(verb, where, does, who, in, out, name, text) \
        .method = verb, .path = where, .handler = does, .dialect = &dialect_i, .roles = who, .input = in, .output = out, .id = name, .summary = text

static const struct route routes[] = {
        {AUTH_B(POST, "/api/auth/register", auth_register, ANYBODY, &register_in, &register_out, "register", "Register a tenant and its first user."),
         .rate = RATE_AUTH, .flags = ROUTE_NO_TRANSACTION, .success = 200, .errors = "EMAIL_ALREADY_REGISTERED REGISTRATION_CLOSED"},
        {AUTH_B(POST, "/api/auth/login", auth_login_b, ANYBODY, &login_b_in, &login_b_out, "login", "Log in by e-mail address; the token lives for seven days."),
         .rate = RATE_AUTH, .flags = ROUTE_NO_TRANSACTION, .success = 200, .errors = "INVALID_CREDENTIALS"},
        {AUTH_B(GET, "/api/auth/me", auth_me, EVERY_ROLE, NULL, &me_out, "getMe", "Who is calling."),
         .rate = RATE_USER},
        {AUTH_B(POST, "/api/auth/logout", auth_logout_b, EVERY_ROLE, NULL, &logout_b_out, "logout", "End the caller's session."),
         .rate = RATE_USER, .flags = ROUTE_NO_TRANSACTION | ROUTE_EMPTY_BODY, .success = 200},

        {AUTH_I(POST, "/api/v1/auth/login", auth_login_i, ANYBODY, &login_i_in, &login_i_out, "loginUser", "Log in by user name or address; the token lives for 30 minutes and can be refreshed."),
         .rate = RATE_AUTH, .flags = ROUTE_NO_TRANSACTION, .success = 200, .errors = "INVALID_CREDENTIALS"},
        {AUTH_I(POST, "/api/v1/auth/refresh", auth_refresh, ANYBODY, &refresh_in, &refresh_out, "refreshToken", "Exchange a refresh token; each works once."),
         .rate = RATE_AUTH, .flags = ROUTE_NO_TRANSACTION, .success = 200, .errors = "INVALID_REFRESH_TOKEN"},
        {AUTH_I(POST, "/api/v1/auth/logout", auth_logout_i, ANYBODY, &logout_in, &success_out, "logoutUser", "End the caller's session, or that of a token in the body."),
         .rate = RATE_AUTH, .flags = ROUTE_NO_TRANSACTION | ROUTE_EMPTY_BODY, .success = 200, .errors = "INVALID_TOKEN AUTHENTICATION_REQUIRED"},
        {AUTH_I(GET, "/api/v1/auth/profile", auth_profile, EVERY_ROLE, NULL, &profile_out, "getProfile", "Who is calling, with sites."),
         .rate = RATE_USER},
        {AUTH_I(GET, "/api/v1/auth/sites", auth_sites, EVERY_ROLE, NULL, &sites_out, "listMySites", "Sites the caller belongs to."),
         .rate = RATE_USER},
        {AUTH_I(POST, "/api/v1/auth/site", auth_choose_site, EVERY_ROLE, &site_in, &success_out, "chooseSite", "Choose the site to work in."),
         .rate = RATE_USER, .success = 200},
        {AUTH_I(POST, "/api/v1/auth/password/reset", auth_reset_request, ANYBODY, &reset_in, &success_out, "requestPasswordReset", "Ask for a mail to set a new password; the answer never tells whether the account exists."),
         .rate = RATE_AUTH, .flags = ROUTE_NO_TRANSACTION, .success = 200, .errors = "INVALID_EMAIL"},
        {AUTH_I(POST, "/api/v1/auth/password/reset/confirm", auth_reset_confirm, ANYBODY, &confirm_in, &success_out, "confirmPasswordReset", "Set a new password with the mail's token; all sessions end."),
         .rate = RATE_AUTH, .flags = ROUTE_NO_TRANSACTION, .success = 200, .errors = "INVALID_RESET_TOKEN"},
        {AUTH_I(GET, "/api/v1/auth/sessions", auth_list_sessions, EVERY_ROLE, NULL, &sessions_out, "listSessions", "The caller's living sessions."),
         .rate = RATE_USER},
        {AUTH_I(DELETE, "/api/v1/auth/sessions/{id}", auth_end_session, EVERY_ROLE, NULL, &success_out, "endSession", "End a session of the caller; admins end any of the tenant."),
         .rate = RATE_USER, .flags = ROUTE_NO_TRANSACTION, .success = 200, .errors = "SESSION_NOT_FOUND"},
        {AUTH_I(POST, "/api/v1/auth/ws-ticket", auth_ticket, EVERY_ROLE, NULL, &ticket_out, "createTicket", "A ticket that opens one WebSocket within 30 seconds."),
         .rate = RATE_USER, .flags = ROUTE_EMPTY_BODY, .success = 201},
        {AUTH_B(GET, "/.well-known/jwks.json", auth_key_set, ANYBODY, NULL, &key_set_out, "getKeySet", "Public keys that verify our tokens."),
         .rate = RATE_ANONYMOUS, .produces = "application/jwk-set+json"},
};
/* clang-format on */

static void tick(struct db *db)
{
        static time_ms swept; /* only this thread calls */
        const time_ms now = time_now();

        reset_deliver(db);
        if (now - swept < config_int(CONFIG_SWEEP_INTERVAL) * 1000)
                return;
        swept = now;
        sweep(db);
}

static const struct module auth = {
        .name = "auth",
        .title = "Accounts, sessions and tokens",
        .about = "Registration, log-in, refresh, log-out, password reset, sessions and the public "
                 "key set.",
        .routes = routes,
        .route_count = sizeof(routes) / sizeof(routes[0]),
        .start = signer_start,
        .tick = tick,
};

int main(int argc, char **argv)
{
        return module_main(&auth, argc, argv);
}
