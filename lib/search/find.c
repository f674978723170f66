/**
 * find.c: postings read newest first, one statement for each way to read the question, until the
 * page is full.
 */
#include <stdio.h>

#include "search/search_internal.h"

enum { COMBINATIONS_MAX = 32, STATEMENT_SIZE = 2048, PARAMS_MAX = SEARCH_WORDS_MAX + 12 };

/* Ids that were found: in the order of finding, and by value. */
struct found {
        struct arena *arena;
        struct uuid *ids;
        size_t count;
        uint32_t *slots; /* index + 1 into ids; 0: empty */
        size_t room;     /* slots; a power of two, at least twice the count */
};

static size_t slot_of(const struct found *f, const struct uuid *id)
{
        size_t slot;

        memcpy(&slot, id->bytes + 8, sizeof(slot));
        for (slot &= f->room - 1; f->slots[slot]; slot = (slot + 1) & (f->room - 1))
                if (uuid_eq(&f->ids[f->slots[slot] - 1], id))
                        break;
        return slot;
}

static bool grow(struct found *f)
{
        const size_t room = f->room ? f->room * 4 : 256;
        struct uuid *ids = arena_new(f->arena, struct uuid, room / 2);

        f->slots = arena_new(f->arena, uint32_t, room);
        if (!ids || !f->slots)
                return false;
        if (f->count)
                memcpy(ids, f->ids, f->count * sizeof(*ids));
        f->ids = ids;
        f->room = room;
        for (size_t i = 0; i < f->count; i++)
                f->slots[slot_of(f, &ids[i])] = (uint32_t)i + 1;
        return true;
}

static bool add(struct found *f, struct uuid id)
{
        size_t slot;

        if (f->count * 2 >= f->room && !grow(f))
                return false;
        slot = slot_of(f, &id);
        if (f->slots[slot] == 0) {
                f->ids[f->count++] = id;
                f->slots[slot] = (uint32_t)f->count;
        }
        return true;
}

/* One term for each word. */
struct combination {
        uint64_t terms[SEARCH_WORDS_MAX];
};

struct finding {
        struct db *db;
        const struct search_question *question;
        const struct search_sites *sites;
        struct found found;
        struct combination combinations[COMBINATIONS_MAX]; /* of the other readings */
        struct combination titles[COMBINATIONS_MAX];       /* the same in titles; 0: nobody's */
        size_t combination_count;
        bool exact; /* the first combination is the question as written */
        int64_t count_max;
};

/* Every choice of one reading a word, the last word's changing fastest. */
static void combine(struct finding *f)
{
        const struct search_question *q = f->question;
        size_t choice[SEARCH_WORDS_MAX] = {0}, word;

        f->exact = true;
        for (size_t i = 0; i < q->count; i++)
                f->exact = f->exact && q->words[i].exact;
        do {
                for (size_t i = 0; i < q->count; i++) {
                        const struct search_reading *reading = &q->words[i].readings[choice[i]];

                        f->combinations[f->combination_count].terms[i] = reading->term;
                        f->titles[f->combination_count].terms[i] = reading->in_title;
                }
                f->combination_count++;
                for (word = q->count; word > 0; word--) {
                        if (++choice[word - 1] < q->words[word - 1].count)
                                break;
                        choice[word - 1] = 0;
                }
        } while (word > 0 && f->combination_count < COMBINATIONS_MAX);
}

static void put_sites(struct buf *out, const struct search_sites *sites)
{
        if (sites->everywhere)
                return;
        if (sites->count > SEARCH_SITES_MAX)
                buf_text(out, " AND p0.site IN (SELECT RIGHT(m.site_id, 8) FROM site_members AS m"
                              " WHERE m.tenant_id = :tenant AND m.user_id = ?)");
        else
                buf_text(out, " AND p0.site IN (?, ?, ?, ?, ?, ?, ?, ?)");
}

static void put_query(struct buf *out, size_t words, const struct search_sites *sites)
{
        buf_text(out, " FROM search_terms AS t");
        for (size_t i = 0; i < words; i++)
                buf_printf(out, ", search_postings AS p%zu", i);
        buf_text(out, " WHERE t.tenant_id = :tenant AND t.id = ? AND p0.term_id = t.id");
        for (size_t i = 1; i < words; i++)
                buf_printf(out, " AND p%zu.term_id = ? AND p%zu.doc_id = p0.doc_id", i, i);
        put_sites(out, sites);
}

static size_t put_params(const struct finding *f, const struct combination *combination,
                         int64_t limit, struct db_value params[static PARAMS_MAX])
{
        const struct search_sites *sites = f->sites;
        size_t count = 0;

        for (size_t i = 0; i < f->question->count; i++)
                params[count++] = db_int((int64_t)combination->terms[i]);
        if (!sites->everywhere && sites->count > SEARCH_SITES_MAX)
                params[count++] = db_uuid(&sites->user);
        for (size_t i = 0;
             i < SEARCH_SITES_MAX && !sites->everywhere && sites->count <= SEARCH_SITES_MAX; i++) {
                const size_t which = i < sites->count ? i : 0; /* the first again fills up */

                params[count++] = db_bytes(sites->sites[which].bytes + 8, 8);
        }
        params[count++] = db_int(limit);
        return count;
}

static bool is_possible(const struct finding *f, const struct combination *combination)
{
        for (size_t i = 0; i < f->question->count; i++)
                if (combination->terms[i] == 0)
                        return false;
        return true;
}

/* The newest records of a combination, until ${wanted} are found in all. */
static enum status collect(struct finding *f, const struct combination *combination, size_t wanted)
{
        char text[STATEMENT_SIZE];
        struct buf out = {.data = text, .cap = sizeof(text), .max = sizeof(text) - 1};
        struct db_value params[PARAMS_MAX];
        struct db_rows rows;
        bool good = true;
        size_t count;
        enum status status;

        if (!is_possible(f, combination) || f->found.count >= wanted)
                return STATUS_OK;
        buf_text(&out, "SELECT p0.doc_id");
        put_query(&out, f->question->count, f->sites);
        buf_text(&out, " ORDER BY p0.doc_id DESC LIMIT ?");
        count = put_params(f, combination, (int64_t)wanted, params);
        status = db_query(f->db, &(struct sql){text, SQL_OF_TENANT},
                          (struct db_params){params, count}, &rows);
        while (status == STATUS_OK && good && f->found.count < wanted && db_next(&rows))
                good = add(&f->found, db_get_uuid(&rows, 0));
        if (status == STATUS_OK)
                status = db_end(&rows);
        return good ? status : STATUS_NOMEM;
}

static enum status collect_all(struct finding *f, const struct combination *combinations,
                               size_t from, size_t wanted)
{
        enum status status = STATUS_OK;

        for (size_t i = from; i < f->combination_count && status == STATUS_OK; i++)
                status = collect(f, &combinations[i], wanted);
        return status;
}

/* Best first: see search.h. */
static enum status fill_page(struct finding *f, size_t wanted)
{
        enum status status = STATUS_OK;

        if (f->exact)
                status = collect(f, &f->titles[0], wanted);
        if (f->exact && status == STATUS_OK)
                status = collect(f, &f->combinations[0], wanted);
        if (status == STATUS_OK)
                status = collect_all(f, f->titles, f->exact, wanted);
        return status == STATUS_OK ? collect_all(f, f->combinations, f->exact, wanted) : status;
}

static enum status count_combination(struct finding *f, const struct combination *combination,
                                     int64_t *number)
{
        char text[STATEMENT_SIZE];
        struct buf out = {.data = text, .cap = sizeof(text), .max = sizeof(text) - 1};
        struct db_value params[PARAMS_MAX];
        struct db_rows rows;
        size_t count;
        enum status status;

        buf_text(&out, "SELECT COUNT(*) FROM (SELECT 1");
        put_query(&out, f->question->count, f->sites);
        buf_text(&out, " LIMIT ?) AS c");
        count = put_params(f, combination, f->count_max, params);
        status = db_row(f->db, &(struct sql){text, SQL_OF_TENANT},
                        (struct db_params){params, count}, &rows);
        if (status != STATUS_OK)
                return status;
        *number = db_get_int(&rows, 0);
        return db_end(&rows);
}

/* The question as written is counted by the server; other readings overlap and are put together. */
static enum status count_hits(struct finding *f, int64_t page_end, struct search_hits *hits)
{
        int64_t exact = 0;
        enum status status = STATUS_OK;

        if (f->exact)
                status = count_combination(f, &f->combinations[0], &exact);
        hits->total = exact;
        if (status == STATUS_OK && exact < f->count_max &&
            f->combination_count > (size_t)f->exact) {
                status = collect_all(f, f->combinations, 0, (size_t)f->count_max);
                hits->total = (int64_t)f->found.count;
        }
        if (hits->total < page_end)
                hits->total = page_end;
        hits->capped = hits->total >= f->count_max;
        return status;
}

enum status search_find(struct db *db, struct arena *arena, const struct search_question *question,
                        const struct search_sites *sites, int64_t offset, int64_t size,
                        struct search_hits *hits)
{
        struct finding *f = arena_new(arena, struct finding, 1);
        const size_t wanted = (size_t)(offset + size);
        size_t page_end;
        enum status status;

        *hits = (struct search_hits){NULL, 0, 0, false};
        if (!f)
                return STATUS_NOMEM;
        if (question->count == 0 || (!sites->everywhere && sites->count == 0))
                return STATUS_OK;
        for (size_t i = 0; i < question->count; i++)
                if (question->words[i].count == 0)
                        return STATUS_OK;
        f->db = db;
        f->question = question;
        f->sites = sites;
        f->found.arena = arena;
        f->count_max = question->count > 1 ? SEARCH_COUNT_JOINED_MAX : SEARCH_COUNT_MAX;
        combine(f);
        status = fill_page(f, wanted);
        page_end = f->found.count;
        hits->total = (int64_t)page_end;
        if (status == STATUS_OK && page_end >= wanted)
                status = count_hits(f, (int64_t)page_end, hits);
        if (page_end > (size_t)offset) {
                hits->ids = f->found.ids + offset;
                hits->count = page_end - (size_t)offset;
        }
        return status;
}
