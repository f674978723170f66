/**
 * case.c: case work as a table with a state machine.
 */
#include "person/person.h"

/* clang-format off */
static const struct field case_fields[CASE__N] = {
        [CASE_ID] = {"id", TYPE_ID, .prefix = "case", .flags = FIELD_READ_ONLY, .class = PLAIN,
                .about = "Identifier, a TypeID.", .example = "\"case_01h455vb4pex5vsknk084sn02q\""},
        [CASE_PERSON_ID] = {"person_id", TYPE_ID, .prefix = "person", .flags = FIELD_READ_ONLY | FIELD_HOOK | FIELD_FILTER, .class = PERSONAL,
                .about = "The person it is about.", .example = "\"person_01h455vb4pex5vsknk084sn02q\""},
        [CASE_STATUS] = {"status", TYPE_ENUM, .choices = ONE_OF("open", "escalated", "in_progress", "resolved", "closed"), .flags = FIELD_REQUIRED | FIELD_FILTER, .class = PLAIN,
                .about = "Where it stands: open and escalated lead to in_progress or resolved, in_progress to resolved, resolved to closed or back to in_progress; closed is the end.", .example = "\"escalated\""},
        [CASE_PRIORITY] = {"priority", TYPE_ENUM, .choices = ONE_OF("low", "normal", "high", "urgent"), .flags = FIELD_REQUIRED | FIELD_FILTER, .class = PLAIN,
                .about = "How pressing it is.", .example = "\"urgent\""},
        [CASE_REASON] = {"reason", TYPE_TEXT, .max = 2000, .otherwise = "\"\"", .class = SENSITIVE,
                .about = "Why it was escalated the last time.", .example = "\"Escalation reason\""},
        [CASE_ASSIGNEE] = {"assignee", TYPE_TEXT, .min = 1, .max = 200, .flags = FIELD_NULLABLE | FIELD_FILTER, .class = PERSONAL,
                .about = "Who takes care of it: a user's id or a name.", .example = "\"manager_id\""},
        [CASE_NOTES] = {"notes", TYPE_TEXT, .max = 10000, .otherwise = "\"\"", .class = SENSITIVE,
                .about = "Notes.", .example = "\"Called the family\""},
        [CASE_ESCALATION_COUNT] = {"escalation_count", TYPE_INTEGER, .min = 0, .max = 1000000, .flags = FIELD_READ_ONLY | FIELD_HOOK, .otherwise = "0", .class = PLAIN,
                .about = "How often it was escalated.", .example = "1"},
        [CASE_ESCALATED_AT] = {"escalated_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_HOOK | FIELD_NULLABLE | FIELD_SORT, .class = PLAIN,
                .about = "When it was escalated the last time.", .example = "\"2024-01-18T10:35:00Z\""},
        [CASE_ACKNOWLEDGE_BY] = {"acknowledge_by", TYPE_TIME, .flags = FIELD_NULLABLE | FIELD_SORT | FIELD_RANGE, .class = PLAIN,
                .about = "When somebody should have taken it up.", .example = "\"2024-01-18T14:35:00Z\""},
        [CASE_ACKNOWLEDGED_AT] = {"acknowledged_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_HOOK | FIELD_NULLABLE, .class = PLAIN,
                .about = "When work on it began.", .example = "null"},
        [CASE_RESOLVED_AT] = {"resolved_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_HOOK | FIELD_NULLABLE, .class = PLAIN,
                .about = "When it was resolved.", .example = "null"},
        [CASE_CLOSED_AT] = {"closed_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_HOOK | FIELD_NULLABLE, .class = PLAIN,
                .about = "When it was closed.", .example = "null"},
        [CASE_CREATED_AT] = {"created_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_SORT | FIELD_RANGE, .class = PLAIN,
                .about = "When it was opened.", .example = "\"2024-01-18T10:35:00Z\""},
        [CASE_UPDATED_AT] = {"updated_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_SORT, .class = PLAIN,
                .about = "When it was last changed.", .example = "\"2024-01-18T10:35:00Z\""},
};
static const struct shape case_shape = {"Case", case_fields, CASE__N, "Case work for a person at risk."};

static const struct resource_filter case_filters[] = {
        {.field = {"overdue", TYPE_BOOLEAN, .class = PLAIN, .about = "true: nobody took it up in time; false: the others.", .example = "true"},
         .sql = "(acknowledged_at IS NULL AND status NOT IN ('resolved', 'closed') AND COALESCE(acknowledge_by < UTC_TIMESTAMP(), FALSE)) = ?"},
};

/* Which state may follow which. */
static const struct { const char *from, *to; } moves[] = {
        {"open",        "escalated"}, {"open",        "in_progress"}, {"open",      "resolved"},
        {"escalated",   "in_progress"}, {"escalated", "resolved"},
        {"in_progress", "escalated"}, {"in_progress", "resolved"},
        {"resolved",    "in_progress"}, {"resolved",  "closed"},
};
/* clang-format on */

enum { HOUR = 3600000 };

/* What was asked for by an escalation of its own is there already (cgi-bin/persons/escalate.c). */
static const struct sql sql_insert_escalation =
        SQL("INSERT IGNORE INTO case_escalations (tenant_id, case_id, number, reason, priority,"
            " assignee, escalated_by, escalated_at) VALUES (:tenant, ?, ?, ?, ?, ?, ?, ?)");

static const struct sql sql_select_other_case =
        SQL("SELECT 1 FROM cases WHERE tenant_id = :tenant AND person_id = ? AND id <> ?"
            " AND status IN ('open', 'escalated', 'in_progress') LIMIT 1");

time_ms case_patience(struct str priority)
{
        static const struct {
                const char *priority;
                time_ms wait;
        } rows[] = {{"urgent", 4 * HOUR}, {"high", 24 * HOUR}, {"normal", 72 * HOUR}};

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (str_is(priority, rows[i].priority))
                        return rows[i].wait;
        return (time_ms)7 * 24 * HOUR;
}

static bool may_follow(struct str from, struct str to)
{
        for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
                if (str_is(from, moves[i].from) && str_is(to, moves[i].to))
                        return true;
        return false;
}

/* A person has one case that is open. */
static enum status require_only(struct request *r, const struct resource_change *change)
{
        struct db_rows rows;
        enum status status = db_row(
                r->db, &sql_select_other_case,
                DB_PARAMS(change->before->values[CASE_PERSON_ID], db_uuid(&change->id)), &rows);

        if (status == STATUS_NOT_FOUND)
                return STATUS_OK;
        if (status == STATUS_OK)
                status = db_end(&rows);
        if (status != STATUS_OK)
                return status;
        return problem(r, PROBLEM_INVALID_TRANSITION, "The person has another case that is open");
}

static enum status check(struct request *r, struct resource_change *change)
{
        struct str from, to;

        if (change->op != CHANGE_UPDATE || !change->after->given[CASE_STATUS] || r->faults.count)
                return STATUS_OK;
        from = record_str(change->before, CASE_STATUS);
        to = record_str(change->after, CASE_STATUS);
        if (may_follow(from, to))
                return str_is(from, "resolved") && !str_is(to, "closed") ? require_only(r, change)
                                                                         : STATUS_OK;
        return problem(r, PROBLEM_INVALID_TRANSITION, "A case that is %.*s can't become %.*s",
                       STR_ARG(from), STR_ARG(to));
}

static void set(struct record *record, enum case_field field, struct db_value value)
{
        record->values[field] = value;
        record->given[field] = true;
}

/* Who sets the status to escalated escalates. */
static void renew(struct record *after, const struct record *before, time_ms now)
{
        set(after, CASE_ESCALATION_COUNT, db_int(record_int(before, CASE_ESCALATION_COUNT) + 1));
        set(after, CASE_ESCALATED_AT, db_time(now));
        set(after, CASE_ACKNOWLEDGED_AT, db_null());
        if (!after->given[CASE_ACKNOWLEDGE_BY])
                set(after, CASE_ACKNOWLEDGE_BY,
                    db_time(now + case_patience(record_str(after, CASE_PRIORITY))));
}

/* The times of a case follow its status. */
static enum status stamp(struct request *r, struct resource_change *change)
{
        const struct db_value now = db_time(request_now(r));
        struct record *after = change->after;
        struct str status;

        if (change->op != CHANGE_UPDATE || !after->given[CASE_STATUS])
                return STATUS_OK;
        status = record_str(after, CASE_STATUS);
        if (str_is(status, "escalated") && !after->given[CASE_ESCALATION_COUNT])
                renew(after, change->before, request_now(r));
        if (!str_is(status, "escalated") && after->values[CASE_ACKNOWLEDGED_AT].type == DB_NULL)
                set(after, CASE_ACKNOWLEDGED_AT, now);
        if (str_is(status, "resolved"))
                set(after, CASE_RESOLVED_AT, now);
        if (str_is(status, "in_progress") && after->values[CASE_RESOLVED_AT].type != DB_NULL)
                set(after, CASE_RESOLVED_AT, db_null());
        if (str_is(status, "closed"))
                set(after, CASE_CLOSED_AT, now);
        return STATUS_OK;
}

static enum status note(struct request *r, struct resource_change *change)
{
        const struct record *after = change->after;

        if (change->op != CHANGE_UPDATE || !after->given[CASE_ESCALATION_COUNT])
                return STATUS_OK;
        return db_run(r->db, &sql_insert_escalation,
                      DB_PARAMS(db_uuid(&change->id), after->values[CASE_ESCALATION_COUNT],
                                after->values[CASE_REASON], after->values[CASE_PRIORITY],
                                after->values[CASE_ASSIGNEE], db_uuid(&r->principal.user.uuid),
                                after->values[CASE_ESCALATED_AT]),
                      NULL);
}

/* clang-format off */
const struct resource case_record = {
        .name = "case", .plural = "cases", .label = "Case", .table = "cases",
        .dialect = &dialect_i, .shape = &case_shape, .not_found = PROBLEM_CASE_NOT_FOUND,
        .filters = case_filters, .filter_count = sizeof(case_filters) / sizeof(case_filters[0]),
        .default_sort = "-created_at",
        .tally = {CASE_STATUS, CASE_PRIORITY}, .tally_count = 2,
        .check = check, .before = stamp, .after = note,
        .channel = "cases", .created = "case_created", .updated = "case_updated", .deleted = "case_deleted",
};
/* clang-format on */
