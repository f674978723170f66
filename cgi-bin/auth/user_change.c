/**
 * user_change.c: POST /api/v1/users, PUT and DELETE /api/v1/users/{id}. Admins manage accounts;
 * everybody may change their own names.
 *
 * Whose roles, status or address change is logged out everywhere: tokens carry them until they
 * expire.
 */
#include "sites.h"

#include "json/read.h"

static const struct sql sql_lock_admins =
        SQL("SELECT r.user_id FROM user_roles AS r JOIN users AS u"
            " ON u.tenant_id = :tenant AND u.id = r.user_id AND u.status = 'active'"
            " WHERE r.tenant_id = :tenant AND r.role = 'admin' AND r.user_id <> ? FOR UPDATE");

static const struct sql sql_update_user =
        SQL("UPDATE users SET username = ?, email = ?, name = ?, status = ?, updated_at = ?,"
            " version = version + 1 WHERE tenant_id = :tenant AND id = ?");

static const struct sql sql_delete_roles =
        SQL("DELETE FROM user_roles WHERE tenant_id = :tenant AND user_id = ?");

static const struct sql sql_delete_user =
        SQL("DELETE FROM users WHERE tenant_id = :tenant AND id = ?");

/* What the audit keeps of an account. */
static struct str document(struct request *r, const struct account *account)
{
        struct str copy = {NULL, 0};
        struct buf text;
        struct emit e;

        buf_init(&text, 1 << 20);
        emit_start(&e, &text);
        emit_user_i(&e, account);
        if (emit_finish(&e))
                copy = arena_copy(r->arena, buf_view(&text));
        buf_free(&text);
        return copy;
}

static enum status note(struct request *r, enum change_op op, const struct account *before,
                        const struct account *after)
{
        struct change change = {
                .resource = "user", .record = (after ? after : before)->user.uuid, .op = op};

        if (before)
                change.before = document(r, before);
        if (after)
                change.after = document(r, after);
        if ((before && !change.before.ptr) || (after && !change.after.ptr) ||
            !uuid_v7(&change.receipt))
                return STATUS_NOMEM;
        return request_change(r, &change);
}

static enum status taken(struct request *r)
{
        const bool name = str_is(str_of(db_duplicate_key(r->db)), "users_username");

        fault_add(&r->faults, name ? STR("/username") : STR("/email"), "duplicate",
                  "%s is taken already", name ? "username" : "email");
        (void)problem(r, name ? PROBLEM_USERNAME_ALREADY_EXISTS : PROBLEM_EMAIL_ALREADY_EXISTS,
                      "A user with this %s already exists", name ? "user name" : "e-mail address");
        r->response.problem.faults = r->faults.first;
        return STATUS_INVALID;
}

/* A JSON array of role names. */
static role_set read_roles(struct request *r, const json_t *list)
{
        role_set roles = 0, one;

        for (size_t i = 0; i < json_array_size(list); i++) {
                if (role_parse(json_text(json_array_get(list, i)), &one))
                        roles |= one;
                else
                        fault_add(&r->faults, arena_printf(r->arena, "/roles/%zu", i),
                                  "not_in_list", "roles must name roles");
        }
        if (list && json_array_size(list) == 0)
                fault_add(&r->faults, STR("/roles"), "out_of_range", "roles must not be empty");
        return roles;
}

static bool username_valid(struct str name)
{
        for (size_t i = 0; i < name.len; i++) {
                const char c = name.ptr[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_'))
                        return false;
        }
        return true;
}

static void check_username(struct request *r, struct str name)
{
        if (name.ptr && !username_valid(name))
                fault_add(&r->faults, STR("/username"), "format",
                          "username must consist of letters, digits and underscores");
}

static void check_password(struct request *r, struct str password, struct str confirm)
{
        if (password_classes(password) < 4)
                fault_add(&r->faults, STR("/password"), "too_weak",
                          "password must mix lower case, upper case, digit and other");
        if (!str_eq(password, confirm))
                fault_add(&r->faults, STR("/confirm_password"), "mismatch",
                          "confirm_password must equal password");
}

/* One site and the role there, of "site_roles" or "viewer"; the caller must be admin of it. */
static enum status join(struct request *r, const struct uuid *user, struct str text,
                        const json_t *roles, const char *pointer)
{
        const struct site_scope *scope;
        const struct str name = arena_copy(r->arena, text); /* with a NUL */
        const struct str word = json_get_text(roles, name.ptr ? name.ptr : "");
        const enum site_role role = word.ptr ? site_role_parse(word) : SITE_VIEWER;
        struct uuid site;
        bool admitted = false;
        enum status status = site_scope(r, &scope);

        if (status == STATUS_OK && uuid_parse(text, &site))
                status = site_admits(r, scope, &site, &admitted);
        if (status != STATUS_OK)
                return status;
        if (!admitted || role == SITE_NOBODY) {
                fault_add(&r->faults, str_of(pointer), admitted ? "not_in_list" : "unknown",
                          admitted ? "a site role must be viewer, editor or admin"
                                   : "there is no such site");
                return problem_invalid(r);
        }
        return member_put(r, &site, user, role);
}

static enum status join_sites(struct request *r, const struct uuid *user)
{
        const json_t *ids = json_object_get(r->body, "site_ids");
        json_t *roles = json_object_get(r->body, "site_roles");
        enum status status = STATUS_OK;
        const char *name;
        json_t *value;

        for (size_t i = 0; i < json_array_size(ids) && status == STATUS_OK; i++)
                status = join(r, user, json_text(json_array_get(ids, i)), roles,
                              arena_printf(r->arena, "/site_ids/%zu", i).ptr);
        json_object_foreach(roles, name, value) if (status == STATUS_OK) status =
                join(r, user, str_of(name), roles, "/site_roles");
        return status;
}

static enum status fill(struct request *r, struct account *account)
{
        const json_t *roles = json_object_get(r->body, "roles");
        const struct str password = record_str(r->input, USER_PASSWORD);
        char *hash = arena_new(r->arena, char, PASSWORD_HASH_SIZE);
        enum status status;

        *account = (struct account){
                .tenant = r->principal.tenant,
                .username = record_str(r->input, USER_USERNAME),
                .email = record_str(r->input, USER_EMAIL),
                .name = record_str(r->input, USER_NAME),
                .roles = roles ? read_roles(r, roles) : VIEWER,
                .active = true,
        };
        check_username(r, account->username);
        check_password(r, password, record_str(r->input, USER_CONFIRM_PASSWORD));
        if (r->faults.count)
                return problem_invalid(r);
        if (!account->name.len)
                account->name = account->username;
        if (!hash || !uuid_v7(&account->user.uuid))
                return STATUS_NOMEM;
        status = password_hash(password, hash);
        account->password_hash = str_of(hash);
        return status;
}

enum status user_create(struct request *r)
{
        char text[UUID_TEXT_SIZE];
        struct account account;
        enum status status = fill(r, &account);

        if (status != STATUS_OK)
                return status;
        status = account_add(r->db, &account, request_now(r));
        if (status == STATUS_CONFLICT)
                return taken(r);
        if (status == STATUS_OK)
                status = join_sites(r, &account.user.uuid);
        if (status == STATUS_OK)
                status = account_load(r->db, r->arena, &account.user, &account);
        if (status == STATUS_OK)
                status = note(r, CHANGE_CREATE, NULL, &account);
        if (status != STATUS_OK)
                return status;
        response_location(r, "/api/v1/users/%s", uuid_format(&account.user.uuid, text).ptr);
        return user_answer(r, 201, &account);
}

/* Nobody can leave a tenant without an admin who can log in; the lock makes two of them take turns.
 */
static enum status keep_an_admin(struct request *r, const struct account *account)
{
        struct db_rows rows;
        bool others = false;
        enum status status;

        if (!(account->roles & ADMIN))
                return STATUS_OK;
        status = db_query(r->db, &sql_lock_admins, DB_PARAMS(db_uuid(&account->user.uuid)), &rows);
        while (status == STATUS_OK && db_next(&rows))
                others = true;
        if (status == STATUS_OK)
                status = db_end(&rows);
        if (status != STATUS_OK || others)
                return status;
        return problem(r, PROBLEM_LAST_ADMIN, "The tenant would have no admin any more");
}

static enum status write_roles(struct request *r, const struct account *account)
{
        const struct db_value user = db_uuid(&account->user.uuid);
        enum status status = db_run(r->db, &sql_delete_roles, DB_PARAMS(user), NULL);

        return status == STATUS_OK ? account_add_roles(r->db, &account->user, account->roles)
                                   : status;
}

static enum status write_account(struct request *r, const struct account *before,
                                 const struct account *after)
{
        const bool others = before->roles != after->roles || before->active != after->active ||
                            !str_eq(before->email, after->email);
        enum status status = STATUS_OK;

        if ((before->roles & ADMIN) && (!(after->roles & ADMIN) || !after->active))
                status = keep_an_admin(r, before);
        if (status != STATUS_OK)
                return status;
        status = db_run(r->db, &sql_update_user,
                        DB_PARAMS(db_text(after->username), db_text(after->email),
                                  db_text(after->name),
                                  db_text(after->active ? STR("active") : STR("disabled")),
                                  db_time(request_now(r)), db_uuid(&after->user.uuid)),
                        NULL);
        if (status == STATUS_CONFLICT)
                return taken(r);
        if (status == STATUS_OK && before->roles != after->roles)
                status = write_roles(r, after);
        if (status == STATUS_OK && others)
                status = account_end_sessions(r->db, &after->user, time_now());
        return status;
}

static void take(struct request *r, struct account *account)
{
        const json_t *roles = json_object_get(r->body, "roles");

        if (record_has(r->input, CHANGE_USERNAME))
                account->username = record_str(r->input, CHANGE_USERNAME);
        if (record_has(r->input, CHANGE_EMAIL))
                account->email = record_str(r->input, CHANGE_EMAIL);
        if (record_has(r->input, CHANGE_NAME))
                account->name = record_str(r->input, CHANGE_NAME);
        if (record_has(r->input, CHANGE_STATUS))
                account->active = str_is(record_str(r->input, CHANGE_STATUS), "active");
        if (roles)
                account->roles = read_roles(r, roles);
        check_username(r, account->username);
}

static bool only_names(const struct request *r)
{
        return !record_has(r->input, CHANGE_EMAIL) && !record_has(r->input, CHANGE_STATUS) &&
               !record_has(r->input, CHANGE_ROLES) && !record_has(r->input, CHANGE_SITE_IDS) &&
               !record_has(r->input, CHANGE_SITE_ROLES);
}

enum status user_update(struct request *r)
{
        struct account before, after;
        enum status status = user_lookup(r, r->arguments[0], &before);

        if (status != STATUS_OK)
                return status;
        if (!(r->principal.roles & ADMIN) &&
            !(uuid_eq(&before.user.uuid, &r->principal.user.uuid) && only_names(r)))
                return problem(r, PROBLEM_FORBIDDEN, "Only admins may change this account");
        after = before;
        take(r, &after);
        if (r->faults.count)
                return problem_invalid(r);
        status = write_account(r, &before, &after);
        if (status == STATUS_OK)
                status = join_sites(r, &after.user.uuid);
        if (status == STATUS_OK)
                status = account_load(r->db, r->arena, &before.user, &after);
        if (status == STATUS_OK)
                status = note(r, CHANGE_UPDATE, &before, &after);
        return status == STATUS_OK ? user_answer(r, 200, &after) : status;
}

enum status user_remove(struct request *r)
{
        struct account account;
        enum status status = user_lookup(r, r->arguments[0], &account);

        if (status == STATUS_OK)
                status = keep_an_admin(r, &account);
        if (status == STATUS_OK)
                status = account_end_sessions(r->db, &account.user, time_now());
        if (status == STATUS_OK)
                status = db_run(r->db, &sql_delete_user, DB_PARAMS(db_uuid(&account.user.uuid)),
                                NULL);
        if (status == STATUS_OK)
                status = note(r, CHANGE_DELETE, &account, NULL);
        return status == STATUS_OK ? respond(r, 204) : status;
}

/* clang-format off */
#define EXAMPLE_SITES "[\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\"]"
#define EXAMPLE_SITE_ROLES "{\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\":\"editor\"}"
static const struct field user_in_fields[USER_IN__N] = {
        [USER_USERNAME] = {"username", TYPE_TEXT, .min = 3, .max = 50, .flags = FIELD_REQUIRED, .class = PERSONAL, .about = "Letters, digits and underscores; unique in the installation.", .example = "\"dr_smith\""},
        [USER_EMAIL] = {"email", TYPE_EMAIL, .flags = FIELD_REQUIRED, .class = PERSONAL, .about = "Address, unique in the installation.", .example = "\"doctor@clinic.com\""},
        [USER_PASSWORD] = {"password", TYPE_SECRET, .min = 10, .max = PASSWORD_MAX, .flags = FIELD_REQUIRED | FIELD_WRITE_ONLY, .class = SENSITIVE, .about = "At least 10 characters of lower case, upper case, digit and other.", .example = "\"correct-Horse-7\""},
        [USER_CONFIRM_PASSWORD] = {"confirm_password", TYPE_SECRET, .min = 1, .max = PASSWORD_MAX, .flags = FIELD_REQUIRED | FIELD_WRITE_ONLY, .class = SENSITIVE, .about = "The same again.", .example = "\"correct-Horse-7\""},
        [USER_NAME] = {"name", TYPE_TEXT, .max = 200, .otherwise = "\"\"", .class = PERSONAL, .about = "Name; by default the user name.", .example = "\"Dr. Smith\""},
        [USER_ROLES] = {"roles", TYPE_LIST, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Roles in the tenant; by default viewer.", .example = "[\"staff\"]"},
        [USER_SITE_IDS] = {"site_ids", TYPE_LIST, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Sites to belong to.", .example = EXAMPLE_SITES},
        [USER_SITE_ROLES] = {"site_roles", TYPE_ANY, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Role by site: viewer (the default), editor or admin.", .example = EXAMPLE_SITE_ROLES},
};
const struct shape user_in = SHAPE("NewUser", user_in_fields, "A user to add to the tenant.");

static const struct field user_change_fields[] = {
        [CHANGE_USERNAME] = {"username", TYPE_TEXT, .min = 3, .max = 50, .flags = FIELD_NULLABLE, .class = PERSONAL, .about = "Letters, digits and underscores.", .example = "\"dr_smith\""},
        [CHANGE_EMAIL] = {"email", TYPE_EMAIL, .flags = FIELD_NULLABLE, .class = PERSONAL, .about = "Address; admins only.", .example = "\"doctor@clinic.com\""},
        [CHANGE_NAME] = {"name", TYPE_TEXT, .min = 1, .max = 200, .flags = FIELD_NULLABLE, .class = PERSONAL, .about = "Name.", .example = "\"Dr. Smith\""},
        [CHANGE_STATUS] = {"status", TYPE_ENUM, .choices = ONE_OF("active", "disabled"), .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Whether the account may log in; admins only.", .example = "\"active\""},
        [CHANGE_ROLES] = {"roles", TYPE_LIST, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "All roles in the tenant; admins only.", .example = "[\"staff\"]"},
        [CHANGE_SITE_IDS] = {"site_ids", TYPE_LIST, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Sites to belong to, beside those that are; admins only.", .example = EXAMPLE_SITES},
        [CHANGE_SITE_ROLES] = {"site_roles", TYPE_ANY, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Role by site; admins only.", .example = EXAMPLE_SITE_ROLES},
};
const struct shape user_change_in = SHAPE("UserChange", user_change_fields, "Members to change.");
/* clang-format on */
