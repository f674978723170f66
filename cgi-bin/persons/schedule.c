/**
 * schedule.c: half days, and who does what in them, as tables.
 */
#include "people.h"

/* clang-format off */
#define EXAMPLE_UUID "\"550e8400-e29b-41d4-a716-446655440000\""
enum { BLOCK_ID, BLOCK_DATE, BLOCK_TIME_OF_DAY, BLOCK_NUMBER, BLOCK_IS_WEEKEND, BLOCK_IS_HOLIDAY, BLOCK_HOLIDAY_NAME, BLOCK_CREATED_AT, BLOCK_UPDATED_AT };

static const struct field block_fields[] = {
        [BLOCK_ID] = {"id", TYPE_ID, .flags = FIELD_READ_ONLY, .class = PLAIN, .about = "Identifier.", .example = EXAMPLE_UUID},
        [BLOCK_DATE] = {"date", TYPE_DATE, .flags = FIELD_REQUIRED | FIELD_FILTER | FIELD_RANGE | FIELD_SORT, .class = PLAIN, .about = "The day.", .example = "\"2024-07-01\""},
        [BLOCK_TIME_OF_DAY] = {"time_of_day", TYPE_ENUM, .choices = ONE_OF("AM", "PM"), .flags = FIELD_REQUIRED, .class = PLAIN, .about = "Which half.", .example = "\"AM\""},
        [BLOCK_NUMBER] = {"block_number", TYPE_INTEGER, .min = 0, .max = 1000, .otherwise = "0", .flags = FIELD_FILTER, .class = PLAIN, .about = "Number in the academic year.", .example = "1"},
        [BLOCK_IS_WEEKEND] = {"is_weekend", TYPE_BOOLEAN, .flags = FIELD_READ_ONLY | FIELD_COMPUTED, .class = PLAIN, .about = "Saturday or Sunday.", .example = "false"},
        [BLOCK_IS_HOLIDAY] = {"is_holiday", TYPE_BOOLEAN, .otherwise = "false", .class = PLAIN, .about = "No regular duty.", .example = "false"},
        [BLOCK_HOLIDAY_NAME] = {"holiday_name", TYPE_TEXT, .max = 100, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Which holiday.", .example = "null"},
        [BLOCK_CREATED_AT] = {"created_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_SORT, .class = PLAIN, .about = "When the record was made.", .example = "\"2024-07-01T10:00:00Z\""},
        [BLOCK_UPDATED_AT] = {"updated_at", TYPE_TIME, .flags = FIELD_READ_ONLY, .class = PLAIN, .about = "When it was last changed.", .example = "\"2024-07-01T10:00:00Z\""},
};
static const struct shape block_shape = SHAPE("Block", block_fields, "Half a day that people are assigned to.");
static const struct resource_unique block_uniques[] = {
        {"blocks_half_day", BLOCK_DATE, PROBLEM_BLOCK_ALREADY_EXISTS, 0, "This half day exists already"},
};

static const struct field assignment_fields[ASSIGNMENT__N] = {
        [ASSIGNMENT_ID] = {"id", TYPE_ID, .flags = FIELD_READ_ONLY, .class = PLAIN, .about = "Identifier.", .example = EXAMPLE_UUID},
        [ASSIGNMENT_BLOCK_ID] = {"block_id", TYPE_ID, .flags = FIELD_REQUIRED | FIELD_WRITE_ONCE | FIELD_FILTER, .class = PLAIN, .about = "The half day.", .example = EXAMPLE_UUID},
        [ASSIGNMENT_PERSON_ID] = {"person_id", TYPE_ID, .flags = FIELD_REQUIRED | FIELD_WRITE_ONCE | FIELD_FILTER, .class = PERSONAL, .about = "Who.", .example = EXAMPLE_UUID},
        [ASSIGNMENT_ROLE] = {"role", TYPE_ENUM, .choices = ONE_OF("resident", "primary", "supervising", "backup"), .flags = FIELD_REQUIRED | FIELD_FILTER, .class = PLAIN, .about = "As what.", .example = "\"resident\""},
        [ASSIGNMENT_ACTIVITY_NAME] = {"activity_name", TYPE_TEXT, .min = 1, .max = 100, .flags = FIELD_REQUIRED, .class = PLAIN, .about = "What is done.", .example = "\"Clinic\""},
        [ASSIGNMENT_ABBREVIATION] = {"abbreviation", TYPE_TEXT, .max = 10, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "The same for tables.", .example = "\"CLN\""},
        [ASSIGNMENT_NOTES] = {"notes", TYPE_TEXT, .max = 2000, .flags = FIELD_NULLABLE, .class = PERSONAL, .about = "Notes.", .example = "null"},
        [ASSIGNMENT_CREATED_AT] = {"created_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_SORT, .class = PLAIN, .about = "When the record was made.", .example = "\"2024-07-01T10:00:00Z\""},
        [ASSIGNMENT_UPDATED_AT] = {"updated_at", TYPE_TIME, .flags = FIELD_READ_ONLY, .class = PLAIN, .about = "When it was last changed.", .example = "\"2024-07-01T10:00:00Z\""},
};
static const struct shape assignment_shape = {"Assignment", assignment_fields, ASSIGNMENT__N, "What somebody does in a half day."};
static const struct resource_unique assignment_uniques[] = {
        {"assignments_once", ASSIGNMENT_PERSON_ID, PROBLEM_ASSIGNMENT_ALREADY_EXISTS, 0, "The person has an assignment in this half day already"},
};
static const struct resource_reference assignment_references[] = {
        {ASSIGNMENT_BLOCK_ID,  "blocks", NULL, "block_id must name a block"},
        {ASSIGNMENT_PERSON_ID, "people", NULL, "person_id must name a person"},
};
/* clang-format on */

static const struct sql sql_select_assignment =
        SQL("SELECT 1 FROM assignments WHERE tenant_id = :tenant AND block_id = ? LIMIT 1");

static enum status keep_assigned(struct request *r, struct resource_change *change)
{
        struct db_rows rows;
        enum status status;

        if (change->op != CHANGE_DELETE)
                return STATUS_OK;
        status = db_row(r->db, &sql_select_assignment, DB_PARAMS(db_uuid(&change->id)), &rows);
        if (status == STATUS_NOT_FOUND)
                return STATUS_OK;
        if (status == STATUS_OK)
                status = db_end(&rows);
        if (status != STATUS_OK)
                return status;
        return problem(r, PROBLEM_DELETE_CONFLICT,
                       "Cannot delete block with assignments. Delete assignments first.");
}

/* clang-format off */
const struct resource block = {
        .name = "block", .plural = "blocks", .label = "Block", .table = "blocks",
        .dialect = &dialect_r, .shape = &block_shape, .not_found = PROBLEM_BLOCK_NOT_FOUND,
        .uniques = block_uniques, .unique_count = 1,
        .default_sort = "date", .tally = {BLOCK_TIME_OF_DAY}, .tally_count = 1, .before = keep_assigned,
        .channel = "blocks", .created = "block_created", .updated = "block_updated", .deleted = "block_deleted",
};
const struct resource assignment = {
        .name = "assignment", .plural = "assignments", .label = "Assignment", .table = "assignments",
        .dialect = &dialect_r, .shape = &assignment_shape, .not_found = PROBLEM_ASSIGNMENT_NOT_FOUND,
        .uniques = assignment_uniques, .unique_count = 1,
        .references = assignment_references, .reference_count = sizeof(assignment_references) / sizeof(assignment_references[0]),
        .default_sort = "created_at", .marks_phi = true, .tally = {ASSIGNMENT_ROLE}, .tally_count = 1,
        .channel = "assignments", .created = "assignment_created", .updated = "assignment_updated", .deleted = "assignment_deleted",
};
/* clang-format on */
