/**
 * users.c: how a user is shown in families B and I, and the plainest of answers.
 */
#include "auth_module.h"

static void emit_roles(struct emit *e, role_set roles)
{
        emit_key(e, "roles");
        emit_array(e);
        for (unsigned role = 0; role < ROLE__N; role++)
                if (roles & (1u << role))
                        emit_text(e, role_text((enum role)role));
        emit_array_end(e);
}

void emit_user_b(struct emit *e, const struct account *account)
{
        emit_object(e);
        emit_member_uuid(e, "user_id", &account->user.uuid);
        emit_member_str(e, "email", account->email);
        emit_member_str(e, "name", account->name);
        emit_roles(e, account->roles);
        emit_member_uuid(e, "tenant_id", &account->tenant.uuid);
        emit_object_end(e);
}

void emit_user_i(struct emit *e, const struct account *account)
{
        emit_object(e);
        emit_member_uuid(e, "id", &account->user.uuid);
        emit_member_str(e, "username", account->username.ptr ? account->username : account->email);
        emit_member_str(e, "email", account->email);
        emit_member_str(e, "name", account->name);
        emit_roles(e, account->roles);
        emit_member_uuid(e, "tenant_id", &account->tenant.uuid);
        emit_member_text(e, "status", account->active ? "active" : "disabled");
        emit_key(e, "sites");
        emit_raw(e, account->sites.ptr ? account->sites : STR("[]"));
        emit_object_end(e);
}

enum status answer_success(struct request *r)
{
        struct emit *e = respond_json(r, 200);

        emit_object(e);
        emit_member_bool(e, "success", true);
        emit_object_end(e);
        return STATUS_OK;
}
