/**
 * webhooks.h: receivers of a tenant's events, and the log of what was sent to them.
 */
#ifndef ALMONER_WEBHOOKS_WEBHOOKS_H
#define ALMONER_WEBHOOKS_WEBHOOKS_H

#include "resource/resource.h"
#include "webhook/webhook.h"

enum webhook_field {
        WEBHOOK_ID,
        WEBHOOK_URL,
        WEBHOOK_EVENTS,
        WEBHOOK_DESCRIPTION,
        WEBHOOK_ENABLED,
        WEBHOOK_DISABLED_REASON,
        WEBHOOK_CREATED_AT,
        WEBHOOK_UPDATED_AT,
        WEBHOOK__N
};

/* webhook.c */
extern const struct resource webhook;

/** webhook_start(): read WEBHOOK_ALLOW; false (logged) when it is malformed. */
bool webhook_start(void);

/** webhook_note(r, id, version, what, value): a line for the webhook's history. */
enum status webhook_note(struct request *r, const struct uuid *id, int64_t version,
                         const char *what, struct str value);

/* secret.c: the two answers that show a secret; neither is kept for an Idempotency-Key. */
handler_fn webhook_create, webhook_rotate;
extern const struct shape webhook_in, webhook_out, rotate_in, rotate_out;

/* delivery.c */
extern const struct resource delivery;
handler_fn delivery_list, delivery_replay, webhook_test, webhook_replay;
extern const struct shape delivery_query, delivery_out, replay_in, replay_out;

#endif
