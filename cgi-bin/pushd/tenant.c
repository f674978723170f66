/**
 * tenant.c: whose events are listened to; a tenant without listeners keeps none.
 */
#include <stdlib.h>

#include "base/log.h"
#include "pushd.h"

static struct tenant *find(struct pushd *p, const struct tenant_id *id)
{
        struct tenant *tenant = p->tenants;

        while (tenant && !uuid_eq(&tenant->id.uuid, &id->uuid))
                tenant = tenant->next;
        return tenant;
}

static struct tenant *make(struct pushd *p, const struct tenant_id *id)
{
        struct tenant *tenant = calloc(1, sizeof(*tenant));

        if (tenant)
                tenant->last = node_new(NULL);
        if (!tenant || !tenant->last) {
                free(tenant);
                return NULL;
        }
        tenant->id = *id;
        tenant->next = p->tenants;
        p->tenants = tenant;
        return tenant;
}

static void release(struct pushd *p, struct tenant *tenant)
{
        struct tenant **link = &p->tenants;

        if (--tenant->holders)
                return;
        while (*link != tenant)
                link = &(*link)->next;
        *link = tenant->next;
        node_release(tenant->last);
        free(tenant);
}

bool tenant_join(struct pushd *p, struct connection *c, const struct tenant_id *id)
{
        struct tenant *tenant = find(p, id);

        if (!tenant)
                tenant = make(p, id);
        if (!tenant)
                return false;
        c->tenant = tenant;
        c->link = &tenant->listeners;
        c->next = tenant->listeners;
        if (c->next)
                c->next->link = &c->next;
        tenant->listeners = c;
        tenant->holders++;
        return true;
}

void tenant_leave(struct pushd *p, struct connection *c)
{
        *c->link = c->next;
        if (c->next)
                c->next->link = c->link;
        release(p, c->tenant);
        c->tenant = NULL;
}

static bool is_behind(const struct tenant *tenant, const struct connection *c)
{
        const uint64_t events = tenant->last->index - c->at->index;

        return events > LAG_MAX ||
               (events > 1 && tenant->last->bytes - c->at->bytes > (uint64_t)LAG_BYTES);
}

static void tell(struct pushd *p, const struct tenant *tenant, struct connection *c)
{
        if (c->state != OPEN)
                return;
        if (is_behind(tenant, c)) {
                p->counts.slow++;
                connection_close(p, c, CLOSE_SLOW, "too slow: connect again with since");
        } else {
                connection_say(p, c);
        }
}

static void send_away(struct pushd *p, struct connection *c)
{
        connection_close(p, c, CLOSE_GOING_AWAY, "connect again with since");
}

/* Each may leave when it is told, the last one too. Who has lost something finds what is left of it
 * in the stream, or hears that it is gone. */
static void tell_all(struct pushd *p, struct tenant *tenant, bool lost)
{
        tenant->holders++;
        for (struct connection *next, *c = tenant->listeners; c; c = next) {
                next = c->next;
                if (lost)
                        send_away(p, c);
                else
                        tell(p, tenant, c);
        }
        release(p, tenant);
}

void tenant_missed(struct pushd *p, const struct tenant_id *id)
{
        struct tenant *tenant = find(p, id);

        if (tenant)
                tell_all(p, tenant, true);
}

void tenant_publish(struct pushd *p, struct event *event)
{
        struct tenant *tenant = find(p, &event->tenant);
        struct node *node;

        p->counts.events++;
        if (!tenant) {
                free(event);
                return;
        }
        node = node_new(event);
        if (!node) {
                LOG(ERROR, "pushd.no_memory", LOG_TEXT("lost", STR("an event of the list")));
                tell_all(p, tenant, true);
                return;
        }
        node->index = tenant->last->index + 1;
        node->bytes = tenant->last->bytes + node->event->length;
        /* It is held by the one before it, and by the list, before that one may go. */
        tenant->last->next = node;
        (void)node_hold(node);
        node_release(tenant->last);
        tenant->last = node;
        tell_all(p, tenant, false);
}
