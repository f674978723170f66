/**
 * user_list.c: GET /api/v1/users and /api/v1/users/{id}: the accounts of a tenant, never with their
 * hashes. Admins and managers see all, everybody sees themselves.
 */
#include "sites.h"

#define MATCHES                                                                                    \
        " AND (? = '' OR INSTR(u.name, ?) > 0 OR INSTR(u.email, ?) > 0 OR INSTR(u.username, ?) > " \
        "0)"

static const struct sql sql_select_users =
        SQL("SELECT u.id FROM users AS u WHERE u.tenant_id = :tenant" MATCHES
            " ORDER BY u.id DESC LIMIT ? OFFSET ?");

static const struct sql sql_count_users =
        SQL("SELECT COUNT(*) FROM users AS u WHERE u.tenant_id = :tenant" MATCHES);

enum status user_may_see(struct request *r, const struct user_id *user)
{
        if (uuid_eq(&user->uuid, &r->principal.user.uuid) || r->principal.roles & (ADMIN | MANAGER))
                return STATUS_OK;
        return problem(r, PROBLEM_FORBIDDEN, "You may see your own account only");
}

enum status user_lookup(struct request *r, struct str text, struct account *account)
{
        struct user_id user;
        enum status status = STATUS_NOT_FOUND;

        if (uuid_parse(text, &user.uuid))
                status = account_load(r->db, r->arena, &user, account);
        if (status == STATUS_NOT_FOUND)
                return problem(r, PROBLEM_USER_NOT_FOUND, "User with ID %.*s not found",
                               STR_ARG(text));
        return status;
}

enum status user_answer(struct request *r, unsigned http, const struct account *account)
{
        struct emit *e = respond_json(r, http);

        emit_object(e);
        emit_key(e, "user");
        emit_user_i(e, account);
        emit_object_end(e);
        return STATUS_OK;
}

enum status user_read(struct request *r)
{
        struct account account;
        enum status status = user_lookup(r, r->arguments[0], &account);

        if (status == STATUS_OK)
                status = user_may_see(r, &account.user);
        return status == STATUS_OK ? user_answer(r, 200, &account) : status;
}

static enum status count(struct request *r, struct db_value q, int64_t *total)
{
        struct db_rows rows;
        enum status status = db_row(r->db, &sql_count_users, DB_PARAMS(q, q, q, q), &rows);

        if (status != STATUS_OK)
                return status;
        *total = db_get_int(&rows, 0);
        return db_end(&rows);
}

/* The page's ids first: an account is loaded with its roles and sites by statements of its own. */
static enum status read_page(struct request *r, struct db_value q, const struct page *page,
                             struct user_id *users, int64_t *found)
{
        struct db_rows rows;
        enum status status =
                db_query(r->db, &sql_select_users,
                         DB_PARAMS(q, q, q, q, db_int(page->size), db_int(page->offset)), &rows);

        *found = 0;
        while (status == STATUS_OK && db_next(&rows))
                users[(*found)++].uuid = db_get_uuid(&rows, 0);
        return status == STATUS_OK ? db_end(&rows) : status;
}

static enum status emit_users(struct request *r, struct emit *e, const struct user_id *users,
                              int64_t count)
{
        struct account account;
        enum status status = STATUS_OK;

        for (int64_t i = 0; i < count && status == STATUS_OK; i++) {
                status = account_load(r->db, r->arena, &users[i], &account);
                if (status == STATUS_OK)
                        emit_user_i(e, &account);
                else if (status == STATUS_NOT_FOUND)
                        status = STATUS_OK; /* deleted meanwhile */
        }
        return status;
}

enum status user_list(struct request *r)
{
        const struct str asked = record_str(r->filter, 0);
        const struct db_value q = db_text(asked.ptr ? asked : STR(""));
        struct user_id *users;
        struct page page;
        struct emit *e;
        int64_t total, found;
        enum status status;

        if (!page_read(r, &page))
                return STATUS_INVALID;
        users = arena_new(r->arena, struct user_id, (size_t)page.size);
        status = users ? count(r, q, &total) : STATUS_NOMEM;
        if (status == STATUS_OK)
                status = read_page(r, q, &page, users, &found);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        r->dialect->list_open(e, "users");
        status = emit_users(r, e, users, found);
        r->dialect->list_close(e, "users", total, &page, (struct str){NULL, 0});
        page_links(r, &page, total, (struct str){NULL, 0});
        return status;
}

/* clang-format off */
static const struct field query_fields[] = {
        {"q", TYPE_TEXT, .max = 100, .flags = FIELD_NULLABLE, .class = PERSONAL, .about = "Part of the name, address or user name.", .example = "\"smith\""},
};
const struct shape user_query = SHAPE("UserQuery", query_fields, "Which users.");
/* clang-format on */
