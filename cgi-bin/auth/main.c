/**
 * auth.fcgi: accounts, sessions and tokens.
 *
 * SYNOPSIS
 *      auth.fcgi [--help | --config | --routes | --openapi | --sql | --audit | --check]
 *      Without an option it serves FastCGI on file descriptor 0.
 * DESCRIPTION
 *      Registration and log-in in the words of family B (/api/auth) and family I (/api/v1/auth),
 * refresh, log-out, password reset, sessions, WebSocket tickets, the public key set; the
 * users of a tenant, its sites and who belongs to them. SECURITY
 *      The one program that holds the signing key and may read password hashes. argon2id; failures
 * are throttled by account and address; an unknown account costs and says the same as a wrong
 * password. STANDARDS RFC 7519 (JWT), RFC 7517 (JWKS), RFC 9106 (argon2), RFC 9457 (problems), RFC
 * 6265 (cookies). CONFIGURATION See --config: TOKEN_*, *_TOKEN_LIFETIME, REGISTRATION, ARGON2_*,
 * SMTP_*, OIDC_ISSUERS.
 */
#include "module/module.h"

#include "auth_module.h"
#include "signer.h"
#include "sites.h"

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
        {AUTH_I(GET, "/api/v1/auth/sites", sites_of_caller, EVERY_ROLE, NULL, &my_sites_out, "listMySites", "Sites the caller belongs to."),
         .rate = RATE_USER},
        {AUTH_I(POST, "/api/v1/auth/site", context_choose, EVERY_ROLE, &site_in, &chosen_out, "chooseSite", "Choose the site that the session works in; null chooses all of the caller's."),
         .rate = RATE_USER, .success = 200, .errors = "SESSION_NOT_FOUND"},
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

        LIST  (site_record, "/api/v1/sites",      EVERY_ROLE, "List the sites that the caller belongs to; admins see all."),
        CREATE(site_record, "/api/v1/sites",      ADMIN,      "Add a site."),
        UPDATE(site_record, "/api/v1/sites/{id}", ADMIN,      "Update a site; members that are left out stay as they are."),
        MERGE (site_record, "/api/v1/sites/{id}", ADMIN,      "Merge changes into a site (RFC 7396)."),
        {.method = DELETE, .path = "/api/v1/sites/{id}", .handler = resource_remove, .roles = ADMIN, .rate = RATE_USER, .resource = &site_record, .success = 204,
         .errors = "SITE_IN_USE", .summary = "Delete a site that has no interactions."},
        HISTORY(site_record, "/api/v1/sites/{id}/history", ADMIN, "List what was changed, by whom, when and from where; also after deletion."),
        {AUTH_I(GET, "/api/v1/sites/{id}", site_detail, EVERY_ROLE, NULL, &site_detail_out, "getSite", "Get a site with its counts."),
         .rate = RATE_USER, .errors = "SITE_NOT_FOUND"},
        {AUTH_I(GET, "/api/v1/sites/search", site_search, EVERY_ROLE, NULL, NULL, "searchSites", "Sites of the caller whose name or description has a text."),
         .rate = RATE_SEARCH, .resource = &site_record, .query = &site_term_query, .flags = ROUTE_LIST},
        {AUTH_I(GET, "/api/v1/sites/context", context_read, EVERY_ROLE, NULL, &context_out, "getSiteContext", "The site that this request works in."),
         .rate = RATE_USER},
        {AUTH_I(POST, "/api/v1/sites/{id}/context", context_choose_path, EVERY_ROLE, NULL, &chosen_out, "chooseSiteContext", "Choose the site that the session works in."),
         .rate = RATE_USER, .flags = ROUTE_EMPTY_BODY, .success = 200, .errors = "SITE_NOT_FOUND SESSION_NOT_FOUND"},
        {AUTH_I(GET, "/api/v1/sites/user/{id}", sites_of_user, EVERY_ROLE, NULL, &my_sites_out, "listSitesOfUser", "Sites a user belongs to."),
         .rate = RATE_USER, .errors = "USER_NOT_FOUND"},
        {AUTH_I(GET, "/api/v1/sites/{id}/users", member_list, EVERY_ROLE, NULL, &members_out, "listSiteUsers", "Who belongs to a site."),
         .rate = RATE_USER, .flags = ROUTE_LIST, .errors = "SITE_NOT_FOUND"},
        {AUTH_I(POST, "/api/v1/sites/{id}/users", member_add, EVERY_ROLE, &member_in, &member_out, "addSiteUser", "Let a user belong to a site; its admins may."),
         .rate = RATE_USER, .success = 201, .errors = "SITE_NOT_FOUND MEMBER_ALREADY_EXISTS"},
        {AUTH_I(PUT, "/api/v1/sites/{id}/users/{uid}", member_change, EVERY_ROLE, &member_change_in, &member_out, "changeSiteUser", "Give a member another role; the site's admins may."),
         .rate = RATE_USER, .errors = "SITE_NOT_FOUND MEMBER_NOT_FOUND"},
        {AUTH_I(DELETE, "/api/v1/sites/{id}/users/{uid}", member_remove, EVERY_ROLE, NULL, NULL, "removeSiteUser", "Take a user from a site; its admins may."),
         .rate = RATE_USER, .success = 204, .errors = "SITE_NOT_FOUND MEMBER_NOT_FOUND"},

        {AUTH_I(GET, "/api/v1/users", user_list, ADMIN | MANAGER, NULL, &users_out, "listUsers", "List the users of the tenant."),
         .rate = RATE_USER, .query = &user_query, .flags = ROUTE_LIST},
        {AUTH_I(POST, "/api/v1/users", user_create, ADMIN, &user_in, &profile_out, "createUser", "Add a user to the tenant, and to sites."),
         .rate = RATE_USER, .success = 201, .errors = "EMAIL_ALREADY_EXISTS USERNAME_ALREADY_EXISTS"},
        {AUTH_I(GET, "/api/v1/users/profile", auth_profile, EVERY_ROLE, NULL, &profile_out, "getUserProfile", "Who is calling, with sites."),
         .rate = RATE_USER},
        {AUTH_I(GET, "/api/v1/users/sites", sites_of_caller, EVERY_ROLE, NULL, &my_sites_out, "listUserSites", "Sites the caller belongs to."),
         .rate = RATE_USER},
        {AUTH_I(GET, "/api/v1/users/{id}", user_read, EVERY_ROLE, NULL, &profile_out, "getUser", "Get a user; admins and managers any, others themselves."),
         .rate = RATE_USER, .errors = "USER_NOT_FOUND"},
        {AUTH_I(PUT, "/api/v1/users/{id}", user_update, EVERY_ROLE, &user_change_in, &profile_out, "updateUser", "Change a user; others than admins only their own names."),
         .rate = RATE_USER, .errors = "USER_NOT_FOUND EMAIL_ALREADY_EXISTS USERNAME_ALREADY_EXISTS LAST_ADMIN"},
        {AUTH_I(DELETE, "/api/v1/users/{id}", user_remove, ADMIN, NULL, NULL, "deleteUser", "Delete a user and end their sessions."),
         .rate = RATE_USER, .success = 204, .errors = "USER_NOT_FOUND LAST_ADMIN"},
        {AUTH_I(GET, "/api/v1/users/{id}/sites", sites_of_user, EVERY_ROLE, NULL, &my_sites_out, "listSitesOfTheUser", "Sites a user belongs to."),
         .rate = RATE_USER, .errors = "USER_NOT_FOUND"},
        {AUTH_I(POST, "/api/v1/users/{id}/sites", user_site_add, EVERY_ROLE, &user_site_in, &member_out, "addUserSite", "Let a user belong to a site; its admins may."),
         .rate = RATE_USER, .success = 201, .errors = "USER_NOT_FOUND SITE_NOT_FOUND MEMBER_ALREADY_EXISTS"},
        {AUTH_I(PUT, "/api/v1/users/{id}/sites/{sid}/role", user_site_role, EVERY_ROLE, &member_change_in, &member_out, "changeUserSiteRole", "Give a user another role at a site; its admins may."),
         .rate = RATE_USER, .errors = "SITE_NOT_FOUND MEMBER_NOT_FOUND"},
        {AUTH_I(DELETE, "/api/v1/users/{id}/sites/{sid}", user_site_remove, EVERY_ROLE, NULL, NULL, "removeUserSite", "Take a user from a site; its admins may."),
         .rate = RATE_USER, .success = 204, .errors = "SITE_NOT_FOUND MEMBER_NOT_FOUND"},
        {AUTH_I(PUT, "/api/v1/users/{id}/password", user_password, EVERY_ROLE, &password_in, &success_out, "changePassword", "Set one's own password; all sessions end."),
         .rate = RATE_AUTH, .flags = ROUTE_NO_TRANSACTION, .errors = "USER_NOT_FOUND INVALID_CREDENTIALS"},
        {AUTH_I(POST, "/api/v1/users/{id}/password/reset", user_password_reset, ADMIN, NULL, &success_out, "mailPasswordReset", "Mail a user a code to set a new password."),
         .rate = RATE_AUTH, .flags = ROUTE_EMPTY_BODY, .success = 200, .errors = "USER_NOT_FOUND"},
        {AUTH_B(GET, "/.well-known/jwks.json", auth_key_set, ANYBODY, NULL, &key_set_out, "getKeySet", "Public keys that verify our tokens."),
         .rate = RATE_ANONYMOUS, .produces = "application/jwk-set+json"},
};

static const struct resource *const resources[] = {&site_record};
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
        .resources = resources,
        .resource_count = sizeof(resources) / sizeof(resources[0]),
        .start = signer_start,
        .tick = tick,
};

int main(int argc, char **argv)
{
        return module_main(&auth, argc, argv);
}
