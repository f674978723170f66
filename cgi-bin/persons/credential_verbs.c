/**
 * credential_verbs.c: POST /api/v1/credentials/{id}/suspend, activate and verify; what expires
 * soon.
 */
#include "people.h"

#include "base/time.h"

static struct record *changed(struct request *r, const struct record *before,
                              enum credential_field field, struct db_value value)
{
        struct record *after = record_new(r->arena, before->shape);

        for (size_t i = 0; after && i < CREDENTIAL__N; i++)
                after->values[i] = before->values[i];
        if (after) {
                after->values[field] = value;
                after->given[field] = true;
        }
        return after;
}

/* Load, let ${decide} say whether it may, write one field, answer the record. */
static enum status change(struct request *r, enum credential_field field, struct db_value value,
                          enum status (*decide)(struct request *r, const struct record *before))
{
        struct record *before, *after;
        struct str document;
        struct uuid id;
        int64_t version;
        struct emit *e;
        enum status status =
                resource_load(r, &credential, r->arguments[0], true, &id, &before, &version);

        if (status == STATUS_OK)
                status = condition_check(r, version);
        if (status == STATUS_OK && decide)
                status = decide(r, before);
        if (status != STATUS_OK)
                return status;
        after = changed(r, before, field, value);
        if (!after)
                return STATUS_NOMEM;
        status = resource_modify(r, &credential, &id, version, before, after, &version, &document);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        response_etag(r, version);
        resource_mark_phi(r, &credential);
        emit_raw(e, document);
        return STATUS_OK;
}

static enum status refuse_expired(struct request *r, const struct record *before)
{
        const struct db_value *left = &before->values[CREDENTIAL_DAYS_LEFT];

        if (left->type == DB_INT && left->integer < 0)
                return problem(r, PROBLEM_INVALID_TRANSITION,
                               "A credential that has expired needs a new expiration_date first");
        return STATUS_OK;
}

enum status credential_suspend(struct request *r)
{
        return change(r, CREDENTIAL_STATUS, db_text(STR("suspended")), NULL);
}

enum status credential_activate(struct request *r)
{
        return change(r, CREDENTIAL_STATUS, db_text(STR("active")), refuse_expired);
}

enum status credential_verify(struct request *r)
{
        return change(r, CREDENTIAL_LAST_VERIFIED_DATE, db_date(date_of(request_now(r))), NULL);
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
