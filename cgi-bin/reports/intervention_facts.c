/**
 * intervention_facts.c: what an intervention report tells.
 */
#include "reports.h"

static const struct sql sql_select_happenings =
        SQL("SELECT date, type, COALESCE(risk_level, ''), LEFT(description, ?) FROM interactions"
            " WHERE tenant_id = :tenant AND person_id = ? ORDER BY date DESC, id DESC LIMIT ?");

/* The newest of many changes; each says the score when it was among what changed. */
static const struct sql sql_select_history =
        SQL("SELECT at, CAST(JSON_VALUE(after_doc, '$.risk_score') AS SIGNED) FROM audit"
            " WHERE tenant_id = :tenant AND resource = 'person' AND record_id = ?"
            " AND op IN ('create', 'update') AND JSON_EXISTS(after_doc, '$.risk_score')"
            " ORDER BY id DESC LIMIT ?");

static const struct sql sql_select_user =
        SQL("SELECT name FROM users WHERE tenant_id = :tenant AND id = ?");

static enum status read_happenings(struct request *r, const struct uuid *id,
                                   struct intervention_facts *facts)
{
        struct db_rows rows;
        enum status status = db_query(
                r->db, &sql_select_happenings,
                DB_PARAMS(db_int(CELL_LETTERS + 1), db_uuid(id), db_int(TABLE_ROWS_MAX)), &rows);

        facts->happenings = arena_new(r->arena, struct happening, TABLE_ROWS_MAX);
        if (status != STATUS_OK)
                return status;
        while (facts->happenings && facts->happening_count < TABLE_ROWS_MAX && db_next(&rows))
                facts->happenings[facts->happening_count++] = (struct happening){
                        .at = db_get_time(&rows, 0),
                        .type = arena_copy(r->arena, db_get_str(&rows, 1)),
                        .risk_level = arena_copy(r->arena, db_get_str(&rows, 2)),
                        .description = arena_copy(r->arena, db_get_str(&rows, 3)),
                };
        status = db_end(&rows);
        return arena_failed(r->arena) ? STATUS_NOMEM : status;
}

static enum status read_history(struct request *r, const struct uuid *id,
                                struct intervention_facts *facts)
{
        struct db_rows rows;
        size_t free_from = HISTORY_MAX;
        enum status status = db_query(r->db, &sql_select_history,
                                      DB_PARAMS(db_uuid(id), db_int(HISTORY_MAX)), &rows);

        facts->history = arena_new(r->arena, struct pdf_point, HISTORY_MAX);
        if (status != STATUS_OK)
                return status;
        while (facts->history && free_from > 0 && db_next(&rows))
                facts->history[--free_from] =
                        (struct pdf_point){db_get_time(&rows, 0), (double)db_get_int(&rows, 1)};
        facts->history_count = HISTORY_MAX - free_from;
        facts->history += facts->history ? free_from : 0;
        status = db_end(&rows);
        return facts->history ? status : STATUS_NOMEM;
}

/* A user of another issuer has no account here: then the id must do. */
static enum status read_maker(struct request *r, struct intervention_facts *facts)
{
        char text[UUID_TEXT_SIZE];
        struct db_rows rows;
        enum status status =
                db_row(r->db, &sql_select_user, DB_PARAMS(db_uuid(&r->principal.user.uuid)), &rows);

        if (status == STATUS_NOT_FOUND) {
                facts->made_by = arena_copy(r->arena, uuid_format(&r->principal.user.uuid, text));
                return STATUS_OK;
        }
        if (status != STATUS_OK)
                return status;
        facts->made_by = arena_copy(r->arena, db_get_str(&rows, 0));
        return db_end(&rows);
}

enum status intervention_read(struct request *r, struct str person_id,
                              struct intervention_facts *facts, struct uuid *id)
{
        struct record *record;
        int64_t version;
        enum status status = resource_load(r, &person, person_id, false, id, &record, &version);

        *facts = (struct intervention_facts){.made = request_now(r)};
        if (status != STATUS_OK)
                return status;
        facts->person = record;
        facts->person_id = resource_id_format(r->arena, &person, id);
        status = person_risk_facts(r, id, record, &facts->risk);
        if (status == STATUS_OK)
                status = read_happenings(r, id, facts);
        if (status == STATUS_OK)
                status = read_history(r, id, facts);
        if (status == STATUS_OK)
                status = read_maker(r, facts);
        facts->score = risk_assess(&facts->risk, facts->causes);
        facts->recommendation_count = recommend(record_str(record, PERSON_RISK_LEVEL),
                                                facts->risk.interactions, facts->recommendations);
        return status;
}
