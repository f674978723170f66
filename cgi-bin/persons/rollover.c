/**
 * rollover.c: POST /api/v1/people/academic-year/rollover: every active resident goes on by a year,
 * those of the last year leave (is_active becomes false). Once a year; a dry run only counts.
 */
#include "people.h"

enum { ACADEMIC_YEAR, DRY_RUN };
enum { LAST_LEVEL = 3 };

static const struct sql sql_insert_rollover =
        SQL("INSERT INTO rollovers (tenant_id, academic_year, done_at) VALUES (:tenant, ?, ?)");

/* From the highest id on: who has been promoted is not met again. */
static const struct sql sql_select_next =
        SQL("SELECT id FROM people WHERE tenant_id = :tenant AND type = 'resident' AND is_active"
            " AND id > ? ORDER BY id LIMIT 1");

static enum status find_next(struct request *r, struct uuid *id)
{
        struct db_rows rows;
        enum status status = db_row(r->db, &sql_select_next, DB_PARAMS(db_uuid(id)), &rows);

        if (status != STATUS_OK)
                return status;
        *id = db_get_uuid(&rows, 0);
        return db_end(&rows);
}

static enum status promote(struct request *r, const struct uuid *id, int64_t *counts)
{
        char text[UUID_TEXT_SIZE];
        struct record *before, *after;
        struct uuid same;
        int64_t version, level;
        enum status status = resource_load(r, &practitioner, uuid_format(id, text), true, &same,
                                           &before, &version);

        if (status != STATUS_OK)
                return status;
        level = record_int(before, PRACTITIONER_PGY_LEVEL);
        if (level < 1 || level > LAST_LEVEL)
                return STATUS_BUG;
        counts[level]++;
        after = level < LAST_LEVEL
                        ? record_with(r->arena, before, PRACTITIONER_PGY_LEVEL, db_int(level + 1))
                        : record_with(r->arena, before, PRACTITIONER_IS_ACTIVE, db_int(0));
        if (!after)
                return STATUS_NOMEM;
        return resource_modify(r, &practitioner, id, version, before, after, &version, NULL);
}

static enum status promote_all(struct request *r, int64_t *counts)
{
        struct uuid id = {{0}};
        enum status status = find_next(r, &id);

        while (status == STATUS_OK) {
                const struct arena_mark mark = arena_mark(r->arena);

                status = promote(r, &id, counts);
                if (status == STATUS_OK)
                        arena_rollback(r->arena, mark);
                if (status == STATUS_OK)
                        status = find_next(r, &id);
        }
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status answer(struct request *r, int64_t year, const int64_t *counts)
{
        struct emit *e = respond_json(r, 200);

        emit_object(e);
        emit_member_int(e, "academic_year", year);
        emit_member_bool(e, "dry_run", r->undo);
        emit_key(e, "promoted");
        emit_object(e);
        emit_member_int(e, "pgy1_to_pgy2", counts[1]);
        emit_member_int(e, "pgy2_to_pgy3", counts[2]);
        emit_object_end(e);
        emit_member_int(e, "graduated", counts[LAST_LEVEL]);
        emit_member_int(e, "total", counts[1] + counts[2] + counts[LAST_LEVEL]);
        emit_object_end(e);
        return STATUS_OK;
}

enum status people_rollover(struct request *r)
{
        const int64_t year = record_int(r->input, ACADEMIC_YEAR);
        int64_t counts[LAST_LEVEL + 1] = {0};
        enum status status = db_run(r->db, &sql_insert_rollover,
                                    DB_PARAMS(db_int(year), db_time(request_now(r))), NULL);

        if (status == STATUS_CONFLICT)
                return problem(r, PROBLEM_ROLLOVER_DONE, "The year %lld has been rolled over to",
                               (long long)year);
        if (status == STATUS_OK)
                status = promote_all(r, counts);
        if (status != STATUS_OK)
                return status;
        r->undo = record_int(r->input, DRY_RUN) != 0;
        return answer(r, year, counts);
}

/* clang-format off */
static const struct field in_fields[] = {
        [ACADEMIC_YEAR] = {"academic_year", TYPE_INTEGER, .min = 2000, .max = 2200, .flags = FIELD_REQUIRED, .class = PLAIN, .about = "The year that begins; each only once.", .example = "2026"},
        [DRY_RUN] = {"dry_run", TYPE_BOOLEAN, .otherwise = "false", .class = PLAIN, .about = "Only count.", .example = "true"},
};
const struct shape rollover_in = SHAPE("Rollover", in_fields, "Which year begins.");
static const struct field promoted_fields[] = {
        {"pgy1_to_pgy2", TYPE_INTEGER, .class = PLAIN, .about = "From the first year to the second.", .example = "6"},
        {"pgy2_to_pgy3", TYPE_INTEGER, .class = PLAIN, .about = "From the second to the third.", .example = "6"},
};
static const struct shape promoted_shape = SHAPE("Promoted", promoted_fields, "Who went on.");
static const struct field out_fields[] = {
        {"academic_year", TYPE_INTEGER, .class = PLAIN, .about = "The year that begins.", .example = "2026"},
        {"dry_run", TYPE_BOOLEAN, .class = PLAIN, .about = "Nothing was kept.", .example = "true"},
        {"promoted", TYPE_OBJECT, .members = &promoted_shape, .class = PLAIN, .about = "Who went on.", .example = "{\"pgy1_to_pgy2\":6,\"pgy2_to_pgy3\":6}"},
        {"graduated", TYPE_INTEGER, .class = PLAIN, .about = "Residents of the third year, no longer active.", .example = "5"},
        {"total", TYPE_INTEGER, .class = PLAIN, .about = "All of them.", .example = "17"},
};
const struct shape rollover_out = SHAPE("RolloverDone", out_fields, "What was, or would be done.");
/* clang-format on */
