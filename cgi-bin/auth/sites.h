/**
 * sites.h: what the files about sites and the users of a tenant share.
 */
#ifndef ALMONER_AUTH_SITES_H
#define ALMONER_AUTH_SITES_H

#include "auth_module.h"
#include "resource/resource.h"
#include "site/site.h"

/* sites.c: sites as records; their counts; GET /api/v1/sites/search?term= */
enum {
        SITE_ROW_ID,
        SITE_ROW_NAME,
        SITE_ROW_DESCRIPTION,
        SITE_ROW_CREATED_AT,
        SITE_ROW_UPDATED_AT,
        SITE_ROW__N
};
extern const struct resource site_record;
extern const struct shape site_detail_out, site_term_query;
handler_fn site_detail, site_search;

/** site_lookup(r, text, site): the id of a site that the caller belongs to; 404 is answered for
 * others. */
enum status site_lookup(struct request *r, struct str text, struct uuid *site);

/** site_require_admin(r, site): STATUS_OK, or 403 answered to who is no admin there. */
enum status site_require_admin(struct request *r, const struct uuid *site);

/** site_roles: the words for a member's role. */
extern const char *const site_role_words[];

/* site_members.c: /api/v1/sites/{id}/users[/{uid}] */
handler_fn member_list, member_add, member_change, member_remove;
enum { MEMBER_USER_ID, MEMBER_ROLE };
extern const struct shape member_in, member_change_in, member_out, members_out;

/** member_put(r, site, user, role, now): make a user a member, or give another role; inside a
 * transaction. STATUS_CONFLICT when there is no such user or site. */
enum status member_put(struct request *r, const struct uuid *site, const struct uuid *user,
                       enum site_role role);

/* site_context.c: the site to work in, and the sites of a user */
handler_fn context_choose, context_choose_path, context_read, sites_of_caller, sites_of_user;
extern const struct shape context_out, chosen_out, my_sites_out;

/* user_sites.c: /api/v1/users/{id}/sites… : memberships from the user's side */
handler_fn user_site_add, user_site_role, user_site_remove;
enum { USER_SITE_ID, USER_SITE_ROLE };
extern const struct shape user_site_in;

/* user_list.c, user_change.c: /api/v1/users */
handler_fn user_list, user_read, user_create, user_update, user_remove;
enum {
        USER_USERNAME,
        USER_EMAIL,
        USER_PASSWORD,
        USER_CONFIRM_PASSWORD,
        USER_NAME,
        USER_ROLES,
        USER_SITE_IDS,
        USER_SITE_ROLES,
        USER_IN__N
};
enum {
        CHANGE_USERNAME,
        CHANGE_EMAIL,
        CHANGE_NAME,
        CHANGE_STATUS,
        CHANGE_ROLES,
        CHANGE_SITE_IDS,
        CHANGE_SITE_ROLES
};
extern const struct shape user_in, user_change_in, user_query;

/** user_lookup(r, text, account): the account of the path, in the caller's tenant; 404 is answered
 * for none. */
enum status user_lookup(struct request *r, struct str text, struct account *account);

/** user_may_see(r, user): the caller themselves, or who manages users; 403 is answered to others.
 */
enum status user_may_see(struct request *r, const struct user_id *user);

/** user_answer(r, status, account): {"user": {…}}. */
enum status user_answer(struct request *r, unsigned http, const struct account *account);

/* user_password.c */
handler_fn user_password, user_password_reset;
enum { PASSWORD_CURRENT, PASSWORD_NEW, PASSWORD_CONFIRM };
extern const struct shape password_in;

#endif
