/**
 * register.c: POST /api/auth/register: a new tenant with its first user, an admin.
 */
#include "auth_module.h"

#include "base/config.h"

struct registration {
        struct request *r;
        struct account account;
        struct str tenant_name;
        struct session session;
};

static enum status add_all(struct db *db, void *context)
{
        struct registration *reg = context;
        const time_ms now = time_now_second();
        enum status status;

        db_scope(db, &reg->account.tenant);
        status = account_add_tenant(db, &reg->account.tenant, reg->tenant_name, now);
        if (status == STATUS_OK)
                status = account_add(db, &reg->account, now);
        if (status == STATUS_OK)
                status = session_start(reg->r, &reg->account, SESSION_LONG, &reg->session);
        return status;
}

static enum status fill(struct registration *reg)
{
        struct request *r = reg->r;
        char *hash = arena_new(r->arena, char, PASSWORD_HASH_SIZE);
        enum status status =
                hash ? password_hash(record_str(r->input, REGISTER_PASSWORD), hash) : STATUS_NOMEM;

        if (status != STATUS_OK)
                return status;
        reg->account = (struct account){
                .email = record_str(r->input, REGISTER_EMAIL),
                .name = record_str(r->input, REGISTER_NAME),
                .roles = ADMIN,
                .active = true,
                .password_hash = str_of(hash),
        };
        reg->tenant_name = record_str(r->input, REGISTER_TENANT_NAME);
        if (!reg->tenant_name.ptr)
                reg->tenant_name =
                        arena_printf(r->arena, "%.*s's Practice", STR_ARG(reg->account.name));
        if (!uuid_v7(&reg->account.tenant.uuid) || !uuid_v7(&reg->account.user.uuid))
                return STATUS_UNAVAILABLE;
        return reg->tenant_name.ptr ? STATUS_OK : STATUS_NOMEM;
}

static void answer(struct request *r, const struct registration *reg)
{
        struct emit *e = respond_json(r, 200);

        emit_object(e);
        emit_key(e, "user");
        emit_user_b(e, &reg->account);
        emit_key(e, "tenant");
        emit_object(e);
        emit_member_uuid(e, "tenant_id", &reg->account.tenant.uuid);
        emit_member_str(e, "name", reg->tenant_name);
        emit_object_end(e);
        emit_member_str(e, "token", reg->session.token);
        emit_object_end(e);
}

enum status auth_register(struct request *r)
{
        struct registration reg = {.r = r};
        const struct db_work work = {.body = add_all, .context = &reg};
        enum status status;

        if (!config_is(CONFIG_REGISTRATION, "open"))
                return problem(r, PROBLEM_REGISTRATION_CLOSED, "Registration is closed here");
        status = fill(&reg);
        if (status == STATUS_OK)
                status = db_transaction(r->db, &work);
        if (status == STATUS_CONFLICT)
                return problem(r, PROBLEM_EMAIL_ALREADY_REGISTERED, "Email already registered");
        if (status == STATUS_OK)
                answer(r, &reg);
        return status;
}
