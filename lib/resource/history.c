/**
 * history.c: what happened to a record, from the audit, also after its deletion; newest first.
 */
#include "json/read.h"
#include "resource/resource_internal.h"
#include "site/site.h"

static const struct sql sql_count_history =
        SQL("SELECT COUNT(*) FROM audit"
            " WHERE tenant_id = :tenant AND resource = ? AND record_id = ? AND op <> 'access'");

static const struct sql sql_select_history =
        SQL("SELECT id, at, op, version, actor_id, address, request_id, before_doc, after_doc FROM "
            "audit"
            " WHERE tenant_id = :tenant AND resource = ? AND record_id = ? AND op <> 'access'"
            " ORDER BY id DESC LIMIT ? OFFSET ?");

/* A record's site never changes, so the newest whole document tells it. */
static const struct sql sql_select_document =
        SQL("SELECT COALESCE(after_doc, before_doc) FROM audit WHERE tenant_id = :tenant"
            " AND resource = ? AND record_id = ? AND op IN ('create', 'delete')"
            " ORDER BY id DESC LIMIT 1");

enum status history_admits(struct request *r, const struct resource *resource,
                           const struct uuid *id, bool *admitted)
{
        const struct site_scope *scope;
        struct uuid site = {{0}};
        struct json_fault fault;
        json_t *document;
        struct db_rows rows;
        enum status status, ended;

        *admitted = true;
        if (!resource->of_site)
                return STATUS_OK;
        status = site_scope(r, &scope);
        if (status == STATUS_OK && scope->everywhere)
                return STATUS_OK;
        if (status == STATUS_OK)
                status = db_row(r->db, &sql_select_document,
                                DB_PARAMS(db_text(str_of(resource->name)), db_uuid(id)), &rows);
        if (status != STATUS_OK)
                return status;
        status = json_read(r->arena, db_get_str(&rows, 0), &document, &fault);
        *admitted =
                status == STATUS_OK &&
                uuid_parse(json_get_text(document, resource->shape->fields[resource->site].name),
                           &site);
        ended = db_end(&rows);
        if (ended != STATUS_OK || !*admitted)
                return ended != STATUS_OK ? ended : STATUS_NOT_FOUND;
        return site_admits(r, scope, &site, admitted);
}

static void emit_uuid(struct emit *e, const char *name, const struct db_rows *rows, unsigned column)
{
        const struct uuid id = db_get_uuid(rows, column);

        emit_member_uuid(e, name, db_is_null(rows, column) ? NULL : &id);
}

static void emit_document(struct emit *e, const char *name, const struct db_rows *rows,
                          unsigned column)
{
        emit_key(e, name);
        if (db_is_null(rows, column))
                emit_null(e);
        else
                emit_raw(e, db_get_str(rows, column));
}

static void emit_change(struct emit *e, const struct history_words *words,
                        const struct db_rows *rows)
{
        emit_object(e);
        emit_uuid(e, "id", rows, 0);
        emit_member_time(e, words->at, db_get_time(rows, 1));
        emit_member_str(e, words->op, db_get_str(rows, 2));
        emit_member_int(e, "version", db_get_int(rows, 3));
        emit_uuid(e, words->actor, rows, 4);
        emit_member_str(e, "address", db_get_str(rows, 5));
        emit_member_str(e, "request_id", db_get_str(rows, 6));
        emit_document(e, words->before, rows, 7);
        emit_document(e, words->after, rows, 8);
        emit_object_end(e);
}

static enum status count_changes(struct request *r, struct db_params which, int64_t *total)
{
        struct db_rows rows;
        enum status status = db_row(r->db, &sql_count_history, which, &rows);

        if (status != STATUS_OK)
                return status;
        *total = db_get_int(&rows, 0);
        return db_end(&rows);
}

/* Paging by number alone: one record's changes are few. */
static bool read_page(struct request *r, struct page *page)
{
        for (size_t i = 0; i < r->query_count; i++)
                if (!page_is_word(r->query[i].name) || str_is(r->query[i].name, "cursor")) {
                        (void)problem(r, PROBLEM_UNKNOWN_PARAMETER,
                                      "Unknown query parameter; known are: page, per_page, "
                                      "page_size, limit, skip, offset");
                        return false;
                }
        return page_read(r, page);
}

enum status resource_history(struct request *r)
{
        const struct resource *resource = r->route->resource;
        const struct db_value name = db_text(str_of(resource->name));
        struct db_rows rows;
        struct page page;
        struct uuid id;
        struct emit *e;
        int64_t total = 0;
        bool admitted = true;
        enum status status;

        if (!read_page(r, &page))
                return STATUS_INVALID;
        if (!resource_path_id(r, resource, r->arguments[0], &id))
                return STATUS_NOT_FOUND;
        status = history_admits(r, resource, &id, &admitted);
        if (status == STATUS_OK)
                status = count_changes(r, DB_PARAMS(name, db_uuid(&id)), &total);
        if (status == STATUS_NOT_FOUND || (status == STATUS_OK && (total == 0 || !admitted)))
                return resource_not_found(r, resource, r->arguments[0]);
        if (status == STATUS_OK)
                status = db_query(
                        r->db, &sql_select_history,
                        DB_PARAMS(name, db_uuid(&id), db_int(page.size), db_int(page.offset)),
                        &rows);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        resource_mark_phi(r, resource);
        r->dialect->list_open(e, "history");
        while (db_next(&rows))
                emit_change(e, r->dialect->history, &rows);
        r->dialect->list_close(e, "history", total, &page, (struct str){NULL, 0});
        page_links(r, &page, total, (struct str){NULL, 0});
        return db_end(&rows);
}
