/**
 * participants.c: the persons at risk who take part in an interaction: a list of ids outward, rows
 * beside, so that a person's deletion finds them.
 */
#include "interactions.h"

#include "json/read.h"

enum { LIST_MAX = 1 << 16 };

static const struct sql sql_select_person =
        SQL("SELECT 1 FROM persons WHERE tenant_id = :tenant AND id = ?");

static const struct sql sql_delete_participants = SQL(
        "DELETE FROM interaction_participants WHERE tenant_id = :tenant AND interaction_id = ?");

static const struct sql sql_insert_participant =
        SQL("INSERT INTO interaction_participants (tenant_id, interaction_id, person_id)"
            " VALUES (:tenant, ?, ?)");

static enum status person_exists(struct request *r, const struct uuid *id, bool *exists)
{
        struct db_rows rows;
        enum status status = db_row(r->db, &sql_select_person, DB_PARAMS(db_uuid(id)), &rows);

        *exists = status == STATUS_OK;
        if (status == STATUS_NOT_FOUND)
                return STATUS_OK;
        return status == STATUS_OK ? db_end(&rows) : status;
}

/* The list as the table keeps it; NULL without memory. */
static json_t *parse(struct request *r, const struct record *record)
{
        struct json_fault fault;
        json_t *list;

        if (json_read(r->arena, record_str(record, SITE_INTERACTION_PARTICIPANTS), &list, &fault) !=
            STATUS_OK)
                return NULL;
        return list;
}

/* Whether an entry is an earlier one again. */
static bool comes_before(const json_t *list, size_t i)
{
        for (size_t j = 0; j < i; j++)
                if (json_equal(json_array_get(list, j), json_array_get(list, i)))
                        return true;
        return false;
}

enum status participants_check(struct request *r, struct record *record)
{
        json_t *list;
        enum status status = STATUS_OK;

        if (r->faults.count || record->values[SITE_INTERACTION_PARTICIPANTS].type == DB_NULL)
                return STATUS_OK;
        list = parse(r, record);
        if (!list)
                return STATUS_NOMEM;
        for (size_t i = 0; i < json_array_size(list) && status == STATUS_OK; i++) {
                bool exists = false;
                struct uuid id;

                if (comes_before(list, i)) {
                        fault_add(&r->faults, arena_printf(r->arena, "/participants/%zu", i),
                                  "duplicate", "participants must name each person once");
                        continue;
                }
                if (typeid_parse("person", json_text(json_array_get(list, i)), &id))
                        status = person_exists(r, &id, &exists);
                if (status == STATUS_OK && !exists)
                        fault_add(&r->faults, arena_printf(r->arena, "/participants/%zu", i),
                                  "unknown", "participants must name persons");
        }
        return status;
}

enum status participants_prune(struct request *r, struct record *record)
{
        struct buf text;
        enum status status = STATUS_OK;
        json_t *list = parse(r, record);

        if (!list)
                return STATUS_NOMEM;
        buf_init(&text, LIST_MAX);
        buf_char(&text, '[');
        for (size_t i = 0; i < json_array_size(list) && status == STATUS_OK; i++) {
                const struct str name = json_text(json_array_get(list, i));
                bool exists = false;
                struct uuid id;

                if (!comes_before(list, i) && typeid_parse("person", name, &id))
                        status = person_exists(r, &id, &exists);
                if (exists)
                        buf_printf(&text, "%s\"%.*s\"", text.len > 1 ? "," : "", STR_ARG(name));
        }
        buf_char(&text, ']');
        record->values[SITE_INTERACTION_PARTICIPANTS] =
                db_text(buf_ok(&text) ? arena_copy(r->arena, buf_view(&text)) : (struct str){0});
        buf_free(&text);
        if (status == STATUS_OK && !record_str(record, SITE_INTERACTION_PARTICIPANTS).ptr)
                return STATUS_NOMEM;
        return status;
}

enum status participants_store(struct request *r, const struct uuid *id,
                               const struct record *record)
{
        json_t *list = parse(r, record);
        enum status status =
                list ? db_run(r->db, &sql_delete_participants, DB_PARAMS(db_uuid(id)), NULL)
                     : STATUS_NOMEM;

        for (size_t i = 0; i < json_array_size(list) && status == STATUS_OK; i++) {
                struct uuid person_id;

                if (typeid_parse("person", json_text(json_array_get(list, i)), &person_id))
                        status = db_run(r->db, &sql_insert_participant,
                                        DB_PARAMS(db_uuid(id), db_uuid(&person_id)), NULL);
        }
        return status;
}
