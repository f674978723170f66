/**
 * practitioner.c: a resident or faculty member as a table.
 */
#include "people.h"

#include "json/read.h"

enum { SPECIALTIES_MAX = 20 };

/* clang-format off */
#define EXAMPLE_UUID "\"550e8400-e29b-41d4-a716-446655440000\""
static const struct field fields[PRACTITIONER__N] = {
        [PRACTITIONER_ID] = {"id", TYPE_ID, .flags = FIELD_READ_ONLY, .class = PLAIN,
                .about = "Identifier.", .example = EXAMPLE_UUID},
        [PRACTITIONER_NAME] = {"name", TYPE_TEXT, .min = 1, .max = 100, .flags = FIELD_REQUIRED | FIELD_SORT | FIELD_SEARCH, .class = PERSONAL,
                .about = "Name, or a code that stands for it.", .example = "\"PGY1-04\""},
        [PRACTITIONER_TYPE] = {"type", TYPE_ENUM, .choices = ONE_OF("resident", "faculty"), .flags = FIELD_REQUIRED | FIELD_WRITE_ONCE | FIELD_FILTER, .class = PLAIN,
                .about = "What the person is.", .example = "\"resident\""},
        [PRACTITIONER_PGY_LEVEL] = {"pgy_level", TYPE_INTEGER, .min = 1, .max = 3, .range_fault = "INVALID_PGY_LEVEL", .flags = FIELD_NULLABLE | FIELD_FILTER, .class = PLAIN,
                .about = "Year of training; residents have one, faculty none.", .example = "1"},
        [PRACTITIONER_EMAIL] = {"email", TYPE_EMAIL, .flags = FIELD_NULLABLE | FIELD_FILTER | FIELD_SEARCH, .class = PERSONAL,
                .about = "Address, unique in the tenant.", .example = "\"pgy1-04@example.com\""},
        [PRACTITIONER_PHONE] = {"phone", TYPE_TEXT, .max = 40, .flags = FIELD_NULLABLE, .class = PERSONAL,
                .about = "Phone number.", .example = "\"+1-808-555-5678\""},
        [PRACTITIONER_SPECIALTY] = {"specialty", TYPE_TEXT, .min = 1, .max = 100, .flags = FIELD_NULLABLE, .class = PLAIN,
                .about = "Of faculty.", .example = "null"},
        [PRACTITIONER_IS_ACTIVE] = {"is_active", TYPE_BOOLEAN, .otherwise = "true", .flags = FIELD_FILTER, .class = PLAIN,
                .about = "False: left, kept on record.", .example = "true"},
        [PRACTITIONER_SPECIALTIES] = {"specialties", TYPE_LIST, .max = SPECIALTIES_MAX, .item_max = 100, .otherwise = "[]", .class = PLAIN,
                .about = "All specialties of faculty, the specialty first.", .example = "[]"},
        [PRACTITIONER_PRIMARY_DUTY] = {"primary_duty", TYPE_TEXT, .max = 100, .flags = FIELD_NULLABLE, .class = PLAIN,
                .about = "Main duty.", .example = "null"},
        [PRACTITIONER_FACULTY_ROLE] = {"faculty_role", TYPE_ENUM, .choices = ONE_OF("pd", "apd", "oic", "dept_chief", "sports_med", "core", "adjunct"), .flags = FIELD_NULLABLE, .class = PLAIN,
                .about = "Role of faculty.", .example = "null"},
        [PRACTITIONER_PERFORMS_PROCEDURES] = {"performs_procedures", TYPE_BOOLEAN, .otherwise = "false", .class = PLAIN,
                .about = "Whether the person performs procedures.", .example = "false"},
        [PRACTITIONER_MIN_HALFDAYS] = {"min_clinic_halfdays_per_week", TYPE_INTEGER, .min = 0, .max = 14, .flags = FIELD_NULLABLE, .class = PLAIN,
                .about = "Least clinic half days a week.", .example = "0"},
        [PRACTITIONER_MAX_HALFDAYS] = {"max_clinic_halfdays_per_week", TYPE_INTEGER, .min = 0, .max = 14, .flags = FIELD_NULLABLE, .class = PLAIN,
                .about = "Most clinic half days a week.", .example = "4"},
        [PRACTITIONER_CREATED_AT] = {"created_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_SORT, .class = PLAIN,
                .about = "When the record was made.", .example = "\"2024-07-01T10:00:00Z\""},
        [PRACTITIONER_UPDATED_AT] = {"updated_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_SORT, .class = PLAIN,
                .about = "When it was last changed.", .example = "\"2024-07-01T10:00:00Z\""},
};
static const struct shape shape = {"Practitioner", fields, PRACTITIONER__N, "A resident or faculty member."};

static const struct resource_unique uniques[] = {
        {"people_email", PRACTITIONER_EMAIL, PROBLEM_EMAIL_ALREADY_EXISTS, 422, "Email is already in use"},
};
static const struct resource_filter filters[] = {
        {.field = {"specialty", TYPE_TEXT, .min = 1, .max = 100, .class = PLAIN, .about = "Faculty with this specialty, the first or another.", .example = "\"Sports Medicine\""},
         .sql = "(specialty = ? OR JSON_CONTAINS(specialties, JSON_QUOTE(?)))", .uses = 2},
};
/* clang-format on */

static const struct sql sql_select_upcoming =
        SQL("SELECT 1 FROM assignments AS a JOIN blocks AS b ON b.tenant_id = :tenant"
            " AND b.id = a.block_id AND b.date >= UTC_DATE()"
            " WHERE a.tenant_id = :tenant AND a.person_id = ? LIMIT 1");

static bool is_null(const struct record *record, enum practitioner_field field)
{
        return record->values[field].type == DB_NULL;
}

static bool has_specialties(const struct record *record)
{
        return !str_is(record_str(record, PRACTITIONER_SPECIALTIES), "[]") &&
               !is_null(record, PRACTITIONER_SPECIALTIES);
}

/* What could not be read is no missing level. */
static bool is_faulty(struct request *r, const char *pointer)
{
        const struct str whole =
                arena_printf(r->arena, "%.*s%s", STR_ARG(r->faults.prefix), pointer);

        for (const struct fault *fault = r->faults.first; fault; fault = fault->next)
                if (str_eq(fault->pointer, whole))
                        return true;
        return false;
}

static void check_resident(struct request *r, const struct record *after)
{
        if (is_null(after, PRACTITIONER_PGY_LEVEL) && !is_faulty(r, "/pgy_level"))
                fault_add(&r->faults, STR("/pgy_level"), "PGY_LEVEL_REQUIRED",
                          "Residents must have pgy_level");
        if (!is_null(after, PRACTITIONER_SPECIALTY))
                fault_add(&r->faults, STR("/specialty"), "forbidden",
                          "specialty is of faculty only");
        if (has_specialties(after))
                fault_add(&r->faults, STR("/specialties"), "forbidden",
                          "specialties are of faculty only");
        if (!is_null(after, PRACTITIONER_FACULTY_ROLE))
                fault_add(&r->faults, STR("/faculty_role"), "forbidden",
                          "faculty_role is of faculty only");
}

static enum status check(struct request *r, struct resource_change *change)
{
        const struct record *after = change->after;
        const struct db_value *least = &after->values[PRACTITIONER_MIN_HALFDAYS];
        const struct db_value *most = &after->values[PRACTITIONER_MAX_HALFDAYS];
        const struct str type = record_str(after, PRACTITIONER_TYPE);

        if (str_is(type, "resident"))
                check_resident(r, after);
        if (str_is(type, "faculty") && !is_null(after, PRACTITIONER_PGY_LEVEL))
                fault_add(&r->faults, STR("/pgy_level"), "PGY_LEVEL_FORBIDDEN",
                          "Faculty cannot have pgy_level");
        if (least->type == DB_INT && most->type == DB_INT && least->integer > most->integer)
                fault_add(&r->faults, STR("/max_clinic_halfdays_per_week"), "out_of_range",
                          "max_clinic_halfdays_per_week must not be below the least");
        return STATUS_OK;
}

static enum status refuse_while_assigned(struct request *r, const struct uuid *id)
{
        struct db_rows rows;
        enum status status = db_row(r->db, &sql_select_upcoming, DB_PARAMS(db_uuid(id)), &rows);

        if (status == STATUS_NOT_FOUND)
                return STATUS_OK;
        if (status == STATUS_OK)
                status = db_end(&rows);
        if (status != STATUS_OK)
                return status;
        return problem(r, PROBLEM_DELETE_CONFLICT,
                       "Cannot delete person with active assignments. Delete assignments first or "
                       "set is_active=false.");
}

static struct str list_text(struct request *r, struct str lead, const json_t *list, struct str gone)
{
        struct str copy = {NULL, 0};
        struct buf text;
        struct emit e;
        size_t count = lead.len ? 1 : 0;

        buf_init(&text, 1 << 16);
        emit_start(&e, &text);
        emit_array(&e);
        if (lead.len)
                emit_str(&e, lead);
        for (size_t i = 0; i < json_array_size(list) && count < SPECIALTIES_MAX; i++) {
                const struct str one = json_text(json_array_get(list, i));

                if (str_eq(one, lead) || str_eq(one, gone))
                        continue;
                emit_str(&e, one);
                count++;
        }
        emit_array_end(&e);
        if (emit_finish(&e))
                copy = arena_copy(r->arena, buf_view(&text));
        buf_free(&text);
        return copy;
}

/* A new specialty leads the list instead of the one before; of a new list the first is the
 * specialty. */
static enum status align_specialties(struct request *r, struct resource_change *change)
{
        struct record *after = change->after;
        struct db_value *lead = &after->values[PRACTITIONER_SPECIALTY];
        struct db_value *all = &after->values[PRACTITIONER_SPECIALTIES];
        const bool led = after->given[PRACTITIONER_SPECIALTY] && lead->type == DB_TEXT;
        const bool listed = after->given[PRACTITIONER_SPECIALTIES];
        struct str gone = {NULL, 0}, text;
        struct json_fault fault;
        json_t *list;
        enum status status = json_read(r->arena, all->text, &list, &fault);

        if (status != STATUS_OK || (!after->given[PRACTITIONER_SPECIALTY] && !listed))
                return status;
        if (!led && listed)
                *lead = json_array_size(list) ? db_text(json_text(json_array_get(list, 0)))
                                              : db_null();
        if (!listed && change->before)
                gone = record_str(change->before, PRACTITIONER_SPECIALTY);
        text = list_text(r, record_str(after, PRACTITIONER_SPECIALTY),
                         lead->type == DB_NULL ? NULL : list, gone);
        if (!text.ptr)
                return STATUS_NOMEM;
        *all = db_text(text);
        after->given[PRACTITIONER_SPECIALTY] = after->given[PRACTITIONER_SPECIALTIES] = true;
        return STATUS_OK;
}

static enum status before(struct request *r, struct resource_change *change)
{
        enum status status;

        if (change->op != CHANGE_DELETE)
                return align_specialties(r, change);
        status = refuse_while_assigned(r, &change->id);
        if (status == STATUS_OK)
                status = resource_cascade(r, &credential, CREDENTIAL_FACULTY_ID, &change->id);
        return status == STATUS_OK
                       ? resource_cascade(r, &assignment, ASSIGNMENT_PERSON_ID, &change->id)
                       : status;
}

/* clang-format off */
const struct resource practitioner = {
        .name = "practitioner", .plural = "people", .label = "Person", .noun = "Practitioner", .table = "people",
        .dialect = &dialect_r, .shape = &shape, .not_found = PROBLEM_PERSON_NOT_FOUND,
        .uniques = uniques, .unique_count = sizeof(uniques) / sizeof(uniques[0]),
        .filters = filters, .filter_count = sizeof(filters) / sizeof(filters[0]),
        .default_sort = "created_at", .marks_phi = true,
        .tally = {PRACTITIONER_TYPE}, .tally_count = 1,
        .check = check, .before = before,
        .channel = "people", .created = "practitioner_created", .updated = "practitioner_updated", .deleted = "practitioner_deleted",
};
/* clang-format on */
