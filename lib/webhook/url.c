/**
 * url.c: which addresses of the web may be called.
 */
#include "webhook/webhook.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

struct parts {
        char *scheme, *host, *user, *fragment;
};

/* A literal address; false for a name. */
static bool literal(const char *host, struct sockaddr_storage *out)
{
        char inner[INET6_ADDRSTRLEN];
        struct sockaddr_in in = {.sin_family = AF_INET};
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
        const size_t length = strlen(host);

        if (inet_pton(AF_INET, host, &in.sin_addr) == 1) {
                memcpy(out, &in, sizeof(in));
                return true;
        }
        if (host[0] != '[' || length < 3 || length - 2 >= sizeof(inner))
                return false;
        memcpy(inner, host + 1, length - 2);
        inner[length - 2] = '\0';
        if (inet_pton(AF_INET6, inner, &in6.sin6_addr) != 1)
                return false;
        memcpy(out, &in6, sizeof(in6));
        return true;
}

/* An address with a zone, or digits that are no whole address: some resolver may read one. */
static bool looks_literal(const char *host)
{
        return host[0] == '[' || strspn(host, "0123456789.") == strlen(host);
}

static const char *judge(const struct parts *parts, const struct webhook_allow *allow, bool *plain)
{
        struct sockaddr_storage address;
        const struct sockaddr *at = (const struct sockaddr *)&address;
        const bool is_literal = parts->host && literal(parts->host, &address);

        *plain = parts->scheme && strcmp(parts->scheme, "http") == 0;
        if (!parts->host || !parts->scheme)
                return "must be a URL";
        if (!*plain && strcmp(parts->scheme, "https") != 0)
                return "must use https";
        if (parts->user || parts->fragment)
                return "must have neither user nor fragment";
        if (*plain && !(is_literal && webhook_address_listed(allow, at)))
                return "must use https";
        if (is_literal ? !webhook_address_good(allow, at) : looks_literal(parts->host))
                return "must not name a private address";
        return NULL;
}

const char *webhook_url_fault(const char *url, const struct webhook_allow *allow, bool *plain)
{
        CURLU *parsed = curl_url();
        struct parts parts = {NULL, NULL, NULL, NULL};
        const char *fault = "must be a URL";
        bool is_plain = false;

        if (parsed && strlen(url) <= WEBHOOK_URL_MAX &&
            curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK) {
                (void)curl_url_get(parsed, CURLUPART_SCHEME, &parts.scheme, 0);
                (void)curl_url_get(parsed, CURLUPART_HOST, &parts.host, 0);
                (void)curl_url_get(parsed, CURLUPART_USER, &parts.user, 0);
                (void)curl_url_get(parsed, CURLUPART_FRAGMENT, &parts.fragment, 0);
                fault = judge(&parts, allow, &is_plain);
        }
        curl_free(parts.scheme);
        curl_free(parts.host);
        curl_free(parts.user);
        curl_free(parts.fragment);
        curl_url_cleanup(parsed);
        if (plain)
                *plain = is_plain;
        return fault;
}
