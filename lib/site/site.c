/**
 * site.c: see site.h.
 */
#include "site/site.h"

static const char *const role_texts[] = {
        [SITE_NOBODY] = "",
        [SITE_VIEWER] = "viewer",
        [SITE_EDITOR] = "editor",
        [SITE_ADMIN] = "admin",
};

/* Memberships, and as a row without role the session's choice. */
static const struct sql sql_select_scope =
        SQL("SELECT site_id, role FROM site_members WHERE tenant_id = :tenant AND user_id = ?"
            " UNION ALL SELECT site_id, '' FROM sessions"
            " WHERE tenant_id = :tenant AND id = ? AND site_id IS NOT NULL");

static const struct sql sql_select_site =
        SQL("SELECT 1 FROM sites WHERE tenant_id = :tenant AND id = ?");

const char *site_role_text(enum site_role role)
{
        return role_texts[role];
}

enum site_role site_role_parse(struct str text)
{
        for (enum site_role role = SITE_ADMIN; role > SITE_NOBODY; role--)
                if (str_is(text, role_texts[role]))
                        return role;
        return SITE_NOBODY;
}

bool site_everywhere(const struct request *r)
{
        return (r->principal.roles & ADMIN) != 0;
}

enum site_role site_role_at(const struct site_scope *scope, const struct uuid *site)
{
        if (scope->everywhere)
                return SITE_ADMIN;
        for (size_t i = 0; i < scope->count; i++)
                if (uuid_eq(&scope->members[i].site, site))
                        return scope->members[i].role;
        return SITE_NOBODY;
}

enum status site_refuse(struct request *r)
{
        return problem(r, PROBLEM_FORBIDDEN, "You have no access to this site");
}

enum status site_refuse_change(struct request *r)
{
        return problem(r, PROBLEM_FORBIDDEN, "Your role at this site may read, but not change");
}

/* One more; the room doubles when a power of two is reached. */
static bool add_member(struct arena *arena, struct site_scope *scope, struct site_membership member)
{
        enum { FIRST = 8 };
        const size_t count = scope->count;
        struct site_membership *members = scope->members;

        if (count == 0 || (count >= FIRST && (count & (count - 1)) == 0)) {
                members = arena_new(arena, struct site_membership, count ? count * 2 : FIRST);
                if (!members)
                        return false;
                if (count)
                        memcpy(members, scope->members, count * sizeof(*members));
                scope->members = members;
        }
        members[scope->count++] = member;
        return true;
}

static enum status read_members(struct request *r, struct site_scope *scope)
{
        struct db_rows rows;
        enum status status = db_query(
                r->db, &sql_select_scope,
                DB_PARAMS(db_uuid(&r->principal.user.uuid), db_uuid(&r->principal.session.uuid)),
                &rows);

        while (status == STATUS_OK && db_next(&rows)) {
                const struct uuid site = db_get_uuid(&rows, 0);
                const enum site_role role = site_role_parse(db_get_str(&rows, 1));

                if (role == SITE_NOBODY) {
                        scope->context = site;
                        scope->chosen = true;
                } else if (!add_member(r->arena, scope, (struct site_membership){site, role})) {
                        status = STATUS_NOMEM;
                }
        }
        if (status == STATUS_NOMEM)
                (void)db_end(&rows);
        return status == STATUS_OK ? db_end(&rows) : status;
}

enum status site_admits(struct request *r, const struct site_scope *scope, const struct uuid *site,
                        bool *admitted)
{
        struct db_rows rows;
        enum status status;

        *admitted = site_role_at(scope, site) != SITE_NOBODY;
        if (!scope->everywhere)
                return STATUS_OK;
        status = db_row(r->db, &sql_select_site, DB_PARAMS(db_uuid(site)), &rows);
        *admitted = status == STATUS_OK;
        if (status == STATUS_NOT_FOUND)
                return STATUS_OK;
        return status == STATUS_OK ? db_end(&rows) : status;
}

static enum status choose(struct request *r, struct site_scope *scope)
{
        const struct str header = request_header(r, "HTTP_X_SITE_ID");
        const struct str named = header.len ? header : request_parameter(r, "site_id");
        bool admitted;
        enum status status;

        if (str_is(header, "*")) {
                scope->chosen = false;
                return STATUS_OK;
        }
        if (named.ptr) {
                scope->chosen = uuid_parse(named, &scope->context);
                if (!scope->chosen)
                        return problem(r, PROBLEM_BAD_REQUEST, "%s must be a site's id",
                                       header.len ? "X-Site-ID" : "site_id");
        }
        if (!scope->chosen)
                return STATUS_OK;
        status = site_admits(r, scope, &scope->context, &admitted);
        if (status != STATUS_OK)
                return status;
        if (!admitted && named.ptr)
                return site_refuse(r);
        scope->chosen = admitted;
        return STATUS_OK;
}

enum status site_scope(struct request *r, const struct site_scope **out)
{
        struct site_scope *scope;
        enum status status;

        if (r->site_scope) {
                *out = r->site_scope;
                return STATUS_OK;
        }
        scope = arena_new(r->arena, struct site_scope, 1);
        if (!scope)
                return STATUS_NOMEM;
        scope->everywhere = site_everywhere(r);
        status = read_members(r, scope);
        if (status == STATUS_OK)
                status = choose(r, scope);
        if (status != STATUS_OK)
                return status;
        *out = r->site_scope = scope;
        return STATUS_OK;
}
