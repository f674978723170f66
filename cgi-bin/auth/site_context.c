/**
 * site_context.c: the site that a session works in (POST /api/v1/auth/site, POST
 * /api/v1/sites/{id}/context, GET /api/v1/sites/context) and the sites of a user.
 */
#include "sites.h"

static const struct sql sql_choose_site =
        SQL("UPDATE sessions SET site_id = ? WHERE tenant_id = :tenant AND id = ? AND user_id = ?");

static const struct sql sql_select_site =
        SQL("SELECT name FROM sites WHERE tenant_id = :tenant AND id = ?");

/* An admin belongs to every site. */
static const struct sql sql_select_sites =
        SQL("SELECT s.id, s.name, s.description, IF(?, 'admin', m.role) FROM sites AS s"
            " LEFT JOIN site_members AS m"
            " ON m.tenant_id = :tenant AND m.site_id = s.id AND m.user_id = ?"
            " WHERE s.tenant_id = :tenant AND (? OR m.user_id IS NOT NULL) ORDER BY s.name, s.id");

static enum status emit_sites(struct request *r, const struct user_id *user, bool everywhere)
{
        struct db_rows rows;
        struct emit *e;
        enum status status = db_query(
                r->db, &sql_select_sites,
                DB_PARAMS(db_int(everywhere), db_uuid(&user->uuid), db_int(everywhere)), &rows);

        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        emit_object(e);
        emit_key(e, "sites");
        emit_array(e);
        while (db_next(&rows)) {
                const struct uuid id = db_get_uuid(&rows, 0);

                emit_object(e);
                emit_member_uuid(e, "id", &id);
                emit_member_str(e, "name", db_get_str(&rows, 1));
                emit_member_str(e, "description", db_get_str(&rows, 2));
                emit_member_str(e, "role", db_get_str(&rows, 3));
                emit_object_end(e);
        }
        emit_array_end(e);
        emit_object_end(e);
        return db_end(&rows);
}

enum status sites_of_caller(struct request *r)
{
        return emit_sites(r, &r->principal.user, site_everywhere(r));
}

enum status sites_of_user(struct request *r)
{
        struct account account;
        enum status status = user_lookup(r, r->arguments[0], &account);

        if (status == STATUS_OK)
                status = user_may_see(r, &account.user);
        return status == STATUS_OK ? emit_sites(r, &account.user, (account.roles & ADMIN) != 0)
                                   : status;
}

static enum status emit_context(struct request *r, struct emit *e, const struct uuid *site,
                                enum site_role role)
{
        struct db_rows rows;
        enum status status = db_row(r->db, &sql_select_site, DB_PARAMS(db_uuid(site)), &rows);

        if (status != STATUS_OK)
                return status;
        emit_object(e);
        emit_member_uuid(e, "site_id", site);
        emit_member_str(e, "name", db_get_str(&rows, 0));
        emit_member_text(e, "role", site_role_text(role));
        emit_object_end(e);
        return db_end(&rows);
}

/* Zero chooses none. */
static enum status choose(struct request *r, const struct uuid *site)
{
        const bool none = uuid_is_zero(site);
        const struct site_scope *scope;
        bool admitted = none;
        uint64_t matched = 0;
        struct emit *e;
        enum status status = site_scope(r, &scope);

        if (status == STATUS_OK && !none)
                status = site_admits(r, scope, site, &admitted);
        if (status != STATUS_OK)
                return status;
        if (!admitted)
                return site_refuse(r);
        status = db_run(r->db, &sql_choose_site,
                        DB_PARAMS(none ? db_null() : db_uuid(site),
                                  db_uuid(&r->principal.session.uuid),
                                  db_uuid(&r->principal.user.uuid)),
                        &matched);
        if (status != STATUS_OK)
                return status;
        if (!matched)
                return problem(r, PROBLEM_SESSION_NOT_FOUND,
                               "Your token has no session here; send X-Site-ID instead");
        e = respond_json(r, 200);
        emit_object(e);
        emit_member_bool(e, "success", true);
        emit_key(e, "site_context");
        if (none)
                emit_null(e);
        else
                status = emit_context(r, e, site, site_role_at(scope, site));
        emit_object_end(e);
        return status;
}

enum status context_choose(struct request *r)
{
        const struct uuid none = {{0}};

        if (!json_object_get(r->body, "site_id")) {
                fault_add(&r->faults, STR("/site_id"), "required",
                          "site_id is required; null chooses none");
                return problem_invalid(r);
        }
        return choose(r, record_has(r->input, SITE_ID) ? &r->input->values[SITE_ID].uuid : &none);
}

enum status context_choose_path(struct request *r)
{
        struct uuid site;
        enum status status = site_lookup(r, r->arguments[0], &site);

        return status == STATUS_OK ? choose(r, &site) : status;
}

enum status context_read(struct request *r)
{
        const struct site_scope *scope;
        struct emit *e;
        enum status status = site_scope(r, &scope);

        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        emit_object(e);
        emit_key(e, "site_context");
        if (scope->chosen)
                status = emit_context(r, e, &scope->context, site_role_at(scope, &scope->context));
        else
                emit_null(e);
        emit_object_end(e);
        return status;
}

/* clang-format off */
#define EXAMPLE_UUID "\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\""
#define EXAMPLE_CONTEXT "{\"site_id\":" EXAMPLE_UUID ",\"name\":\"North\",\"role\":\"editor\"}"
static const struct field context_fields[] = {
        {"site_id", TYPE_ID, .class = PLAIN, .about = "The site.", .example = EXAMPLE_UUID},
        {"name", TYPE_TEXT, .class = PLAIN, .about = "Its name.", .example = "\"North\""},
        {"role", TYPE_ENUM, .choices = ONE_OF("viewer", "editor", "admin"), .class = PLAIN, .about = "What the caller may do there.", .example = "\"editor\""},
};
static const struct shape context = SHAPE("SiteContext", context_fields, "The site to work in.");
static const struct field context_out_fields[] = {
        {"site_context", TYPE_OBJECT, .members = &context, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "The site of this request; null: all of the caller's.", .example = EXAMPLE_CONTEXT},
};
const struct shape context_out = SHAPE("ChosenSite", context_out_fields, "The site to work in.");
static const struct field chosen_fields[] = {
        {"success", TYPE_BOOLEAN, .class = PLAIN, .about = "Always true.", .example = "true"},
        {"site_context", TYPE_OBJECT, .members = &context, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "The site of the session from now on; null: all of the caller's.", .example = EXAMPLE_CONTEXT},
};
const struct shape chosen_out = SHAPE("SiteChosen", chosen_fields, "The session works there from now on.");

static const struct field my_site_fields[] = {
        {"id", TYPE_ID, .class = PLAIN, .about = "The site.", .example = EXAMPLE_UUID},
        {"name", TYPE_TEXT, .class = PLAIN, .about = "Its name.", .example = "\"North\""},
        {"description", TYPE_TEXT, .max = 1000, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "What it is.", .example = "\"The northern house\""},
        {"role", TYPE_ENUM, .choices = ONE_OF("viewer", "editor", "admin"), .class = PLAIN, .about = "What the user may do there.", .example = "\"editor\""},
};
static const struct shape my_site = SHAPE("MySite", my_site_fields, "A site that a user belongs to.");
static const struct field my_sites_fields[] = {
        {"sites", TYPE_LIST, .members = &my_site, .class = PLAIN, .about = "Sites, by name.", .example = "[]"},
};
const struct shape my_sites_out = SHAPE("MySites", my_sites_fields, "The sites that a user belongs to.");
/* clang-format on */
