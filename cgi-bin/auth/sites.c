/**
 * sites.c: sites as records: everybody sees those they belong to, a tenant's admins make and change
 * them.
 */
#include "sites.h"

/* clang-format off */
const char *const site_role_words[] = {"viewer", "editor", "admin", NULL};

static const struct field site_fields[SITE_ROW__N] = {
        [SITE_ROW_ID] = {"id", TYPE_ID, .flags = FIELD_READ_ONLY, .class = PLAIN,
                .about = "Identifier.", .example = "\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\""},
        [SITE_ROW_NAME] = {"name", TYPE_TEXT, .min = 1, .max = 100, .flags = FIELD_REQUIRED | FIELD_FILTER | FIELD_SORT | FIELD_SEARCH, .class = PLAIN,
                .about = "Name, unique in the tenant.", .example = "\"North\""},
        [SITE_ROW_DESCRIPTION] = {"description", TYPE_TEXT, .max = 1000, .flags = FIELD_NULLABLE, .class = PLAIN,
                .about = "What it is.", .example = "\"The northern house\""},
        [SITE_ROW_CREATED_AT] = {"created_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_SORT, .class = PLAIN,
                .about = "When it was added.", .example = "\"2024-01-18T10:35:00Z\""},
        [SITE_ROW_UPDATED_AT] = {"updated_at", TYPE_TIME, .flags = FIELD_READ_ONLY, .class = PLAIN,
                .about = "When it was last changed.", .example = "\"2024-01-18T10:35:00Z\""},
};
static const struct shape site_shape = {"Site", site_fields, SITE_ROW__N, "A place of work inside a tenant."};

static const struct resource_unique site_uniques[] = {
        {"sites_name", SITE_ROW_NAME, PROBLEM_SITE_ALREADY_EXISTS, 0, "A site with this name already exists"},
};

const struct resource site_record = {
        .name = "site", .plural = "sites", .label = "Site", .table = "sites",
        .dialect = &dialect_i, .shape = &site_shape, .not_found = PROBLEM_SITE_NOT_FOUND,
        .uniques = site_uniques, .unique_count = sizeof(site_uniques) / sizeof(site_uniques[0]),
        .default_sort = "name", .of_site = true, .site = SITE_ROW_ID,
        .channel = "sites", .created = "site_created", .updated = "site_updated", .deleted = "site_deleted",
};

static const struct field site_detail_fields[] = {
        {"id", TYPE_ID, .class = PLAIN, .about = "Identifier.", .example = "\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\""},
        {"name", TYPE_TEXT, .class = PLAIN, .about = "Name.", .example = "\"North\""},
        {"description", TYPE_TEXT, .max = 1000, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "What it is.", .example = "\"The northern house\""},
        {"created_at", TYPE_TIME, .class = PLAIN, .about = "When it was added.", .example = "\"2024-01-18T10:35:00Z\""},
        {"updated_at", TYPE_TIME, .class = PLAIN, .about = "When it was last changed.", .example = "\"2024-01-18T10:35:00Z\""},
        {"user_count", TYPE_INTEGER, .class = PLAIN, .about = "Users who belong to it.", .example = "12"},
        {"interaction_count", TYPE_INTEGER, .class = PLAIN, .about = "Interactions recorded there.", .example = "480"},
};
static const struct shape site_counted = SHAPE("SiteDetail", site_detail_fields, "A site with what is counted there.");
static const struct field site_wrapped[] = {
        {"site", TYPE_OBJECT, .members = &site_counted, .class = PLAIN, .about = "The site.",
                .example = "{\"id\":\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\",\"name\":\"North\",\"description\":null,\"created_at\":\"2024-01-18T10:35:00Z\","
                           "\"updated_at\":\"2024-01-18T10:35:00Z\",\"user_count\":12,\"interaction_count\":480}"},
};
const struct shape site_detail_out = SHAPE("SiteWithCounts", site_wrapped, "A site with what is counted there.");

static const struct field term_fields[] = {
        {"term", TYPE_TEXT, .min = 1, .max = 100, .flags = FIELD_REQUIRED, .class = PLAIN, .about = "Part of the name or description.", .example = "\"nor\""},
};
const struct shape site_term_query = SHAPE("SiteTerm", term_fields, "What to look for.");
/* clang-format on */

static const struct sql sql_count_members =
        SQL("SELECT COUNT(*) FROM site_members WHERE tenant_id = :tenant AND site_id = ?");

static enum status count_members(struct request *r, const struct uuid *site, int64_t *count)
{
        struct db_rows rows;
        enum status status = db_row(r->db, &sql_count_members, DB_PARAMS(db_uuid(site)), &rows);

        if (status != STATUS_OK)
                return status;
        *count = db_get_int(&rows, 0);
        return db_end(&rows);
}

/* The exact totals are kept by site (cgi-bin/interactions). */
static enum status count_interactions(struct request *r, const struct uuid *site, int64_t *count)
{
        char text[UUID_TEXT_SIZE];
        struct tally tally;
        const struct str like =
                arena_printf(r->arena, "site\\_id=%s|%%", uuid_format(site, text).ptr);
        enum status status =
                like.ptr ? tally_read(r->db, "site_interaction", like, &tally) : STATUS_NOMEM;

        *count = status == STATUS_OK ? tally.total : 0;
        return status;
}

static enum status site_missing(struct request *r, struct str text)
{
        return problem(r, PROBLEM_SITE_NOT_FOUND, "Site with ID %.*s not found", STR_ARG(text));
}

enum status site_lookup(struct request *r, struct str text, struct uuid *site)
{
        const struct site_scope *scope;
        bool admitted = false;
        enum status status = site_scope(r, &scope);

        if (status == STATUS_OK && uuid_parse(text, site))
                status = site_admits(r, scope, site, &admitted);
        if (status != STATUS_OK)
                return status;
        return admitted ? STATUS_OK : site_missing(r, text);
}

enum status site_require_admin(struct request *r, const struct uuid *site)
{
        const struct site_scope *scope;
        enum status status = site_scope(r, &scope);

        if (status != STATUS_OK || site_role_at(scope, site) == SITE_ADMIN)
                return status;
        return problem(r, PROBLEM_FORBIDDEN, "Only an admin of this site may do this");
}

enum status site_detail(struct request *r)
{
        struct record *record;
        struct uuid id;
        int64_t version, members, interactions;
        struct emit *e;
        enum status status =
                resource_load(r, &site_record, r->arguments[0], false, &id, &record, &version);

        if (status == STATUS_NOT_FOUND)
                return site_missing(r, r->arguments[0]);
        if (status == STATUS_OK)
                status = count_members(r, &id, &members);
        if (status == STATUS_OK)
                status = count_interactions(r, &id, &interactions);
        if (status != STATUS_OK)
                return status;
        response_etag(r, version);
        e = respond_json(r, 200);
        emit_object(e);
        emit_key(e, "site");
        emit_object(e);
        for (size_t i = 0; i < SITE_ROW__N; i++) {
                emit_key(e, site_fields[i].name);
                field_emit(&site_fields[i], &record->values[i], e);
        }
        emit_member_int(e, "user_count", members);
        emit_member_int(e, "interaction_count", interactions);
        emit_object_end(e);
        emit_object_end(e);
        return STATUS_OK;
}

enum status site_search(struct request *r)
{
        const struct db_value term = db_text(record_str(r->filter, 0));
        const struct db_value params[] = {term, term};

        return resource_answer(
                r, &site_record,
                &(struct resource_question){
                        .where = STR(" AND (INSTR(name, ?) > 0 OR INSTR(description, ?) > 0)"),
                        .params = params,
                        .param_count = 2,
                });
}
