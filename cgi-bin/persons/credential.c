/**
 * credential.c: who may supervise what, until when, as a table. Status and validity are read by the
 * day: what has passed its last day is expired without anybody writing so.
 */
#include "people.h"

/* clang-format off */
#define EXAMPLE_UUID "\"550e8400-e29b-41d4-a716-446655440000\""
static const struct field procedure_fields[] = {
        {"id", TYPE_ID, .class = PLAIN, .about = "Identifier.", .example = EXAMPLE_UUID},
        {"name", TYPE_TEXT, .class = PLAIN, .about = "Name.", .example = "\"Basic Life Support\""},
        {"code", TYPE_TEXT, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Short name.", .example = "\"BLS\""},
        {"category", TYPE_TEXT, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Group.", .example = "\"resuscitation\""},
};
static const struct shape procedure_shape = SHAPE("CredentialProcedure", procedure_fields, "What a credential is for.");

#define COMPUTED .flags = FIELD_READ_ONLY | FIELD_COMPUTED
static const struct field fields[CREDENTIAL__N] = {
        [CREDENTIAL_ID] = {"id", TYPE_ID, .flags = FIELD_READ_ONLY, .class = PLAIN, .about = "Identifier.", .example = EXAMPLE_UUID},
        [CREDENTIAL_FACULTY_ID] = {"faculty_id", TYPE_ID, .flags = FIELD_REQUIRED | FIELD_WRITE_ONCE | FIELD_FILTER, .class = PLAIN,
                .about = "The faculty member who holds it.", .example = "\"550e8400-e29b-41d4-a716-446655440001\""},
        [CREDENTIAL_PROCEDURE_ID] = {"procedure_id", TYPE_ID, .flags = FIELD_REQUIRED | FIELD_WRITE_ONCE | FIELD_FILTER, .class = PLAIN,
                .about = "What it is for.", .example = "\"550e8400-e29b-41d4-a716-446655440002\""},
        [CREDENTIAL_TYPE] = {"credential_type", TYPE_TEXT, .min = 1, .max = 50, .flags = FIELD_REQUIRED | FIELD_FILTER, .class = PLAIN,
                .about = "Its kind.", .example = "\"BLS\""},
        [CREDENTIAL_STATUS] = {"status", TYPE_ENUM, .choices = ONE_OF("active", "expired", "suspended", "pending", "revoked"), .otherwise = "\"active\"", .flags = FIELD_FILTER, .class = PLAIN,
                .reads = SQL_STATUS_ON("UTC_DATE()"), .about = "Where it stands; expired once its last day has passed.", .example = "\"active\""},
        [CREDENTIAL_CERTIFIED_DATE] = {"certified_date", TYPE_DATE, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "From when.", .example = "\"2024-01-01\""},
        [CREDENTIAL_EXPIRATION_DATE] = {"expiration_date", TYPE_DATE, .flags = FIELD_NULLABLE | FIELD_RANGE | FIELD_SORT, .class = PLAIN,
                .about = "Its last day; null: for ever.", .example = "\"2026-01-01\""},
        [CREDENTIAL_CERTIFICATION_NUMBER] = {"certification_number", TYPE_TEXT, .max = 100, .flags = FIELD_NULLABLE, .class = PERSONAL, .about = "Number of the certificate.", .example = "\"BLS-123456\""},
        [CREDENTIAL_ISSUING_ORGANIZATION] = {"issuing_organization", TYPE_TEXT, .max = 200, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Who gave it.", .example = "\"American Heart Association\""},
        [CREDENTIAL_NOTES] = {"notes", TYPE_TEXT, .max = 2000, .flags = FIELD_NULLABLE, .class = PERSONAL, .about = "Notes.", .example = "\"Recertified 2024\""},
        [CREDENTIAL_COMPETENCY_LEVEL] = {"competency_level", TYPE_ENUM, .choices = ONE_OF("trainee", "qualified", "expert", "master"), .otherwise = "\"qualified\"", .flags = FIELD_FILTER, .class = PLAIN,
                .about = "How well; a trainee does not supervise.", .example = "\"qualified\""},
        [CREDENTIAL_LAST_VERIFIED_DATE] = {"last_verified_date", TYPE_DATE, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "When somebody looked at it.", .example = "\"2024-06-01\""},
        [CREDENTIAL_MAX_CONCURRENT_RESIDENTS] = {"max_concurrent_residents", TYPE_INTEGER, .min = 0, .max = 100, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Supervised at once.", .example = "2"},
        [CREDENTIAL_MAX_PER_WEEK] = {"max_per_week", TYPE_INTEGER, .min = 0, .max = 1000, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Supervised in a week.", .example = "10"},
        [CREDENTIAL_IS_VALID] = {"is_valid", TYPE_BOOLEAN, COMPUTED, .class = PLAIN,
                .reads = SQL_HOLDS_ON("", "UTC_DATE()"), .about = "Active, from certified_date through expiration_date.", .example = "true"},
        [CREDENTIAL_DAYS_LEFT] = {"days_until_expiration", TYPE_INTEGER, COMPUTED | FIELD_NULLABLE, .class = PLAIN,
                .reads = "DATEDIFF(expiration_date, UTC_DATE())", .about = "0: today is its last day; negative: passed.", .example = "45"},
        [CREDENTIAL_FACULTY_NAME] = {"faculty_name", TYPE_TEXT, COMPUTED, .class = PERSONAL,
                .reads = "(SELECT q.name FROM people AS q WHERE q.tenant_id = :tenant AND q.id = faculty_id)", .about = "Who holds it.", .example = "\"FAC-PD\""},
        [CREDENTIAL_PROCEDURE] = {"procedure", TYPE_OBJECT, COMPUTED, .members = &procedure_shape, .class = PLAIN,
                .reads = "(SELECT JSON_OBJECT('id', " SQL_UUID_TEXT("q.id") ", 'name', q.name, 'code', q.code, 'category', q.category)"
                         " FROM procedures AS q WHERE q.tenant_id = :tenant AND q.id = procedure_id)",
                .about = "What it is for.", .example = "{\"id\":" EXAMPLE_UUID ",\"name\":\"Basic Life Support\",\"code\":\"BLS\",\"category\":\"resuscitation\"}"},
        [CREDENTIAL_CREATED_AT] = {"created_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_SORT, .class = PLAIN, .about = "When the record was made.", .example = "\"2024-07-01T10:00:00Z\""},
        [CREDENTIAL_UPDATED_AT] = {"updated_at", TYPE_TIME, .flags = FIELD_READ_ONLY, .class = PLAIN, .about = "When it was last changed.", .example = "\"2024-07-01T10:00:00Z\""},
};
static const struct shape shape = {"Credential", fields, CREDENTIAL__N, "What somebody may supervise, and until when."};

static const struct resource_reference references[] = {
        {CREDENTIAL_FACULTY_ID,   "people",     " AND type = 'faculty'", "faculty_id must name a faculty member"},
        {CREDENTIAL_PROCEDURE_ID, "procedures", NULL,                    "procedure_id must name a procedure"},
};
/* clang-format on */

static enum status check(struct request *r, struct resource_change *change)
{
        const struct db_value *from = &change->after->values[CREDENTIAL_CERTIFIED_DATE];
        const struct db_value *until = &change->after->values[CREDENTIAL_EXPIRATION_DATE];

        if (from->type == DB_DATE && until->type == DB_DATE && until->day < from->day)
                fault_add(&r->faults, STR("/expiration_date"), "out_of_range",
                          "expiration_date must not be before certified_date");
        return STATUS_OK;
}

static enum status keep_revoked(struct request *r, struct resource_change *change)
{
        if (change->op != CHANGE_UPDATE ||
            !str_is(record_str(change->before, CREDENTIAL_STATUS), "revoked") ||
            str_is(record_str(change->after, CREDENTIAL_STATUS), "revoked"))
                return STATUS_OK;
        return problem(r, PROBLEM_INVALID_TRANSITION, "A credential that is revoked stays so");
}

/* clang-format off */
const struct resource credential = {
        .name = "credential", .plural = "credentials", .label = "Credential", .table = "credentials",
        .dialect = &dialect_r, .shape = &shape, .not_found = PROBLEM_CREDENTIAL_NOT_FOUND,
        .references = references, .reference_count = sizeof(references) / sizeof(references[0]),
        .default_sort = "created_at", .daily = true, .marks_phi = true, .check = check, .before = keep_revoked,
        .channel = "credentials", .created = "credential_created", .updated = "credential_updated", .deleted = "credential_deleted",
};
/* clang-format on */
