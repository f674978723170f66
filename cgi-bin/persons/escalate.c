/**
 * escalate.c: POST /api/cases/escalate/{person_id}, to the letter of seed 000, and the escalations
 * of a case.
 *
 * A person has one case that is not resolved or closed: escalating again records a further
 * escalation of it. The person's row is locked, so that two escalations at once make one case.
 */
#include "persons.h"

static const struct sql sql_select_open_case = SQL(
        "SELECT id FROM cases WHERE tenant_id = :tenant AND person_id = ?"
        " AND status IN ('open', 'escalated', 'in_progress') ORDER BY id DESC LIMIT 1 FOR UPDATE");

static const struct sql sql_insert_escalation =
        SQL("INSERT INTO case_escalations (tenant_id, case_id, number, reason, priority, assignee,"
            " escalated_by, escalated_at) VALUES (:tenant, ?, ?, ?, ?, ?, ?, ?)");

static const struct sql sql_select_escalations =
        SQL("SELECT number, reason, priority, assignee, escalated_by, escalated_at"
            " FROM case_escalations WHERE tenant_id = :tenant AND case_id = ? ORDER BY number");

static void set(struct record *record, enum case_field field, struct db_value value)
{
        record->values[field] = value;
        record->given[field] = true;
}

/* What an escalation says of the case. */
static void fill(struct request *r, struct record *record, int64_t number)
{
        const struct str priority = record_str(r->input, ESCALATE_PRIORITY);
        const time_ms now = request_now(r);

        set(record, CASE_STATUS, db_text(STR("escalated")));
        set(record, CASE_PRIORITY, db_text(priority));
        if (number == 1 || record_str(r->input, ESCALATE_REASON).len)
                set(record, CASE_REASON, db_text(record_str(r->input, ESCALATE_REASON)));
        if (number == 1 || record_has(r->input, ESCALATE_ASSIGNEE))
                set(record, CASE_ASSIGNEE, r->input->values[ESCALATE_ASSIGNEE]);
        set(record, CASE_ESCALATION_COUNT, db_int(number));
        set(record, CASE_ESCALATED_AT, db_time(now));
        set(record, CASE_ACKNOWLEDGE_BY, db_time(now + case_patience(priority)));
        set(record, CASE_ACKNOWLEDGED_AT, db_null());
}

static enum status note_escalation(struct request *r, const struct uuid *id, int64_t number)
{
        return db_run(r->db, &sql_insert_escalation,
                      DB_PARAMS(db_uuid(id), db_int(number),
                                db_text(record_str(r->input, ESCALATE_REASON)),
                                db_text(record_str(r->input, ESCALATE_PRIORITY)),
                                r->input->values[ESCALATE_ASSIGNEE],
                                db_uuid(&r->principal.user.uuid), db_time(request_now(r))),
                      NULL);
}

static enum status open_case(struct request *r, const struct uuid *person_id, struct uuid *id)
{
        struct record *record = record_new(r->arena, case_record.shape);
        enum status status;

        if (!record)
                return STATUS_NOMEM;
        set(record, CASE_PERSON_ID, db_uuid(person_id));
        set(record, CASE_NOTES, db_text(STR("")));
        fill(r, record, 1);
        status = resource_insert(r, &case_record, record, id, NULL);
        return status == STATUS_OK ? note_escalation(r, id, 1) : status;
}

static enum status escalate_again(struct request *r, const struct uuid *id)
{
        char text[TYPEID_TEXT_SIZE];
        struct record *before, *after;
        struct uuid same;
        int64_t version, number;
        enum status status = resource_load(r, &case_record, typeid_format("case", id, text), true,
                                           &same, &before, &version);

        if (status != STATUS_OK)
                return status;
        after = record_new(r->arena, before->shape);
        if (!after)
                return STATUS_NOMEM;
        for (size_t i = 0; i < CASE__N; i++)
                after->values[i] = before->values[i];
        number = record_int(before, CASE_ESCALATION_COUNT) + 1;
        fill(r, after, number);
        status = note_escalation(r, id, number); /* as it was asked for, before the case's own */
        if (status != STATUS_OK)
                return status;
        return resource_modify(r, &case_record, id, version, before, after, &version, NULL);
}

static enum status find_open_case(struct request *r, const struct uuid *person_id, struct uuid *id)
{
        struct db_rows rows;
        enum status status =
                db_row(r->db, &sql_select_open_case, DB_PARAMS(db_uuid(person_id)), &rows);

        if (status != STATUS_OK)
                return status;
        *id = db_get_uuid(&rows, 0);
        return db_end(&rows);
}

enum status case_escalate(struct request *r)
{
        char text[TYPEID_TEXT_SIZE];
        struct record *who;
        struct uuid person_id, id;
        int64_t version;
        struct emit *e;
        enum status status =
                resource_load(r, &person, r->arguments[0], true, &person_id, &who, &version);

        if (status != STATUS_OK)
                return status;
        status = find_open_case(r, &person_id, &id);
        if (status == STATUS_NOT_FOUND)
                status = open_case(r, &person_id, &id);
        else if (status == STATUS_OK)
                status = escalate_again(r, &id);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        emit_object(e);
        emit_member_bool(e, "success", true);
        emit_member_str(e, "case_id", typeid_format("case", &id, text));
        emit_member_text(e, "status", "escalated");
        emit_member_time(e, "escalated_at", request_now(r));
        emit_object_end(e);
        return STATUS_OK;
}

static void emit_escalation(struct emit *e, const struct db_rows *rows)
{
        const struct uuid by = db_get_uuid(rows, 4);

        emit_object(e);
        emit_member_int(e, "number", db_get_int(rows, 0));
        emit_member_str(e, "reason", db_get_str(rows, 1));
        emit_member_str(e, "priority", db_get_str(rows, 2));
        emit_member_str(e, "assignee", db_get_str(rows, 3));
        emit_member_uuid(e, "escalated_by", &by);
        emit_member_time(e, "escalated_at", db_get_time(rows, 5));
        emit_object_end(e);
}

enum status case_escalations(struct request *r)
{
        struct record *record;
        struct db_rows rows;
        struct uuid id;
        int64_t version, total = 0;
        struct emit *e;
        enum status status =
                resource_load(r, &case_record, r->arguments[0], false, &id, &record, &version);

        if (status == STATUS_OK)
                status = db_query(r->db, &sql_select_escalations, DB_PARAMS(db_uuid(&id)), &rows);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        emit_object(e);
        emit_key(e, "escalations");
        emit_array(e);
        for (; db_next(&rows); total++)
                emit_escalation(e, &rows);
        emit_array_end(e);
        emit_member_int(e, "total", total);
        emit_object_end(e);
        return db_end(&rows);
}

/* clang-format off */
static const struct field escalate_fields[] = {
        [ESCALATE_REASON] = {"reason", TYPE_TEXT, .max = 2000, .otherwise = "\"\"", .class = SENSITIVE, .about = "Why.", .example = "\"Escalation reason\""},
        [ESCALATE_PRIORITY] = {"priority", TYPE_ENUM, .choices = ONE_OF("low", "normal", "high", "urgent"), .otherwise = "\"urgent\"", .class = PLAIN, .about = "How pressing it is; it must be taken up within 4 hours (urgent), a day (high), 3 days (normal) or a week (low).", .example = "\"urgent\""},
        [ESCALATE_ASSIGNEE] = {"assignee", TYPE_TEXT, .min = 1, .max = 200, .flags = FIELD_NULLABLE, .class = PERSONAL, .about = "Who shall take care of it.", .example = "\"manager_id\""},
};
const struct shape escalate_in = SHAPE("Escalation", escalate_fields, "Why and to whom.");

static const struct field escalated_fields[] = {
        {"success", TYPE_BOOLEAN, .class = PLAIN, .about = "Always true.", .example = "true"},
        {"case_id", TYPE_ID, .prefix = "case", .class = PLAIN, .about = "The case, new or the one that was open.", .example = "\"case_01h455vb4pex5vsknk084sn02q\""},
        {"status", TYPE_TEXT, .class = PLAIN, .about = "Always escalated.", .example = "\"escalated\""},
        {"escalated_at", TYPE_TIME, .class = PLAIN, .about = "When.", .example = "\"2024-01-18T10:35:00Z\""},
};
const struct shape escalate_out = SHAPE("Escalated", escalated_fields, "The case.");

static const struct field escalation_fields[] = {
        {"number", TYPE_INTEGER, .class = PLAIN, .about = "From 1.", .example = "1"},
        {"reason", TYPE_TEXT, .max = 2000, .class = SENSITIVE, .about = "Why.", .example = "\"Escalation reason\""},
        {"priority", TYPE_ENUM, .choices = ONE_OF("low", "normal", "high", "urgent"), .class = PLAIN, .about = "How pressing it was.", .example = "\"urgent\""},
        {"assignee", TYPE_TEXT, .flags = FIELD_NULLABLE, .class = PERSONAL, .about = "Who should take care.", .example = "\"manager_id\""},
        {"escalated_by", TYPE_ID, .class = PLAIN, .about = "The user who escalated.", .example = "\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\""},
        {"escalated_at", TYPE_TIME, .class = PLAIN, .about = "When.", .example = "\"2024-01-18T10:35:00Z\""},
};
static const struct shape escalation = SHAPE("CaseEscalation", escalation_fields, "One escalation of a case.");
static const struct field escalations_fields[] = {
        {"escalations", TYPE_LIST, .members = &escalation, .class = SENSITIVE, .about = "Oldest first.", .example = "[]"},
        {"total", TYPE_INTEGER, .class = PLAIN, .about = "How many there were.", .example = "0"},
};
const struct shape escalations_out = SHAPE("CaseEscalations", escalations_fields, "Each time that a case was escalated.");
/* clang-format on */
