/**
 * find.c: lists of a site's interactions that ask for one thing: GET /api/v1/search/date-range
 * (also /search/interactions/dates), /search/type/{type}, /search/lead/{lead}, /search/upcoming and
 * /search/recent.
 */
#include "interactions.h"

enum { DATES_START, DATES_END };
enum { LIMIT_DEFAULT = 10 };

static enum status ask(struct request *r, struct str where, struct db_params params)
{
        return resource_answer(r, &site_interaction,
                               &(struct resource_question){
                                       .where = where,
                                       .params = params.values,
                                       .param_count = params.count,
                               });
}

static bool read_bound(struct request *r, const char *name, bool until, time_ms *out)
{
        const struct str text = request_parameter(r, name);
        day_number day;

        if (date_parse(text, &day)) {
                *out = until ? date_start(day + 1) - 1 : date_start(day);
                return true;
        }
        if (time_parse(text, out))
                return true;
        fault_add(&r->faults, str_of(name), "format", "%s must be a date or a time (RFC 3339)",
                  name);
        return false;
}

/* What happens, if only in part, between two times; bare dates mean whole days. */
enum status find_by_dates(struct request *r)
{
        time_ms start = 0, end = 0;
        bool good = read_bound(r, "start_date", false, &start);

        good = read_bound(r, "end_date", true, &end) && good;
        if (good && end < start)
                fault_add(&r->faults, STR("end_date"), "out_of_range",
                          "end_date must not be before start_date");
        if (r->faults.count)
                return problem_invalid(r);
        return ask(r, STR(" AND start_datetime <= ? AND end_datetime >= ?"),
                   DB_PARAMS(db_time(end), db_time(start)));
}

enum status find_by_type(struct request *r)
{
        const struct field *field = &site_interaction.shape->fields[SITE_INTERACTION_TYPE];
        struct db_value type;

        if (!field->type->parse(field, r->arguments[0], STR("type"), &r->faults, &type))
                return problem_invalid(r);
        return ask(r, STR(" AND type = ?"), DB_PARAMS(type));
}

enum status find_by_lead(struct request *r)
{
        return ask(r, STR(" AND lead = ?"), DB_PARAMS(db_text(r->arguments[0])));
}

static int64_t limit_of(const struct request *r)
{
        return record_has(r->filter, 0) ? record_int(r->filter, 0) : LIMIT_DEFAULT;
}

enum status find_upcoming(struct request *r)
{
        const struct db_value now = db_time(request_now(r));

        return resource_answer(r, &site_interaction,
                               &(struct resource_question){
                                       .where = STR(" AND start_datetime >= ?"),
                                       .params = &now,
                                       .param_count = 1,
                                       .sort = "start_datetime",
                                       .limit = limit_of(r),
                               });
}

enum status find_recent(struct request *r)
{
        return resource_answer(r, &site_interaction,
                               &(struct resource_question){
                                       .where = STR(""),
                                       .sort = "-created_at",
                                       .limit = limit_of(r),
                               });
}

/* clang-format off */
static const struct field dates_fields[] = {
        [DATES_START] = {"start_date", TYPE_TEXT, .min = 1, .max = 40, .flags = FIELD_REQUIRED, .class = PLAIN, .about = "From this time on; a bare date is the whole day.", .example = "\"2024-01-18\""},
        [DATES_END] = {"end_date", TYPE_TEXT, .min = 1, .max = 40, .flags = FIELD_REQUIRED, .class = PLAIN, .about = "Up to and including this time; a bare date is the whole day.", .example = "\"2024-01-31\""},
        {"site_id", TYPE_ID, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Only of this site.", .example = "\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\""},
};
const struct shape dates_query = SHAPE("DateRange", dates_fields, "Between which times.");

static const struct field limit_fields[] = {
        {"limit", TYPE_INTEGER, .min = 1, .max = 50, .otherwise = "10", .class = PLAIN, .about = "How many at most.", .example = "10"},
        {"site_id", TYPE_ID, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Only of this site.", .example = "\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\""},
};
const struct shape limit_query = SHAPE("FirstFew", limit_fields, "How many.");
/* clang-format on */
