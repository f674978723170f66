/**
 * site_members.c: who belongs to a site: GET and POST /api/v1/sites/{id}/users, PUT and DELETE
 * /api/v1/sites/{id}/users/{uid}. Members see it, the site's admins change it.
 */
#include "sites.h"

static const struct sql sql_select_members = SQL(
        "SELECT m.user_id, m.role, u.username, u.email, u.name, m.created_at"
        " FROM site_members AS m JOIN users AS u ON u.tenant_id = :tenant AND u.id = m.user_id"
        " WHERE m.tenant_id = :tenant AND m.site_id = ? ORDER BY u.name, u.id LIMIT ? OFFSET ?");

static const struct sql sql_count_members =
        SQL("SELECT COUNT(*) FROM site_members WHERE tenant_id = :tenant AND site_id = ?");

static const struct sql sql_put_member =
        SQL("INSERT INTO site_members (tenant_id, site_id, user_id, role, created_at)"
            " VALUES (:tenant, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE role = VALUES(role)");

static const struct sql sql_select_member =
        SQL("SELECT role FROM site_members"
            " WHERE tenant_id = :tenant AND site_id = ? AND user_id = ? FOR UPDATE");

static const struct sql sql_delete_member =
        SQL("DELETE FROM site_members WHERE tenant_id = :tenant AND site_id = ? AND user_id = ?");

/* Who listens for the site's events may be another from now on. */
static enum status tell(struct request *r, const struct uuid *site, const struct uuid *user,
                        const char *role)
{
        char site_text[UUID_TEXT_SIZE], user_text[UUID_TEXT_SIZE];
        const struct change event = {
                .channel = "site_members",
                .type = role ? "site_member_updated" : "site_member_deleted",
                .record = *user,
                .document = arena_printf(
                        r->arena, "{\"site_id\":\"%s\",\"user_id\":\"%s\",\"role\":%s%s%s}",
                        uuid_format(site, site_text).ptr, uuid_format(user, user_text).ptr,
                        role ? "\"" : "", role ? role : "null", role ? "\"" : ""),
        };

        return event.document.ptr ? event_send(r->db, &event) : STATUS_NOMEM;
}

/* The membership as a change of the site, for its history. */
static enum status note(struct request *r, const struct uuid *site, const struct uuid *user,
                        const char *before, const char *after)
{
        char text[UUID_TEXT_SIZE];
        const struct str id = uuid_format(user, text);
        struct change change = {
                .resource = "site_member",
                .record = *site,
                .op = !before ? CHANGE_CREATE
                      : after ? CHANGE_UPDATE
                              : CHANGE_DELETE,
        };
        enum status status;

        if (before)
                change.before = arena_printf(r->arena, "{\"user_id\":\"%s\",\"role\":\"%s\"}",
                                             id.ptr, before);
        if (after)
                change.after = arena_printf(r->arena, "{\"user_id\":\"%s\",\"role\":\"%s\"}",
                                            id.ptr, after);
        if (!uuid_v7(&change.receipt) || arena_failed(r->arena))
                return STATUS_NOMEM;
        status = tell(r, site, user, after);
        return status == STATUS_OK ? request_change(r, &change) : status;
}

static enum status role_of(struct request *r, const struct uuid *site, const struct uuid *user,
                           enum site_role *role)
{
        struct db_rows rows;
        enum status status =
                db_row(r->db, &sql_select_member, DB_PARAMS(db_uuid(site), db_uuid(user)), &rows);

        *role = SITE_NOBODY;
        if (status == STATUS_NOT_FOUND)
                return STATUS_OK;
        if (status != STATUS_OK)
                return status;
        *role = site_role_parse(db_get_str(&rows, 0));
        return db_end(&rows);
}

enum status member_put(struct request *r, const struct uuid *site, const struct uuid *user,
                       enum site_role role)
{
        enum site_role before;
        enum status status = role_of(r, site, user, &before);

        if (status != STATUS_OK || before == role)
                return status;
        status = db_run(r->db, &sql_put_member,
                        DB_PARAMS(db_uuid(site), db_uuid(user),
                                  db_text(str_of(site_role_text(role))), db_time(request_now(r))),
                        NULL);
        if (status != STATUS_OK)
                return status;
        return note(r, site, user, before ? site_role_text(before) : NULL, site_role_text(role));
}

static void emit_member(struct emit *e, const struct uuid *site, const struct uuid *user,
                        struct str role)
{
        emit_member_uuid(e, "user_id", user);
        emit_member_uuid(e, "site_id", site);
        emit_member_str(e, "role", role);
}

static void emit_row(struct emit *e, const struct uuid *site, const struct db_rows *rows)
{
        const struct uuid user = db_get_uuid(rows, 0);

        emit_object(e);
        emit_member(e, site, &user, db_get_str(rows, 1));
        emit_member_str(e, "username", db_get_str(rows, db_is_null(rows, 2) ? 3 : 2));
        emit_member_str(e, "email", db_get_str(rows, 3));
        emit_member_str(e, "name", db_get_str(rows, 4));
        emit_member_time(e, "created_at", db_get_time(rows, 5));
        emit_object_end(e);
}

static enum status count_of(struct request *r, const struct uuid *site, int64_t *total)
{
        struct db_rows rows;
        enum status status = db_row(r->db, &sql_count_members, DB_PARAMS(db_uuid(site)), &rows);

        if (status != STATUS_OK)
                return status;
        *total = db_get_int(&rows, 0);
        return db_end(&rows);
}

enum status member_list(struct request *r)
{
        struct uuid site;
        struct page page;
        struct db_rows rows;
        struct emit *e;
        int64_t total;
        enum status status;

        if (!page_read(r, &page))
                return STATUS_INVALID;
        status = site_lookup(r, r->arguments[0], &site);
        if (status == STATUS_OK)
                status = count_of(r, &site, &total);
        if (status == STATUS_OK)
                status = db_query(r->db, &sql_select_members,
                                  DB_PARAMS(db_uuid(&site), db_int(page.size), db_int(page.offset)),
                                  &rows);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        r->dialect->list_open(e, "users");
        while (db_next(&rows))
                emit_row(e, &site, &rows);
        r->dialect->list_close(e, "users", total, &page, (struct str){NULL, 0});
        page_links(r, &page, total, (struct str){NULL, 0});
        return db_end(&rows);
}

static enum status answer(struct request *r, unsigned http, const struct uuid *site,
                          const struct uuid *user, enum site_role role)
{
        struct emit *e = respond_json(r, http);

        emit_object(e);
        emit_key(e, "user");
        emit_object(e);
        emit_member(e, site, user, str_of(site_role_text(role)));
        emit_object_end(e);
        emit_object_end(e);
        return STATUS_OK;
}

static enum status no_such_user(struct request *r, const char *pointer)
{
        fault_add(&r->faults, str_of(pointer), "unknown", "There is no such user in the tenant");
        return problem_invalid(r);
}

enum status member_add(struct request *r)
{
        const struct uuid user = r->input->values[MEMBER_USER_ID].uuid;
        const enum site_role role = site_role_parse(record_str(r->input, MEMBER_ROLE));
        enum site_role before;
        struct uuid site;
        enum status status = site_lookup(r, r->arguments[0], &site);

        if (status == STATUS_OK)
                status = site_require_admin(r, &site);
        if (status == STATUS_OK)
                status = role_of(r, &site, &user, &before);
        if (status != STATUS_OK)
                return status;
        if (before != SITE_NOBODY)
                return problem(r, PROBLEM_MEMBER_ALREADY_EXISTS,
                               "This user already belongs to the site");
        status = member_put(r, &site, &user, role);
        if (status == STATUS_CONFLICT)
                return no_such_user(r, "/user_id");
        return status == STATUS_OK ? answer(r, 201, &site, &user, role) : status;
}

/* The member that the path names; 404 is answered for none. */
static enum status find(struct request *r, struct uuid *site, struct uuid *user,
                        enum site_role *role)
{
        enum status status = site_lookup(r, r->arguments[0], site);

        if (status == STATUS_OK)
                status = site_require_admin(r, site);
        *role = SITE_NOBODY;
        if (status == STATUS_OK && uuid_parse(r->arguments[1], user))
                status = role_of(r, site, user, role);
        if (status != STATUS_OK)
                return status;
        if (*role == SITE_NOBODY)
                return problem(r, PROBLEM_MEMBER_NOT_FOUND,
                               "This user does not belong to the site");
        return STATUS_OK;
}

enum status member_change(struct request *r)
{
        const enum site_role role = site_role_parse(record_str(r->input, 0));
        struct uuid site, user;
        enum site_role before;
        enum status status = find(r, &site, &user, &before);

        if (status == STATUS_OK)
                status = member_put(r, &site, &user, role);
        return status == STATUS_OK ? answer(r, 200, &site, &user, role) : status;
}

enum status member_remove(struct request *r)
{
        struct uuid site, user;
        enum site_role role;
        enum status status = find(r, &site, &user, &role);

        if (status == STATUS_OK)
                status = db_run(r->db, &sql_delete_member,
                                DB_PARAMS(db_uuid(&site), db_uuid(&user)), NULL);
        if (status == STATUS_OK)
                status = note(r, &site, &user, site_role_text(role), NULL);
        return status == STATUS_OK ? respond(r, 204) : status;
}

/* clang-format off */
#define EXAMPLE_UUID "\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\""
static const struct field member_in_fields[] = {
        [MEMBER_USER_ID] = {"user_id", TYPE_ID, .flags = FIELD_REQUIRED, .class = PLAIN, .about = "User of the tenant.", .example = EXAMPLE_UUID},
        [MEMBER_ROLE] = {"role", TYPE_ENUM, .choices = ONE_OF("viewer", "editor", "admin"), .otherwise = "\"viewer\"", .class = PLAIN, .about = "What the user may do there.", .example = "\"editor\""},
};
const struct shape member_in = SHAPE("NewMember", member_in_fields, "A user who shall belong to a site.");

static const struct field member_change_fields[] = {
        {"role", TYPE_ENUM, .choices = ONE_OF("viewer", "editor", "admin"), .flags = FIELD_REQUIRED, .class = PLAIN, .about = "What the user may do there.", .example = "\"editor\""},
};
const struct shape member_change_in = SHAPE("MemberRole", member_change_fields, "Another role.");

static const struct field membership_fields[] = {
        {"user_id", TYPE_ID, .class = PLAIN, .about = "The user.", .example = EXAMPLE_UUID},
        {"site_id", TYPE_ID, .class = PLAIN, .about = "The site.", .example = EXAMPLE_UUID},
        {"role", TYPE_ENUM, .choices = ONE_OF("viewer", "editor", "admin"), .class = PLAIN, .about = "What the user may do there.", .example = "\"editor\""},
};
static const struct shape membership = SHAPE("Membership", membership_fields, "A user at a site.");
static const struct field member_out_fields[] = {
        {"user", TYPE_OBJECT, .members = &membership, .class = PLAIN, .about = "The membership.", .example = "{\"user_id\":" EXAMPLE_UUID ",\"site_id\":" EXAMPLE_UUID ",\"role\":\"editor\"}"},
};
const struct shape member_out = SHAPE("SiteMember", member_out_fields, "A user at a site.");

static const struct field listed_fields[] = {
        {"user_id", TYPE_ID, .class = PLAIN, .about = "The user.", .example = EXAMPLE_UUID},
        {"site_id", TYPE_ID, .class = PLAIN, .about = "The site.", .example = EXAMPLE_UUID},
        {"role", TYPE_ENUM, .choices = ONE_OF("viewer", "editor", "admin"), .class = PLAIN, .about = "What the user may do there.", .example = "\"editor\""},
        {"username", TYPE_TEXT, .max = 320, .class = PERSONAL, .about = "User name; the address when the user has none.", .example = "\"dr_smith\""},
        {"email", TYPE_EMAIL, .class = PERSONAL, .about = "Address.", .example = "\"doctor@clinic.com\""},
        {"name", TYPE_TEXT, .class = PERSONAL, .about = "Name.", .example = "\"Dr. Smith\""},
        {"created_at", TYPE_TIME, .class = PLAIN, .about = "Since when.", .example = "\"2024-01-18T10:35:00Z\""},
};
static const struct shape listed = SHAPE("ListedMember", listed_fields, "A user at a site.");
static const struct field members_fields[] = {
        {"users", TYPE_LIST, .members = &listed, .class = PERSONAL, .about = "The members of the page.", .example = "[]"},
        {"total", TYPE_INTEGER, .class = PLAIN, .about = "How many there are.", .example = "0"},
        {"page", TYPE_INTEGER, .class = PLAIN, .about = "Number of this page.", .example = "1"},
        {"page_size", TYPE_INTEGER, .class = PLAIN, .about = "Members a page.", .example = "20"},
};
const struct shape members_out = SHAPE("SiteMembers", members_fields, "Who belongs to a site.");
/* clang-format on */
