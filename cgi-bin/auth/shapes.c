/**
 * shapes.c: what the routes of auth.fcgi take and give, as tables.
 */
#include "auth_module.h"

/* clang-format off */
#define EXAMPLE_UUID "\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\""
#define EXAMPLE_TOKEN "\"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIwMThkIn0.c2lnbmF0dXJl\""
#define EXAMPLE_TIME "\"2024-01-18T10:35:00Z\""
#define EXAMPLE_SECRET "\"alm_q2hlcmUgaXMgbm8gc2VjcmV0IGluIHRoaXMgdGV4dA\""

/* Inputs. */
static const struct field register_fields[] = {
        [REGISTER_EMAIL] = {"email", TYPE_EMAIL, .flags = FIELD_REQUIRED, .class = PERSONAL, .about = "Address to log in with.", .example = "\"doctor@clinic.com\""},
        [REGISTER_PASSWORD] = {"password", TYPE_SECRET, .min = 8, .max = PASSWORD_MAX, .flags = FIELD_REQUIRED | FIELD_WRITE_ONLY, .class = SENSITIVE, .about = "At least 8 characters.", .example = "\"secure123\""},
        [REGISTER_NAME] = {"name", TYPE_TEXT, .min = 1, .max = 200, .flags = FIELD_REQUIRED, .class = PERSONAL, .about = "The person's name.", .example = "\"Dr. Smith\""},
        [REGISTER_TENANT_NAME] = {"tenant_name", TYPE_TEXT, .min = 1, .max = 200, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Name of the new tenant; by default \"<name>'s Practice\".", .example = "\"My Clinic\""},
};
static const struct field login_b_fields[] = {
        [LOGIN_B_EMAIL] = {"email", TYPE_TEXT, .min = 1, .max = 254, .flags = FIELD_REQUIRED, .class = PERSONAL, .about = "Address of the account.", .example = "\"doctor@clinic.com\""},
        [LOGIN_B_PASSWORD] = {"password", TYPE_SECRET, .min = 1, .max = PASSWORD_MAX, .flags = FIELD_REQUIRED | FIELD_WRITE_ONLY, .class = SENSITIVE, .about = "Its password.", .example = "\"secure123\""},
};
static const struct field login_i_fields[] = {
        [LOGIN_I_USERNAME] = {"username", TYPE_TEXT, .min = 1, .max = 254, .flags = FIELD_REQUIRED, .class = PERSONAL, .about = "User name or address of the account.", .example = "\"dr_smith\""},
        [LOGIN_I_PASSWORD] = {"password", TYPE_SECRET, .min = 1, .max = PASSWORD_MAX, .flags = FIELD_REQUIRED | FIELD_WRITE_ONLY, .class = SENSITIVE, .about = "Its password.", .example = "\"secure123\""},
};
static const struct field refresh_fields[] = {
        [REFRESH_TOKEN] = {"refresh_token", TYPE_TEXT, .min = 1, .max = 200, .flags = FIELD_REQUIRED | FIELD_WRITE_ONLY, .class = SENSITIVE, .about = "The refresh token of the last login or refresh; each works once.", .example = EXAMPLE_SECRET},
};
static const struct field logout_fields[] = {
        [LOGOUT_TOKEN] = {"token", TYPE_TEXT, .min = 1, .max = AUTH_TOKEN_MAX, .flags = FIELD_NULLABLE | FIELD_WRITE_ONLY, .class = SENSITIVE, .about = "Access token whose session ends; by default the one of this request.", .example = EXAMPLE_TOKEN},
};
static const struct field site_fields[] = {
        [SITE_ID] = {"site_id", TYPE_ID, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Site to work in; null for all.", .example = EXAMPLE_UUID},
};
static const struct field reset_fields[] = {
        [RESET_EMAIL] = {"email", TYPE_TEXT, .max = 320, .flags = FIELD_REQUIRED, .class = PERSONAL, .about = "Address of the account.", .example = "\"doctor@clinic.com\""},
};
static const struct field confirm_fields[] = {
        [CONFIRM_TOKEN] = {"token", TYPE_TEXT, .min = 1, .max = 200, .flags = FIELD_REQUIRED | FIELD_WRITE_ONLY, .class = SENSITIVE, .about = "Token of the mail.", .example = EXAMPLE_SECRET},
        [CONFIRM_PASSWORD] = {"password", TYPE_SECRET, .min = 10, .max = PASSWORD_MAX, .flags = FIELD_REQUIRED | FIELD_WRITE_ONLY, .class = SENSITIVE, .about = "New password: at least 10 characters of three of: lower case, upper case, digit, other.", .example = "\"correct-Horse-7\""},
};

const struct shape register_in = SHAPE("Registration", register_fields, "A new tenant and its first user.");
const struct shape login_b_in = SHAPE("Credentials", login_b_fields, "Address and password.");
const struct shape login_i_in = SHAPE("UserCredentials", login_i_fields, "User name and password.");
const struct shape refresh_in = SHAPE("RefreshRequest", refresh_fields, "A refresh token to exchange.");
const struct shape logout_in = SHAPE("LogoutRequest", logout_fields, "The session to end.");
const struct shape site_in = SHAPE("SiteChoice", site_fields, "A site to work in.");
const struct shape reset_in = SHAPE("ResetRequest", reset_fields, "Ask for a password reset mail.");
const struct shape confirm_in = SHAPE("ResetConfirmation", confirm_fields, "Set a new password.");

/* Outputs. */
static const struct field user_b_fields[] = {
        {"user_id", TYPE_ID, .class = PLAIN, .about = "The user.", .example = EXAMPLE_UUID},
        {"email", TYPE_EMAIL, .class = PERSONAL, .about = "Address.", .example = "\"doctor@clinic.com\""},
        {"name", TYPE_TEXT, .class = PERSONAL, .about = "Name.", .example = "\"Dr. Smith\""},
        {"roles", TYPE_LIST, .class = PLAIN, .about = "Roles in the tenant.", .example = "[\"admin\"]"},
        {"tenant_id", TYPE_ID, .class = PLAIN, .about = "The tenant.", .example = EXAMPLE_UUID},
};
const struct shape me_out = SHAPE("User", user_b_fields, "A user.");

static const struct field tenant_fields[] = {
        {"tenant_id", TYPE_ID, .class = PLAIN, .about = "The tenant.", .example = EXAMPLE_UUID},
        {"name", TYPE_TEXT, .class = PLAIN, .about = "Its name.", .example = "\"My Clinic\""},
};
static const struct shape tenant_out = SHAPE("Tenant", tenant_fields, "A tenant.");

#define EXAMPLE_USER_B "{\"user_id\":" EXAMPLE_UUID ",\"email\":\"doctor@clinic.com\",\"name\":\"Dr. Smith\",\"roles\":[\"admin\"],\"tenant_id\":" EXAMPLE_UUID "}"
static const struct field register_out_fields[] = {
        {"user", TYPE_OBJECT, .members = &me_out, .class = PERSONAL, .about = "The new user.", .example = EXAMPLE_USER_B},
        {"tenant", TYPE_OBJECT, .members = &tenant_out, .class = PLAIN, .about = "The new tenant.", .example = "{\"tenant_id\":" EXAMPLE_UUID ",\"name\":\"My Clinic\"}"},
        {"token", TYPE_TEXT, .max = AUTH_TOKEN_MAX, .class = SENSITIVE, .about = "Access token.", .example = EXAMPLE_TOKEN},
};
const struct shape register_out = SHAPE("Registered", register_out_fields, "A new tenant, its first user and a token.");

static const struct field login_b_out_fields[] = {
        {"user", TYPE_OBJECT, .members = &me_out, .class = PERSONAL, .about = "The user.", .example = EXAMPLE_USER_B},
        {"token", TYPE_TEXT, .max = AUTH_TOKEN_MAX, .class = SENSITIVE, .about = "Access token.", .example = EXAMPLE_TOKEN},
        {"tenant_id", TYPE_ID, .class = PLAIN, .about = "The user's tenant.", .example = EXAMPLE_UUID},
};
const struct shape login_b_out = SHAPE("LoggedIn", login_b_out_fields, "A token and whose it is.");

static const struct field logout_b_fields[] = {
        {"success", TYPE_BOOLEAN, .class = PLAIN, .about = "Always true.", .example = "true"},
        {"message", TYPE_TEXT, .class = PLAIN, .about = "A sentence.", .example = "\"Logout successful\""},
};
const struct shape logout_b_out = SHAPE("LoggedOut", logout_b_fields, "The session has ended.");

static const struct field success_fields[] = {
        {"success", TYPE_BOOLEAN, .class = PLAIN, .about = "Always true.", .example = "true"},
};
const struct shape success_out = SHAPE("Success", success_fields, "Done.");

static const struct field user_i_fields[] = {
        {"id", TYPE_ID, .class = PLAIN, .about = "The user.", .example = EXAMPLE_UUID},
        {"username", TYPE_TEXT, .class = PERSONAL, .about = "User name; the address when the user has none.", .example = "\"dr_smith\""},
        {"email", TYPE_EMAIL, .class = PERSONAL, .about = "Address.", .example = "\"doctor@clinic.com\""},
        {"name", TYPE_TEXT, .class = PERSONAL, .about = "Name.", .example = "\"Dr. Smith\""},
        {"roles", TYPE_LIST, .class = PLAIN, .about = "Roles in the tenant.", .example = "[\"admin\"]"},
        {"tenant_id", TYPE_ID, .class = PLAIN, .about = "The tenant.", .example = EXAMPLE_UUID},
        {"status", TYPE_ENUM, .choices = ONE_OF("active", "disabled"), .class = PLAIN, .about = "Whether the account may log in.", .example = "\"active\""},
        {"sites", TYPE_LIST, .class = PLAIN, .about = "Ids of the sites that the user belongs to.", .example = "[]"},
};
const struct shape user_i_out = SHAPE("SiteUser", user_i_fields, "A user and the sites it belongs to.");

#define EXAMPLE_USER_I "{\"id\":" EXAMPLE_UUID ",\"username\":\"dr_smith\",\"email\":\"doctor@clinic.com\",\"name\":\"Dr. Smith\",\"roles\":[\"admin\"],\"tenant_id\":" EXAMPLE_UUID ",\"status\":\"active\",\"sites\":[]}"
#define TOKEN_ROWS \
        {"token", TYPE_TEXT, .max = AUTH_TOKEN_MAX, .class = SENSITIVE, .about = "Access token.", .example = EXAMPLE_TOKEN}, \
        {"expires", TYPE_TIME, .class = PLAIN, .about = "When the access token ends.", .example = EXAMPLE_TIME}, \
        {"expires_in", TYPE_INTEGER, .class = PLAIN, .about = "The same in seconds from now.", .example = "1800"}, \
        {"token_type", TYPE_TEXT, .class = PLAIN, .about = "Always bearer.", .example = "\"bearer\""}, \
        {"refresh_token", TYPE_TEXT, .class = SENSITIVE, .about = "Works once, for the next access token.", .example = EXAMPLE_SECRET}
static const struct field login_i_out_fields[] = {
        TOKEN_ROWS,
        {"user", TYPE_OBJECT, .members = &user_i_out, .class = PERSONAL, .about = "The user.", .example = EXAMPLE_USER_I},
};
const struct shape login_i_out = SHAPE("UserLoggedIn", login_i_out_fields, "A short token, a refresh token and whose they are.");

static const struct field refresh_out_fields[] = {TOKEN_ROWS};
const struct shape refresh_out = SHAPE("Refreshed", refresh_out_fields, "The next access token and the next refresh token.");

static const struct field profile_fields[] = {
        {"user", TYPE_OBJECT, .members = &user_i_out, .class = PERSONAL, .about = "The caller.", .example = EXAMPLE_USER_I},
};
const struct shape profile_out = SHAPE("Profile", profile_fields, "Who is calling.");

static const struct field users_fields[] = {
        {"users", TYPE_LIST, .members = &user_i_out, .class = PERSONAL, .about = "The users of the page, newest first.", .example = "[]"},
        {"total", TYPE_INTEGER, .class = PLAIN, .about = "How many there are.", .example = "0"},
        {"page", TYPE_INTEGER, .class = PLAIN, .about = "Number of this page.", .example = "1"},
        {"page_size", TYPE_INTEGER, .class = PLAIN, .about = "Users a page.", .example = "20"},
};
const struct shape users_out = SHAPE("Users", users_fields, "Users of the tenant.");

static const struct field session_fields[] = {
        {"id", TYPE_ID, .class = PLAIN, .about = "The session.", .example = EXAMPLE_UUID},
        {"kind", TYPE_TEXT, .class = PLAIN, .about = "long: one token; short: with refresh tokens.", .example = "\"long\""},
        {"created_at", TYPE_TIME, .class = PLAIN, .about = "When it began.", .example = EXAMPLE_TIME},
        {"last_seen_at", TYPE_TIME, .class = PLAIN, .about = "Last login or refresh.", .example = EXAMPLE_TIME},
        {"expires_at", TYPE_TIME, .class = PLAIN, .about = "When it ends by itself.", .example = EXAMPLE_TIME},
        {"address", TYPE_TEXT, .class = PERSONAL, .about = "Where it was begun.", .example = "\"192.0.2.7\""},
        {"user_agent", TYPE_TEXT, .class = PERSONAL, .about = "What began it.", .example = "\"curl/7.88.1\""},
        {"current", TYPE_BOOLEAN, .class = PLAIN, .about = "Whether this request belongs to it.", .example = "true"},
};
static const struct shape session_out = SHAPE("Session", session_fields, "A session.");
static const struct field sessions_fields[] = {
        {"sessions", TYPE_LIST, .members = &session_out, .class = PERSONAL, .about = "The caller's living sessions, newest first.", .example = "[]"},
        {"total", TYPE_INTEGER, .class = PLAIN, .about = "How many.", .example = "0"},
};
const struct shape sessions_out = SHAPE("Sessions", sessions_fields, "The caller's sessions.");

static const struct field ticket_fields[] = {
        {"ticket", TYPE_TEXT, .class = SENSITIVE, .about = "Opens one WebSocket as ?ticket=.", .example = EXAMPLE_SECRET},
        {"expires_at", TYPE_TIME, .class = PLAIN, .about = "When it ends.", .example = EXAMPLE_TIME},
        {"expires_in", TYPE_INTEGER, .class = PLAIN, .about = "The same in seconds.", .example = "30"},
};
const struct shape ticket_out = SHAPE("Ticket", ticket_fields, "A one-time ticket for a WebSocket.");

static const struct field key_set_fields[] = {
        {"keys", TYPE_LIST, .class = PLAIN, .about = "JSON Web Keys (RFC 7517).", .example = "[]"},
};
const struct shape key_set_out = SHAPE("KeySet", key_set_fields, "Public keys that verify our tokens.");
/* clang-format on */
