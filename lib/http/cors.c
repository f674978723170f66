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
        " X-Tenant-Id, traceparent"
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

static bool names_host(struct str origin, struct str host)
{
        const struct str schemes[] = {STR("https://"), STR("http://")};

        for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
                if (str_starts(origin, schemes[i]))
                        return host.len && str_eq_nocase(str_skip(origin, schemes[i].len), host);
        return false;
}

bool origin_trusted(struct str origin, struct str host, struct str public_url, struct str origins)
{
        if (origin.len == 0)
                return false;
        return str_eq_nocase(origin, origin_of(public_url)) || names_host(origin, host) ||
               cors_allows(origins, origin);
}

static void preflight(const struct exchange *x, struct buf *head)
{
        buf_text(head, "Access-Control-Allow-Methods: ");
        methods_write(x->allowed, head);
        buf_text(head, "\r\nAccess-Control-Allow-Headers: " ALLOWED_HEADERS
                       "\r\nAccess-Control-Max-Age: 600\r\n");
}

void cors_write(const struct exchange *x, struct buf *head)
{
        const struct str origins = str_of(config_text(CONFIG_CORS_ORIGINS));
        const struct str origin = x->params[PARAM_HTTP_ORIGIN];

        if (origins.len == 0)
                return;
        buf_text(head, "Vary: Origin\r\n");
        if (!cors_allows(origins, origin))
                return;
        buf_text(head, "Access-Control-Allow-Origin: ");
        buf_str(head, origin);
        buf_text(head, "\r\nAccess-Control-Allow-Credentials: true\r\n");
        if (x->options && x->params[PARAM_HTTP_ACCESS_CONTROL_REQUEST_METHOD].ptr)
                preflight(x, head);
        else
                buf_text(head, "Access-Control-Expose-Headers: " EXPOSED_HEADERS "\r\n");
}
