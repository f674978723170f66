/**
 * reindex.c: the search index of a resource, made anew from its records, tenant by tenant.
 */
#include <stdio.h>

#include "resource/resource_internal.h"

#include "search/search.h"

enum { MEMORY = 512 << 20 };

struct reindexing {
        const struct resource *resource;
        struct arena *arena;
        struct uuid last; /* of the records read so far */
        struct uuid from; /* where this piece begins; kept for a repetition */
        size_t read;
        struct str select;
};

static enum status read_piece(struct db *db, struct reindexing *x, struct search_bulk *bulk)
{
        const struct sql sql = {x->select.ptr, SQL_OF_TENANT};
        struct db_rows rows;
        enum status status =
                db_query(db, &sql, DB_PARAMS(db_uuid(&x->last), db_int(SEARCH_BULK_MAX)), &rows);

        while (status == STATUS_OK && db_next(&rows)) {
                struct search_document document;
                struct search_owner owner;
                struct record *record;
                int64_t version;

                status = row_to_record(x->arena, x->resource, &rows, &record, &version);
                if (status != STATUS_OK)
                        break;
                x->last = record->values[0].uuid;
                (void)record_texts(x->resource, record, &document);
                record_owner(x->resource, &x->last, record, &owner);
                x->read++;
                if (!search_bulk_add(bulk, &owner, &document))
                        status = STATUS_NOMEM;
        }
        if (status == STATUS_OK)
                return db_end(&rows);
        (void)db_end(&rows);
        return status;
}

static enum status index_piece(struct db *db, void *context)
{
        struct reindexing *x = context;
        struct search_bulk *bulk = search_bulk_new(x->arena, x->resource->name);
        enum status status = bulk ? read_piece(db, x, bulk) : STATUS_NOMEM;

        return status == STATUS_OK ? search_bulk_flush(db, bulk) : status;
}

static void begin_again(void *context)
{
        struct reindexing *x = context;

        x->last = x->from;
        x->read = 0;
}

/* The records of a piece are locked while it is indexed: no change is overtaken. */
static enum status index_tenant(struct db *db, const struct resource *resource, struct arena *arena)
{
        const struct resource_sql *s = resource_statements(resource);
        struct reindexing x = {.resource = resource, .arena = arena};
        const struct db_work work = {.body = index_piece, .again = begin_again, .context = &x};
        struct arena_mark mark;
        enum status status = s ? search_empty(db, resource->name) : STATUS_NOMEM;

        x.select = arena_printf(arena,
                                "SELECT %s FROM %s WHERE tenant_id = :tenant AND id > ?"
                                " ORDER BY id LIMIT ? LOCK IN SHARE MODE",
                                s ? s->columns : "", resource->table);
        if (!x.select.ptr)
                return STATUS_NOMEM;
        mark = arena_mark(arena);
        do {
                x.from = x.last;
                x.read = 0;
                if (status == STATUS_OK)
                        status = db_transaction(db, &work);
                arena_rollback(arena, mark);
        } while (status == STATUS_OK && x.read == SEARCH_BULK_MAX);
        return status;
}

/* The tenant after ${tenant} that has records; STATUS_NOT_FOUND after the last. */
static enum status next_tenant(struct db *db, struct str select, struct tenant_id *tenant)
{
        struct db_rows rows;
        enum status status;

        db_scope(db, NULL);
        status = db_row(db, &(struct sql){select.ptr, SQL_OF_ALL},
                        DB_PARAMS(db_uuid(&tenant->uuid)), &rows);
        if (status != STATUS_OK)
                return status;
        tenant->uuid = db_get_uuid(&rows, 0);
        return db_end(&rows);
}

enum status resource_reindex(struct db *db, const struct resource *resource)
{
        struct arena *arena = arena_create(MEMORY);
        struct tenant_id tenant = {{{0}}};
        struct str select = {NULL, 0};
        enum status status = STATUS_NOMEM;

        if (arena)
                select = arena_printf(arena,
                                      "SELECT tenant_id FROM %s WHERE tenant_id > ?"
                                      " ORDER BY tenant_id LIMIT 1",
                                      resource->table);
        if (select.ptr)
                status = next_tenant(db, select, &tenant);
        while (status == STATUS_OK) {
                db_scope(db, &tenant);
                status = index_tenant(db, resource, arena);
                if (status == STATUS_OK)
                        status = next_tenant(db, select, &tenant);
        }
        db_scope(db, NULL);
        arena_destroy(arena);
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}
