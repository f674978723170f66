/**
 * list.c: a page of records, streamed from the result's buffers into the answer.
 */
#include <stdio.h>

#include "resource/resource_internal.h"

struct listing {
        const struct resource *resource;
        const struct resource_sql *sql;
        struct filter filter;
        struct page page;
        struct tally tally;
        int64_t total;
        struct str next_cursor;
        size_t counted; /* parameters of the filter alone, without the cursor */
};

/* The list's own tag: what was asked, by whom, and the resource's change number. */
static struct str list_etag(struct request *r, const struct listing *l)
{
        const struct str query = request_header(r, "QUERY_STRING");
        struct digest digest;
        struct str text = arena_printf(r->arena, "%.*s|%u|%.*s", STR_ARG(query), r->principal.roles,
                                       (int)sizeof(r->principal.email), r->principal.email);
        char hex[17];

        if (!text.ptr || !digest_sha256(text, &digest))
                return (struct str){NULL, 0};
        return arena_printf(r->arena, "%lld-%lld-%s", (long long)l->tally.folds,
                            (long long)l->tally.deltas, hex_format(digest.bytes, 8, hex).ptr);
}

static struct str page_statement(struct request *r, const struct listing *l)
{
        const struct filter *f = &l->filter;
        const char *column = field_column(&l->resource->shape->fields[f->sort]);
        const char *way = f->descending ? "DESC" : "ASC";
        const struct str where = buf_view(&f->where);

        if (l->page.offset == 0 || l->page.cursor.ptr)
                return arena_printf(r->arena,
                                    "SELECT %s FROM %s WHERE tenant_id = :tenant%.*s ORDER BY %s "
                                    "%s, id %s LIMIT ?",
                                    l->sql->columns, l->resource->table, STR_ARG(where), column,
                                    way, way);
        /* Far pages: skip in the index, then fetch only the rows of the page. */
        return arena_printf(
                r->arena,
                "SELECT %s FROM (SELECT id AS page_id FROM %s WHERE tenant_id = :tenant%.*s"
                " ORDER BY %s %s, id %s LIMIT ? OFFSET ?) AS page JOIN %s AS t"
                " ON t.tenant_id = :tenant AND t.id = page.page_id ORDER BY t.%s %s, t.id %s",
                l->sql->of_page, l->resource->table, STR_ARG(where), column, way, way,
                l->resource->table, column, way, way);
}

static void emit_row(const struct listing *l, const struct db_rows *rows, struct emit *e)
{
        const struct shape *shape = l->resource->shape;

        emit_object(e);
        for (size_t i = 0; i < shape->count; i++) {
                struct db_value value;

                if (!l->filter.selected[i])
                        continue;
                value = field_cell(&shape->fields[i], rows, (unsigned)i);
                emit_key(e, shape->fields[i].name);
                field_emit(&shape->fields[i], &value, e);
        }
        emit_object_end(e);
}

static enum status emit_rows(struct request *r, struct listing *l, struct emit *e)
{
        const struct str text = page_statement(r, l);
        const bool skips = l->page.offset && !l->page.cursor.ptr;
        struct db_rows rows;
        struct str cursor = {NULL, 0};
        int64_t count = 0;
        enum status status;

        (void)filter_param(&l->filter, db_int(l->page.size +
                                              1)); /* one more tells whether there is a next page */
        if (skips)
                (void)filter_param(&l->filter, db_int(l->page.offset));
        if (!text.ptr || !buf_ok(&l->filter.where))
                return STATUS_NOMEM;
        status = db_query(r->db, &(struct sql){text.ptr, SQL_OF_TENANT},
                          (struct db_params){l->filter.params, l->filter.param_count}, &rows);
        while (status == STATUS_OK && db_next(&rows)) {
                if (++count > l->page.size) {
                        l->next_cursor = cursor;
                        break;
                }
                emit_row(l, &rows, e);
                if (count == l->page.size) {
                        const struct db_value value =
                                field_cell(&l->resource->shape->fields[l->filter.sort], &rows,
                                           (unsigned)l->filter.sort);
                        const struct uuid id = db_get_uuid(&rows, 0);

                        cursor = cursor_make(r->arena, l->resource, &l->filter, &value, &id);
                }
        }
        return status == STATUS_OK ? db_end(&rows) : status;
}

static enum status count(struct request *r, struct listing *l, bool *fresh)
{
        struct str etag;
        enum status status;

        *fresh = false;
        if (l->resource->tally_count) {
                status = tally_read(r->db, l->resource->name,
                                    total_like(r->arena, l->resource, &l->filter), &l->tally);
                if (status != STATUS_OK)
                        return status;
                etag = list_etag(r, l);
                if (!etag.ptr)
                        return STATUS_NOMEM;
                response_header(r, "ETag", arena_printf(r->arena, "W/\"%s\"", etag.ptr));
                *fresh = condition_fresh(r, etag);
                if (*fresh)
                        return STATUS_OK;
        }
        return total_read(r, l->resource, &l->filter, &l->tally, &l->total);
}

enum status resource_list(struct request *r)
{
        const struct resource *resource = r->route->resource;
        struct listing *l = arena_new(r->arena, struct listing, 1);
        struct emit *e;
        bool fresh;
        enum status status;

        if (!l || !(l->sql = resource_statements(resource)))
                return STATUS_NOMEM;
        l->resource = resource;
        if (!page_read(r, &l->page) || !filter_read(r, resource, &l->filter))
                return r->response.status ? STATUS_INVALID : STATUS_NOMEM;
        status = count(r, l, &fresh);
        if (status != STATUS_OK || fresh)
                return status;
        if (l->page.cursor.ptr && !cursor_apply(r, resource, l->page.cursor, &l->filter))
                return problem_invalid(r);
        e = respond_json(r, 200);
        r->dialect->list_open(e, resource->plural);
        status = emit_rows(r, l, e);
        if (status != STATUS_OK)
                return status;
        r->dialect->list_close(e, resource->plural, l->total, &l->page, l->next_cursor);
        page_links(r, &l->page, l->total, l->next_cursor);
        return STATUS_OK;
}
