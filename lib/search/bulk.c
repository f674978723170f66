/**
 * bulk.c: the index of many records in one go: sorted first, so that the tables are written from
 * front to back.
 */
#include <stdlib.h>

#include "search/search_internal.h"

enum { ROWS = 256, TERMS_AT_ONCE = 20000, EMPTIED_AT_ONCE = 200 };

struct posting {
        struct str term;
        int64_t number; /* of the term */
        size_t owner;
};

struct search_bulk {
        struct arena *arena;
        const char *kind;
        struct search_owner owners[SEARCH_BULK_MAX];
        size_t owner_count;
        struct posting *postings;
        size_t count, room;
};

#define FOUR(x) x ", " x ", " x ", " x
#define SIXTY_FOUR(x) FOUR(FOUR(FOUR(x)))
#define INSERT_POSTINGS "INSERT IGNORE INTO search_postings (term_id, doc_id, site) VALUES "

/* The tenant is the terms': they have been looked up in it. */
static const struct sql sql_insert_rows = SQL_GLOBAL(INSERT_POSTINGS FOUR(SIXTY_FOUR("(?, ?, ?)")));
static const struct sql sql_insert_row = SQL_GLOBAL(INSERT_POSTINGS "(?, ?, ?)");

static const struct sql sql_select_numbers =
        SQL("SELECT t.id, t.term FROM JSON_TABLE(?, '$[*]' COLUMNS (term VARCHAR(50) CHARACTER SET"
            " utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS j JOIN search_terms AS t"
            " ON t.tenant_id = :tenant AND t.kind = ? AND t.term = j.term");

static const struct sql sql_delete_some_postings =
        SQL("DELETE p FROM search_postings AS p JOIN (SELECT id FROM search_terms"
            " WHERE tenant_id = :tenant AND kind = ? AND id > ? ORDER BY id LIMIT ?) AS t"
            " ON p.term_id = t.id");

static const struct sql sql_select_last_of_some =
        SQL("SELECT MAX(id) FROM (SELECT id FROM search_terms WHERE tenant_id = :tenant"
            " AND kind = ? AND id > ? ORDER BY id LIMIT ?) AS t");

struct search_bulk *search_bulk_new(struct arena *arena, const char *kind)
{
        struct search_bulk *bulk = arena_new(arena, struct search_bulk, 1);

        if (bulk) {
                bulk->arena = arena;
                bulk->kind = kind;
        }
        return bulk;
}

static bool make_room(struct search_bulk *bulk, size_t more)
{
        struct posting *postings;

        if (bulk->count + more <= bulk->room)
                return true;
        bulk->room = (bulk->room + more) * 2;
        postings = arena_new(bulk->arena, struct posting, bulk->room);
        if (!postings)
                return false;
        if (bulk->count)
                memcpy(postings, bulk->postings, bulk->count * sizeof(*postings));
        bulk->postings = postings;
        return true;
}

bool search_bulk_add(struct search_bulk *bulk, const struct search_owner *owner,
                     const struct search_document *document)
{
        struct search_terms terms;

        if (bulk->owner_count == SEARCH_BULK_MAX ||
            !search_terms_of(bulk->arena, document, &terms) || !make_room(bulk, terms.count))
                return false;
        for (size_t i = 0; i < terms.count; i++)
                bulk->postings[bulk->count++] =
                        (struct posting){terms.items[i], 0, bulk->owner_count};
        bulk->owners[bulk->owner_count++] = *owner;
        return true;
}

static int by_term(const void *a, const void *b)
{
        const struct posting *x = a, *y = b;
        const size_t shorter = x->term.len < y->term.len ? x->term.len : y->term.len;
        const int order = memcmp(x->term.ptr, y->term.ptr, shorter);

        return order ? order : (x->term.len > y->term.len) - (x->term.len < y->term.len);
}

/* Within a term by owner: they come in the order of their ids. */
static int by_number(const void *a, const void *b)
{
        const struct posting *x = a, *y = b;

        if (x->number != y->number)
                return x->number < y->number ? -1 : 1;
        return (x->owner > y->owner) - (x->owner < y->owner);
}

/* The postings from ${first} on that have a term, which gets its number. */
static void set_number(struct search_bulk *bulk, size_t first, size_t end, struct str term,
                       int64_t number)
{
        const struct posting wanted = {.term = term};

        while (first < end) {
                const size_t middle = first + (end - first) / 2;

                if (by_term(&bulk->postings[middle], &wanted) < 0)
                        first = middle + 1;
                else
                        end = middle;
        }
        for (; first < bulk->count && str_eq(bulk->postings[first].term, term); first++)
                bulk->postings[first].number = number;
}

static enum status number_some(struct db *db, struct search_bulk *bulk, size_t first, size_t end,
                               const struct search_terms *terms)
{
        const struct str json = search_json(bulk->arena, terms->items, terms->count);
        struct db_rows rows;
        enum status status = STATUS_NOMEM;

        if (json.ptr)
                status = search_add_terms(db, bulk->arena, bulk->kind, terms);
        if (status == STATUS_OK)
                status = db_query(db, &sql_select_numbers,
                                  DB_PARAMS(db_text(json), db_text(str_of(bulk->kind))), &rows);
        if (status != STATUS_OK)
                return status;
        while (db_next(&rows))
                set_number(bulk, first, end, db_get_str(&rows, 1), db_get_int(&rows, 0));
        return db_end(&rows);
}

static enum status number_all(struct db *db, struct search_bulk *bulk)
{
        struct search_terms terms = {arena_new(bulk->arena, struct str, TERMS_AT_ONCE), 0};
        size_t first = 0;
        enum status status = terms.items ? STATUS_OK : STATUS_NOMEM;

        for (size_t i = 0; i < bulk->count && status == STATUS_OK; i++) {
                const bool last_of_term =
                        i + 1 == bulk->count ||
                        !str_eq(bulk->postings[i].term, bulk->postings[i + 1].term);

                if (!last_of_term)
                        continue;
                terms.items[terms.count++] = bulk->postings[i].term;
                if (terms.count < TERMS_AT_ONCE && i + 1 < bulk->count)
                        continue;
                status = number_some(db, bulk, first, i + 1, &terms);
                first = i + 1;
                terms.count = 0;
        }
        return status;
}

static enum status insert(struct db *db, const struct search_bulk *bulk, size_t first, size_t rows)
{
        struct db_value values[ROWS * 3];
        size_t count = 0;

        for (size_t i = first; i < first + rows; i++) {
                const struct search_owner *owner = &bulk->owners[bulk->postings[i].owner];

                values[count++] = db_int(bulk->postings[i].number);
                values[count++] = db_uuid(&owner->id);
                values[count++] = db_bytes(owner->site.bytes + 8, 8);
        }
        return db_run(db, rows == 1 ? &sql_insert_row : &sql_insert_rows,
                      (struct db_params){values, count}, NULL);
}

enum status search_bulk_flush(struct db *db, struct search_bulk *bulk)
{
        size_t at = 0;
        enum status status;

        if (bulk->count == 0)
                return STATUS_OK;
        qsort(bulk->postings, bulk->count, sizeof(*bulk->postings), by_term);
        status = number_all(db, bulk);
        if (status != STATUS_OK)
                return status;
        qsort(bulk->postings, bulk->count, sizeof(*bulk->postings), by_number);
        while (at < bulk->count && status == STATUS_OK) {
                const size_t rows = bulk->count - at >= ROWS ? ROWS : 1;

                status = insert(db, bulk, at, rows);
                at += rows;
        }
        return status;
}

static enum status last_of_some(struct db *db, const char *kind, int64_t *last)
{
        struct db_rows rows;
        enum status ended, status = db_row(db, &sql_select_last_of_some,
                                           DB_PARAMS(db_text(str_of(kind)), db_int(*last),
                                                     db_int(EMPTIED_AT_ONCE)),
                                           &rows);

        if (status != STATUS_OK)
                return status;
        if (db_is_null(&rows, 0))
                status = STATUS_NOT_FOUND;
        else
                *last = db_get_int(&rows, 0);
        ended = db_end(&rows);
        return ended == STATUS_OK ? status : ended;
}

enum status search_empty(struct db *db, const char *kind)
{
        int64_t from = 0, last = 0;
        enum status status = last_of_some(db, kind, &last);

        while (status == STATUS_OK) {
                status = db_run(
                        db, &sql_delete_some_postings,
                        DB_PARAMS(db_text(str_of(kind)), db_int(from), db_int(EMPTIED_AT_ONCE)),
                        NULL);
                from = last;
                if (status == STATUS_OK)
                        status = last_of_some(db, kind, &last);
        }
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}
