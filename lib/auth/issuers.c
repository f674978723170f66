/**
 * issuers.c: external issuers (Auth0 and its like): who they are, and their key sets, fetched in
 * the background.
 */
#include "auth/auth_internal.h"

#include <curl/curl.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/config.h"
#include "base/log.h"

enum {
        FETCH_SECONDS = 5,
        SET_MAX = 1 << 20,
        REFRESH_MS = 600000,
        RETRY_MS = 60000, /* at most one fetch a minute, whatever unknown keys tokens name */
        KEEP_MS = 86400000,
};

static char *piece(struct str *rest)
{
        struct str text;

        if (!str_cut(rest, '|', &text) || text.len == 0)
                return NULL;
        return strndup(text.ptr, text.len);
}

/* The next free row, its lock ready; NULL when all are taken. */
static struct issuer *next_issuer(struct auth *auth)
{
        struct issuer *issuer = &auth->issuers[auth->issuer_count];

        if (auth->issuer_count == ISSUERS_MAX || pthread_rwlock_init(&issuer->lock, NULL) != 0)
                return NULL;
        auth->issuer_count++;
        return issuer;
}

static char *url_part(CURLU *url, CURLUPart part)
{
        char *text = NULL;

        return curl_url_get(url, part, &text, 0) == CURLUE_OK ? text : NULL;
}

/* HTTPS; plain HTTP only to this very machine: a test's or a sidecar's issuer. */
static bool url_allowed(const char *text)
{
        CURLU *url = curl_url();
        bool allowed = false;

        if (url && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK) {
                char *scheme = url_part(url, CURLUPART_SCHEME),
                     *host = url_part(url, CURLUPART_HOST);
                const struct str to = str_of(host);

                allowed = str_is(str_of(scheme), "https") ||
                          (str_is(str_of(scheme), "http") &&
                           (str_is(to, "127.0.0.1") || str_is(to, "[::1]") ||
                            str_is(to, "localhost")));
                curl_free(scheme);
                curl_free(host);
        }
        curl_url_cleanup(url);
        return allowed;
}

static bool named_before(const struct auth *auth, const struct issuer *issuer)
{
        for (size_t i = 0; &auth->issuers[i] != issuer; i++)
                if (strcmp(auth->issuers[i].name, issuer->name) == 0)
                        return true;
        return false;
}

static bool add_external(struct auth *auth, struct str row)
{
        struct issuer *issuer = next_issuer(auth);

        if (!issuer)
                return false;
        issuer->name = piece(&row);
        issuer->audience = piece(&row);
        issuer->url = piece(&row);
        issuer->tenant_claim = piece(&row);
        issuer->alg = piece(&row);
        return issuer->name && issuer->audience && issuer->url && issuer->tenant_claim &&
               issuer->alg && !row.ptr && !named_before(auth, issuer) && url_allowed(issuer->url) &&
               (strcmp(issuer->alg, "RS256") == 0 || strcmp(issuer->alg, "ES256") == 0);
}

bool issuers_configure(struct auth *auth)
{
        struct str list = str_of(config_text(CONFIG_OIDC_ISSUERS)), row;
        struct issuer *own = next_issuer(auth);

        if (!own)
                return false;
        own->name = strdup(config_text(CONFIG_TOKEN_ISSUER));
        own->audience = strdup(config_text(CONFIG_TOKEN_AUDIENCE));
        if (!own->name || !own->audience)
                return false;
        if (list.len && curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
                return false;
        while (str_cut(&list, ' ', &row))
                if (row.len && !add_external(auth, row)) {
                        LOG(ERROR, "auth.issuer_malformed", LOG_TEXT("row", row));
                        return false;
                }
        return true;
}

void issuers_free(struct auth *auth)
{
        for (size_t i = 0; i < auth->issuer_count; i++) {
                struct issuer *issuer = &auth->issuers[i];

                free(issuer->name);
                free(issuer->audience);
                free(issuer->url);
                free(issuer->tenant_claim);
                free(issuer->alg);
                free(issuer->keys);
                pthread_rwlock_destroy(&issuer->lock);
        }
}

static size_t receive(char *data, size_t size, size_t count, void *context)
{
        buf_put(context, data, size * count);
        return buf_ok(context) ? size * count : 0;
}

static bool download(const char *url, struct buf *out)
{
        CURL *curl = curl_easy_init();
        long status = 0;
        CURLcode code;

        if (!curl)
                return false;
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http"); /* see url_allowed */
        curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)FETCH_SECONDS);
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
        code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_cleanup(curl);
        return code == CURLE_OK && status == 200;
}

static void fetch(struct auth *auth, struct issuer *issuer, time_ms now)
{
        struct buf text;
        json_t *set = NULL;
        bool taken;

        buf_init(&text, SET_MAX);
        if (download(issuer->url, &text))
                set = json_loadb(text.data ? text.data : "", text.len, JSON_REJECT_DUPLICATES,
                                 NULL);
        taken = set && keys_replace(auth, issuer, set);
        json_decref(set);
        buf_free(&text);
        if (taken)
                issuer->fetched = now;
        else
                LOG(WARN, "auth.key_set_unavailable", LOG_TEXT("issuer", str_of(issuer->name)));
        if (issuer->count && now - issuer->fetched >= KEEP_MS)
                keys_drop(auth, issuer);
}

static bool due(struct issuer *issuer, time_ms now)
{
        const bool wanted = atomic_load(&issuer->wanted) || issuer->count == 0;

        return !issuer->tried_before || now - issuer->tried >= (wanted ? RETRY_MS : REFRESH_MS);
}

void issuers_fetch(struct auth *auth, time_ms now)
{
        for (size_t i = OWN_ISSUER + 1; i < auth->issuer_count; i++) {
                struct issuer *issuer = &auth->issuers[i];

                if (!due(issuer, now))
                        continue;
                issuer->tried_before = true;
                issuer->tried = now;
                atomic_store(&issuer->wanted, false);
                fetch(auth, issuer, now);
        }
}
