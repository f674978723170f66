/**
 * principal.c: who calls, and may they: token or cookie, role, tenant.
 *
 * A browser's cookie is sent by any page that makes it to; so an unsafe method with a cookie needs
 * proof that the page is ours (Origin, else Sec-Fetch-Site). A bearer token is never sent by itself
 * and needs none.
 */
#include "http/http_internal.h"

#include "base/config.h"

struct str cookie_token(struct str cookies)
{
        struct str pair, name, other = {NULL, 0};

        while (str_cut(&cookies, ';', &pair)) {
                struct str value = str_trim(pair);

                str_cut(&value, '=', &name);
                if (str_is(name, "__Host-almoner"))
                        return value;
                if (str_is(name, "almoner"))
                        other = value;
        }
        return other;
}

static void find_credentials(struct exchange *x)
{
        const struct str header = x->params[PARAM_HTTP_AUTHORIZATION];
        const struct str scheme = STR("Bearer ");

        if (header.len) {
                x->credentials = true;
                if (header.len > scheme.len &&
                    str_eq_nocase((struct str){header.ptr, scheme.len}, scheme))
                        x->bearer = str_trim(str_skip(header, scheme.len));
                return;
        }
        if (!x->params[PARAM_HTTP_COOKIE].len)
                return;
        x->bearer = cookie_token(x->params[PARAM_HTTP_COOKIE]);
        x->credentials = x->from_cookie = x->bearer.len > 0;
}

bool step_limit_address(struct exchange *x)
{
        const struct route *route = x->request.route;

        find_credentials(x);
        if (route->flags & ROUTE_ALWAYS)
                return true;
        if (route->rate == RATE_AUTH)
                return budget_take(x, RATE_AUTH, x->request.address);
        return x->credentials || budget_take(x, RATE_ANONYMOUS, x->request.address);
}

static bool refuse_token(struct exchange *x, enum auth_fault fault)
{
        static const enum problem problems[] = {
                [AUTH_MALFORMED] = PROBLEM_INVALID_TOKEN, [AUTH_UNTRUSTED] = PROBLEM_INVALID_TOKEN,
                [AUTH_EXPIRED] = PROBLEM_TOKEN_EXPIRED,   [AUTH_REVOKED] = PROBLEM_SESSION_REVOKED,
                [AUTH_UNAVAILABLE] = PROBLEM_UNAVAILABLE,
        };

        if (fault != AUTH_UNAVAILABLE)
                response_header(&x->request, "WWW-Authenticate",
                                STR("Bearer realm=\"almoner\", error=\"invalid_token\""));
        problem(&x->request, problems[fault], "%s", auth_fault_text(fault));
        return false;
}

static bool page_is_ours(const struct exchange *x)
{
        const struct str origin = x->params[PARAM_HTTP_ORIGIN];
        const struct str fetched = x->params[PARAM_HTTP_SEC_FETCH_SITE];
        const struct site site = {
                .host = x->params[PARAM_HTTP_HOST],
                .port = x->params[PARAM_SERVER_PORT],
                .public_url = str_of(config_text(CONFIG_PUBLIC_URL)),
                .origins = str_of(config_text(CONFIG_CORS_ORIGINS)),
        };

        if (origin.len)
                return origin_trusted(origin, &site);
        return str_is(fetched, "same-origin") || str_is(fetched, "none");
}

static bool accept(struct exchange *x, const struct principal *principal)
{
        struct request *r = &x->request;

        if (x->from_cookie && !method_safe(r->method) && !page_is_ours(x)) {
                problem(r, PROBLEM_ORIGIN_REFUSED,
                        "A change with a cookie must come from a page of this site");
                return false;
        }
        r->principal = *principal;
        r->authenticated = true;
        r->by_cookie = x->from_cookie;
        r->token = x->bearer;
        db_scope(r->db, &r->principal.tenant);
        return true;
}

bool step_principal(struct exchange *x)
{
        struct request *r = &x->request;
        struct principal principal = {0};
        enum auth_fault fault = AUTH_MALFORMED;

        db_scope(r->db, NULL);
        if (x->bearer.len)
                fault = auth_verify(r->auth, x->bearer, r->now, &principal);
        if (x->bearer.len && fault == AUTH_OK)
                return accept(x, &principal);
        /* Guessing tokens is as expensive as having none. */
        if (x->credentials && !(r->route->flags & ROUTE_ALWAYS) && r->route->rate != RATE_AUTH &&
            !budget_take(x, RATE_ANONYMOUS, r->address))
                return false;
        if (r->route->roles == ANYBODY)
                return true;
        if (x->credentials)
                return refuse_token(x, fault);
        response_header(r, "WWW-Authenticate", STR("Bearer realm=\"almoner\""));
        problem(r, PROBLEM_AUTHENTICATION_REQUIRED, "Authentication required");
        return false;
}

bool step_limit_user(struct exchange *x)
{
        struct request *r = &x->request;
        const enum rate rate = r->route->rate == RATE_ANONYMOUS ? RATE_USER : r->route->rate;
        struct {
                struct tenant_id tenant;
                struct user_id user;
        } subject = {r->principal.tenant, r->principal.user};

        if (!r->authenticated || rate == RATE_AUTH || r->route->flags & ROUTE_ALWAYS)
                return true;
        return budget_take(x, rate, (struct str){(const char *)&subject, sizeof(subject)});
}

bool step_role(struct exchange *x)
{
        struct request *r = &x->request;

        if (r->route->roles == ANYBODY || r->route->roles & r->principal.roles)
                return true;
        problem(r, PROBLEM_FORBIDDEN, "None of your roles may do this");
        return false;
}

bool step_tenant(struct exchange *x)
{
        struct request *r = &x->request;
        const struct str wanted = x->params[PARAM_HTTP_X_TENANT_ID];
        struct uuid tenant;

        if (!wanted.len || !r->authenticated)
                return true;
        if (uuid_parse(wanted, &tenant) && uuid_eq(&tenant, &r->principal.tenant.uuid))
                return true;
        problem(r, PROBLEM_TENANT_MISMATCH, "X-Tenant-Id names another tenant than your token");
        return false;
}
