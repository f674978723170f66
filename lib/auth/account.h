/**
 * account.h: tenants and users as auth.fcgi and almonerctl make and find them.
 */
#ifndef ALMONER_AUTH_ACCOUNT_H
#define ALMONER_AUTH_ACCOUNT_H

#include <stdbool.h>

#include "auth/auth.h"
#include "auth/password.h"
#include "base/arena.h"
#include "db/db.h"

struct account {
        struct tenant_id tenant;
        struct user_id user;
        struct str email, username, name; /* username may be absent */
        role_set roles;
        bool active;
        struct str password_hash;
        struct str sites; /* JSON array of the ids of the sites that the user belongs to */
};

/** account_find(db, arena, login, out): by e-mail address or user name, in any tenant;
 * STATUS_NOT_FOUND. Texts live in ${arena}. */
enum status account_find(struct db *db, struct arena *arena, struct str login, struct account *out);

/** account_load(db, arena, user, out): by id, in the tenant of db_scope. */
enum status account_load(struct db *db, struct arena *arena, const struct user_id *user,
                         struct account *out);

/** account_add_tenant(db, id, name, now): inside the caller's transaction. */
enum status account_add_tenant(struct db *db, const struct tenant_id *id, struct str name,
                               time_ms now);

/** account_add(db, account, now): the user and the roles, inside the caller's transaction and
 * db_scope. STATUS_CONFLICT when the address or user name is taken. */
enum status account_add(struct db *db, const struct account *account, time_ms now);

/** account_set_password(db, user, hash, now): and end all sessions of the user when
 * ${end_sessions}; inside a transaction. */
enum status account_set_password(struct db *db, const struct user_id *user, const char *hash,
                                 bool end_sessions, time_ms now);

/** account_add_roles(db, user, roles): inside a transaction. */
enum status account_add_roles(struct db *db, const struct user_id *user, role_set roles);

/** account_end_sessions(db, user, now): revoke all sessions of a user. */
enum status account_end_sessions(struct db *db, const struct user_id *user, time_ms now);

/** account_any(db): STATUS_OK when there is at least one user, STATUS_NOT_FOUND when none. */
enum status account_any(struct db *db);

#endif
