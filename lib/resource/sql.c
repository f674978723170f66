/**
 * sql.c: every statement about a resource. Identifiers come from its tables alone, values are
 * parameters, and each statement names the tenant.
 */
#include <pthread.h>
#include <stdlib.h>

#include "resource/resource_internal.h"

bool resource_inserts(const struct field *field)
{
        const bool stamp =
                strcmp(field->name, "created_at") == 0 || strcmp(field->name, "updated_at") == 0;
        const bool ours = (field->flags & FIELD_READ_ONLY) && !(field->flags & FIELD_HOOK);

        return !(field->flags & FIELD_COMPUTED) && (stamp || !ours);
}

bool resource_updates(const struct field *field)
{
        return !(field->flags & (FIELD_COMPUTED | FIELD_READ_ONLY | FIELD_WRITE_ONCE));
}

static void put_columns(struct buf *out, const struct shape *shape, const char *table)
{
        for (size_t i = 0; i < shape->count; i++)
                buf_printf(out, "%s%s, ", shape->fields[i].reads ? "" : table,
                           field_reads(&shape->fields[i]));
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

/* Parameters: whether the caller is admin everywhere, and who it is. */
static void put_site(struct buf *out, const struct resource *resource)
{
        if (resource->of_site)
                buf_printf(out,
                           " AND (? OR %s IN (SELECT m.site_id FROM site_members AS m"
                           " WHERE m.tenant_id = :tenant AND m.user_id = ?))",
                           field_column(&resource->shape->fields[resource->site]));
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
        put_site(text, resource);
        s->read.text = keep(text);
        buf_printf(text, "SELECT %s FROM %s WHERE tenant_id = :tenant AND id = ?", s->columns,
                   resource->table);
        put_site(text, resource);
        buf_text(text, " FOR UPDATE");
        s->lock.text = keep(text);
        put_insert(text, resource, s->columns);
        s->insert.text = keep(text);
        buf_printf(text, "DELETE FROM %s WHERE tenant_id = :tenant AND id = ?", resource->table);
        s->remove.text = keep(text);
        return s->read.text && s->lock.text && s->insert.text && s->remove.text;
}

static void release(struct resource_sql *s)
{
        const char *const texts[] = {s->columns,   s->of_page,     s->read.text,
                                     s->lock.text, s->insert.text, s->remove.text};

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                free((void *)(uintptr_t)texts[i]);
        free(s);
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
        release(s);
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

/* The conditions of a filter, after "WHERE tenant_id = :tenant". */
#define WHERE_ARG(filter) STR_ARG(buf_view(&(filter)->where))

static const char *way_of(const struct filter *filter)
{
        return filter->descending ? "DESC" : "ASC";
}

struct str sql_page(struct arena *arena, const struct resource_sql *s, const char *more,
                    const struct filter *filter)
{
        const struct field *field = &s->resource->shape->fields[filter->sort];
        const char *way = way_of(filter);

        return arena_printf(
                arena,
                "SELECT %s%s FROM %s WHERE tenant_id = :tenant%.*s ORDER BY %s %s, id %s LIMIT ?",
                s->columns, more, s->resource->table, WHERE_ARG(filter), field_column(field), way,
                way);
}

/* Skipping happens in the index; only the rows of the page are fetched. */
struct str sql_far_page(struct arena *arena, const struct resource_sql *s, const char *more,
                        const struct filter *filter)
{
        const char *column = field_column(&s->resource->shape->fields[filter->sort]);
        const char *table = s->resource->table, *way = way_of(filter);

        return arena_printf(
                arena,
                "SELECT %s%s FROM (SELECT id AS page_id FROM %s WHERE tenant_id = :tenant%.*s"
                " ORDER BY %s %s, id %s LIMIT ? OFFSET ?) AS page JOIN %s AS t"
                " ON t.tenant_id = :tenant AND t.id = page.page_id ORDER BY t.%s %s, t.id %s",
                s->of_page, more, table, WHERE_ARG(filter), column, way, way, table, column, way,
                way);
}

struct str sql_count(struct arena *arena, const struct resource *resource,
                     const struct filter *filter)
{
        return arena_printf(arena, "SELECT COUNT(*) FROM %s WHERE tenant_id = :tenant%.*s",
                            resource->table, WHERE_ARG(filter));
}

struct str sql_update(struct arena *arena, const struct resource *resource, const bool *marks)
{
        struct str copy = {NULL, 0};
        struct buf text;

        buf_init(&text, STATEMENT_MAX);
        buf_printf(&text, "UPDATE %s SET ", resource->table);
        for (size_t i = 1; i < resource->shape->count; i++)
                if (marks[i])
                        buf_printf(&text, "%s = ?, ", field_column(&resource->shape->fields[i]));
        buf_text(&text, "version = version + 1, updated_at = ?"
                        " WHERE tenant_id = :tenant AND id = ? AND version = ?");
        if (buf_ok(&text))
                copy = arena_copy(arena, buf_view(&text));
        buf_free(&text);
        return copy;
}
