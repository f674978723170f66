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
        struct str like, question; /* which buckets are counted; what the tag names */
        bool far;                  /* rows are skipped */
        bool counts_along;         /* the total comes with the page */
        struct str state;          /* TALLY_STATE, then */
        int64_t rows;              /* read */
};

/* What a list's tag names beside the resource's change number: what was asked, in which words it is
 * answered, by whom, in which tenant. */
static bool name_question(struct request *r, struct listing *l)
{
        const struct str query = request_header(r, "QUERY_STRING");
        struct digest digest, question;
        char hex[33], user[UUID_TEXT_SIZE], asked[2 * sizeof(question.bytes) + 1];
        struct str text;

        if (!filter_digest(r, &l->filter, l->resource->table, &question))
                return false;
        text = arena_printf(r->arena, "%s|%s|%s|%u|%.*s", l->sql->columns,
                            hex_format(question.bytes, sizeof(question.bytes), asked).ptr,
                            uuid_format(&r->principal.user.uuid, user).ptr, r->principal.roles,
                            STR_ARG(query));
        if (!text.ptr || !digest_sha256(text, &digest))
                return false;
        l->question = arena_copy(r->arena, hex_format(digest.bytes, 8, hex));
        return l->question.ptr != NULL;
}

/* The list's own tag; absent without memory. */
static struct str put_etag(struct request *r, const struct listing *l)
{
        const struct str etag = arena_printf(r->arena, "%lld-%lld-%.*s", (long long)l->tally.folds,
                                             (long long)l->tally.deltas, STR_ARG(l->question));

        if (etag.ptr)
                response_header(r, "ETag", arena_printf(r->arena, "W/\"%.*s\"", STR_ARG(etag)));
        return etag;
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

/* Afterwards the filter is the page's, no more the whole list's. */
static void narrow_to_page(struct listing *l)
{
        l->far = l->page.offset && !l->page.cursor.ptr;
        if (l->page.cursor.ptr)
                cursor_apply(l->resource, &l->after, &l->filter);
        filter_param(&l->filter, db_int(l->page.size + 1));
        if (l->far)
                filter_param(&l->filter, db_int(l->page.offset));
}

/* The page's statement; with TALLY_STATE when the total comes along. */
static enum status query_page(struct request *r, struct listing *l, struct db_rows *rows)
{
        const char *more = l->counts_along ? ", " TALLY_STATE : "";
        const size_t first = l->counts_along ? TALLY_STATE_VALUES : 0;
        struct db_value values[TALLY_STATE_VALUES + QUERY_PARAMS_MAX];
        const struct str text = l->far ? sql_far_page(r->arena, l->sql, more, &l->filter)
                                       : sql_page(r->arena, l->sql, more, &l->filter);

        if (!text.ptr || !buf_ok(&l->filter.where))
                return STATUS_NOMEM;
        if (l->counts_along)
                tally_state_values(l->resource->name, l->like, values);
        memcpy(values + first, l->filter.params, l->filter.param_count * sizeof(values[0]));
        return db_query(r->db, &(struct sql){text.ptr, SQL_OF_TENANT},
                        (struct db_params){values, first + l->filter.param_count}, rows);
}

/* One row more than the page holds tells whether there is a next page. */
static enum status emit_rows(struct request *r, struct listing *l, struct emit *e)
{
        struct str cursor = {NULL, 0};
        struct db_rows rows;
        enum status status = query_page(r, l, &rows);

        l->rows = 0;
        while (status == STATUS_OK && db_next(&rows)) {
                if (l->rows++ == 0 && l->counts_along)
                        l->state = arena_copy(
                                r->arena,
                                db_get_str(&rows, (unsigned)l->resource->shape->count + 1));
                if (l->rows > l->page.size) {
                        l->next_cursor = cursor;
                        break;
                }
                emit_row(l, &rows, e);
                if (l->rows == l->page.size)
                        cursor = cursor_of_row(r, l, &rows);
        }
        return status == STATUS_OK ? db_end(&rows) : status;
}

/* Before the page, so that a change in between makes the tag older than the rows, never newer. */
static enum status count(struct request *r, struct listing *l, bool *fresh)
{
        struct str etag;
        enum status status;

        *fresh = false;
        if (l->resource->tally_count) {
                status = tally_read(r->db, l->resource->name, l->like, &l->tally);
                if (status != STATUS_OK)
                        return status;
                etag = put_etag(r, l);
                if (!etag.ptr)
                        return STATUS_NOMEM;
                *fresh = condition_fresh(r, etag);
                if (*fresh)
                        return STATUS_OK;
        }
        return total_read(r, l->resource, &l->filter, &l->tally, &l->total);
}

/* The page tells the state of the total, from one snapshot; an empty one can't. */
static enum status page_with_total(struct request *r, struct listing *l, struct emit *e)
{
        bool fresh;
        enum status status = emit_rows(r, l, e);

        if (status == STATUS_OK && l->rows) {
                status = total_of_state(r, l->resource, l->like, l->state, &l->tally);
                l->total = l->tally.total;
                return status == STATUS_OK && !put_etag(r, l).ptr ? STATUS_NOMEM : status;
        }
        l->counts_along = false;
        if (status == STATUS_OK)
                status = count(r, l, &fresh);
        return status == STATUS_OK ? emit_rows(r, l, e) : status;
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

/* The conditions that the caller did not ask for; then what the list is named and counted by. */
static enum status complete(struct request *r, struct listing *l)
{
        enum status status = site_narrow(r, l->resource, &l->filter);

        if (r->route->where) {
                buf_printf(&l->filter.where, " AND %s", r->route->where);
                l->filter.only_tally = false;
        }
        if (status == STATUS_OK)
                status = search_narrow(r, l->resource, &l->filter);
        if (status != STATUS_OK || !l->resource->tally_count)
                return status;
        l->like = total_like(r->arena, l->resource, &l->filter);
        l->counts_along = l->filter.only_tally && !request_header(r, "HTTP_IF_NONE_MATCH").ptr;
        return l->like.ptr && name_question(r, l) ? STATUS_OK : STATUS_NOMEM;
}

static enum status answer(struct request *r, struct listing *l)
{
        const char *plural = route_plural(r->route);
        bool fresh = false;
        struct emit *e;
        enum status status = complete(r, l);

        if (status == STATUS_OK && !l->counts_along)
                status = count(r, l, &fresh);
        if (status != STATUS_OK || fresh)
                return status;
        narrow_to_page(l);
        e = respond_json(r, 200);
        resource_mark_phi(r, l->resource);
        r->dialect->list_open(e, plural);
        status = l->counts_along ? page_with_total(r, l, e) : emit_rows(r, l, e);
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
