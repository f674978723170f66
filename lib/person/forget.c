/**
 * forget.c: what a person's deletion does to other records. The seed's ON DELETE SET NULL is done
 * here, because the composite key would null the tenant too.
 */
#include "person/person.h"

static const struct sql sql_clear_related =
        SQL("UPDATE interactions SET related_person_id = NULL, version = version + 1"
            " WHERE tenant_id = :tenant AND related_person_id = ?");

static const struct sql sql_clear_participant =
        SQL("UPDATE site_interactions AS i JOIN interaction_participants AS p"
            " ON p.tenant_id = :tenant AND p.interaction_id = i.id AND p.person_id = ?"
            " SET i.participants = JSON_REMOVE(i.participants,"
            "  JSON_UNQUOTE(JSON_SEARCH(i.participants, 'one', ?))), i.version = i.version + 1"
            " WHERE i.tenant_id = :tenant AND JSON_SEARCH(i.participants, 'one', ?) IS NOT NULL");

/* Lists that show the changed rows are asked for anew. */
static enum status mark_changed(struct request *r, const char *resource, uint64_t rows)
{
        return rows ? tally_add(r->db, resource, STR("changed"), 0) : STATUS_OK;
}

static enum status clear_participant(struct request *r, const struct uuid *id)
{
        char text[TYPEID_TEXT_SIZE];
        const struct db_value name = db_text(typeid_format("person", id, text));
        uint64_t rows = 0;
        enum status status =
                db_run(r->db, &sql_clear_participant, DB_PARAMS(db_uuid(id), name, name), &rows);

        return status == STATUS_OK ? mark_changed(r, "site_interaction", rows) : status;
}

enum status person_forget(struct request *r, const struct uuid *id)
{
        uint64_t rows = 0;
        enum status status = resource_cascade(r, &interaction, INTERACTION_PERSON_ID, id);

        if (status == STATUS_OK)
                status = resource_cascade(r, &case_record, CASE_PERSON_ID, id);
        if (status == STATUS_OK)
                status = db_run(r->db, &sql_clear_related, DB_PARAMS(db_uuid(id)), &rows);
        if (status == STATUS_OK)
                status = mark_changed(r, interaction.name, rows);
        return status == STATUS_OK ? clear_participant(r, id) : status;
}
