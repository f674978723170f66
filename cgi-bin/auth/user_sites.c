/**
 * user_sites.c: memberships from the user's side: POST /api/v1/users/{id}/sites, PUT
 * /api/v1/users/{id}/sites/{sid}/role, DELETE /api/v1/users/{id}/sites/{sid}. What
 * /api/v1/sites/{id}/users does, with the ids the other way round.
 */
#include "sites.h"

static void swap_arguments(struct request *r)
{
        const struct str user = r->arguments[0];

        r->arguments[0] = r->arguments[1];
        r->arguments[1] = user;
}

enum status user_site_role(struct request *r)
{
        swap_arguments(r);
        return member_change(r);
}

enum status user_site_remove(struct request *r)
{
        swap_arguments(r);
        return member_remove(r);
}

enum status user_site_add(struct request *r)
{
        const struct uuid site = r->input->values[USER_SITE_ID].uuid;
        const struct db_value role = r->input->values[USER_SITE_ROLE];
        struct record *as_member = record_new(r->arena, &member_in);
        struct account account;
        char text[UUID_TEXT_SIZE];
        enum status status = user_lookup(r, r->arguments[0], &account);

        if (status != STATUS_OK)
                return status;
        if (!as_member)
                return STATUS_NOMEM;
        as_member->values[MEMBER_USER_ID] = db_uuid(&account.user.uuid);
        as_member->values[MEMBER_ROLE] = role;
        r->input = as_member;
        r->arguments[0] = arena_copy(r->arena, uuid_format(&site, text));
        return r->arguments[0].ptr ? member_add(r) : STATUS_NOMEM;
}

/* clang-format off */
static const struct field user_site_fields[] = {
        [USER_SITE_ID] = {"site_id", TYPE_ID, .flags = FIELD_REQUIRED, .class = PLAIN, .about = "Site that the user shall belong to.", .example = "\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\""},
        [USER_SITE_ROLE] = {"role", TYPE_ENUM, .choices = ONE_OF("viewer", "editor", "admin"), .otherwise = "\"viewer\"", .class = PLAIN, .about = "What the user may do there.", .example = "\"editor\""},
};
const struct shape user_site_in = SHAPE("UserSite", user_site_fields, "A site for a user.");
/* clang-format on */
