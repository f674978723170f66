/**
 * cors.c: browsers of other origins (Fetch standard) and the guard of cookie sessions against them.
 * Origins are compared exactly with a configured list; nothing is ever reflected, and "null" is
 * nobody.
 */
#include "http/http_internal.h"

#include "base/config.h"

#define ALLOWED_HEADERS                                                                   \
        "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Prefer, " \
        "X-Request-Id,"                                                                   \
        " Last-Event-ID, X-Tenant-Id, traceparent"
#define EXPOSED_HEADERS                                                                            \
        "ETag, Link, Location, Idempotency-Replayed, Preference-Applied, RateLimit, "              \
        "RateLimit-Policy,"                                                                        \
        " Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id," \
        " X-Total-Count"

bool cors_allows(struct str origins, struct str origin)
{
        struct str item;

        if (origin.len == 0 || str_is(origin, "null"))
                return false;
        while (str_cut(&origins, ',', &item))
                if (str_eq(str_trim(item), origin))
                        return true;
        return false;
}

/* Scheme and authority of ${url}, without path. */
static struct str origin_of(struct str url)
{
        const char *slash = NULL;

        for (size_t i = 0; i + 2 < url.len && !slash; i++)
                if (memcmp(url.ptr + i, "://", 3) == 0)
                        slash = memchr(url.ptr + i + 3, '/', url.len - i - 3);
        return slash ? (struct str){url.ptr, (size_t)(slash - url.ptr)} : url;
}

/* "https://almoner.example:8443" -> "almoner.example:8443"; absent for other schemes. */
static struct str authority_of(struct str origin)
{
        const struct str schemes[] = {STR("https://"), STR("http://")};

        for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
                if (str_starts(origin, schemes[i]))
                        return str_skip(origin, schemes[i].len);
        return (struct str){NULL, 0};
}

/* Host as sent, or Host without its port (Debian's fastcgi_params) and the port beside it. */
static bool names_host(struct str origin, struct str host, struct str port)
{
        struct str authority = authority_of(origin), name = authority;

        if (host.len == 0 || authority.len == 0)
                return false;
        if (str_eq_nocase(authority, host))
                return true;
        if (port.len == 0 || authority.len != host.len + 1 + port.len)
                return false;
        name.len = host.len;
        return str_eq_nocase(name, host) && authority.ptr[host.len] == ':' &&
               str_eq(str_skip(authority, host.len + 1), port);
}

bool origin_trusted(struct str origin, const struct site *site)
{
        if (origin.len == 0)
                return false;
        return str_eq_nocase(origin, origin_of(site->public_url)) ||
               names_host(origin, site->host, site->port) || cors_allows(site->origins, origin);
}

bool cors_headers(struct str origin, struct buf *head)
{
        const struct str origins = str_of(config_text(CONFIG_CORS_ORIGINS));

        if (origins.len == 0)
                return false;
        buf_text(head, "Vary: Origin\r\n");
        if (!cors_allows(origins, origin))
                return false;
        buf_text(head, "Access-Control-Allow-Origin: ");
        buf_str(head, origin);
        buf_text(head, "\r\nAccess-Control-Allow-Credentials: true\r\n"
                       "Access-Control-Expose-Headers: " EXPOSED_HEADERS "\r\n");
        return true;
}

void cors_preflight(struct str methods, struct buf *head)
{
        buf_text(head, "Access-Control-Allow-Methods: ");
        buf_str(head, methods);
        buf_text(head, "\r\nAccess-Control-Allow-Headers: " ALLOWED_HEADERS
                       "\r\nAccess-Control-Max-Age: 600\r\n");
}

void cors_write(const struct exchange *x, struct buf *head)
{
        char text[64];
        struct buf methods = {.data = text, .cap = sizeof(text), .max = sizeof(text) - 1};

        if (!cors_headers(x->params[PARAM_HTTP_ORIGIN], head) || !x->options ||
            !x->params[PARAM_HTTP_ACCESS_CONTROL_REQUEST_METHOD].ptr)
                return;
        methods_write(x->allowed, &methods);
        cors_preflight(buf_view(&methods), head);
}
