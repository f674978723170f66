/**
 * profile.c: who is calling GET /api/auth/me and GET /api/v1/auth/profile.
 */
#include "auth_module.h"

/* The caller's account; a token of an external issuer has none here, so it is shown from its
 * claims. */
static enum status caller(struct request *r, struct account *account)
{
        enum status status = account_load(r->db, r->arena, &r->principal.user, account);

        if (status == STATUS_NOT_FOUND) {
                *account = (struct account){
                        .tenant = r->principal.tenant,
                        .user = r->principal.user,
                        .email = str_of(r->principal.email),
                        .name = str_of(r->principal.email),
                        .active = true,
                };
                status = STATUS_OK;
        }
        account->roles = r->principal.roles;
        return status;
}

enum status auth_me(struct request *r)
{
        struct account account;
        enum status status = caller(r, &account);

        if (status == STATUS_OK)
                emit_user_b(respond_json(r, 200), &account);
        return status;
}

enum status auth_profile(struct request *r)
{
        struct account account;
        enum status status = caller(r, &account);
        struct emit *e;

        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        emit_object(e);
        emit_key(e, "user");
        emit_user_i(e, &account);
        emit_object_end(e);
        return STATUS_OK;
}
