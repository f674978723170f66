/**
 * lead.c: one hookd delivers at a time; another follows when it is gone.
 */
#include "hookd.h"

#include "base/log.h"

enum { KEEP_US = 1000000, TRY_US = 250000 };

void lead_keep(struct hookd *h)
{
        const int64_t now = time_monotonic_us();
        const bool led = h->leads;

        if (now < h->lease_us)
                return;
        h->leads = lease_take(&h->lease, h->db) == STATUS_OK;
        h->lease_us = now + (h->leads ? KEEP_US : TRY_US);
        if (h->leads != led)
                LOG(INFO, h->leads ? "hookd.leads" : "hookd.follows",
                    LOG_INT("under_way", (int64_t)h->count));
}

void lead_drop(struct hookd *h)
{
        h->leads = false;
        lease_drop(&h->lease, h->db);
}
