/**
 * sql.c: the constant statements of a resource. Identifiers come from its tables alone; every
 * statement names the tenant.
 */
#include <pthread.h>
#include <stdlib.h>

#include "resource/resource_internal.h"

bool resource_inserts(const struct field *field)
{
        const bool stamp =
                strcmp(field->name, "created_at") == 0 || strcmp(field->name, "updated_at") == 0;

        return !(field->flags & FIELD_COMPUTED) && (stamp || !(field->flags & FIELD_READ_ONLY));
}

bool resource_updates(const struct field *field)
{
        return !(field->flags & (FIELD_COMPUTED | FIELD_READ_ONLY | FIELD_WRITE_ONCE));
}

static void put_columns(struct buf *out, const struct shape *shape, const char *table)
{
        for (size_t i = 0; i < shape->count; i++)
                buf_printf(out, "%s%s, ", table, field_column(&shape->fields[i]));
        buf_printf(out, "%sversion", table);
}

static void put_insert(struct buf *out, const struct resource *resource, const char *columns)
{
        const struct shape *shape = resource->shape;

        buf_printf(out, "INSERT INTO %s (tenant_id, id", resource->table);
        for (size_t i = 1; i < shape->count; i++)
                if (resource_inserts(&shape->fields[i]))
                        buf_printf(out, ", %s", field_column(&shape->fields[i]));
        buf_text(out, ") VALUES (:tenant, ?");
        for (size_t i = 1; i < shape->count; i++)
                if (resource_inserts(&shape->fields[i]))
                        buf_text(out, ", ?");
        buf_printf(out, ") RETURNING %s", columns);
}

/* The text so far, kept for ever; the buffer starts anew. */
static const char *keep(struct buf *text)
{
        const char *kept = buf_ok(text) ? strdup(text->data) : NULL;

        buf_clear(text);
        return kept;
}

static bool write_texts(struct resource_sql *s, struct buf *text)
{
        const struct resource *resource = s->resource;

        put_columns(text, resource->shape, "");
        s->columns = keep(text);
        put_columns(text, resource->shape, "t.");
        s->of_page = keep(text);
        if (!s->columns || !s->of_page)
                return false;
        buf_printf(text, "SELECT %s FROM %s WHERE tenant_id = :tenant AND id = ?", s->columns,
                   resource->table);
        s->read.text = keep(text);
        buf_printf(text, "SELECT %s FROM %s WHERE tenant_id = :tenant AND id = ? FOR UPDATE",
                   s->columns, resource->table);
        s->lock.text = keep(text);
        put_insert(text, resource, s->columns);
        s->insert.text = keep(text);
        buf_printf(text, "DELETE FROM %s WHERE tenant_id = :tenant AND id = ?", resource->table);
        s->remove.text = keep(text);
        return s->read.text && s->lock.text && s->insert.text && s->remove.text;
}

static struct resource_sql *create(const struct resource *resource)
{
        struct resource_sql *s = calloc(1, sizeof(*s));
        struct buf text;
        bool written;

        if (!s)
                return NULL;
        buf_init(&text, STATEMENT_MAX);
        s->resource = resource;
        written = write_texts(s, &text);
        buf_free(&text);
        if (written)
                return s;
        free(s); /* what was kept of it is lost with the process's last memory */
        return NULL;
}

static struct {
        pthread_mutex_t lock;
        struct resource_sql *_Atomic first;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct resource_sql *find(const struct resource *resource)
{
        struct resource_sql *s = all.first;

        while (s && s->resource != resource)
                s = s->next;
        return s;
}

const struct resource_sql *resource_statements(const struct resource *resource)
{
        struct resource_sql *s = find(resource);

        if (s)
                return s;
        pthread_mutex_lock(&all.lock);
        s = find(resource);
        if (!s && (s = create(resource))) {
                s->next = all.first;
                all.first = s;
        }
        pthread_mutex_unlock(&all.lock);
        return s;
}
