/**
 * procedure.c: what is done and supervised, as a table.
 */
#include "people.h"

/* clang-format off */
static const struct field fields[PROCEDURE__N] = {
        [PROCEDURE_ID] = {"id", TYPE_ID, .flags = FIELD_READ_ONLY, .class = PLAIN, .about = "Identifier.", .example = "\"550e8400-e29b-41d4-a716-446655440002\""},
        [PROCEDURE_NAME] = {"name", TYPE_TEXT, .min = 1, .max = 200, .flags = FIELD_REQUIRED | FIELD_SORT | FIELD_SEARCH, .class = PLAIN,
                .about = "Name.", .example = "\"Basic Life Support\""},
        [PROCEDURE_CODE] = {"code", TYPE_TEXT, .min = 1, .max = 50, .flags = FIELD_NULLABLE | FIELD_FILTER, .class = PLAIN,
                .about = "Short name, unique in the tenant.", .example = "\"BLS\""},
        [PROCEDURE_CATEGORY] = {"category", TYPE_TEXT, .min = 1, .max = 100, .flags = FIELD_NULLABLE | FIELD_FILTER, .class = PLAIN,
                .about = "Group.", .example = "\"resuscitation\""},
        [PROCEDURE_SPECIALTY] = {"specialty", TYPE_TEXT, .min = 1, .max = 100, .flags = FIELD_NULLABLE | FIELD_FILTER, .class = PLAIN,
                .about = "Whose it is.", .example = "\"Family Medicine\""},
        [PROCEDURE_DESCRIPTION] = {"description", TYPE_TEXT, .max = 2000, .flags = FIELD_NULLABLE, .class = PLAIN,
                .about = "What it is.", .example = "\"CPR and basic emergency care\""},
        [PROCEDURE_REQUIRED_CREDENTIALS] = {"required_credentials", TYPE_LIST, .max = 20, .item_max = 50, .otherwise = "[]", .class = PLAIN,
                .about = "Types of credentials that who supervises it must hold, for whatever procedure.", .example = "[\"BLS\"]"},
        [PROCEDURE_SUPERVISION_REQUIRED] = {"supervision_required", TYPE_BOOLEAN, .otherwise = "true", .class = PLAIN,
                .about = "Whether residents need supervision.", .example = "false"},
        [PROCEDURE_SUPERVISION_RATIO] = {"supervision_ratio", TYPE_INTEGER, .min = 1, .max = 100, .otherwise = "1", .class = PLAIN,
                .about = "Residents a supervisor.", .example = "1"},
        [PROCEDURE_REQUIRES_CERTIFICATION] = {"requires_certification", TYPE_BOOLEAN, .otherwise = "true", .class = PLAIN,
                .about = "Whether who supervises needs a credential for it.", .example = "true"},
        [PROCEDURE_COMPLEXITY_LEVEL] = {"complexity_level", TYPE_ENUM, .choices = ONE_OF("basic", "standard", "advanced", "complex"), .otherwise = "\"standard\"", .flags = FIELD_FILTER, .class = PLAIN,
                .about = "How hard it is.", .example = "\"basic\""},
        [PROCEDURE_MIN_PGY_LEVEL] = {"min_pgy_level", TYPE_INTEGER, .min = 1, .max = 3, .otherwise = "1", .class = PLAIN,
                .about = "From which year on residents do it.", .example = "1"},
        [PROCEDURE_IS_ACTIVE] = {"is_active", TYPE_BOOLEAN, .otherwise = "true", .flags = FIELD_FILTER, .class = PLAIN,
                .about = "False: no longer done.", .example = "true"},
        [PROCEDURE_CREATED_AT] = {"created_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_SORT, .class = PLAIN, .about = "When the record was made.", .example = "\"2024-07-01T10:00:00Z\""},
        [PROCEDURE_UPDATED_AT] = {"updated_at", TYPE_TIME, .flags = FIELD_READ_ONLY, .class = PLAIN, .about = "When it was last changed.", .example = "\"2024-07-01T10:00:00Z\""},
};
static const struct shape shape = SHAPE("Procedure", fields, "Something that is done and supervised.");

static const struct resource_unique uniques[] = {
        {"procedures_code", PROCEDURE_CODE, PROBLEM_PROCEDURE_ALREADY_EXISTS, 0, "A procedure with this code exists already"},
};
/* clang-format on */

static const struct sql sql_select_credential =
        SQL("SELECT 1 FROM credentials WHERE tenant_id = :tenant AND procedure_id = ? LIMIT 1");

static enum status before(struct request *r, struct resource_change *change)
{
        struct db_rows rows;
        enum status status;

        if (change->op != CHANGE_DELETE)
                return STATUS_OK;
        status = db_row(r->db, &sql_select_credential, DB_PARAMS(db_uuid(&change->id)), &rows);
        if (status == STATUS_NOT_FOUND)
                return STATUS_OK;
        if (status == STATUS_OK)
                status = db_end(&rows);
        if (status != STATUS_OK)
                return status;
        return problem(r, PROBLEM_DELETE_CONFLICT,
                       "Cannot delete procedure with credentials. Delete credentials first or set "
                       "is_active=false.");
}

/* clang-format off */
const struct resource procedure = {
        .name = "procedure", .plural = "procedures", .label = "Procedure", .table = "procedures",
        .dialect = &dialect_r, .shape = &shape, .not_found = PROBLEM_PROCEDURE_NOT_FOUND,
        .uniques = uniques, .unique_count = sizeof(uniques) / sizeof(uniques[0]),
        .default_sort = "name", .tally = {PROCEDURE_COMPLEXITY_LEVEL}, .tally_count = 1, .before = before,
        .channel = "procedures", .created = "procedure_created", .updated = "procedure_updated", .deleted = "procedure_deleted",
};
/* clang-format on */

enum status procedure_activate(struct request *r)
{
        return resource_set(r, PROCEDURE_IS_ACTIVE, db_int(1), NULL);
}

enum status procedure_deactivate(struct request *r)
{
        return resource_set(r, PROCEDURE_IS_ACTIVE, db_int(0), NULL);
}

/* The words that procedures are grouped by. */
static const struct sql sql_select_categories =
        SQL("SELECT DISTINCT category FROM procedures WHERE tenant_id = :tenant"
            " AND category IS NOT NULL ORDER BY category LIMIT 1000");
static const struct sql sql_select_specialties =
        SQL("SELECT DISTINCT specialty FROM procedures WHERE tenant_id = :tenant"
            " AND specialty IS NOT NULL ORDER BY specialty LIMIT 1000");

static enum status answer_words(struct request *r, const struct sql *sql)
{
        struct db_rows rows;
        int64_t total = 0;
        struct emit *e;
        enum status status = db_query(r->db, sql, DB_NO_PARAMS, &rows);

        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        emit_object(e);
        emit_key(e, "items");
        emit_array(e);
        for (; db_next(&rows); total++)
                emit_str(e, db_get_str(&rows, 0));
        emit_array_end(e);
        emit_member_int(e, "total", total);
        emit_object_end(e);
        response_header(r, "X-Total-Count", arena_printf(r->arena, "%lld", (long long)total));
        return db_end(&rows);
}

enum status procedure_categories(struct request *r)
{
        return answer_words(r, &sql_select_categories);
}

enum status procedure_specialties(struct request *r)
{
        return answer_words(r, &sql_select_specialties);
}

/* clang-format off */
static const struct field word_fields[] = {
        {"items", TYPE_LIST, .class = PLAIN, .about = "In the order of the alphabet.", .example = "[\"resuscitation\"]"},
        {"total", TYPE_INTEGER, .class = PLAIN, .about = "How many.", .example = "1"},
};
const struct shape procedure_words_out = SHAPE("ProcedureWords", word_fields, "Words that procedures are grouped by.");
/* clang-format on */
