/**
 * site.h: the sites of a tenant: where a caller may work, and which one they chose.
 *
 * A user is a member of sites, at each with a role; a tenant's admin is admin of all of them. A
 * request may choose one site: by the header X-Site-ID, else by the query parameter site_id, else
 * by what the session chose before (POST /api/v1/auth/site); "X-Site-ID: *" asks for all again.
 * Records of site-scoped resources are narrowed by lib/resource with what this room says; a site
 * that the caller does not belong to is refused with 403, a record of such a site is 404, as if
 * there were none.
 */
#ifndef ALMONER_SITE_SITE_H
#define ALMONER_SITE_SITE_H

#include "http/http.h"

/** What a member may do there; each includes those before it. */
enum site_role { SITE_NOBODY, SITE_VIEWER, SITE_EDITOR, SITE_ADMIN };

struct site_membership {
        struct uuid site;
        enum site_role role;
};

struct site_scope {
        bool everywhere; /* admin at all sites of the tenant; memberships don't matter */
        struct site_membership *members;
        size_t count;
        bool chosen;         /* ${context} holds, and the caller may work there */
        struct uuid context; /* the site that was chosen */
};

/**
 * site_scope(r, out): the caller's, read once a request (one statement). 403 is answered when the
 * request names a site that the caller does not belong to, 400 when it is no id; a session's choice
 * that has become void since is no choice.
 */
enum status site_scope(struct request *r, const struct site_scope **out);

/** site_admits(r, scope, site, admitted): whether the caller may work at ${site}; an admin may
 * wherever there is one. */
enum status site_admits(struct request *r, const struct site_scope *scope, const struct uuid *site,
                        bool *admitted);

/** site_everywhere(r): whether the caller is admin of all sites. */
bool site_everywhere(const struct request *r);

/** site_role_at(scope, site): SITE_NOBODY when there is none. */
enum site_role site_role_at(const struct site_scope *scope, const struct uuid *site);

/** site_refuse(r): 403 for a site that the caller does not belong to. */
enum status site_refuse(struct request *r);

/** site_refuse_change(r): 403 for who may read there, but not change. */
enum status site_refuse_change(struct request *r);

/** site_role_text(role): "viewer", "editor", "admin"; site_role_parse(text): SITE_NOBODY for other
 * words. */
const char *site_role_text(enum site_role role);
enum site_role site_role_parse(struct str text);

#endif
