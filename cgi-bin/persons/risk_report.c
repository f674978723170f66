/**
 * risk_report.c: GET /api/persons/{id}/risk: the computed score with the rows behind each point.
 */
#include "persons.h"

static const struct sql sql_select_risky_interactions =
        SQL("SELECT id FROM interactions WHERE tenant_id = :tenant AND person_id = ?"
            " AND risk_level = ? ORDER BY date DESC, id DESC LIMIT 100");

/* The rows behind the points, newest first: at most 100, the count says how many there are. */
static enum status emit_risky(struct request *r, struct emit *e, const struct uuid *id,
                              const char *level)
{
        char text[TYPEID_TEXT_SIZE];
        struct db_rows rows;
        struct uuid found;
        enum status status = db_query(r->db, &sql_select_risky_interactions,
                                      DB_PARAMS(db_uuid(id), db_text(str_of(level))), &rows);

        emit_key(e, "interactions");
        emit_array(e);
        while (status == STATUS_OK && db_next(&rows)) {
                found = db_get_uuid(&rows, 0);
                emit_str(e, typeid_format("interaction", &found, text));
        }
        emit_array_end(e);
        return status == STATUS_OK ? db_end(&rows) : status;
}

static enum status emit_cause(struct request *r, struct emit *e, const struct uuid *id,
                              const struct risk_cause *cause, const char *level)
{
        enum status status = STATUS_OK;

        emit_object(e);
        emit_member_text(e, "cause", cause->code);
        emit_member_int(e, "points", cause->points);
        emit_member_int(e, "count", cause->count);
        emit_member_text(e, "detail", cause->about);
        if (level)
                status = emit_risky(r, e, id, level);
        emit_object_end(e);
        return status;
}

static enum status emit_causes(struct request *r, struct emit *e, const struct uuid *id,
                               const struct risk_cause *causes)
{
        static const char *const levels[RISK_CAUSE__N] = {
                [RISK_HIGH_INTERACTIONS] = "high",
                [RISK_CRITICAL_INTERACTIONS] = "critical",
        };
        enum status status = STATUS_OK;

        emit_key(e, "causes");
        emit_array(e);
        for (size_t i = 0; i < RISK_CAUSE__N && status == STATUS_OK; i++)
                if (causes[i].points > 0)
                        status = emit_cause(r, e, id, &causes[i], levels[i]);
        emit_array_end(e);
        return status;
}

enum status person_risk(struct request *r)
{
        struct risk_cause causes[RISK_CAUSE__N];
        struct risk_facts facts;
        struct record *found;
        struct uuid id;
        int64_t version, score;
        struct emit *e;
        enum status status =
                resource_load(r, &person, r->arguments[0], false, &id, &found, &version);

        if (status != STATUS_OK)
                return status;
        status = person_risk_facts(r, &id, found, &facts);
        if (status != STATUS_OK)
                return status;
        score = risk_assess(&facts, causes);
        e = respond_json(r, 200);
        emit_object(e);
        emit_member_str(e, "person_id", resource_id_format(r->arena, &person, &id));
        emit_member_int(e, "risk_score", score);
        emit_member_text(e, "risk_level", risk_level(score));
        emit_member_int(e, "stored_risk_score", record_int(found, PERSON_RISK_SCORE));
        emit_member_str(e, "stored_risk_level", record_str(found, PERSON_RISK_LEVEL));
        status = emit_causes(r, e, &id, causes);
        emit_member_time(e, "computed_at", request_now(r));
        emit_object_end(e);
        return status;
}

/* clang-format off */
static const struct field cause_fields[] = {
        {"cause", TYPE_TEXT, .class = PLAIN, .about = "Rule that gave the points.", .example = "\"high_risk_interactions\""},
        {"points", TYPE_INTEGER, .class = SENSITIVE, .about = "Points, before the sum is clamped to 100.", .example = "10"},
        {"count", TYPE_INTEGER, .class = SENSITIVE, .about = "How many rows the rule counted.", .example = "2"},
        {"detail", TYPE_TEXT, .class = PLAIN, .about = "The rule as a sentence.", .example = "\"5 points for each interaction of high risk.\""},
        {"interactions", TYPE_LIST, .flags = FIELD_NULLABLE, .class = SENSITIVE, .about = "The newest 100 interactions behind the points; only on rules that count interactions of a level.",
                .example = "[\"interaction_01h455vb4pex5vsknk084sn02q\"]"},
};
static const struct shape cause_shape = SHAPE("RiskCause", cause_fields, "A reason for points.");

static const struct field risk_fields[] = {
        {"person_id", TYPE_ID, .prefix = "person", .class = PLAIN, .about = "The person.", .example = "\"person_01h455vb4pex5vsknk084sn02q\""},
        {"risk_score", TYPE_INTEGER, .max = 100, .class = SENSITIVE, .about = "Computed score, 0 to 100.", .example = "30"},
        {"risk_level", TYPE_ENUM, .choices = ONE_OF("low", "moderate", "high", "critical"), .class = SENSITIVE, .about = "Level of the computed score.", .example = "\"low\""},
        {"stored_risk_score", TYPE_INTEGER, .max = 100, .class = SENSITIVE, .about = "Score on the person's record.", .example = "50"},
        {"stored_risk_level", TYPE_ENUM, .choices = ONE_OF("low", "moderate", "high", "critical"), .class = SENSITIVE, .about = "Level on the person's record.", .example = "\"moderate\""},
        {"causes", TYPE_LIST, .members = &cause_shape, .class = SENSITIVE, .about = "Every rule that gave points.",
                .example = "[{\"cause\":\"status_flagged\",\"points\":20,\"count\":1,\"detail\":\"The person's status is flagged.\"}]"},
        {"computed_at", TYPE_TIME, .class = PLAIN, .about = "When it was computed.", .example = "\"2024-01-18T10:35:00Z\""},
};
const struct shape person_risk_shape = SHAPE("PersonRisk", risk_fields, "The computed risk of a person, explained.");
/* clang-format on */
