/**
 * webhooks.fcgi: where a tenant's events are sent, and what became of them.
 *
 * SYNOPSIS
 *      webhooks.fcgi [--help | --config | --routes | --openapi | --sql | --audit | --check]
 *      Without an option it serves FastCGI on file descriptor 0.
 * DESCRIPTION
 *      /api/v1/webhooks: a webhook belongs to the tenant and hears all its events; the tenant's
 * admins see and change all webhooks. What is due is delivered by hookd.
 * SECURITY
 *      A module of its own so that what writes secrets can't read them, and makes no connections:
 * unix sockets only. Secrets are shown once and readable by hookd's database user alone.
 * STANDARDS Standard Webhooks 1.0.0, RFC 9457 (problems).
 * CONFIGURATION WEBHOOK_ALLOW and the keys common to the modules.
 */
#include "module/module.h"

#include "webhooks.h"

/* clang-format off */
#define VERB(where, does, in, out, name, text) \
        .method = POST, .path = where, .handler = does, .dialect = &dialect_i, .roles = ADMIN, .rate = RATE_USER, .input = in, .output = out, .id = name, .summary = text

static const struct route routes[] = {
        LIST   (webhook, "/api/v1/webhooks",              ADMIN, "List the tenant's webhooks."),
        {VERB("/api/v1/webhooks", webhook_create, &webhook_in, &webhook_out, "createWebhook",
              "Add a webhook: it hears the tenant's events from now on, of all its sites. The secret is shown this once."), .success = 201, .flags = ROUTE_NO_TRANSACTION},
        READ   (webhook, "/api/v1/webhooks/{id}",         ADMIN, "Get a webhook."),
        UPDATE (webhook, "/api/v1/webhooks/{id}",         ADMIN, "Update a webhook; members that are left out stay as they are."),
        MERGE  (webhook, "/api/v1/webhooks/{id}",         ADMIN, "Merge changes into a webhook (RFC 7396)."),
        {.method = DELETE, .path = "/api/v1/webhooks/{id}", .handler = resource_remove, .roles = ADMIN, .rate = RATE_USER, .resource = &webhook, .success = 204,
         .summary = "Delete a webhook; nothing is sent to it any more."},
        HISTORY(webhook, "/api/v1/webhooks/{id}/history", ADMIN, "List what was changed, by whom, when and from where; also after deletion."),
        {VERB("/api/v1/webhooks/{id}/rotate-secret", webhook_rotate, &rotate_in, &rotate_out, "rotateWebhookSecret",
              "Give a webhook another secret; for 24 hours deliveries are signed with the old one too."),
         .success = 200, .flags = ROUTE_EMPTY_BODY | ROUTE_NO_TRANSACTION, .errors = "WEBHOOK_NOT_FOUND"},
        {VERB("/api/v1/webhooks/{id}/test", webhook_test, NULL, &delivery_out, "testWebhook", "Send a webhook an event of type webhook.test."),
         .success = 202, .flags = ROUTE_EMPTY_BODY, .errors = "WEBHOOK_NOT_FOUND INVALID_TRANSITION"},
        {VERB("/api/v1/webhooks/{id}/replay", webhook_replay, &replay_in, &replay_out, "replayWebhook",
              "Send again all that followed an event, as far as events are kept; receivers know repeats by their webhook-id."),
         .success = 202, .errors = "WEBHOOK_NOT_FOUND EVENT_GONE"},
        {.method = GET, .path = "/api/v1/webhooks/{id}/deliveries", .handler = delivery_list, .roles = ADMIN, .rate = RATE_USER, .resource = &delivery, .query = &delivery_query, .flags = ROUTE_LIST,
         .errors = "WEBHOOK_NOT_FOUND", .id = "listWebhookDeliveries", .summary = "List what was and will be sent to a webhook; ?state=dead: the dead letters."},
        {VERB("/api/v1/webhooks/{id}/deliveries/{delivery_id}/replay", delivery_replay, NULL, &delivery_out, "replayWebhookDelivery", "Send one delivery again, now."),
         .success = 202, .flags = ROUTE_EMPTY_BODY, .errors = "WEBHOOK_NOT_FOUND DELIVERY_NOT_FOUND EVENT_GONE"},
};

static const struct resource *const resources[] = {&webhook, &delivery};
/* clang-format on */

static const struct module webhooks = {
        .name = "webhooks",
        .title = "Webhooks",
        .about = "Where a tenant's events are sent, and what became of each delivery. A delivery "
                 "is a "
                 "POST of {type, timestamp, data}, at least once, signed by Standard Webhooks: "
                 "webhook-id, webhook-timestamp, webhook-signature.",
        .routes = routes,
        .route_count = sizeof(routes) / sizeof(routes[0]),
        .resources = resources,
        .resource_count = sizeof(resources) / sizeof(resources[0]),
        .start = webhook_start,
};

int main(int argc, char **argv)
{
        return module_main(&webhooks, argc, argv);
}
