/**
 * webhook.c: receivers as records.
 */
#include "webhooks.h"

#include "base/config.h"
#include "base/log.h"
#include "json/read.h"

static struct webhook_allow allow; /* written once, before threads */

bool webhook_start(void)
{
        const struct str text = str_of(config_text(CONFIG_WEBHOOK_ALLOW));

        if (webhook_allow_parse(text, &allow))
                return true;
        LOG(ERROR, "webhooks.wrong_configuration", LOG_TEXT("key", STR("WEBHOOK_ALLOW")),
            LOG_TEXT("value", text));
        return false;
}

/* clang-format off */
static const struct field fields[WEBHOOK__N] = {
        [WEBHOOK_ID] = {"id", TYPE_ID, .flags = FIELD_READ_ONLY, .class = PLAIN,
                .about = "Identifier.", .example = "\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\""},
        [WEBHOOK_URL] = {"url", TYPE_TEXT, .min = 1, .max = WEBHOOK_URL_MAX, .flags = FIELD_REQUIRED, .class = PLAIN,
                .about = "Where to, by https; private addresses are refused.", .example = "\"https://partner.example/hooks\""},
        [WEBHOOK_EVENTS] = {"events", TYPE_LIST, .min = 1, .max = 100, .flags = FIELD_REQUIRED, .class = PLAIN,
                .about = "Types of events, channels, or * for all.", .example = "[\"persons\",\"site_created\"]"},
        [WEBHOOK_DESCRIPTION] = {"description", TYPE_TEXT, .max = 500, .flags = FIELD_NULLABLE, .class = PLAIN,
                .about = "What it is for.", .example = "\"Keeps the partner's copy fresh\""},
        [WEBHOOK_ENABLED] = {"enabled", TYPE_BOOLEAN, .otherwise = "true", .class = PLAIN,
                .about = "Whether anything is sent; one that is enabled again goes on where it stopped, as far as events are kept.", .example = "true"},
        [WEBHOOK_DISABLED_REASON] = {"disabled_reason", TYPE_TEXT, .max = 100, .flags = FIELD_READ_ONLY | FIELD_HOOK | FIELD_NULLABLE, .class = PLAIN,
                .about = "Why it was switched off by itself: the receiver answered 410.", .example = "null"},
        [WEBHOOK_CREATED_AT] = {"created_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_SORT, .class = PLAIN,
                .about = "When it was added.", .example = "\"2024-01-18T10:35:00Z\""},
        [WEBHOOK_UPDATED_AT] = {"updated_at", TYPE_TIME, .flags = FIELD_READ_ONLY, .class = PLAIN,
                .about = "When it was last changed.", .example = "\"2024-01-18T10:35:00Z\""},
};
static const struct shape shape = {"Webhook", fields, WEBHOOK__N, "Where events of the tenant, of all its sites, are sent."};
/* clang-format on */

static enum status check_url(struct request *r, const struct record *after)
{
        const struct str url = arena_copy(r->arena, record_str(after, WEBHOOK_URL));
        const char *fault;

        if (!url.ptr)
                return STATUS_NOMEM;
        fault = webhook_url_fault(url.ptr, &allow, NULL);
        if (fault)
                fault_add(&r->faults, STR("/url"), "format", "url %s", fault);
        return STATUS_OK;
}

static enum status check_events(struct request *r, const struct record *after)
{
        struct json_fault fault;
        json_t *events;
        const enum status status =
                json_read(r->arena, record_str(after, WEBHOOK_EVENTS), &events, &fault);

        if (status != STATUS_OK)
                return status;
        for (size_t i = 0; i < json_array_size(events); i++)
                if (!webhook_event_valid(json_text(json_array_get(events, i))))
                        fault_add(&r->faults, arena_printf(r->arena, "/events/%zu", i), "format",
                                  "events must be channels, types, or *");
        return STATUS_OK;
}

static enum status check(struct request *r, struct resource_change *change)
{
        const struct record *after = change->after;
        enum status status = STATUS_OK;

        if (record_has(after, WEBHOOK_URL))
                status = check_url(r, after);
        if (status == STATUS_OK && record_has(after, WEBHOOK_EVENTS))
                status = check_events(r, after);
        return status;
}

/* Who switches it on again has seen why it was off. */
static enum status before(struct request *r, struct resource_change *change)
{
        struct record *after = change->after;

        (void)r;
        if (change->op != CHANGE_UPDATE || !after->given[WEBHOOK_ENABLED])
                return STATUS_OK;
        after->values[WEBHOOK_DISABLED_REASON] = db_null();
        after->given[WEBHOOK_DISABLED_REASON] = true;
        return STATUS_OK;
}

/* clang-format off */
const struct resource webhook = {
        .name = "webhook", .plural = "webhooks", .label = "Webhook", .table = "webhooks",
        .dialect = &dialect_i, .shape = &shape, .not_found = PROBLEM_WEBHOOK_NOT_FOUND,
        .default_sort = "-created_at", .check = check, .before = before,
};
/* clang-format on */

enum status webhook_note(struct request *r, const struct uuid *id, int64_t version,
                         const char *what, struct str value)
{
        struct change change = {
                .resource = webhook.name,
                .record = *id,
                .version = (uint32_t)version,
                .op = CHANGE_UPDATE,
                .after = arena_printf(r->arena, "{\"%s\":\"%.*s\"}", what, STR_ARG(value)),
        };

        if (!change.after.ptr)
                return STATUS_NOMEM;
        if (!uuid_v7(&change.receipt))
                return STATUS_UNAVAILABLE;
        return request_change(r, &change);
}
