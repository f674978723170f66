/**
 * index.c: what a change of a record changes in the index.
 */
#include <stdlib.h>

#include "search/search_internal.h"

#define TERMS_OF_JSON                                                                   \
        "JSON_TABLE(?, '$[*]' COLUMNS (term VARCHAR(50) CHARACTER SET utf8mb4 COLLATE " \
        "utf8mb4_bin PATH '$')) AS j"

/* What is there is locked: between this statement and the postings the sweep forgets no word. */
static const struct sql sql_lock_terms = SQL(
        "SELECT j.term, t.id FROM " TERMS_OF_JSON
        " LEFT JOIN search_terms AS t ON t.tenant_id = :tenant AND t.kind = ? AND t.term = j.term"
        " LOCK IN SHARE MODE");

static const struct sql sql_insert_terms =
        SQL("INSERT IGNORE INTO search_terms (tenant_id, kind, term)"
            " SELECT :tenant, ?, j.term FROM " TERMS_OF_JSON);

static const struct sql sql_select_terms =
        SQL("SELECT t.id, t.term FROM " TERMS_OF_JSON
            " JOIN search_terms AS t ON t.tenant_id = :tenant AND t.kind = ? AND t.term = j.term");

static const struct sql sql_insert_variants =
        SQL("INSERT IGNORE INTO search_variants (tenant_id, variant, term_id)"
            " SELECT :tenant, j.variant, j.term FROM JSON_TABLE(?, '$[*]' COLUMNS"
            " (variant BIGINT PATH '$[0]', term BIGINT UNSIGNED PATH '$[1]')) AS j");

static const struct sql sql_insert_postings =
        SQL("INSERT IGNORE INTO search_postings (term_id, doc_id, site)"
            " SELECT t.id, ?, ? FROM " TERMS_OF_JSON
            " JOIN search_terms AS t ON t.tenant_id = :tenant AND t.kind = ? AND t.term = j.term"
            " ORDER BY t.id");

static const struct sql sql_delete_postings =
        SQL("DELETE p FROM search_postings AS p JOIN " TERMS_OF_JSON
            " JOIN search_terms AS t ON t.tenant_id = :tenant AND t.kind = ? AND t.term = j.term"
            " WHERE p.term_id = t.id AND p.doc_id = ?");

static int compare(const void *a, const void *b)
{
        const struct str *x = a, *y = b;
        const size_t shorter = x->len < y->len ? x->len : y->len;
        const int order = memcmp(x->ptr, y->ptr, shorter);

        return order ? order : (x->len > y->len) - (x->len < y->len);
}

static void sort_distinct(struct search_terms *terms)
{
        size_t kept = 0;

        if (terms->count)
                qsort(terms->items, terms->count, sizeof(*terms->items), compare);
        for (size_t i = 0; i < terms->count; i++)
                if (kept == 0 || !str_eq(terms->items[kept - 1], terms->items[i]))
                        terms->items[kept++] = terms->items[i];
        terms->count = kept;
}

bool search_terms_of(struct arena *arena, const struct search_document *document,
                     struct search_terms *terms)
{
        struct search_words title = {NULL, 0}, words[SEARCH_TEXTS_MAX];
        size_t most;

        *terms = (struct search_terms){NULL, 0};
        if (!document)
                return true;
        if (!search_cut(arena, document->title, &title))
                return false;
        most = title.count * 2;
        for (size_t i = 0; i < document->count; i++) {
                if (!search_cut(arena, document->texts[i], &words[i]))
                        return false;
                most += words[i].count;
        }
        terms->items = arena_new(arena, struct str, most + 1);
        if (!terms->items)
                return false;
        for (size_t i = 0; i < title.count; i++) {
                const struct str marked =
                        arena_printf(arena, "=%.*s", STR_ARG(title.items[i].term));

                if (!marked.ptr)
                        return false;
                terms->items[terms->count++] = title.items[i].term;
                terms->items[terms->count++] = marked;
        }
        for (size_t i = 0; i < document->count; i++)
                for (size_t j = 0; j < words[i].count; j++)
                        terms->items[terms->count++] = words[i].items[j].term;
        sort_distinct(terms);
        return true;
}

/* Both are sorted: what only one of them has. */
static void take_apart(struct search_terms *before, struct search_terms *after)
{
        size_t i = 0, j = 0, old = 0, new = 0;

        while (i < before->count || j < after->count) {
                const int order = i == before->count ? 1
                                  : j == after->count
                                          ? -1
                                          : compare(&before->items[i], &after->items[j]);

                if (order == 0)
                        i++, j++;
                else if (order < 0)
                        before->items[old++] = before->items[i++];
                else
                        after->items[new ++] = after->items[j++];
        }
        before->count = old;
        after->count = new;
}

struct str search_json(struct arena *arena, const struct str *items, size_t count)
{
        struct str copy = {NULL, 0};
        struct buf text;

        buf_init(&text, 8 << 20);
        buf_char(&text, '[');
        for (size_t i = 0; i < count; i++) {
                buf_text(&text, i ? ",\"" : "\"");
                buf_str(&text, items[i]);
                buf_char(&text, '"');
        }
        buf_char(&text, ']');
        if (buf_ok(&text))
                copy = arena_copy(arena, buf_view(&text));
        buf_free(&text);
        return copy;
}

/* Those that are there are locked, the others found: only few records bring a word that the tenant
 * never used. */
static enum status lock_terms(struct db *db, struct arena *arena, const char *kind,
                              const struct search_terms *terms, struct search_terms *found)
{
        const struct str json = search_json(arena, terms->items, terms->count);
        struct db_rows rows;
        enum status status;

        found->count = 0;
        found->items = arena_new(arena, struct str, terms->count + 1);
        if (!json.ptr || !found->items)
                return STATUS_NOMEM;
        status = db_query(db, &sql_lock_terms, DB_PARAMS(db_text(json), db_text(str_of(kind))),
                          &rows);
        while (status == STATUS_OK && db_next(&rows))
                if (db_is_null(&rows, 1) && found->count < terms->count)
                        found->items[found->count++] = arena_copy(arena, db_get_str(&rows, 0));
        return status == STATUS_OK ? db_end(&rows) : status;
}

static void put_variants(struct buf *out, struct str term, int64_t id)
{
        int64_t variants[VARIANTS_MAX];
        const size_t count = term.len && term.ptr[0] == '=' ? 0 : variants_of(term, variants);

        for (size_t i = 0; i < count; i++)
                buf_printf(out, "%s[%lld,%lld]", out->len > 1 ? "," : "", (long long)variants[i],
                           (long long)id);
}

static enum status add_variants(struct db *db, const char *kind, struct str json)
{
        struct buf text;
        struct db_rows rows;
        enum status status = db_query(db, &sql_select_terms,
                                      DB_PARAMS(db_text(json), db_text(str_of(kind))), &rows);

        if (status != STATUS_OK)
                return status;
        buf_init(&text, 12 << 20);
        buf_char(&text, '[');
        while (db_next(&rows))
                put_variants(&text, db_get_str(&rows, 1), db_get_int(&rows, 0));
        buf_char(&text, ']');
        status = db_end(&rows);
        if (status == STATUS_OK && !buf_ok(&text))
                status = STATUS_NOMEM;
        if (status == STATUS_OK && text.len > 2)
                status =
                        db_run(db, &sql_insert_variants, DB_PARAMS(db_text(buf_view(&text))), NULL);
        buf_free(&text);
        return status;
}

enum status search_add_terms(struct db *db, struct arena *arena, const char *kind,
                             const struct search_terms *terms)
{
        struct search_terms fresh;
        struct str json;
        enum status status = lock_terms(db, arena, kind, terms, &fresh);

        if (status != STATUS_OK || fresh.count == 0)
                return status;
        json = search_json(arena, fresh.items, fresh.count);
        if (!json.ptr)
                return STATUS_NOMEM;
        status = db_run(db, &sql_insert_terms, DB_PARAMS(db_text(str_of(kind)), db_text(json)),
                        NULL);
        return status == STATUS_OK ? add_variants(db, kind, json) : status;
}

static enum status add(struct db *db, struct arena *arena, const struct search_owner *owner,
                       const struct search_terms *terms)
{
        const struct str json = search_json(arena, terms->items, terms->count);
        enum status status;

        if (terms->count == 0)
                return STATUS_OK;
        status = json.ptr ? search_add_terms(db, arena, owner->kind, terms) : STATUS_NOMEM;
        if (status != STATUS_OK)
                return status;
        return db_run(db, &sql_insert_postings,
                      DB_PARAMS(db_uuid(&owner->id), db_bytes(owner->site.bytes + 8, 8),
                                db_text(json), db_text(str_of(owner->kind))),
                      NULL);
}

static enum status take_away(struct db *db, struct arena *arena, const struct search_owner *owner,
                             const struct search_terms *terms)
{
        const struct str json = search_json(arena, terms->items, terms->count);

        if (terms->count == 0)
                return STATUS_OK;
        if (!json.ptr)
                return STATUS_NOMEM;
        return db_run(db, &sql_delete_postings,
                      DB_PARAMS(db_text(json), db_text(str_of(owner->kind)), db_uuid(&owner->id)),
                      NULL);
}

enum status search_store(struct db *db, struct arena *arena, const struct search_owner *owner,
                         const struct search_document *before, const struct search_document *after)
{
        struct search_terms old, new;
        enum status status;

        if (!search_terms_of(arena, before, &old) || !search_terms_of(arena, after, &new))
                return STATUS_NOMEM;
        take_apart(&old, &new);
        status = take_away(db, arena, owner, &old);
        return status == STATUS_OK ? add(db, arena, owner, &new) : status;
}
