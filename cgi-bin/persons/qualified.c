/**
 * qualified.c: GET /api/v1/credentials/qualified-faculty/{procedure_id}: everybody of whom
 * /api/v1/credentials/check/{person_id}/{procedure_id} says today that they may supervise the
 * procedure.
 */
#include "people.h"

enum { SHOWN_MAX = 1000 };

/* clang-format off */
#define SQL_QUALIFIED(certified) SQL( \
        "SELECT q.id, q.name, q.type, COUNT(*) OVER () FROM people AS q" \
        " JOIN procedures AS p ON p.tenant_id = :tenant AND p.id = ? AND p.is_active" \
        " WHERE q.tenant_id = :tenant AND q.type = 'faculty' AND q.is_active" certified \
        " AND NOT EXISTS (SELECT 1 FROM " SQL_MISSING_ON("UTC_DATE()") ")" \
        " ORDER BY q.name, q.id LIMIT ?")
/* clang-format on */

static const struct sql sql_select_anybody = SQL_QUALIFIED("");
static const struct sql sql_select_certified = SQL_QUALIFIED(
        " AND q.id IN (SELECT b.faculty_id FROM credentials AS b"
        "  WHERE b.tenant_id = :tenant AND b.procedure_id = p.id"
        "  AND b.competency_level <> 'trainee' AND " SQL_HOLDS_ON("b.", "UTC_DATE()") ")");

static void emit_person(struct emit *e, const struct db_rows *rows)
{
        const struct uuid id = db_get_uuid(rows, 0);

        emit_object(e);
        emit_member_uuid(e, "id", &id);
        emit_member_str(e, "name", db_get_str(rows, 1));
        emit_member_str(e, "type", db_get_str(rows, 2));
        emit_object_end(e);
}

enum status qualified_faculty(struct request *r)
{
        struct record *record;
        struct db_rows rows;
        struct uuid id;
        int64_t version, total = 0;
        struct emit *e;
        enum status status =
                resource_load(r, &procedure, r->arguments[0], false, &id, &record, &version);

        if (status == STATUS_OK)
                status = db_query(r->db,
                                  record_int(record, PROCEDURE_REQUIRES_CERTIFICATION)
                                          ? &sql_select_certified
                                          : &sql_select_anybody,
                                  DB_PARAMS(db_uuid(&id), db_int(SHOWN_MAX)), &rows);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        resource_mark_shape(r, &qualified_out);
        emit_object(e);
        emit_member_uuid(e, "procedure_id", &id);
        emit_member_str(e, "procedure_name", record_str(record, PROCEDURE_NAME));
        emit_key(e, "qualified_faculty");
        emit_array(e);
        while (db_next(&rows)) {
                total = db_get_int(&rows, 3);
                emit_person(e, &rows);
        }
        emit_array_end(e);
        emit_member_int(e, "total", total);
        emit_object_end(e);
        response_header(r, "X-Total-Count", arena_printf(r->arena, "%lld", (long long)total));
        return db_end(&rows);
}

/* clang-format off */
#define EXAMPLE_UUID "\"550e8400-e29b-41d4-a716-446655440000\""
static const struct field person_fields[] = {
        {"id", TYPE_ID, .class = PLAIN, .about = "Identifier.", .example = EXAMPLE_UUID},
        {"name", TYPE_TEXT, .class = PERSONAL, .about = "Name or code.", .example = "\"FAC-PD\""},
        {"type", TYPE_TEXT, .class = PLAIN, .about = "Always faculty.", .example = "\"faculty\""},
};
static const struct shape person_shape = SHAPE("QualifiedPerson", person_fields, "Somebody who may supervise a procedure.");
static const struct field out_fields[] = {
        {"procedure_id", TYPE_ID, .class = PLAIN, .about = "What.", .example = EXAMPLE_UUID},
        {"procedure_name", TYPE_TEXT, .class = PLAIN, .about = "Its name.", .example = "\"Basic Life Support\""},
        {"qualified_faculty", TYPE_LIST, .members = &person_shape, .class = PLAIN, .about = "By name, the first 1,000.", .example = "[]"},
        {"total", TYPE_INTEGER, .class = PLAIN, .about = "How many there are.", .example = "0"},
};
const struct shape qualified_out = SHAPE("QualifiedFaculty", out_fields, "Who may supervise a procedure today.");
/* clang-format on */
