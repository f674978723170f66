/**
 * search.c: GET …?query=: the best records first, with the words marked; and ?search= on a list,
 * which keeps the list's own order.
 */
#include "resource/resource_internal.h"

#include "search/search.h"
#include "site/site.h"

enum { SNIPPET = 160, QUERY = 0 };

static enum status read_sites(struct request *r, const struct resource *resource,
                              struct search_sites *sites)
{
        const struct site_scope *scope;
        struct uuid *list;
        enum status status;

        *sites = (struct search_sites){.everywhere = true, .user = r->principal.user.uuid};
        if (!resource->of_site)
                return STATUS_OK;
        status = site_scope(r, &scope);
        if (status != STATUS_OK)
                return status;
        sites->everywhere = scope->everywhere && !scope->chosen;
        sites->count = scope->chosen ? 1 : scope->count;
        list = arena_new(r->arena, struct uuid, sites->count + 1);
        if (!list)
                return STATUS_NOMEM;
        for (size_t i = 0; i < sites->count; i++)
                list[i] = scope->chosen ? scope->context : scope->members[i].site;
        sites->sites = list;
        return STATUS_OK;
}

static void emit_highlights(struct request *r, const struct resource *resource,
                            const struct db_rows *rows, const struct search_question *question,
                            struct emit *e)
{
        emit_key(e, "highlights");
        emit_object(e);
        for (size_t i = 0; i < resource->shape->count; i++) {
                const size_t most = i == resource->title ? 0 : SNIPPET;
                struct str marked;

                if (!(resource->shape->fields[i].flags & FIELD_SEARCH))
                        continue;
                marked = search_highlight(r->arena, db_get_str(rows, (unsigned)i), question, most);
                if (marked.ptr)
                        emit_member_str(e, resource->shape->fields[i].name, marked);
        }
        emit_object_end(e);
}

/* The record is read with the caller's sites and tenant; one that went meanwhile is left out. */
static enum status emit_hit(struct request *r, const struct resource *resource,
                            const struct uuid *id, const struct search_question *question,
                            struct emit *e)
{
        const struct resource_sql *s = resource_statements(resource);
        struct db_value values[ROW_PARAMS_MAX];
        struct db_rows rows;
        enum status status = s ? db_row(r->db, &s->read, row_params(r, resource, id, values), &rows)
                               : STATUS_NOMEM;

        if (status != STATUS_OK)
                return status == STATUS_NOT_FOUND ? STATUS_OK : status;
        emit_object(e);
        for (size_t i = 0; i < resource->shape->count; i++) {
                const struct field *field = &resource->shape->fields[i];
                const struct db_value value = field_cell(field, &rows, (unsigned)i);

                emit_key(e, field->name);
                field_emit(field, &value, e);
        }
        emit_highlights(r, resource, &rows, question, e);
        emit_object_end(e);
        return db_end(&rows);
}

static enum status answer(struct request *r, const struct resource *resource,
                          const struct search_question *question, const struct search_hits *hits,
                          const struct page *page)
{
        struct emit *e = respond_json(r, 200);
        enum status status = STATUS_OK;

        emit_object(e);
        emit_key(e, route_plural(r->route));
        emit_array(e);
        for (size_t i = 0; i < hits->count && status == STATUS_OK; i++)
                status = emit_hit(r, resource, &hits->ids[i], question, e);
        emit_array_end(e);
        emit_member_int(e, "total", hits->total);
        emit_member_bool(e, "total_is_minimum", hits->capped);
        emit_member_int(e, "page", page->number);
        emit_member_int(e, "page_size", page->size);
        emit_object_end(e);
        if (status == STATUS_OK)
                page_links(r, page, hits->total, (struct str){NULL, 0});
        return status;
}

enum status resource_search(struct request *r)
{
        const struct resource *resource = r->route->resource;
        struct search_question *question = arena_new(r->arena, struct search_question, 1);
        struct search_sites sites;
        struct search_hits hits;
        struct page page;
        enum status status;

        if (!question)
                return STATUS_NOMEM;
        if (!page_read(r, &page))
                return STATUS_INVALID;
        if (page.offset + page.size > SEARCH_COUNT_MAX)
                return problem(r, PROBLEM_BAD_REQUEST, "Only the first %d results can be paged to",
                               SEARCH_COUNT_MAX);
        status = read_sites(r, resource, &sites);
        if (status == STATUS_OK)
                status = search_ask(r->db, r->arena, resource->name, record_str(r->filter, QUERY),
                                    question);
        if (status == STATUS_OK)
                status = search_find(r->db, r->arena, question, &sites, page.offset, page.size,
                                     &hits);
        return status == STATUS_OK ? answer(r, resource, question, &hits, &page) : status;
}

/* All words, each in any of its readings. */
static void narrow(const struct search_question *question, struct filter *filter)
{
        for (size_t i = 0; i < question->count; i++) {
                const struct search_asked *asked = &question->words[i];

                buf_text(&filter->where, " AND id IN (SELECT p.doc_id FROM search_postings AS p "
                                         "WHERE p.term_id IN (");
                for (size_t j = 0; j < asked->count; j++) {
                        buf_text(&filter->where, j ? ", ?" : "?");
                        filter_condition_param(filter, db_int((int64_t)asked->readings[j].term));
                }
                buf_text(&filter->where, asked->count ? "))" : "NULL))");
        }
        if (question->count == 0)
                buf_text(&filter->where, " AND 1 = 0");
}

enum status search_narrow(struct request *r, const struct resource *resource, struct filter *filter)
{
        struct search_question *question;
        enum status status;

        if (!filter->search.ptr)
                return STATUS_OK;
        question = arena_new(r->arena, struct search_question, 1);
        if (!question)
                return STATUS_NOMEM;
        status = search_ask(r->db, r->arena, resource->name, filter->search, question);
        if (status != STATUS_OK)
                return status;
        filter->only_tally = false;
        narrow(question, filter);
        return filter->full ? problem(r, PROBLEM_BAD_REQUEST, "Too much is asked of one list")
                            : STATUS_OK;
}

/* clang-format off */
static const struct field query_fields[] = {
        [QUERY] = {"query", TYPE_TEXT, .min = 1, .max = 500, .flags = FIELD_REQUIRED, .class = SENSITIVE,
                   .about = "Words; all must be there. The last may be unfinished, one that is unknown is read as its nearest neighbours. At most 8 count.", .example = "\"weekly rev\""},
        {"site_id", TYPE_ID, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Only of this site.", .example = "\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\""},
};
const struct shape search_query = SHAPE("SearchQuery", query_fields, "What to look for.");
/* clang-format on */
