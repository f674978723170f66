/**
 * person.c: the person at risk (seed 000) as a table.
 *
 * Everything a person can do is generic; special are only the tags, which are kept as a set beside
 * the comma string so that ?tag= finds them by index.
 */
#include "person/person.h"

#include "base/buf.h"

/* clang-format off */
static const struct field person_fields[PERSON__N] = {
        [PERSON_ID] = {"id", TYPE_ID, .prefix = "person", .flags = FIELD_READ_ONLY, .class = PLAIN,
                .about = "Identifier, a TypeID.", .example = "\"person_01h455vb4pex5vsknk084sn02q\""},
        [PERSON_NAME] = {"name", TYPE_TEXT, .max = 201, .flags = FIELD_COMPUTED | FIELD_READ_ONLY | FIELD_SORT | FIELD_SEARCH, .class = PERSONAL,
                .about = "Given and family name, joined.", .example = "\"Jane Smith\""},
        [PERSON_FIRST_NAME] = {"first_name", TYPE_TEXT, .min = 1, .max = 100, .flags = FIELD_REQUIRED | FIELD_FILTER | FIELD_SORT, .class = PERSONAL,
                .about = "Given name, in any script.", .example = "\"Jane\""},
        [PERSON_LAST_NAME] = {"last_name", TYPE_TEXT, .min = 1, .max = 100, .flags = FIELD_REQUIRED | FIELD_FILTER | FIELD_SORT, .class = PERSONAL,
                .about = "Family name, in any script.", .example = "\"Smith\""},
        [PERSON_EMAIL] = {"email", TYPE_EMAIL, .flags = FIELD_REQUIRED | FIELD_FILTER | FIELD_SORT | FIELD_SEARCH, .class = PERSONAL,
                .about = "E-mail address, unique among the tenant's persons.", .example = "\"jane@example.com\""},
        [PERSON_PHONE] = {"phone", TYPE_TEXT, .max = 40, .flags = FIELD_FILTER, .otherwise = "\"\"", .class = PERSONAL,
                .about = "Telephone number, as written.", .example = "\"+9876543210\""},
        [PERSON_STATUS] = {"status", TYPE_ENUM, .choices = ONE_OF("active", "inactive", "flagged"), .flags = FIELD_FILTER | FIELD_SORT, .otherwise = "\"active\"", .class = PLAIN,
                .about = "Case-work status.", .example = "\"active\""},
        [PERSON_RISK_LEVEL] = {"risk_level", TYPE_ENUM, .choices = ONE_OF("low", "moderate", "high", "critical"), .flags = FIELD_REQUIRED | FIELD_FILTER | FIELD_SORT, .class = SENSITIVE,
                .about = "Risk level as assessed by a person; the computed one is at …/risk.", .example = "\"moderate\""},
        [PERSON_RISK_SCORE] = {"risk_score", TYPE_INTEGER, .min = 0, .max = 100, .flags = FIELD_RANGE | FIELD_FILTER | FIELD_SORT, .otherwise = "0", .class = SENSITIVE,
                .about = "Risk score as assessed by a person, 0 to 100.", .example = "50"},
        [PERSON_RISK_NOTES] = {"risk_notes", TYPE_TEXT, .max = 10000, .otherwise = "\"\"", .class = SENSITIVE,
                .about = "Notes on the assessment.", .example = "\"Initial assessment\""},
        [PERSON_NOTES] = {"notes", TYPE_TEXT, .max = 10000, .otherwise = "\"\"", .class = SENSITIVE,
                .about = "Further notes.", .example = "\"New person entry\""},
        [PERSON_TAGS] = {"tags", TYPE_TAGS, .max = 1000, .otherwise = "\"\"", .class = PLAIN,
                .about = "Labels, comma separated; an array of texts is accepted too.", .example = "\"monitored,active\""},
        [PERSON_INTERACTION_COUNT] = {"interaction_count", TYPE_INTEGER, .min = 0, .flags = FIELD_READ_ONLY | FIELD_RANGE | FIELD_SORT, .otherwise = "0", .class = PLAIN,
                .about = "Number of recorded interactions.", .example = "0"},
        [PERSON_CREATED_AT] = {"created_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_RANGE | FIELD_SORT, .class = PLAIN,
                .about = "When the person was added.", .example = "\"2024-01-18T10:35:00Z\""},
        [PERSON_UPDATED_AT] = {"updated_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_RANGE | FIELD_SORT, .class = PLAIN,
                .about = "When the person was last changed.", .example = "\"2024-01-18T10:35:00Z\""},
};

static const struct shape person_shape = {"Person", person_fields, PERSON__N, "A person at risk."};

static const struct resource_filter person_filters[] = {
        {.field = {"tag", TYPE_TEXT, .min = 1, .max = 100, .class = PLAIN, .about = "Persons with this tag.", .example = "\"monitored\""},
         .sql = "EXISTS (SELECT 1 FROM person_tags WHERE person_tags.tenant_id = persons.tenant_id"
                " AND person_tags.person_id = persons.id AND person_tags.tag = ?)"},
};

static const struct resource_sort person_sorts[] = {
        {"risk", PERSON_RISK_SCORE, true},
        {"recent", PERSON_UPDATED_AT, true},
        {"interactions", PERSON_INTERACTION_COUNT, true},
};

static const struct resource_unique person_uniques[] = {
        {"persons_email", PERSON_EMAIL, PROBLEM_EMAIL_ALREADY_EXISTS, 0, "A person with this e-mail address already exists"},
};
/* clang-format on */

static const struct sql sql_delete_tags =
        SQL("DELETE FROM person_tags WHERE tenant_id = :tenant AND person_id = ?");

static const struct sql sql_insert_tags =
        SQL("INSERT IGNORE INTO person_tags (tenant_id, tag, person_id)"
            " SELECT :tenant, tag, ? FROM JSON_TABLE(?, '$[*]' COLUMNS (tag VARCHAR(100) PATH '$'))"
            " AS tags");

/* "a,b" as a JSON array, for the one INSERT. */
static struct str tags_as_json(struct arena *arena, struct str tags)
{
        struct buf text;
        struct emit e;
        struct str tag, copy = {NULL, 0};

        buf_init(&text, 16384);
        emit_start(&e, &text);
        emit_array(&e);
        while (str_cut(&tags, ',', &tag))
                emit_str(&e, tag);
        emit_array_end(&e);
        if (emit_finish(&e))
                copy = arena_copy(arena, buf_view(&text));
        buf_free(&text);
        return copy;
}

static enum status forget(struct request *r, struct resource_change *change)
{
        return change->op == CHANGE_DELETE ? person_forget(r, &change->id) : STATUS_OK;
}

static enum status keep_tag_set(struct request *r, struct resource_change *change)
{
        struct str tags, json;
        enum status status;

        if (change->op == CHANGE_DELETE || !change->after->given[PERSON_TAGS])
                return STATUS_OK;
        tags = record_str(change->after, PERSON_TAGS);
        if (change->op == CHANGE_UPDATE) {
                status = db_run(r->db, &sql_delete_tags, DB_PARAMS(db_uuid(&change->id)), NULL);
                if (status != STATUS_OK)
                        return status;
        }
        if (tags.len == 0)
                return STATUS_OK;
        json = tags_as_json(r->arena, tags);
        if (!json.ptr)
                return STATUS_NOMEM;
        return db_run(r->db, &sql_insert_tags, DB_PARAMS(db_uuid(&change->id), db_text(json)),
                      NULL);
}

/* clang-format off */
const struct resource person = {
        .name = "person", .plural = "persons", .label = "Person", .table = "persons",
        .dialect = &dialect_p, .shape = &person_shape, .not_found = PROBLEM_PERSON_NOT_FOUND,
        .uniques = person_uniques, .unique_count = sizeof(person_uniques) / sizeof(person_uniques[0]),
        .filters = person_filters, .filter_count = sizeof(person_filters) / sizeof(person_filters[0]),
        .sorts = person_sorts, .sort_count = sizeof(person_sorts) / sizeof(person_sorts[0]),
        .default_sort = "-created_at",
        .tally = {PERSON_STATUS, PERSON_RISK_LEVEL}, .tally_count = 2,
        .before = forget, .after = keep_tag_set,
        .channel = "persons", .created = "person_updated", .updated = "person_updated", .deleted = "person_deleted",
};
/* clang-format on */
