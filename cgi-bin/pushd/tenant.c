/**
 * tenant.c: whose events are listened to; a tenant without listeners keeps none.
 */
#include <stdlib.h>

#include "pushd.h"

static struct tenant *find(struct pushd *p, const struct tenant_id *id)
{
        struct tenant *tenant = p->tenants;

        while (tenant && !uuid_eq(&tenant->id.uuid, &id->uuid))
                tenant = tenant->next;
        return tenant;
}

struct tenant *tenant_join(struct pushd *p, const struct tenant_id *id)
{
        struct tenant *tenant = find(p, id);

        if (!tenant) {
                tenant = calloc(1, sizeof(*tenant));
                if (tenant)
                        tenant->last = node_new(NULL);
                if (!tenant || !tenant->last) {
                        free(tenant);
                        return NULL;
                }
                tenant->id = *id;
                tenant->next = p->tenants;
                p->tenants = tenant;
        }
        tenant->listeners++;
        return tenant;
}

void tenant_leave(struct pushd *p, struct tenant *tenant)
{
        struct tenant **link = &p->tenants;

        if (--tenant->listeners)
                return;
        while (*link != tenant)
                link = &(*link)->next;
        *link = tenant->next;
        node_release(tenant->last);
        free(tenant);
}

/* The last listener may leave meanwhile. */
static void tell_all(struct pushd *p, struct tenant *tenant)
{
        tenant->listeners++;
        for (size_t fd = 0; fd < p->connection_room; fd++) {
                struct connection *c = p->connections[fd];

                if (!c || c->state != OPEN || c->tenant != tenant)
                        continue;
                if (tenant->last->index - c->at->index > LAG_MAX)
                        connection_close(p, c, CLOSE_SLOW, "too slow: connect again with since");
                else if (!c->wants_out && !c->replaying)
                        connection_flush(p, c);
        }
        tenant_leave(p, tenant);
}

void tenant_publish(struct pushd *p, struct event *event)
{
        struct tenant *tenant = find(p, &event->tenant);
        struct node *node;

        if (!tenant) {
                free(event);
                return;
        }
        node = node_new(event);
        if (!node)
                return; /* clients see the gap in seq, and resume */
        node->index = tenant->last->index + 1;
        tenant->last->next = node; /* holds it, with its first hold */
        node_release(tenant->last);
        tenant->last = node_hold(node);
        tell_all(p, tenant);
}
