/**
 * people_read.c: GET /api/v1/people/{id}: the person with all assignments, the latest day first.
 */
#include "people.h"

static const struct sql sql_select_assignments =
        SQL("SELECT a.id, a.block_id, a.role, a.activity_name, a.abbreviation, b.date,"
            " b.time_of_day FROM assignments AS a JOIN blocks AS b ON b.tenant_id = :tenant"
            " AND b.id = a.block_id WHERE a.tenant_id = :tenant AND a.person_id = ?"
            " ORDER BY b.date DESC, b.time_of_day, a.id LIMIT 2000");

static void emit_assignment(struct emit *e, const struct db_rows *rows)
{
        struct uuid id = db_get_uuid(rows, 0);

        emit_object(e);
        emit_member_uuid(e, "id", &id);
        id = db_get_uuid(rows, 1);
        emit_member_uuid(e, "block_id", &id);
        emit_member_str(e, "role", db_get_str(rows, 2));
        emit_member_str(e, "activity_name", db_get_str(rows, 3));
        emit_member_str(e, "abbreviation", db_get_str(rows, 4));
        emit_member_date(e, "date", db_get_date(rows, 5));
        emit_member_str(e, "time_of_day", db_get_str(rows, 6));
        emit_object_end(e);
}

enum status people_read(struct request *r)
{
        struct record *record;
        struct db_rows rows;
        struct uuid id;
        int64_t version;
        struct emit *e;
        enum status status =
                resource_load(r, &practitioner, r->arguments[0], false, &id, &record, &version);

        if (status == STATUS_OK)
                status = db_query(r->db, &sql_select_assignments, DB_PARAMS(db_uuid(&id)), &rows);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        response_etag(r, version);
        resource_mark_phi(r, &practitioner);
        emit_object(e);
        resource_emit_members(&practitioner, record, e);
        emit_key(e, "assignments");
        emit_array(e);
        while (db_next(&rows))
                emit_assignment(e, &rows);
        emit_array_end(e);
        emit_object_end(e);
        return db_end(&rows);
}

/* clang-format off */
#define EXAMPLE_UUID "\"550e8400-e29b-41d4-a716-446655440000\""
static const struct field assignment_fields[] = {
        {"id", TYPE_ID, .class = PLAIN, .about = "Identifier.", .example = EXAMPLE_UUID},
        {"block_id", TYPE_ID, .class = PLAIN, .about = "The half day.", .example = EXAMPLE_UUID},
        {"role", TYPE_TEXT, .class = PLAIN, .about = "As what.", .example = "\"resident\""},
        {"activity_name", TYPE_TEXT, .class = PLAIN, .about = "What is done.", .example = "\"Clinic\""},
        {"abbreviation", TYPE_TEXT, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "The same for tables.", .example = "\"CLN\""},
        {"date", TYPE_DATE, .class = PLAIN, .about = "The day.", .example = "\"2024-07-01\""},
        {"time_of_day", TYPE_TEXT, .class = PLAIN, .about = "AM or PM.", .example = "\"AM\""},
};
static const struct shape assignment_shape = SHAPE("PersonAssignment", assignment_fields, "What the person does in a half day.");
static const struct field detail_fields[] = {
        {"id", TYPE_ID, .class = PLAIN, .about = "Identifier.", .example = EXAMPLE_UUID},
        {"name", TYPE_TEXT, .class = PERSONAL, .about = "Name or code.", .example = "\"PGY1-01\""},
        {"type", TYPE_ENUM, .choices = ONE_OF("resident", "faculty"), .class = PLAIN, .about = "What the person is.", .example = "\"resident\""},
        {"pgy_level", TYPE_INTEGER, .min = 1, .max = 3, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Year of training.", .example = "1"},
        {"email", TYPE_TEXT, .flags = FIELD_NULLABLE, .class = PERSONAL, .about = "Address.", .example = "\"pgy1-01@example.com\""},
        {"phone", TYPE_TEXT, .flags = FIELD_NULLABLE, .class = PERSONAL, .about = "Phone number.", .example = "null"},
        {"specialty", TYPE_TEXT, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Of faculty.", .example = "null"},
        {"is_active", TYPE_BOOLEAN, .class = PLAIN, .about = "False: left.", .example = "true"},
        {"created_at", TYPE_TIME, .class = PLAIN, .about = "When the record was made.", .example = "\"2024-01-01T00:00:00Z\""},
        {"updated_at", TYPE_TIME, .class = PLAIN, .about = "When it was last changed.", .example = "\"2024-01-01T00:00:00Z\""},
        {"assignments", TYPE_LIST, .members = &assignment_shape, .class = PLAIN, .about = "The latest 2,000, newest day first.", .example = "[]"},
};
const struct shape person_detail = SHAPE("PractitionerDetail", detail_fields, "A person with assignments; also the further members of a listed person.");
/* clang-format on */
