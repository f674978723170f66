/**
 * send.c: the transfers, all carried by one libcurl multi handle.
 *
 * A receiver gets one POST over TLS, no redirect, no proxy, a bounded time and a bounded answer.
 * The address that is really connected to is judged, whatever the name resolved to before.
 */
#include "hookd.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/config.h"
#include "base/log.h"

enum { ANSWER_MAX = 16384, CONNECT_SECONDS = 5, WAIT_MAX_S = 86400 };

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
        struct delivery *d = context;
        const bool good = d->plain ? webhook_address_listed(d->allow, &to->addr)
                                   : webhook_address_good(d->allow, &to->addr);

        (void)purpose;
        if (!good) {
                d->refused = true;
                return CURL_SOCKET_BAD;
        }
        return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* What a receiver says is not kept; one that says too much is cut off. */
static size_t take_answer(char *data, size_t size, size_t count, void *context)
{
        struct delivery *d = context;

        (void)data;
        d->received += size * count;
        return d->received <= ANSWER_MAX ? size * count : 0;
}

static bool add_header(struct delivery *d, const char *format, const char *value)
{
        struct curl_slist *longer;
        struct buf text;

        buf_init(&text, 4096);
        buf_printf(&text, "%s: %s", format, value);
        longer = buf_ok(&text) ? curl_slist_append(d->headers, text.data) : NULL;
        buf_free(&text);
        if (longer)
                d->headers = longer;
        return longer != NULL;
}

static bool set_headers(struct delivery *d)
{
        char seconds[24];
        struct buf text = {.data = seconds, .cap = sizeof(seconds), .max = sizeof(seconds) - 1};

        buf_int(&text, d->signed_s);
        return add_header(d, "Content-Type", "application/json") &&
               add_header(d, "webhook-id", d->event_id) &&
               add_header(d, "webhook-timestamp", seconds) &&
               add_header(d, "webhook-signature", d->signatures) && add_header(d, "Expect", "");
}

static bool set_up(struct delivery *d)
{
        const char *authorities = config_text(CONFIG_WEBHOOK_CA);
        CURL *curl = d->curl;

        if (curl_easy_setopt(curl, CURLOPT_URL, d->url) != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, d->plain ? "http" : "https") !=
                    CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket) != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, d) != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_PROXY, "") != CURLE_OK ||
            (authorities[0] && curl_easy_setopt(curl, CURLOPT_CAINFO, authorities) != CURLE_OK))
                return false; /* never sent without these */
        curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
        curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
        curl_easy_setopt(curl, CURLOPT_USERAGENT, "Almoner");
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)d->body.len);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, d->body.data);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, d->headers);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)config_int(CONFIG_WEBHOOK_TIMEOUT));
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, d);
        curl_easy_setopt(curl, CURLOPT_PRIVATE, d);
        return true;
}

void delivery_free(struct delivery *d)
{
        if (!d)
                return;
        curl_easy_cleanup(d->curl);
        curl_slist_free_all(d->headers);
        buf_free(&d->body);
        free(d);
}

void send_start(struct hookd *h, struct delivery *d)
{
        const char *fault = webhook_url_fault(d->url, d->allow, &d->plain);

        if (fault) { /* the configuration has changed since it was accepted */
                outcome_record(h, d, &(struct outcome){.error = fault});
                delivery_free(d);
                return;
        }
        d->curl = curl_easy_init();
        d->started_us = time_monotonic_us();
        if (!d->curl || !set_headers(d) || !set_up(d) ||
            curl_multi_add_handle(h->multi, d->curl) != CURLM_OK) {
                LOG(WARN, "hookd.delivery_waits", LOG_TEXT("cause", STR("not enough memory")));
                delivery_free(d);
                return;
        }
        h->under_way[h->count++] = d;
}

/* A receiver that was cut off while it talked on has answered all the same. */
static struct outcome outcome_of(const struct delivery *d, CURLcode code)
{
        const bool answered =
                code == CURLE_OK || (code == CURLE_WRITE_ERROR && d->received > ANSWER_MAX);
        struct outcome outcome = {
                .duration_ms = (time_monotonic_us() - d->started_us) / 1000,
                .error = d->refused ? "the address is not public" : curl_easy_strerror(code),
        };
        curl_off_t wait = 0;

        (void)curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &outcome.status);
        if (!answered)
                return outcome;
        (void)curl_easy_getinfo(d->curl, CURLINFO_RETRY_AFTER, &wait);
        outcome.wait_s = wait > WAIT_MAX_S ? WAIT_MAX_S : wait;
        outcome.arrived = outcome.status >= 200 && outcome.status < 300;
        outcome.error = outcome.arrived ? NULL
                        : outcome.status >= 300 && outcome.status < 400
                                ? "redirects are not followed"
                                : "refused by the receiver";
        return outcome;
}

static void forget(struct hookd *h, const struct delivery *d)
{
        for (size_t i = 0; i < h->count; i++)
                if (h->under_way[i] == d) {
                        h->under_way[i] = h->under_way[--h->count];
                        return;
                }
}

bool send_finish(struct hookd *h)
{
        const CURLMsg *message;
        bool any = false;
        int left;

        while ((message = curl_multi_info_read(h->multi, &left))) {
                struct delivery *d = NULL;
                struct outcome outcome;

                if (message->msg != CURLMSG_DONE ||
                    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &d) != CURLE_OK || !d)
                        continue;
                outcome = outcome_of(d, message->data.result);
                curl_multi_remove_handle(h->multi, d->curl);
                forget(h, d);
                outcome_record(h, d, &outcome);
                delivery_free(d);
                any = true;
        }
        return any;
}
