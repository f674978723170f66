/**
 * mail.c: plain text mail through a mail server, by libcurl (RFC 5321, RFC 5322).
 */
#include "auth_module.h"

#include <curl/curl.h>

#include "base/buf.h"
#include "base/config.h"
#include "base/log.h"

enum { MAIL_MAX = 8192, MAIL_SECONDS = 20 };

struct upload {
        struct str rest;
};

static size_t give(char *to, size_t size, size_t count, void *context)
{
        struct upload *upload = context;
        size_t n = size * count < upload->rest.len ? size * count : upload->rest.len;

        memcpy(to, upload->rest.ptr, n);
        upload->rest = str_skip(upload->rest, n);
        return n;
}

static void compose(struct buf *out, struct str to, const char *subject, const char *text)
{
        char date[30], id[UUID_TEXT_SIZE];
        struct uuid uuid = {{0}};

        (void)uuid_v7(&uuid);
        (void)time_http(time_now(), date);
        buf_printf(out,
                   "Date: %s\r\nFrom: <%s>\r\nTo: <%.*s>\r\nSubject: %s\r\n"
                   "Message-ID: <%.*s@almoner>\r\nMIME-Version: 1.0\r\n"
                   "Content-Type: text/plain; charset=utf-8\r\n\r\n%s",
                   date, config_text(CONFIG_SMTP_FROM), STR_ARG(to), subject,
                   STR_ARG(uuid_format(&uuid, id)), text);
}

static CURLcode transfer(CURL *curl, const char *to, struct buf *message)
{
        struct upload upload = {buf_view(message)};
        struct curl_slist *recipients = curl_slist_append(NULL, to);
        CURLcode code = CURLE_OUT_OF_MEMORY;

        if (recipients && buf_ok(message)) {
                curl_easy_setopt(curl, CURLOPT_URL, config_text(CONFIG_SMTP_URL));
                curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
                curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_TRY);
                curl_easy_setopt(curl, CURLOPT_MAIL_FROM, config_text(CONFIG_SMTP_FROM));
                curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
                curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
                curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
                curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
                curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)MAIL_SECONDS);
                curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
                code = curl_easy_perform(curl);
        }
        curl_slist_free_all(recipients);
        return code;
}

enum status mail_send(struct str to, const char *subject, const char *text)
{
        char recipient[330];
        struct buf message;
        CURL *curl;
        CURLcode code;

        if (config_text(CONFIG_SMTP_URL)[0] == '\0')
                return STATUS_UNAVAILABLE;
        curl = curl_easy_init();
        if (!curl)
                return STATUS_NOMEM;
        snprintf(recipient, sizeof(recipient), "<%.*s>", STR_ARG(to));
        buf_init(&message, MAIL_MAX);
        compose(&message, to, subject, text);
        code = transfer(curl, recipient, &message);
        if (code != CURLE_OK)
                LOG(WARN, "auth.mail_refused",
                    LOG_TEXT("reason", str_of(curl_easy_strerror(code))));
        buf_free(&message);
        curl_easy_cleanup(curl);
        return code == CURLE_OK ? STATUS_OK : STATUS_UNAVAILABLE;
}
