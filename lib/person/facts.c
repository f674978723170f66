/**
 * facts.c: what the risk of a person is computed from.
 */
#include "person/person.h"

static const struct sql sql_count_interactions =
        SQL("SELECT COUNT(*), COALESCE(SUM(risk_level = 'high'), 0),"
            " COALESCE(SUM(risk_level = 'critical'), 0)"
            " FROM interactions WHERE tenant_id = :tenant AND person_id = ?");

enum status person_risk_facts(struct request *r, const struct uuid *id, const struct record *record,
                              struct risk_facts *facts)
{
        struct db_rows rows;
        enum status status = db_row(r->db, &sql_count_interactions, DB_PARAMS(db_uuid(id)), &rows);

        if (status != STATUS_OK)
                return status;
        *facts = (struct risk_facts){
                .flagged = str_is(record_str(record, PERSON_STATUS), "flagged"),
                .interactions = db_get_int(&rows, 0),
                .high = db_get_int(&rows, 1),
                .critical = db_get_int(&rows, 2),
        };
        return db_end(&rows);
}
