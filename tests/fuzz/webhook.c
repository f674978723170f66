/**
 * webhook.c: fuzz target: lists of networks, URLs of receivers, secrets and names of events. What
 * is taken keeps to the rules, whatever it was read from.
 */
#include <curl/curl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "webhook/webhook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
        if (!holds)
                abort();
}

static void check_list(struct str text)
{
        struct webhook_allow allow;

        if (!webhook_allow_parse(text, &allow))
                return;
        require(allow.count <= WEBHOOK_NETWORKS_MAX);
        for (size_t i = 0; i < allow.count; i++)
                require(allow.networks[i].bits <= 128);
}

/* What is taken without a list goes by TLS, to no literal address of this machine. */
static void check_url(const char *text)
{
        static const struct webhook_allow none;
        char *scheme = NULL, *host = NULL;
        bool plain;
        CURLU *url;

        if (webhook_url_fault(text, &none, &plain))
                return;
        require(!plain);
        url = curl_url();
        require(url && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK);
        require(curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                strcmp(scheme, "https") == 0);
        require(curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK);
        require(strncmp(host, "127.", 4) != 0 || strspn(host, "0123456789.") != strlen(host));
        require(strcmp(host, "[::1]") != 0 && strcmp(host, "[::]") != 0 &&
                (strncmp(host, "[::ffff:7f", 10) != 0 || host[12] != ':'));
        curl_free(scheme);
        curl_free(host);
        curl_url_cleanup(url);
}

static void check_secret(struct str text)
{
        char signature[WEBHOOK_SIGNATURE_SIZE];
        const bool valid = webhook_secret_valid(text);

        require(webhook_sign(text, STR("id"), 1, STR("body"), signature) == valid);
        require(!valid || (str_starts(text, STR("whsec_")) && text.len < WEBHOOK_SECRET_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct str text = {(const char *)data, size};
        char *copy = strndup(text.ptr ? text.ptr : "", size);

        if (!copy)
                return 0;
        check_list(text);
        check_secret(text);
        check_url(copy);
        require(!webhook_event_valid(text) || (size > 0 && size <= WEBHOOK_EVENT_MAX));
        free(copy);
        return 0;
}
