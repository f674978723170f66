/**
 * site_interaction.c: an interaction of a site (seed 001) as a table.
 */
#include "interactions.h"

/* clang-format off */
#define EXAMPLE_UUID "\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\""
static const struct field fields[SITE_INTERACTION__N] = {
        [SITE_INTERACTION_ID] = {"id", TYPE_ID, .flags = FIELD_READ_ONLY, .class = PLAIN,
                .about = "Identifier.", .example = EXAMPLE_UUID},
        [SITE_INTERACTION_SITE_ID] = {"site_id", TYPE_ID, .flags = FIELD_WRITE_ONCE | FIELD_FILTER, .class = PLAIN,
                .about = "The site it belongs to; by default the one that was chosen.", .example = EXAMPLE_UUID},
        [SITE_INTERACTION_TITLE] = {"title", TYPE_TEXT, .min = 5, .max = 100, .flags = FIELD_REQUIRED | FIELD_SORT | FIELD_SEARCH, .class = SENSITIVE,
                .about = "What it is about.", .example = "\"Weekly review\""},
        [SITE_INTERACTION_TYPE] = {"type", TYPE_ENUM, .choices = ONE_OF("Meeting", "Call", "Email", "Other"), .flags = FIELD_REQUIRED | FIELD_FILTER | FIELD_SORT, .class = PLAIN,
                .about = "How it happens.", .example = "\"Meeting\""},
        [SITE_INTERACTION_LEAD] = {"lead", TYPE_TEXT, .min = 1, .max = 100, .flags = FIELD_REQUIRED | FIELD_FILTER | FIELD_SORT | FIELD_SEARCH, .class = PERSONAL,
                .about = "Who leads it.", .example = "\"Ada Osei\""},
        [SITE_INTERACTION_START] = {"start_datetime", TYPE_TIME, .flags = FIELD_REQUIRED | FIELD_RANGE | FIELD_SORT, .class = PLAIN,
                .about = "When it begins.", .example = "\"2024-01-18T10:30:00Z\""},
        [SITE_INTERACTION_END] = {"end_datetime", TYPE_TIME, .flags = FIELD_REQUIRED | FIELD_RANGE, .class = PLAIN,
                .about = "When it ends, later than it begins.", .example = "\"2024-01-18T11:15:00Z\""},
        [SITE_INTERACTION_TIMEZONE] = {"timezone", TYPE_TIMEZONE, .flags = FIELD_REQUIRED, .class = PLAIN,
                .about = "The zone it happens in, by its IANA name.", .example = "\"Europe/Berlin\""},
        [SITE_INTERACTION_LOCATION] = {"location", TYPE_TEXT, .max = 200, .flags = FIELD_NULLABLE | FIELD_SEARCH, .class = PERSONAL,
                .about = "Where.", .example = "\"Room 4\""},
        [SITE_INTERACTION_DESCRIPTION] = {"description", TYPE_TEXT, .min = 10, .max = 5000, .flags = FIELD_REQUIRED | FIELD_SEARCH, .class = SENSITIVE,
                .about = "What it is for, what came of it.", .example = "\"We went through the open cases.\""},
        [SITE_INTERACTION_NOTES] = {"notes", TYPE_TEXT, .max = 5000, .flags = FIELD_NULLABLE | FIELD_SEARCH, .class = SENSITIVE,
                .about = "Notes.", .example = "\"Bring the list next time\""},
        [SITE_INTERACTION_PARTICIPANTS] = {"participants", TYPE_LIST, .max = 100, .otherwise = "[]", .class = PERSONAL,
                .about = "Persons at risk who take part, by id.", .example = "[\"person_01h455vb4pex5vsknk084sn02q\"]"},
        [SITE_INTERACTION_DURATION] = {"duration_minutes", TYPE_INTEGER, .flags = FIELD_COMPUTED | FIELD_READ_ONLY, .class = PLAIN,
                .about = "From begin to end.", .example = "45"},
        [SITE_INTERACTION_CREATED_BY] = {"created_by", TYPE_ID, .flags = FIELD_READ_ONLY | FIELD_HOOK | FIELD_FILTER, .class = PLAIN,
                .about = "The user who recorded it.", .example = EXAMPLE_UUID},
        [SITE_INTERACTION_CREATED_AT] = {"created_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_RANGE | FIELD_SORT, .class = PLAIN,
                .about = "When it was recorded.", .example = "\"2024-01-18T10:35:00Z\""},
        [SITE_INTERACTION_UPDATED_AT] = {"updated_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_SORT, .class = PLAIN,
                .about = "When it was last changed.", .example = "\"2024-01-18T10:35:00Z\""},
};
static const struct shape shape = {"SiteInteraction", fields, SITE_INTERACTION__N, "A meeting, call or mail of a site."};
/* clang-format on */

/* A hundred years, which its minutes can count; 2500-01-01, up to which calendars can tell it. */
static const time_ms longest = (time_ms)36525 * 86400000, last = (time_ms)16725225600 * 1000;

/* An earlier version names whom it may still name. */
static enum status prune(struct request *r, struct resource_change *change)
{
        const enum status status = participants_prune(r, change->after);

        if (change->before)
                change->after->given[SITE_INTERACTION_PARTICIPANTS] =
                        !str_eq(record_str(change->before, SITE_INTERACTION_PARTICIPANTS),
                                record_str(change->after, SITE_INTERACTION_PARTICIPANTS));
        return status;
}

static void check_times(struct request *r, const struct record *record)
{
        const struct db_value *start = &record->values[SITE_INTERACTION_START];
        const struct db_value *end = &record->values[SITE_INTERACTION_END];
        const char *fault = NULL;

        if (start->type != DB_TIME || end->type != DB_TIME)
                return;
        if (end->time <= start->time)
                fault = "end_datetime must be later than start_datetime";
        else if (end->time - start->time > longest)
                fault = "end_datetime must be within 100 years of start_datetime";
        else if (end->time >= last)
                fault = "end_datetime must be before the year 2500";
        if (fault)
                fault_add(&r->faults, STR("/end_datetime"), "out_of_range", "%s", fault);
}

static enum status check(struct request *r, struct resource_change *change)
{
        check_times(r, change->after);
        if (change->restores)
                return prune(r, change);
        if (change->op == CHANGE_CREATE || change->after->given[SITE_INTERACTION_PARTICIPANTS])
                return participants_check(r, change->after);
        return STATUS_OK;
}

static enum status sign(struct request *r, struct resource_change *change)
{
        if (change->op == CHANGE_CREATE && !change->after->given[SITE_INTERACTION_CREATED_BY])
                change->after->values[SITE_INTERACTION_CREATED_BY] =
                        db_uuid(&r->principal.user.uuid);
        return STATUS_OK;
}

static enum status follow(struct request *r, struct resource_change *change)
{
        if (change->op == CHANGE_DELETE)
                return STATUS_OK;
        if (change->op == CHANGE_CREATE || change->after->given[SITE_INTERACTION_PARTICIPANTS])
                return participants_store(r, &change->id, change->after);
        return STATUS_OK;
}

/* clang-format off */
const struct resource site_interaction = {
        .name = "site_interaction", .key = "interaction", .plural = "interactions", .label = "Interaction", .noun = "SiteInteraction", .table = "site_interactions",
        .dialect = &dialect_i, .shape = &shape, .not_found = PROBLEM_INTERACTION_NOT_FOUND,
        .default_sort = "-start_datetime", .of_site = true, .site = SITE_INTERACTION_SITE_ID,
        .tally = {SITE_INTERACTION_SITE_ID, SITE_INTERACTION_TYPE}, .tally_count = 2,
        .indexed = true, .title = SITE_INTERACTION_TITLE,
        .check = check, .before = sign, .after = follow,
        .channel = "site_interactions", .created = "interaction_created", .updated = "interaction_updated", .deleted = "interaction_deleted",
};
/* clang-format on */
