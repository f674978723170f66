/**
 * reset.c: a forgotten password: ask for a mail, then set a new password with its token.
 *
 * The request writes one row, whoever asked: looking the account up and mailing happens in the
 * background, so neither body, status nor time tells whether an account exists.
 */
#include "auth_module.h"

#include "base/config.h"
#include "base/log.h"

enum { RESET_LIFETIME = 3600000 /* ms */, RESET_TRIES = 5, RESET_BATCH = 10 };

static const struct sql sql_insert_request = SQL_GLOBAL(
        "INSERT INTO password_reset_requests (id, email, requested_at, tries) VALUES (?, ?, ?, 0)");

static const struct sql sql_select_requests = SQL_GLOBAL(
        "SELECT id, email FROM password_reset_requests WHERE tries < ? ORDER BY id LIMIT ?");

static const struct sql sql_delete_request =
        SQL_GLOBAL("DELETE FROM password_reset_requests WHERE id = ?");

static const struct sql sql_count_try =
        SQL_GLOBAL("UPDATE password_reset_requests SET tries = tries + 1 WHERE id = ?");

static const struct sql sql_insert_reset =
        SQL("INSERT INTO password_resets (token_hash, tenant_id, user_id, expires_at)"
            " VALUES (?, :tenant, ?, ?)");

/* The token names no tenant; its 240 random bits do. */
static const struct sql sql_lock_reset =
        SQL_GLOBAL("SELECT tenant_id, user_id FROM password_resets"
                   " WHERE token_hash = ? AND used_at IS NULL AND expires_at > ? FOR UPDATE");

static const struct sql sql_use_reset =
        SQL("UPDATE password_resets SET used_at = ? WHERE tenant_id = :tenant AND token_hash = ?");

enum status reset_ask(struct request *r, struct db_value email)
{
        struct uuid id;

        if (!uuid_v7(&id))
                return STATUS_UNAVAILABLE;
        return db_run(r->db, &sql_insert_request,
                      DB_PARAMS(db_uuid(&id), email, db_time(time_now_second())), NULL);
}

enum status auth_reset_request(struct request *r)
{
        static const struct field address = {"email", TYPE_EMAIL, .class = PERSONAL};
        struct faults faults = {.arena = r->arena};
        const struct str email = record_str(r->input, RESET_EMAIL);
        struct db_value value;
        enum status status;

        if (!address.type->parse(&address, email, STR("/email"), &faults, &value))
                return problem(r, PROBLEM_INVALID_EMAIL, "email must be a valid e-mail address");
        status = reset_ask(r, value);
        return status == STATUS_OK ? answer_success(r) : status;
}

struct waiting {
        struct uuid id;
        char email[320];
};

static size_t read_waiting(struct db *db, struct waiting found[static RESET_BATCH])
{
        struct db_rows rows;
        size_t count = 0;

        if (db_query(db, &sql_select_requests, DB_PARAMS(db_int(RESET_TRIES), db_int(RESET_BATCH)),
                     &rows) != STATUS_OK)
                return 0;
        while (count < RESET_BATCH && db_next(&rows)) {
                struct str email = db_get_str(&rows, 1);

                found[count].id = db_get_uuid(&rows, 0);
                snprintf(found[count].email, sizeof(found[count].email), "%.*s", STR_ARG(email));
                count++;
        }
        return db_end(&rows) == STATUS_OK ? count : 0;
}

static enum status mail_token(struct db *db, const struct account *account)
{
        char secret[SECRET_TEXT_SIZE], text[512];
        struct digest hash;
        enum status status;

        if (!secret_make(secret, &hash))
                return STATUS_UNAVAILABLE;
        db_scope(db, &account->tenant);
        status = db_run(db, &sql_insert_reset,
                        DB_PARAMS(db_bytes(hash.bytes, sizeof(hash.bytes)),
                                  db_uuid(&account->user.uuid),
                                  db_time(time_now() + RESET_LIFETIME)),
                        NULL);
        if (status != STATUS_OK)
                return status;
        snprintf(text, sizeof(text),
                 "Somebody asked for a new password for your account at %s.\r\n\r\n"
                 "If it was you, set it within an hour with this code:\r\n\r\n    %s\r\n\r\n"
                 "If not, ignore this mail: nothing has changed.\r\n",
                 config_text(CONFIG_PUBLIC_URL), secret);
        return mail_send(account->email, "Set a new password", text);
}

static void deliver(struct db *db, struct arena *arena, const struct waiting *waiting)
{
        struct account account;
        enum status status = account_find(db, arena, str_of(waiting->email), &account);

        if (status == STATUS_OK && account.active)
                status = mail_token(db, &account);
        if (status == STATUS_OK || status == STATUS_NOT_FOUND) {
                (void)db_run(db, &sql_delete_request, DB_PARAMS(db_uuid(&waiting->id)), NULL);
                return;
        }
        LOG(WARN, "auth.reset_mail_failed", LOG_TEXT("reason", str_of(status_name(status))));
        (void)db_run(db, &sql_count_try, DB_PARAMS(db_uuid(&waiting->id)), NULL);
}

void reset_deliver(struct db *db)
{
        struct waiting waiting[RESET_BATCH];
        size_t count = read_waiting(db, waiting);
        struct arena *arena = count ? arena_create(1 << 20) : NULL;

        for (size_t i = 0; arena && i < count; i++) {
                deliver(db, arena, &waiting[i]);
                arena_reset(arena);
        }
        arena_destroy(arena);
        db_scope(db, NULL);
}

struct confirming {
        struct request *r;
        struct digest token;
        char hash[PASSWORD_HASH_SIZE];
        bool accepted;
};

static enum status confirm(struct db *db, void *context)
{
        struct confirming *c = context;
        const struct db_value token = db_bytes(c->token.bytes, sizeof(c->token.bytes));
        const time_ms now = time_now_second();
        struct tenant_id tenant;
        struct user_id user;
        struct db_rows rows;
        enum status status = db_row(db, &sql_lock_reset, DB_PARAMS(token, db_time(now)), &rows);

        c->accepted = false;
        if (status != STATUS_OK)
                return status == STATUS_NOT_FOUND ? STATUS_OK : status;
        tenant.uuid = db_get_uuid(&rows, 0);
        user.uuid = db_get_uuid(&rows, 1);
        status = db_end(&rows);
        db_scope(db, &tenant);
        if (status == STATUS_OK)
                status = db_run(db, &sql_use_reset, DB_PARAMS(db_time(now), token), NULL);
        if (status == STATUS_OK)
                status = account_set_password(db, &user, c->hash, true, now);
        c->accepted = status == STATUS_OK;
        return status;
}

enum status auth_reset_confirm(struct request *r)
{
        struct confirming c = {.r = r};
        const struct db_work work = {.body = confirm, .context = &c};
        const struct str password = record_str(r->input, CONFIRM_PASSWORD);
        enum status status;

        if (password_classes(password) < 3) {
                fault_add(&r->faults, STR("/password"), "too_weak",
                          "password must mix three of: lower case, upper case, digit, other");
                return problem_invalid(r);
        }
        if (!digest_sha256(record_str(r->input, CONFIRM_TOKEN), &c.token))
                return STATUS_NOMEM;
        status = password_hash(password, c.hash);
        if (status == STATUS_OK)
                status = db_transaction(r->db, &work);
        if (status != STATUS_OK)
                return status;
        if (!c.accepted)
                return problem(r, PROBLEM_INVALID_RESET_TOKEN,
                               "The reset token is unknown, used or expired");
        return answer_success(r);
}
