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
               issuer->alg;
}

bool issuers_configure(struct auth *auth)
{
        struct str list = str_of(config_text(CONFIG_OIDC_ISSUERS)), row;
        struct issuer *own = next_issuer(auth);

        if (!own)
                return false;
        own->name = strdup(config_text(CONFIG_TOKEN_ISSUER));
        own->audience = strdup(config_text(CONFIG_TOKEN_AUDIENCE));
        while (str_cut(&list, ' ', &row))
                if (row.len && !add_external(auth, row)) {
                        LOG(ERROR, "auth.issuer_malformed", LOG_TEXT("row", row));
                        return false;
                }
        return own->name && own->audience;
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

/* Plain HTTP only to this very machine: a test's or a sidecar's issuer. */
static const char *protocols_for(const char *url)
{
        const struct str text = str_of(url);

        return str_starts(text, STR("http://127.0.0.1:")) ||
                               str_starts(text, STR("http://localhost:"))
                       ? "http"
                       : "https";
}

static bool download(const char *url, struct buf *out)
{
        CURL *curl = curl_easy_init();
        long status = 0;
        CURLcode code;

        if (!curl)
                return false;
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols_for(url));
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

static void fetch(struct issuer *issuer, time_ms now)
{
        struct buf text;
        json_t *set = NULL;
        bool taken;

        buf_init(&text, SET_MAX);
        if (download(issuer->url, &text))
                set = json_loadb(text.data ? text.data : "", text.len, JSON_REJECT_DUPLICATES,
                                 NULL);
        taken = set && keys_replace(issuer, set);
        json_decref(set);
        buf_free(&text);
        if (taken)
                issuer->fetched = now;
        else
                LOG(WARN, "auth.key_set_unavailable", LOG_TEXT("issuer", str_of(issuer->name)));
}

static void forget_stale(struct issuer *issuer, time_ms now)
{
        if (issuer->count == 0 || now - issuer->fetched < KEEP_MS)
                return;
        pthread_rwlock_wrlock(&issuer->lock);
        issuer->count = 0;
        pthread_rwlock_unlock(&issuer->lock);
}

void issuers_fetch(struct auth *auth, time_ms now)
{
        for (size_t i = OWN_ISSUER + 1; i < auth->issuer_count; i++) {
                struct issuer *issuer = &auth->issuers[i];
                const time_ms since = now - atomic_load(&issuer->tried);
                const bool wanted = atomic_load(&issuer->wanted) || issuer->count == 0;

                if (since < (wanted ? RETRY_MS : REFRESH_MS) && atomic_load(&issuer->tried))
                        continue;
                atomic_store(&issuer->tried, now);
                atomic_store(&issuer->wanted, false);
                fetch(issuer, now);
                forget_stale(issuer, now);
        }
}
