/**
 * credential_verbs.c: POST /api/v1/credentials/{id}/suspend, activate and verify; what expires
 * soon.
 */
#include "people.h"

#include "base/time.h"

static enum status refuse_expired(struct request *r, struct resource_change *change)
{
        const struct db_value *left = &change->before->values[CREDENTIAL_DAYS_LEFT];

        if (left->type == DB_INT && left->integer < 0)
                return problem(r, PROBLEM_INVALID_TRANSITION,
                               "A credential that has expired needs a new expiration_date first");
        return STATUS_OK;
}

enum status credential_suspend(struct request *r)
{
        return resource_set(r, CREDENTIAL_STATUS, db_text(STR("suspended")), NULL);
}

enum status credential_activate(struct request *r)
{
        return resource_set(r, CREDENTIAL_STATUS, db_text(STR("active")), refuse_expired);
}

enum status credential_verify(struct request *r)
{
        return resource_set(r, CREDENTIAL_LAST_VERIFIED_DATE, db_date(date_of(request_now(r))),
                            NULL);
}

enum status credentials_expiring(struct request *r)
{
        const struct db_value days = r->filter->values[0];

        return resource_answer(
                r, &credential,
                &(struct resource_question){
                        .where = STR(" AND status = 'active' AND expiration_date BETWEEN"
                                     " UTC_DATE() AND UTC_DATE() + INTERVAL ? DAY"),
                        .params = &days,
                        .param_count = 1,
                        .sort = "expiration_date",
                });
}

/* clang-format off */
static const struct field expiring_fields[] = {
        {"days", TYPE_INTEGER, .min = 0, .max = 3650, .otherwise = "90", .class = PLAIN, .about = "How far to look ahead; 0: what expires today.", .example = "90"},
};
const struct shape expiring_query = SHAPE("ExpiringQuery", expiring_fields, "How far to look ahead.");
/* clang-format on */
