/**
 * forget.c: what a person's deletion does to other records. The seed's ON DELETE SET NULL is done
 * here, because the composite key would null the tenant too, and because histories should tell it.
 */
#include "person/person.h"

#include "json/read.h"

enum { BATCH = 200, LIST_MAX = 1 << 16 };

static const struct sql sql_select_taking_part =
        SQL("SELECT i.id, i.version, i.participants, i.updated_at FROM site_interactions AS i"
            " JOIN interaction_participants AS p ON p.tenant_id = :tenant"
            "  AND p.interaction_id = i.id AND p.person_id = ?"
            " WHERE i.tenant_id = :tenant AND i.id > ? ORDER BY i.id LIMIT ? FOR UPDATE");

static const struct sql sql_update_participants =
        SQL("UPDATE site_interactions SET participants = ?, updated_at = ?, version = version + 1"
            " WHERE tenant_id = :tenant AND id = ?");

/* An interaction of a site that the person takes part in, as far as it changes. */
struct taking_part {
        struct uuid id;
        int64_t version;
        struct str participants;
        time_ms updated;
};

/* The list without the person, as it is stored; absent without memory. */
static struct str without(struct request *r, struct str participants, struct str person_id)
{
        struct str copy = {NULL, 0};
        struct json_fault fault;
        struct buf text;
        json_t *list;

        if (json_read(r->arena, participants, &list, &fault) != STATUS_OK)
                return copy;
        buf_init(&text, LIST_MAX);
        buf_char(&text, '[');
        for (size_t i = 0; i < json_array_size(list); i++) {
                const struct str name = json_text(json_array_get(list, i));

                if (!str_eq(name, person_id))
                        buf_printf(&text, "%s\"%.*s\"", text.len > 1 ? "," : "", STR_ARG(name));
        }
        buf_char(&text, ']');
        if (buf_ok(&text))
                copy = arena_copy(r->arena, buf_view(&text));
        buf_free(&text);
        return copy;
}

static struct str state(struct request *r, struct str participants, time_ms updated)
{
        char at[TIME_TEXT_SIZE];

        return arena_printf(r->arena, "{\"participants\":%.*s,\"updated_at\":\"%.*s\"}",
                            STR_ARG(participants), STR_ARG(time_format(updated, at)));
}

static enum status leave(struct request *r, const struct taking_part *row, struct str person_id)
{
        const struct str left = without(r, row->participants, person_id);
        const time_ms now = request_now(r) > row->updated ? request_now(r) : row->updated;
        struct change change = {
                .resource = "site_interaction",
                .record = row->id,
                .version = (uint32_t)row->version + 1,
                .op = CHANGE_UPDATE,
                .before = state(r, row->participants, row->updated),
                .after = left.ptr ? state(r, left, now) : left,
        };
        enum status status;

        if (!change.before.ptr || !change.after.ptr)
                return STATUS_NOMEM;
        if (!uuid_v7(&change.receipt))
                return STATUS_UNAVAILABLE;
        status = db_run(r->db, &sql_update_participants,
                        DB_PARAMS(db_text(left), db_time(now), db_uuid(&row->id)), NULL);
        return status == STATUS_OK ? request_change(r, &change) : status;
}

/* A batch after ${last}, which becomes its last. */
static enum status read_taking_part(struct request *r, const struct uuid *person_id,
                                    struct uuid *last, struct taking_part *batch, size_t *count)
{
        struct db_rows rows;
        enum status status =
                db_query(r->db, &sql_select_taking_part,
                         DB_PARAMS(db_uuid(person_id), db_uuid(last), db_int(BATCH)), &rows);

        *count = 0;
        if (status != STATUS_OK)
                return status;
        while (*count < BATCH && db_next(&rows))
                batch[(*count)++] = (struct taking_part){
                        .id = db_get_uuid(&rows, 0),
                        .version = db_get_int(&rows, 1),
                        .participants = arena_copy(r->arena, db_get_str(&rows, 2)),
                        .updated = db_get_time(&rows, 3),
                };
        if (*count)
                *last = batch[*count - 1].id;
        status = db_end(&rows);
        return arena_failed(r->arena) ? STATUS_NOMEM : status;
}

static enum status leave_all(struct request *r, const struct uuid *id)
{
        char text[TYPEID_TEXT_SIZE];
        const struct str name = typeid_format("person", id, text);
        const struct arena_mark mark = arena_mark(r->arena);
        struct uuid last = {{0}};
        size_t count = BATCH;
        enum status status = STATUS_OK;

        while (count == BATCH && status == STATUS_OK) {
                struct taking_part *batch = arena_new(r->arena, struct taking_part, BATCH);

                if (!batch)
                        return STATUS_NOMEM;
                status = read_taking_part(r, id, &last, batch, &count);
                for (size_t i = 0; i < count && status == STATUS_OK; i++)
                        status = leave(r, &batch[i], name);
                if (status == STATUS_OK && count) /* lists that show them are asked for anew */
                        status = tally_add(r->db, "site_interaction", STR("changed"), 0);
                arena_rollback(r->arena, mark);
        }
        return status;
}

enum status person_forget(struct request *r, const struct uuid *id)
{
        enum status status = resource_cascade(r, &interaction, INTERACTION_PERSON_ID, id);

        if (status == STATUS_OK)
                status = resource_cascade(r, &case_record, CASE_PERSON_ID, id);
        if (status == STATUS_OK)
                status = resource_cascade(r, &report, REPORT_PERSON_ID, id);
        if (status == STATUS_OK)
                status = resource_set_null(r, &interaction, INTERACTION_RELATED_PERSON_ID, id);
        return status == STATUS_OK ? leave_all(r, id) : status;
}
