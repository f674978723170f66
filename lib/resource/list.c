/**
 * list.c: a page of records, streamed from the result's buffers into the answer.
 */
#include "resource/resource_internal.h"

struct listing {
        const struct resource *resource;
        const struct resource_sql *sql;
        struct filter filter;
        struct page page;
        struct tally tally;
        int64_t total;
        struct cursor after; /* where the last page ended, when the page says so */
        struct str next_cursor;
};

/* The list's own tag: what was asked, in which words it is answered, by whom, in which tenant, and
 * the resource's change number. */
static struct str list_etag(struct request *r, const struct listing *l)
{
        const struct str query = request_header(r, "QUERY_STRING");
        struct digest digest, question;
        char hex[33], user[UUID_TEXT_SIZE], asked[2 * sizeof(question.bytes) + 1];
        struct str text;

        if (!filter_digest(r, &l->filter, l->resource->table, &question))
                return (struct str){NULL, 0};
        text = arena_printf(r->arena, "%s|%s|%s|%u|%.*s", l->sql->columns,
                            hex_format(question.bytes, sizeof(question.bytes), asked).ptr,
                            uuid_format(&r->principal.user.uuid, user).ptr, r->principal.roles,
                            STR_ARG(query));
        if (!text.ptr || !digest_sha256(text, &digest))
                return (struct str){NULL, 0};
        return arena_printf(r->arena, "%lld-%lld-%s", (long long)l->tally.folds,
                            (long long)l->tally.deltas, hex_format(digest.bytes, 8, hex).ptr);
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

static struct str cursor_of_row(struct request *r, const struct listing *l,
                                const struct db_rows *rows)
{
        const size_t sort = l->filter.sort;
        const struct cursor last = {
                field_cell(&l->resource->shape->fields[sort], rows, (unsigned)sort),
                db_get_uuid(rows, 0)};

        return cursor_make(r->arena, l->resource, &l->filter, &last);
}

/* One row more than the page holds tells whether there is a next page. */
static enum status emit_rows(struct request *r, struct listing *l, struct emit *e)
{
        const bool far = l->page.offset && !l->page.cursor.ptr;
        struct db_rows rows;
        struct str text, cursor = {NULL, 0};
        int64_t count = 0;
        enum status status;

        if (l->page.cursor.ptr)
                cursor_apply(l->resource, &l->after, &l->filter);
        filter_param(&l->filter, db_int(l->page.size + 1));
        if (far)
                filter_param(&l->filter, db_int(l->page.offset));
        text = far ? sql_far_page(r->arena, l->sql, &l->filter)
                   : sql_page(r->arena, l->sql, &l->filter);
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
                if (count == l->page.size)
                        cursor = cursor_of_row(r, l, &rows);
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

static void release(void *buf)
{
        buf_free(buf);
}

/* Everything that can be refused is refused before the database is asked. */
static bool read_question(struct request *r, struct listing *l)
{
        if (!page_read(r, &l->page) || !filter_read(r, l->resource, &l->filter))
                return false;
        if (!l->page.cursor.ptr ||
            cursor_read(r, l->resource, l->page.cursor, &l->filter, &l->after))
                return true;
        (void)problem_invalid(r);
        return false;
}

static enum status answer(struct request *r, struct listing *l)
{
        const char *plural = route_plural(r->route);
        bool fresh;
        struct emit *e;
        enum status status = site_narrow(r, l->resource, &l->filter);

        if (r->route->where) {
                buf_printf(&l->filter.where, " AND %s", r->route->where);
                l->filter.only_tally = false;
        }
        if (status == STATUS_OK)
                status = search_narrow(r, l->resource, &l->filter);
        if (status == STATUS_OK)
                status = count(r, l, &fresh);
        if (status != STATUS_OK || fresh)
                return status;
        e = respond_json(r, 200);
        resource_mark_phi(r, l->resource);
        r->dialect->list_open(e, plural);
        status = emit_rows(r, l, e);
        if (status != STATUS_OK)
                return status;
        if (r->route->flags & ROUTE_FIRST_ROWS)
                l->next_cursor = (struct str){NULL, 0};
        r->dialect->list_close(e, plural, l->total, &l->page, l->next_cursor);
        if (!(r->route->flags & ROUTE_FIRST_ROWS))
                page_links(r, &l->page, l->total, l->next_cursor);
        return STATUS_OK;
}

enum status resource_list(struct request *r)
{
        const struct resource *resource = r->route->resource;
        struct listing *l = arena_new(r->arena, struct listing, 1);

        if (!l || !(l->sql = resource_statements(resource)))
                return STATUS_NOMEM;
        l->resource = resource;
        if (!read_question(r, l))
                return r->response.status ? STATUS_INVALID : STATUS_NOMEM;
        return answer(r, l);
}

static bool ask(struct request *r, struct listing *l, const struct resource_question *question)
{
        struct filter *filter = &l->filter;

        filter_start(l->resource, filter);
        if (!arena_on_reset(r->arena, release, &filter->where))
                return false;
        buf_str(&filter->where, question->where);
        for (size_t i = 0; i < question->param_count; i++)
                filter_condition_param(filter, question->params[i]);
        filter->only_tally = question->where.len == 0;
        if (question->sort && !sort_read(l->resource, str_of(question->sort), filter))
                return false;
        if (question->limit)
                l->page = (struct page){.number = 1, .size = question->limit};
        else if (question->page)
                l->page = (struct page){.number = question->page,
                                        .size = question->size,
                                        .offset = (question->page - 1) * question->size};
        else if (!page_read(r, &l->page))
                return false;
        if (!l->page.cursor.ptr || cursor_read(r, l->resource, l->page.cursor, filter, &l->after))
                return buf_ok(&filter->where) && !filter->full;
        (void)problem_invalid(r);
        return false;
}

enum status resource_answer(struct request *r, const struct resource *resource,
                            const struct resource_question *question)
{
        struct listing *l = arena_new(r->arena, struct listing, 1);

        if (!l || !(l->sql = resource_statements(resource)))
                return STATUS_NOMEM;
        l->resource = resource;
        if (!ask(r, l, question))
                return r->response.status ? STATUS_INVALID : STATUS_NOMEM;
        return answer(r, l);
}
