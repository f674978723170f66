/**
 * user_password.c: PUT /api/v1/users/{id}/password with the current one, and an admin's POST
 * /api/v1/users/{id}/password/reset, which mails a code. Both end sessions.
 */
#include "sites.h"

static enum status check_new(struct request *r)
{
        const struct str password = record_str(r->input, PASSWORD_NEW);
        const struct str confirm = record_str(r->input, PASSWORD_CONFIRM);

        if (password_classes(password) < 3)
                fault_add(&r->faults, STR("/new_password"), "too_weak",
                          "new_password must mix three of: lower case, upper case, digit, other");
        if (confirm.ptr && !str_eq(password, confirm))
                fault_add(&r->faults, STR("/confirm_password"), "mismatch",
                          "confirm_password must equal new_password");
        return r->faults.count ? problem_invalid(r) : STATUS_OK;
}

struct renewal {
        const struct user_id *user;
        char hash[PASSWORD_HASH_SIZE];
};

static enum status renew(struct db *db, void *context)
{
        const struct renewal *renewal = context;

        return account_set_password(db, renewal->user, renewal->hash, true, time_now_second());
}

/* Guessing the current password is throttled like a log-in; the failure is noted outside any
 * transaction, so that it stays. */
enum status user_password(struct request *r)
{
        struct account account;
        struct renewal renewal = {.user = &account.user};
        const struct db_work work = {.body = renew, .context = &renewal};
        struct user_id own;
        enum status status;

        if (!uuid_parse(r->arguments[0], &own.uuid) || !uuid_eq(&own.uuid, &r->principal.user.uuid))
                return problem(r, PROBLEM_FORBIDDEN, "You may set your own password only");
        status = user_lookup(r, r->arguments[0], &account);
        if (status == STATUS_OK)
                status = check_new(r);
        if (status == STATUS_OK)
                status = login_check(r, account.email, record_str(r->input, PASSWORD_CURRENT),
                                     "The current password is wrong", &account);
        db_scope(r->db, &r->principal.tenant);
        if (status == STATUS_OK)
                status = password_hash(record_str(r->input, PASSWORD_NEW), renewal.hash);
        if (status == STATUS_OK)
                status = db_transaction(r->db, &work);
        return status == STATUS_OK ? answer_success(r) : status;
}

enum status user_password_reset(struct request *r)
{
        struct account account;
        enum status status = user_lookup(r, r->arguments[0], &account);

        if (status == STATUS_OK)
                status = reset_ask(r, db_text(account.email));
        return status == STATUS_OK ? answer_success(r) : status;
}

/* clang-format off */
static const struct field password_fields[] = {
        [PASSWORD_CURRENT] = {"current_password", TYPE_SECRET, .min = 1, .max = PASSWORD_MAX, .flags = FIELD_REQUIRED | FIELD_WRITE_ONLY, .class = SENSITIVE, .about = "The password so far.", .example = "\"secure123\""},
        [PASSWORD_NEW] = {"new_password", TYPE_SECRET, .min = 10, .max = PASSWORD_MAX, .flags = FIELD_REQUIRED | FIELD_WRITE_ONLY, .class = SENSITIVE, .about = "At least 10 characters of three of: lower case, upper case, digit, other.", .example = "\"correct-Horse-7\""},
        [PASSWORD_CONFIRM] = {"confirm_password", TYPE_SECRET, .min = 1, .max = PASSWORD_MAX, .flags = FIELD_NULLABLE | FIELD_WRITE_ONLY, .class = SENSITIVE, .about = "The new one again.", .example = "\"correct-Horse-7\""},
};
const struct shape password_in = SHAPE("PasswordChange", password_fields, "Another password.");
/* clang-format on */
