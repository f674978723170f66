/**
 * site.c: records that belong to a site: every statement about them names the caller's sites.
 */
#include "resource/resource_internal.h"

#include "site/site.h"

enum { SITES_LISTED = 32 };

struct db_params row_params(const struct request *r, const struct resource *resource,
                            const struct uuid *id, struct db_value values[static ROW_PARAMS_MAX])
{
        values[0] = db_uuid(id);
        if (!resource->of_site)
                return (struct db_params){values, 1};
        values[1] = db_int(site_everywhere(r));
        values[2] = db_uuid(&r->principal.user.uuid);
        return (struct db_params){values, ROW_PARAMS_MAX};
}

enum status site_named(struct request *r, const struct resource *resource)
{
        const struct site_scope *scope;

        if (!resource->of_site || request_header(r, "HTTP_X_SITE_ID").len == 0)
                return STATUS_OK;
        return site_scope(r, &scope);
}

static const char *site_column(const struct resource *resource)
{
        return field_column(&resource->shape->fields[resource->site]);
}

/* Exact totals are kept by site, if the resource counts so. */
static void count_by_site(struct request *r, const struct resource *resource,
                          const struct uuid *site, struct filter *filter)
{
        char text[UUID_TEXT_SIZE];

        for (size_t i = 0; i < resource->tally_count; i++)
                if (resource->tally[i] == resource->site) {
                        filter->tally[i] = arena_copy(r->arena, uuid_format(site, text));
                        return;
                }
        filter->only_tally = false;
}

static void narrow_to_one(struct request *r, const struct resource *resource,
                          const struct uuid *site, struct filter *filter)
{
        buf_printf(&filter->where, " AND %s = ?", site_column(resource));
        filter_condition_param(filter, db_uuid(site));
        count_by_site(r, resource, site, filter);
}

/* A short list lets the optimizer choose an index; a long one is looked up. */
static void narrow_to_members(const struct request *r, const struct resource *resource,
                              const struct site_scope *scope, struct filter *filter)
{
        filter->only_tally = false;
        if (scope->count > SITES_LISTED) {
                buf_printf(&filter->where,
                           " AND %s IN (SELECT m.site_id FROM site_members AS m"
                           " WHERE m.tenant_id = :tenant AND m.user_id = ?)",
                           site_column(resource));
                filter_condition_param(filter, db_uuid(&r->principal.user.uuid));
                return;
        }
        buf_printf(&filter->where, " AND %s IN (", site_column(resource));
        for (size_t i = 0; i < scope->count; i++) {
                buf_text(&filter->where, i ? ", ?" : "?");
                filter_condition_param(filter, db_uuid(&scope->members[i].site));
        }
        buf_text(&filter->where, scope->count ? ")" : "NULL)");
}

enum status site_narrow(struct request *r, const struct resource *resource, struct filter *filter)
{
        const struct site_scope *scope;
        enum status status;

        if (!resource->of_site)
                return STATUS_OK;
        status = site_scope(r, &scope);
        if (status != STATUS_OK)
                return status;
        if (scope->chosen)
                narrow_to_one(r, resource, &scope->context, filter);
        else if (!scope->everywhere && scope->count == 1)
                narrow_to_one(r, resource, &scope->members[0].site, filter);
        else if (!scope->everywhere)
                narrow_to_members(r, resource, scope, filter);
        return STATUS_OK;
}

static enum status require_editor(struct request *r, const struct uuid *site)
{
        const struct site_scope *scope;
        bool admitted = false;
        enum status status = site_scope(r, &scope);

        if (status == STATUS_OK)
                status = site_admits(r, scope, site, &admitted);
        if (status != STATUS_OK)
                return status;
        if (!admitted)
                return site_refuse(r);
        return site_role_at(scope, site) == SITE_VIEWER ? site_refuse_change(r) : STATUS_OK;
}

enum status site_settle(struct request *r, const struct resource *resource, struct record *record)
{
        const struct site_scope *scope;
        struct db_value *site;
        enum status status;

        if (!resource->of_site || resource->site == 0) /* a site itself belongs to none */
                return STATUS_OK;
        site = &record->values[resource->site];
        status = site_scope(r, &scope);
        if (status != STATUS_OK)
                return status;
        if (site->type == DB_NULL && scope->chosen)
                *site = db_uuid(&scope->context);
        if (site->type == DB_NULL && !scope->everywhere && scope->count == 1)
                *site = db_uuid(&scope->members[0].site);
        if (site->type != DB_NULL)
                return require_editor(r, &site->uuid);
        if (r->faults.count == 0)
                fault_add(&r->faults, STR("/site_id"), "required",
                          "site_id is required while no site is chosen");
        return problem_invalid(r);
}

enum status site_may_change(struct request *r, const struct resource *resource,
                            const struct record *record)
{
        if (!resource->of_site)
                return STATUS_OK;
        return require_editor(r, &record->values[resource->site].uuid);
}
