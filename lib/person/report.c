/**
 * report.c: a report about a person, as a table.
 */
#include "person/person.h"

/* clang-format off */
static const struct field fields[REPORT__N] = {
        [REPORT_ID] = {"id", TYPE_ID, .prefix = "report", .flags = FIELD_READ_ONLY, .class = PLAIN,
                .about = "Identifier, a TypeID.", .example = "\"report_01h455vb4pex5vsknk084sn02q\""},
        [REPORT_KIND] = {"kind", TYPE_ENUM, .choices = ONE_OF("intervention"), .flags = FIELD_READ_ONLY | FIELD_HOOK | FIELD_FILTER, .class = PLAIN,
                .about = "What it reports.", .example = "\"intervention\""},
        [REPORT_PERSON_ID] = {"person_id", TYPE_ID, .prefix = "person", .flags = FIELD_READ_ONLY | FIELD_HOOK | FIELD_FILTER, .class = PERSONAL,
                .about = "The person it is about.", .example = "\"person_01h455vb4pex5vsknk084sn02q\""},
        [REPORT_FILE_URL] = {"file_url", TYPE_TEXT, .max = 200, .flags = FIELD_READ_ONLY | FIELD_HOOK, .class = PERSONAL,
                .about = "Where its file is.", .example = "\"/files/reports/intervention_person_01h455vb4pex5vsknk084sn02q_01h455vb4pex5vsknk084sn02q.pdf\""},
        [REPORT_FILE_SIZE] = {"file_size", TYPE_INTEGER, .flags = FIELD_READ_ONLY | FIELD_HOOK, .class = PLAIN,
                .about = "Bytes of the file.", .example = "48213"},
        [REPORT_CREATED_BY] = {"created_by", TYPE_ID, .flags = FIELD_READ_ONLY | FIELD_HOOK, .class = PLAIN,
                .about = "The user who had it made.", .example = "\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\""},
        [REPORT_CREATED_AT] = {"created_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_SORT | FIELD_RANGE, .class = PLAIN,
                .about = "When it was made.", .example = "\"2024-01-18T10:35:00Z\""},
        [REPORT_UPDATED_AT] = {"updated_at", TYPE_TIME, .flags = FIELD_READ_ONLY, .class = PLAIN,
                .about = "The same: a report never changes.", .example = "\"2024-01-18T10:35:00Z\""},
};
static const struct shape shape = {"Report", fields, REPORT__N, "A report that was made."};

const struct resource report = {
        .name = "report", .plural = "reports", .label = "Report", .table = "reports",
        .dialect = &dialect_i, .shape = &shape, .not_found = PROBLEM_REPORT_NOT_FOUND,
        .default_sort = "-created_at", .tally = {REPORT_KIND}, .tally_count = 1,
        .channel = "reports", .created = "report_created", .deleted = "report_deleted",
};
/* clang-format on */
