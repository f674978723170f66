/**
 * people_credentials.c: what a faculty member holds: GET …/{id}/credentials, …/summary, and
 * …/procedures, what they may supervise.
 */
#include "people.h"

enum { STATUS, INCLUDE_EXPIRED };
enum { WITHIN_DAYS };
enum { WITHIN_DEFAULT = 90 };

/* Known and of the caller's tenant; 404 and 422 are answered. */
static enum status find_person(struct request *r, struct uuid *id, struct record **record)
{
        int64_t version;

        return resource_load(r, &practitioner, r->arguments[0], false, id, record, &version);
}

/* Those of which ${owner}, a constant, is the id. Expired ones only when asked for: by
 * include_expired, or by status. */
static enum status answer_credentials(struct request *r, const char *owner, const struct uuid *id)
{
        const bool expired = record_int(r->filter, INCLUDE_EXPIRED) != 0;
        const bool any = !record_has(r->filter, STATUS);
        const char *condition = any && expired ? ""
                                : any          ? " AND " SQL_STATUS_ON("UTC_DATE()") " <> ?"
                                               : " AND " SQL_STATUS_ON("UTC_DATE()") " = ?";
        const struct db_value params[] = {db_uuid(id), any ? db_text(STR("expired"))
                                                           : r->filter->values[STATUS]};

        return resource_answer(
                r, &credential,
                &(struct resource_question){
                        .where = arena_printf(r->arena, " AND %s = ?%s", owner, condition),
                        .params = params,
                        .param_count = any && expired ? 1 : 2,
                });
}

enum status people_credentials(struct request *r)
{
        struct record *record;
        struct uuid id;
        const enum status status = find_person(r, &id, &record);

        return status == STATUS_OK ? answer_credentials(r, "faculty_id", &id) : status;
}

enum status procedure_credentials(struct request *r)
{
        struct record *record;
        struct uuid id;
        int64_t version;
        const enum status status =
                resource_load(r, &procedure, r->arguments[0], false, &id, &record, &version);

        return status == STATUS_OK ? answer_credentials(r, "procedure_id", &id) : status;
}

/* The summary. */

static const struct sql sql_count_credentials =
        SQL("SELECT COUNT(*), COALESCE(SUM(s = 'active'), 0), COALESCE(SUM(s = 'expired'), 0),"
            " COALESCE(SUM(s = 'active' AND expiration_date <= UTC_DATE() + INTERVAL ? DAY), 0)"
            " FROM (SELECT expiration_date, " SQL_STATUS_ON(
                    "UTC_DATE()") " AS s FROM credentials"
                                  " WHERE tenant_id = :tenant AND faculty_id = ?) AS c");

static const struct sql sql_count_categories =
        SQL("SELECT COALESCE(p.category, 'uncategorized'), COUNT(*) FROM credentials AS c"
            " JOIN procedures AS p ON p.tenant_id = :tenant AND p.id = c.procedure_id"
            " WHERE c.tenant_id = :tenant AND c.faculty_id = ? GROUP BY 1 ORDER BY 1");

static const struct sql sql_select_upcoming =
        SQL("SELECT c.credential_type, p.name, c.expiration_date,"
            " DATEDIFF(c.expiration_date, UTC_DATE()) FROM credentials AS c"
            " JOIN procedures AS p ON p.tenant_id = :tenant AND p.id = c.procedure_id"
            " WHERE c.tenant_id = :tenant AND c.faculty_id = ? AND c.status = 'active'"
            " AND c.expiration_date BETWEEN UTC_DATE() AND UTC_DATE() + INTERVAL ? DAY"
            " ORDER BY c.expiration_date, c.id");

static enum status emit_counts(struct request *r, const struct uuid *id, int64_t within,
                               struct emit *e)
{
        static const char *const names[] = {"total_credentials", "active_credentials",
                                            "expired_credentials", "expiring_soon"};
        struct db_rows rows;
        enum status status = db_row(r->db, &sql_count_credentials,
                                    DB_PARAMS(db_int(within), db_uuid(id)), &rows);

        if (status != STATUS_OK)
                return status;
        for (unsigned i = 0; i < 4; i++)
                emit_member_int(e, names[i], db_get_int(&rows, i));
        return db_end(&rows);
}

static enum status emit_categories(struct request *r, const struct uuid *id, struct emit *e)
{
        struct db_rows rows;
        enum status status = db_query(r->db, &sql_count_categories, DB_PARAMS(db_uuid(id)), &rows);

        if (status != STATUS_OK)
                return status;
        emit_key(e, "credentials_by_category");
        emit_object(e);
        while (db_next(&rows))
                emit_member_int(e, arena_copy(r->arena, db_get_str(&rows, 0)).ptr,
                                db_get_int(&rows, 1));
        emit_object_end(e);
        return db_end(&rows);
}

static enum status emit_upcoming(struct request *r, const struct uuid *id, int64_t within,
                                 struct emit *e)
{
        struct db_rows rows;
        enum status status = db_query(r->db, &sql_select_upcoming,
                                      DB_PARAMS(db_uuid(id), db_int(within)), &rows);

        if (status != STATUS_OK)
                return status;
        emit_key(e, "upcoming_expirations");
        emit_array(e);
        while (db_next(&rows)) {
                emit_object(e);
                emit_member_str(e, "credential_type", db_get_str(&rows, 0));
                emit_member_str(e, "procedure_name", db_get_str(&rows, 1));
                emit_member_date(e, "expiration_date", db_get_date(&rows, 2));
                emit_member_int(e, "days_until_expiration", db_get_int(&rows, 3));
                emit_object_end(e);
        }
        emit_array_end(e);
        return db_end(&rows);
}

enum status people_summary(struct request *r)
{
        const int64_t within = record_int(r->filter, WITHIN_DAYS);
        struct record *record;
        struct uuid id;
        struct emit *e;
        enum status status = find_person(r, &id, &record);

        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        resource_mark_shape(r, &summary_out);
        emit_object(e);
        emit_member_uuid(e, "faculty_id", &id);
        emit_member_str(e, "faculty_name", record_str(record, PRACTITIONER_NAME));
        status = emit_counts(r, &id, within, e);
        if (status == STATUS_OK)
                status = emit_categories(r, &id, e);
        if (status == STATUS_OK)
                status = emit_upcoming(r, &id, within, e);
        emit_object_end(e);
        return status;
}

/* What they may supervise: with a credential that holds today, by its best one, and every type
 * that the procedure requires. Who has left supervises nothing. */
/* clang-format off */
static const struct sql sql_select_supervised = SQL(
        "SELECT p.id, p.name, p.code, p.category, p.description, p.required_credentials,"
        " p.supervision_required, c.id, c.status, c.expiration_date FROM people AS q"
        " JOIN procedures AS p ON p.tenant_id = :tenant AND p.is_active"
        " JOIN credentials AS c ON c.tenant_id = :tenant AND c.id = " SQL_BEST_ON("UTC_DATE()")
        " WHERE q.tenant_id = :tenant AND q.id = ? AND q.is_active"
        " AND NOT EXISTS (SELECT 1 FROM " SQL_MISSING_ON("UTC_DATE()") ")"
        " ORDER BY p.name, p.id");
/* clang-format on */

static void emit_supervised(struct emit *e, const struct db_rows *rows)
{
        const struct uuid id = db_get_uuid(rows, 0), credential_id = db_get_uuid(rows, 7);

        emit_object(e);
        emit_member_uuid(e, "id", &id);
        emit_member_str(e, "name", db_get_str(rows, 1));
        emit_member_str(e, "code", db_get_str(rows, 2));
        emit_member_str(e, "category", db_get_str(rows, 3));
        emit_member_str(e, "description", db_get_str(rows, 4));
        emit_key(e, "required_credentials");
        emit_raw(e, db_get_str(rows, 5));
        emit_member_bool(e, "supervision_required", db_get_int(rows, 6) != 0);
        emit_key(e, "faculty_credential");
        emit_object(e);
        emit_member_uuid(e, "id", &credential_id);
        emit_member_str(e, "status", db_get_str(rows, 8));
        if (db_is_null(rows, 9))
                emit_member_null(e, "expiration_date");
        else
                emit_member_date(e, "expiration_date", db_get_date(rows, 9));
        emit_object_end(e);
        emit_object_end(e);
}

enum status people_procedures(struct request *r)
{
        struct record *record;
        struct db_rows rows;
        struct uuid id;
        int64_t total = 0;
        struct emit *e;
        enum status status = find_person(r, &id, &record);

        if (status == STATUS_OK)
                status = db_query(r->db, &sql_select_supervised, DB_PARAMS(db_uuid(&id)), &rows);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        emit_object(e);
        emit_key(e, "items");
        emit_array(e);
        for (; db_next(&rows); total++)
                emit_supervised(e, &rows);
        emit_array_end(e);
        emit_member_int(e, "total", total);
        emit_object_end(e);
        response_header(r, "X-Total-Count", arena_printf(r->arena, "%lld", (long long)total));
        return db_end(&rows);
}

/* clang-format off */
#define EXAMPLE_UUID "\"550e8400-e29b-41d4-a716-446655440000\""
static const struct field query_fields[] = {
        [STATUS] = {"status", TYPE_ENUM, .choices = ONE_OF("active", "expired", "suspended", "pending", "revoked"), .class = PLAIN, .about = "Only these; expired includes those whose last day has passed.", .example = "\"active\""},
        [INCLUDE_EXPIRED] = {"include_expired", TYPE_BOOLEAN, .otherwise = "false", .class = PLAIN, .about = "Expired ones too.", .example = "true"},
};
const struct shape credentials_query = SHAPE("CredentialsQuery", query_fields, "Which credentials.");

static const struct field summary_query_fields[] = {
        [WITHIN_DAYS] = {"within_days", TYPE_INTEGER, .min = 0, .max = 3650, .otherwise = "90", .class = PLAIN, .about = "What soon means.", .example = "90"},
};
const struct shape summary_query = SHAPE("SummaryQuery", summary_query_fields, "How far to look ahead.");

static const struct field upcoming_fields[] = {
        {"credential_type", TYPE_TEXT, .class = PLAIN, .about = "Kind.", .example = "\"ACLS\""},
        {"procedure_name", TYPE_TEXT, .class = PLAIN, .about = "For what.", .example = "\"Advanced Cardiac Life Support\""},
        {"expiration_date", TYPE_DATE, .class = PLAIN, .about = "Its last day.", .example = "\"2024-08-15\""},
        {"days_until_expiration", TYPE_INTEGER, .class = PLAIN, .about = "0: today.", .example = "45"},
};
static const struct shape upcoming_shape = SHAPE("UpcomingExpiration", upcoming_fields, "A credential that expires soon.");
static const struct field summary_fields[] = {
        {"faculty_id", TYPE_ID, .class = PLAIN, .about = "Whose.", .example = EXAMPLE_UUID},
        {"faculty_name", TYPE_TEXT, .class = PERSONAL, .about = "Name.", .example = "\"FAC-PD\""},
        {"total_credentials", TYPE_INTEGER, .class = PLAIN, .about = "All, of any status.", .example = "8"},
        {"active_credentials", TYPE_INTEGER, .class = PLAIN, .about = "Of status active, not past their last day.", .example = "6"},
        {"expired_credentials", TYPE_INTEGER, .class = PLAIN, .about = "Whose last day has passed.", .example = "2"},
        {"expiring_soon", TYPE_INTEGER, .class = PLAIN, .about = "Active ones that expire within within_days.", .example = "1"},
        {"credentials_by_category", TYPE_OBJECT, .class = PLAIN, .about = "All of them by the category of what they are for.", .example = "{\"resuscitation\":3}"},
        {"upcoming_expirations", TYPE_LIST, .members = &upcoming_shape, .class = PLAIN, .about = "Those that expire soon, the next first.", .example = "[]"},
};
const struct shape summary_out = SHAPE("CredentialSummary", summary_fields, "The credentials of a faculty member, counted.");

static const struct field held_fields[] = {
        {"id", TYPE_ID, .class = PLAIN, .about = "The credential.", .example = EXAMPLE_UUID},
        {"status", TYPE_TEXT, .class = PLAIN, .about = "Always active.", .example = "\"active\""},
        {"expiration_date", TYPE_DATE, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Its last day.", .example = "\"2026-01-01\""},
};
static const struct shape held_shape = SHAPE("FacultyCredential", held_fields, "By which credential.");
static const struct field supervised_fields[] = {
        {"id", TYPE_ID, .class = PLAIN, .about = "The procedure.", .example = EXAMPLE_UUID},
        {"name", TYPE_TEXT, .class = PLAIN, .about = "Name.", .example = "\"Basic Life Support\""},
        {"code", TYPE_TEXT, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Short name.", .example = "\"BLS\""},
        {"category", TYPE_TEXT, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Group.", .example = "\"resuscitation\""},
        {"description", TYPE_TEXT, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "What it is.", .example = "\"CPR and basic emergency care\""},
        {"required_credentials", TYPE_LIST, .class = PLAIN, .about = "Types that must be held too.", .example = "[\"BLS\"]"},
        {"supervision_required", TYPE_BOOLEAN, .class = PLAIN, .about = "Whether residents need supervision.", .example = "false"},
        {"faculty_credential", TYPE_OBJECT, .members = &held_shape, .class = PLAIN, .about = "The one that holds longest.", .example = "{\"id\":" EXAMPLE_UUID ",\"status\":\"active\",\"expiration_date\":\"2026-01-01\"}"},
};
static const struct shape supervised_shape = SHAPE("SupervisedProcedure", supervised_fields, "A procedure that somebody may supervise today.");
static const struct field supervised_list_fields[] = {
        {"items", TYPE_LIST, .members = &supervised_shape, .class = PLAIN, .about = "By name.", .example = "[]"},
        {"total", TYPE_INTEGER, .class = PLAIN, .about = "How many.", .example = "0"},
};
const struct shape supervised_out = SHAPE("SupervisedProcedures", supervised_list_fields, "What a faculty member may supervise today.");
/* clang-format on */
