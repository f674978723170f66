/**
 * hookd.h: events on their way to webhooks.
 *
 * One thread: each round renews the lease, plans what is new in the streams, claims what is due,
 * and hands it to libcurl, which carries all transfers at once. A webhook has at most one delivery
 * on the way, so a slow receiver holds only its own. What is on the way is claimed in the database
 * for longer than it may take: a hookd that dies, or one that takes over meanwhile, loses nothing
 * and repeats only what was under way.
 */
#ifndef ALMONER_HOOKD_HOOKD_H
#define ALMONER_HOOKD_HOOKD_H

#include <curl/curl.h>

#include "base/arena.h"
#include "base/buf.h"
#include "db/db.h"
#include "db/lease.h"
#include "webhook/webhook.h"

enum { UNDER_WAY_MAX = 128, SIGNED_MAX = 5, EVENT_ID_SIZE = 80 };

/** A delivery under way. */
struct delivery {
        struct tenant_id tenant;
        struct uuid webhook, id;
        int64_t epoch, seq, tries;
        time_ms planned_at;
        char type[WEBHOOK_EVENT_MAX + 1];
        char url[4 * WEBHOOK_URL_MAX + 1];
        char event_id[EVENT_ID_SIZE];                               /* webhook-id */
        char signatures[SIGNED_MAX * (WEBHOOK_SIGNATURE_SIZE + 1)]; /* blank separated */
        int64_t signed_s;                                           /* webhook-timestamp */
        struct buf body;
        const struct webhook_allow *allow;
        bool plain, refused; /* by http; to an address that is not good */
        size_t received;
        int64_t started_us;
        CURL *curl;
        struct curl_slist *headers;
};

/** What became of an attempt. */
struct outcome {
        long status; /* of HTTP; 0: none */
        bool arrived;
        const char *error; /* NULL when it arrived */
        int64_t wait_s;    /* Retry-After; 0: none */
        int64_t duration_ms;
};

struct hookd {
        struct db *db;
        struct arena *arena; /* of a step */
        CURLM *multi;
        struct webhook_allow allow;
        struct delivery *under_way[UNDER_WAY_MAX];
        size_t count;
        struct lease lease;
        bool leads;
        int64_t lease_us, round_us, sweep_us; /* when next */
        int stop_fd;
        bool stopping;
};

/* lead.c: one hookd at a time, over all machines. */

/** lead_keep(h): h->leads, asked for about once a second. lead_drop(h): let the next one. */
void lead_keep(struct hookd *h);
void lead_drop(struct hookd *h);

/* plan.c */

/** plan_all(h): a delivery for each new event that a webhook wants; true when there is more. */
bool plan_all(struct hookd *h);

/* claim.c */

/** claim_due(h): claim the next due delivery of each webhook that has none under way, and send
 * them. */
void claim_due(struct hookd *h);

/* event.c */

/** event_load(h, delivery): body, signatures and headers' values; STATUS_NOT_FOUND: the event or
 * the secret is gone. */
enum status event_load(struct hookd *h, struct delivery *delivery);

/* send.c */

/** send_start(h, delivery): takes it; without memory it is left to its claim's end. */
void send_start(struct hookd *h, struct delivery *delivery);
/** send_finish(h): record what has ended; true when something had. */
bool send_finish(struct hookd *h);
void delivery_free(struct delivery *delivery);

/* outcome.c */

/** outcome_record(h, delivery, outcome): into the log; plans the next attempt. */
void outcome_record(struct hookd *h, const struct delivery *delivery,
                    const struct outcome *outcome);
/** outcome_gone(h, delivery): its event is no longer kept. */
void outcome_gone(struct hookd *h, const struct delivery *delivery);

/* sweep.c */
void sweep(struct hookd *h);

#endif
