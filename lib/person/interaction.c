/**
 * interaction.c: what happened with a person (seed 000) as a table, and its count on the person.
 */
#include "person/person.h"

/* clang-format off */
#define EXAMPLE_PERSON "\"person_01h455vb4pex5vsknk084sn02q\""
static const struct field interaction_fields[INTERACTION__N] = {
        [INTERACTION_ID] = {"id", TYPE_ID, .prefix = "interaction", .flags = FIELD_READ_ONLY, .class = PLAIN,
                .about = "Identifier, a TypeID.", .example = "\"interaction_01h455vb4pex5vsknk084sn02q\""},
        [INTERACTION_PERSON_ID] = {"person_id", TYPE_ID, .prefix = "person", .flags = FIELD_REQUIRED | FIELD_FILTER, .class = PERSONAL,
                .about = "The person it happened with.", .example = EXAMPLE_PERSON},
        [INTERACTION_RELATED_PERSON_ID] = {"related_person_id", TYPE_ID, .prefix = "person", .flags = FIELD_NULLABLE | FIELD_FILTER, .class = PERSONAL,
                .about = "Another person who took part.", .example = EXAMPLE_PERSON},
        [INTERACTION_TYPE] = {"type", TYPE_ENUM, .choices = ONE_OF("message", "call", "meeting", "incident"), .flags = FIELD_REQUIRED | FIELD_FILTER | FIELD_SORT, .class = PLAIN,
                .about = "What it was.", .example = "\"message\""},
        [INTERACTION_DESCRIPTION] = {"description", TYPE_TEXT, .max = 10000, .otherwise = "\"\"", .flags = FIELD_SEARCH, .class = SENSITIVE,
                .about = "What happened.", .example = "\"Interaction details\""},
        [INTERACTION_DATE] = {"date", TYPE_TIME, .flags = FIELD_REQUIRED | FIELD_SORT | FIELD_RANGE, .class = PLAIN,
                .about = "When it happened.", .example = "\"2024-01-18T10:30:00Z\""},
        [INTERACTION_RISK_LEVEL] = {"risk_level", TYPE_ENUM, .choices = ONE_OF("low", "moderate", "high", "critical"), .flags = FIELD_NULLABLE | FIELD_FILTER, .class = SENSITIVE,
                .about = "How much it tells of a risk.", .example = "\"low\""},
        [INTERACTION_CREATED_AT] = {"created_at", TYPE_TIME, .flags = FIELD_READ_ONLY, .class = PLAIN,
                .about = "When it was recorded.", .example = "\"2024-01-18T10:35:00Z\""},
        [INTERACTION_UPDATED_AT] = {"updated_at", TYPE_TIME, .flags = FIELD_READ_ONLY, .class = PLAIN,
                .about = "When it was last changed.", .example = "\"2024-01-18T10:35:00Z\""},
};
static const struct shape interaction_shape = {"Interaction", interaction_fields, INTERACTION__N, "Something that happened with a person."};

static const struct resource_filter interaction_filters[] = {
        {.field = {"from_date", TYPE_TIME, .class = PLAIN, .about = "From this time on; a bare date is the whole day.", .example = "\"2024-01-18T00:00:00Z\""},
         .sql = "date >= ?"},
        {.field = {"to_date", TYPE_TIME, .class = PLAIN, .about = "Up to and including this time; a bare date is the whole day.", .example = "\"2024-01-18T23:59:59Z\""},
         .sql = "date <= ?", .until = true},
};
/* clang-format on */

static const struct sql sql_select_person =
        SQL("SELECT 1 FROM persons WHERE tenant_id = :tenant AND id = ?");

static enum status require_related(struct request *r, const struct uuid *id)
{
        struct db_rows rows;
        enum status status = db_row(r->db, &sql_select_person, DB_PARAMS(db_uuid(id)), &rows);

        if (status == STATUS_OK)
                return db_end(&rows);
        if (status != STATUS_NOT_FOUND)
                return status;
        fault_add(&r->faults, STR("/related_person_id"), "unknown",
                  "related_person_id must name a person");
        return STATUS_OK;
}

static enum status check(struct request *r, struct resource_change *change)
{
        const struct db_value *related = &change->after->values[INTERACTION_RELATED_PERSON_ID];

        if (related->type == DB_NULL || r->faults.count)
                return STATUS_OK;
        return require_related(r, &related->uuid);
}

/* The person's row is locked first, whoever counts: no two writers wait for each other's. */
static enum status count_on(struct request *r, const struct uuid *person_id, int by)
{
        char text[TYPEID_TEXT_SIZE];
        struct record *before, *after;
        struct uuid id;
        int64_t version;
        enum status status = resource_load(r, &person, typeid_format("person", person_id, text),
                                           true, &id, &before, &version);

        if (status != STATUS_OK)
                return status;
        after = record_new(r->arena, before->shape);
        if (!after)
                return STATUS_NOMEM;
        for (size_t i = 0; i < PERSON__N; i++)
                after->values[i] = before->values[i];
        after->values[PERSON_INTERACTION_COUNT].integer += by;
        after->given[PERSON_INTERACTION_COUNT] = true;
        return resource_modify(r, &person, &id, version, before, after, &version, NULL);
}

/* From one person to another, in the order of their ids. */
static enum status move_count(struct request *r, const struct uuid *from, const struct uuid *to)
{
        const bool first = memcmp(from->bytes, to->bytes, sizeof(from->bytes)) < 0;
        enum status status = first ? count_on(r, from, -1) : count_on(r, to, 1);

        if (status != STATUS_OK)
                return status;
        return first ? count_on(r, to, 1) : count_on(r, from, -1);
}

static enum status count(struct request *r, struct resource_change *change)
{
        const struct record *before = change->before, *after = change->after;

        if (!before)
                return count_on(r, &after->values[INTERACTION_PERSON_ID].uuid, 1);
        if (!after)
                return count_on(r, &before->values[INTERACTION_PERSON_ID].uuid, -1);
        if (!after->given[INTERACTION_PERSON_ID])
                return STATUS_OK;
        return move_count(r, &before->values[INTERACTION_PERSON_ID].uuid,
                          &after->values[INTERACTION_PERSON_ID].uuid);
}

/* clang-format off */
const struct resource interaction = {
        .name = "interaction", .plural = "interactions", .label = "Interaction", .table = "interactions",
        .dialect = &dialect_p, .shape = &interaction_shape, .not_found = PROBLEM_INTERACTION_NOT_FOUND,
        .filters = interaction_filters, .filter_count = sizeof(interaction_filters) / sizeof(interaction_filters[0]),
        .default_sort = "-date",
        .tally = {INTERACTION_TYPE, INTERACTION_RISK_LEVEL}, .tally_count = 2,
        .check = check, .before = count,
        .channel = "interactions", .created = "new_interaction", .updated = "interaction_updated", .deleted = "interaction_deleted",
};
/* clang-format on */
