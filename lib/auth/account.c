/**
 * account.c: the statements about tenants, users and their roles.
 */
#include "auth/account.h"

/* Roles as "admin,staff", sites as a JSON array of their ids. */
#define MEMBERSHIPS                                                                           \
        " (SELECT GROUP_CONCAT(role) FROM user_roles AS r"                                    \
        "  WHERE r.tenant_id = u.tenant_id AND r.user_id = u.id),"                            \
        " COALESCE((SELECT CONCAT('[', GROUP_CONCAT('\"', LOWER(INSERT(INSERT(INSERT(INSERT(" \
        "  HEX(m.site_id), 21, 0, '-'), 17, 0, '-'), 13, 0, '-'), 9, 0, '-')), '\"'"          \
        "  ORDER BY m.site_id), ']') FROM site_members AS m"                                  \
        "  WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id), '[]')"

/* Logging in names no tenant: addresses and user names are unique in the whole installation. */
static const struct sql sql_find_account = SQL_GLOBAL(
        "SELECT u.tenant_id, u.id, u.email, u.username, u.name, u.status = 'active', "
        "u.password_hash," MEMBERSHIPS
        " FROM users AS u WHERE u.email = ? OR u.username = ? ORDER BY u.email = ? DESC LIMIT 1");

static const struct sql sql_load_account = SQL(
        "SELECT u.tenant_id, u.id, u.email, u.username, u.name, u.status = 'active', "
        "u.password_hash," MEMBERSHIPS " FROM users AS u WHERE u.tenant_id = :tenant AND u.id = ?");

static const struct sql sql_insert_tenant =
        SQL_GLOBAL("INSERT INTO tenants (id, name, created_at) VALUES (?, ?, ?)");

static const struct sql sql_insert_user =
        SQL("INSERT INTO users (tenant_id, id, email, username, name, password_hash, status,"
            " created_at, updated_at) VALUES (:tenant, ?, ?, ?, ?, ?, 'active', ?, ?)");

static const struct sql sql_insert_role =
        SQL("INSERT INTO user_roles (tenant_id, user_id, role) VALUES (:tenant, ?, ?)");

static const struct sql sql_update_password =
        SQL("UPDATE users SET password_hash = ?, updated_at = ?, version = version + 1"
            " WHERE tenant_id = :tenant AND id = ?");

static const struct sql sql_revoke_sessions =
        SQL("UPDATE sessions SET revoked_at = ?"
            " WHERE tenant_id = :tenant AND user_id = ? AND revoked_at IS NULL");

static const struct sql sql_select_any_user = SQL_GLOBAL("SELECT 1 FROM users LIMIT 1");

static enum status read_account(struct db_rows *rows, struct arena *arena, struct account *out)
{
        *out = (struct account){
                .tenant = {db_get_uuid(rows, 0)},
                .user = {db_get_uuid(rows, 1)},
                .email = arena_copy(arena, db_get_str(rows, 2)),
                .username = arena_copy(arena, db_get_str(rows, 3)),
                .name = arena_copy(arena, db_get_str(rows, 4)),
                .active = db_get_int(rows, 5) != 0,
                .password_hash = arena_copy(arena, db_get_str(rows, 6)),
                .roles = roles_parse(db_get_str(rows, 7)),
                .sites = arena_copy(arena, db_get_str(rows, 8)),
        };
        return arena_failed(arena) ? STATUS_NOMEM : STATUS_OK;
}

static enum status one_account(struct db *db, const struct sql *sql, struct db_params params,
                               struct arena *arena, struct account *out)
{
        struct db_rows rows;
        enum status status = db_row(db, sql, params, &rows), ended;

        if (status != STATUS_OK)
                return status;
        status = read_account(&rows, arena, out);
        ended = db_end(&rows);
        return status != STATUS_OK ? status : ended;
}

enum status account_find(struct db *db, struct arena *arena, struct str login, struct account *out)
{
        return one_account(db, &sql_find_account,
                           DB_PARAMS(db_text(login), db_text(login), db_text(login)), arena, out);
}

enum status account_load(struct db *db, struct arena *arena, const struct user_id *user,
                         struct account *out)
{
        return one_account(db, &sql_load_account, DB_PARAMS(db_uuid(&user->uuid)), arena, out);
}

enum status account_add_tenant(struct db *db, const struct tenant_id *id, struct str name,
                               time_ms now)
{
        return db_run(db, &sql_insert_tenant,
                      DB_PARAMS(db_uuid(&id->uuid), db_text(name), db_time(now)), NULL);
}

enum status account_add(struct db *db, const struct account *account, time_ms now)
{
        const struct db_value user = db_uuid(&account->user.uuid);
        enum status status =
                db_run(db, &sql_insert_user,
                       DB_PARAMS(user, db_text(account->email), db_text(account->username),
                                 db_text(account->name), db_text(account->password_hash),
                                 db_time(now), db_time(now)),
                       NULL);

        return status == STATUS_OK ? account_add_roles(db, &account->user, account->roles) : status;
}

enum status account_add_roles(struct db *db, const struct user_id *user, role_set roles)
{
        enum status status = STATUS_OK;

        for (unsigned role = 0; role < ROLE__N && status == STATUS_OK; role++)
                if (roles & (1u << role))
                        status = db_run(db, &sql_insert_role,
                                        DB_PARAMS(db_uuid(&user->uuid),
                                                  db_text(str_of(role_text((enum role)role)))),
                                        NULL);
        return status;
}

enum status account_end_sessions(struct db *db, const struct user_id *user, time_ms now)
{
        return db_run(db, &sql_revoke_sessions, DB_PARAMS(db_time(now), db_uuid(&user->uuid)),
                      NULL);
}

enum status account_set_password(struct db *db, const struct user_id *user, const char *hash,
                                 bool end_sessions, time_ms now)
{
        uint64_t matched = 0;
        enum status status = db_run(
                db, &sql_update_password,
                DB_PARAMS(db_text(str_of(hash)), db_time(now), db_uuid(&user->uuid)), &matched);

        if (status == STATUS_OK && matched == 0)
                return STATUS_NOT_FOUND;
        if (status == STATUS_OK && end_sessions)
                status = account_end_sessions(db, user, now);
        return status;
}

enum status account_any(struct db *db)
{
        struct db_rows rows;
        enum status status = db_row(db, &sql_select_any_user, DB_NO_PARAMS, &rows);

        return status == STATUS_OK ? db_end(&rows) : status;
}
