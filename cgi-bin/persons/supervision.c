/**
 * supervision.c: GET /api/v1/credentials/check/{person_id}/{procedure_id}: may this person
 * supervise this now, or on a day? One statement; the answer says why, by which credential, and
 * until when.
 */
#include "people.h"

/* Person, procedure, the credential that holds longest, a required type that is missing, the day on
 * which the first of those that it rests on expires, whether a credential holds at all, and the day
 * that was asked for: today by the same clock that reads what has expired. */
/* clang-format off */
static const struct sql sql_select_right = SQL(
        "SELECT q.type, q.is_active, p.is_active, p.requires_certification, c.id, c.expiration_date,"
        " (SELECT n.type FROM " SQL_MISSING_ON("d.day") " LIMIT 1),"
        " (SELECT CAST(MIN(m.last) AS DATE) FROM (SELECT n.type,"
        "   MAX(COALESCE(h.expiration_date, " SQL_FOREVER ")) AS last"
        "   FROM " SQL_TYPES_OF("(SELECT r.required_credentials FROM procedures AS r"
                                " WHERE r.tenant_id = :tenant AND r.id = ?)") " AS n"
        "   JOIN (SELECT COALESCE(CAST(? AS DATE), UTC_DATE()) AS day) AS d"
        "   JOIN credentials AS h ON h.tenant_id = :tenant AND h.faculty_id = ?"
        "    AND h.credential_type = n.type AND " SQL_HOLDS_ON("h.", "d.day")
        "   GROUP BY n.type) AS m),"
        " (SELECT t.competency_level FROM credentials AS t WHERE t.tenant_id = :tenant"
        "  AND t.faculty_id = q.id AND t.procedure_id = p.id"
        "  AND " SQL_HOLDS_ON("t.", "d.day") " LIMIT 1), d.day"
        " FROM (SELECT COALESCE(CAST(? AS DATE), UTC_DATE()) AS day) AS d"
        " JOIN people AS q ON q.tenant_id = :tenant AND q.id = ?"
        " JOIN procedures AS p ON p.tenant_id = :tenant AND p.id = ?"
        " LEFT JOIN credentials AS c ON c.tenant_id = :tenant AND c.id = " SQL_BEST_ON("d.day"));
/* clang-format on */

struct right {
        const char *reason; /* NULL: may */
        struct str detail;
        bool has_credential, ends;
        struct uuid credential_id;
        day_number until, on;
};

static void refuse(struct request *r, struct right *right, const char *reason, const char *detail)
{
        right->reason = reason;
        right->detail = arena_copy(r->arena, str_of(detail));
}

/* The first reason against it counts. */
static void decide(struct request *r, const struct db_rows *rows, struct right *right)
{
        const bool certified = db_get_int(rows, 3) != 0;

        if (!str_is(db_get_str(rows, 0), "faculty"))
                refuse(r, right, "NOT_FACULTY", "Only faculty supervise");
        else if (!db_get_int(rows, 1))
                refuse(r, right, "PERSON_INACTIVE", "The person is not active");
        else if (!db_get_int(rows, 2))
                refuse(r, right, "PROCEDURE_INACTIVE", "The procedure is no longer done");
        else if (certified && db_is_null(rows, 4) && !db_is_null(rows, 8))
                refuse(r, right, "TRAINEE", "The credential for the procedure is a trainee's");
        else if (certified && db_is_null(rows, 4))
                refuse(r, right, "NO_CREDENTIAL",
                       "No credential for the procedure holds on that day");
        else if (!db_is_null(rows, 6))
                refuse(r, right, "REQUIRED_CREDENTIAL_MISSING",
                       arena_printf(r->arena, "A required credential does not hold: %.*s",
                                    STR_ARG(db_get_str(rows, 6)))
                               .ptr);
}

/* The earlier of the two days on which what it rests on ends. */
static void limit(const struct db_rows *rows, struct right *right)
{
        static const unsigned columns[] = {5, 7};
        day_number forever;

        right->has_credential = !db_is_null(rows, 4);
        right->credential_id = db_get_uuid(rows, 4);
        if (!date_parse(STR("9999-12-31"), &forever))
                return;
        for (size_t i = 0; i < 2; i++) {
                const day_number day = db_get_date(rows, columns[i]);

                if (db_is_null(rows, columns[i]) || day == forever)
                        continue;
                if (!right->ends || day < right->until)
                        right->until = day;
                right->ends = true;
        }
}

static enum status read_right(struct request *r, const struct uuid *person_id,
                              const struct uuid *procedure_id, struct db_value day,
                              struct right *right)
{
        struct db_rows rows;
        enum status status = db_row(r->db, &sql_select_right,
                                    DB_PARAMS(db_uuid(procedure_id), day, db_uuid(person_id), day,
                                              db_uuid(person_id), db_uuid(procedure_id)),
                                    &rows);

        if (status != STATUS_OK)
                return status;
        *right = (struct right){.on = db_get_date(&rows, 9)};
        decide(r, &rows, right);
        limit(&rows, right);
        return db_end(&rows);
}

static bool read_ids(struct request *r, struct uuid *person_id, struct uuid *procedure_id)
{
        if (!uuid_parse(r->arguments[0], person_id))
                fault_add(&r->faults, STR("person_id"), "format", "person_id must be a UUID");
        if (!uuid_parse(r->arguments[1], procedure_id))
                fault_add(&r->faults, STR("procedure_id"), "format", "procedure_id must be a UUID");
        return r->faults.count == 0;
}

/* One of the two is unknown: say which. */
static enum status tell_missing(struct request *r)
{
        struct record *record;
        struct uuid id;
        int64_t version;
        enum status status =
                resource_load(r, &practitioner, r->arguments[0], false, &id, &record, &version);

        return status == STATUS_OK ? resource_load(r, &procedure, r->arguments[1], false, &id,
                                                   &record, &version)
                                   : status;
}

enum status supervision_check(struct request *r)
{
        char text[UUID_TEXT_SIZE], day[DATE_TEXT_SIZE];
        const struct db_value on = record_has(r->filter, 0) ? r->filter->values[0] : db_null();
        struct uuid person_id, procedure_id;
        struct right right;
        struct emit *e;
        enum status status;

        if (!read_ids(r, &person_id, &procedure_id))
                return problem_invalid(r);
        status = read_right(r, &person_id, &procedure_id, on, &right);
        if (status == STATUS_NOT_FOUND)
                return tell_missing(r);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        emit_object(e);
        emit_member_uuid(e, "person_id", &person_id);
        emit_member_uuid(e, "procedure_id", &procedure_id);
        emit_member_bool(e, "allowed", !right.reason);
        emit_member_text(e, "reason", right.reason);
        emit_member_str(e, "detail", right.reason ? right.detail : STR("May supervise"));
        emit_member_date(e, "on", right.on);
        emit_member_str(e, "until",
                        !right.reason && right.ends ? date_format(right.until, day)
                                                    : (struct str){NULL, 0});
        emit_member_str(e, "credential_id",
                        right.has_credential ? uuid_format(&right.credential_id, text)
                                             : (struct str){NULL, 0});
        emit_object_end(e);
        return STATUS_OK;
}

/* clang-format off */
#define EXAMPLE_UUID "\"550e8400-e29b-41d4-a716-446655440000\""
static const struct field query_fields[] = {
        {"on", TYPE_DATE, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "The day; today (UTC) when missing.", .example = "\"2026-01-01\""},
};
const struct shape supervision_query = SHAPE("SupervisionQuery", query_fields, "When.");

static const struct field out_fields[] = {
        {"person_id", TYPE_ID, .class = PLAIN, .about = "Who.", .example = EXAMPLE_UUID},
        {"procedure_id", TYPE_ID, .class = PLAIN, .about = "What.", .example = EXAMPLE_UUID},
        {"allowed", TYPE_BOOLEAN, .class = PLAIN, .about = "Yes or no.", .example = "true"},
        {"reason", TYPE_ENUM, .choices = ONE_OF("NOT_FACULTY", "PERSON_INACTIVE", "PROCEDURE_INACTIVE", "TRAINEE", "NO_CREDENTIAL", "REQUIRED_CREDENTIAL_MISSING"), .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Why not; null when allowed.", .example = "null"},
        {"detail", TYPE_TEXT, .class = PLAIN, .about = "The same as a sentence.", .example = "\"May supervise\""},
        {"on", TYPE_DATE, .class = PLAIN, .about = "The day it was asked for.", .example = "\"2025-06-01\""},
        {"until", TYPE_DATE, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Last day on which it still holds; null: for ever, or not allowed.", .example = "\"2026-01-01\""},
        {"credential_id", TYPE_ID, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "By which credential.", .example = EXAMPLE_UUID},
};
const struct shape supervision_out = SHAPE("SupervisionCheck", out_fields, "May this person supervise this?");
/* clang-format on */
