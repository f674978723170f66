/**
 * question.c: what was typed as terms of the index.
 */
#include "search/search_internal.h"

enum { READINGS_MAX = 32, CORRECTIONS_MAX = 8, CANDIDATES_MAX = 400 };

/* The last code point there is: everything that begins with a text sorts below text + LAST. */
#define LAST_LETTER "\xF4\x8F\xBF\xBF"

/* A term with the one of the same word in titles. */
#define SELECT_TERMS                                                                           \
        "SELECT t.id, t.term, (SELECT h.id FROM search_terms AS h WHERE h.tenant_id = :tenant" \
        " AND h.kind = t.kind AND h.term = CONCAT('=', t.term)) FROM search_terms AS t"

static const struct sql sql_select_word =
        SQL(SELECT_TERMS " WHERE t.tenant_id = :tenant AND t.kind = ? AND t.term = ?");

static const struct sql sql_select_continuations =
        SQL(SELECT_TERMS " WHERE t.tenant_id = :tenant AND t.kind = ? AND t.term > ? AND t.term < ?"
                         " ORDER BY CHAR_LENGTH(t.term), t.term LIMIT ?");

static const struct sql sql_select_similar = SQL(
        "SELECT DISTINCT t.id, t.term FROM JSON_TABLE(?, '$[*]' COLUMNS (variant BIGINT PATH '$'))"
        " AS j JOIN search_variants AS v ON v.tenant_id = :tenant AND v.variant = j.variant"
        " JOIN search_terms AS t ON t.tenant_id = :tenant AND t.id = v.term_id AND t.kind = ?"
        " LIMIT ?");

static bool add_reading(struct arena *arena, struct search_asked *asked, const struct db_rows *rows)
{
        struct search_reading *reading = &asked->readings[asked->count];

        reading->term = (uint64_t)db_get_int(rows, 0);
        reading->text = arena_copy(arena, db_get_str(rows, 1));
        reading->in_title = (uint64_t)db_get_int(rows, 2);
        asked->count += reading->text.ptr != NULL;
        return reading->text.ptr != NULL;
}

static enum status read_readings(struct db *db, struct arena *arena, const struct sql *sql,
                                 struct db_params params, struct search_asked *asked)
{
        struct db_rows rows;
        bool good = true;
        enum status status = db_query(db, sql, params, &rows);

        while (status == STATUS_OK && good && asked->count < READINGS_MAX && db_next(&rows))
                good = add_reading(arena, asked, &rows);
        if (status == STATUS_OK)
                status = db_end(&rows);
        return good ? status : STATUS_NOMEM;
}

static enum status read_word(struct db *db, struct arena *arena, const char *kind, struct str word,
                             struct search_asked *asked)
{
        return read_readings(db, arena, &sql_select_word,
                             DB_PARAMS(db_text(str_of(kind)), db_text(word)), asked);
}

static enum status read_continuations(struct db *db, struct arena *arena, const char *kind,
                                      struct search_asked *asked)
{
        const struct str end = arena_printf(arena, "%.*s" LAST_LETTER, STR_ARG(asked->text));

        if (!end.ptr)
                return STATUS_NOMEM;
        return read_readings(db, arena, &sql_select_continuations,
                             DB_PARAMS(db_text(str_of(kind)), db_text(asked->text), db_text(end),
                                       db_int(READINGS_MAX - (int64_t)asked->count)),
                             asked);
}

struct candidate {
        struct str text;
        unsigned distance;
};

/* The closest few, in the order of their distance. */
static void keep_closest(struct candidate *kept, size_t *count, struct candidate candidate)
{
        size_t place;

        if (!candidate.text.ptr ||
            (*count == CORRECTIONS_MAX && kept[*count - 1].distance <= candidate.distance))
                return;
        place = *count < CORRECTIONS_MAX ? (*count)++ : *count - 1;
        for (; place > 0 && kept[place - 1].distance > candidate.distance; place--)
                kept[place] = kept[place - 1];
        kept[place] = candidate;
}

static struct str variants_json(struct arena *arena, struct str word)
{
        int64_t variants[VARIANTS_MAX];
        const size_t count = variants_of(word, variants);
        struct str copy = {NULL, 0};
        struct buf text;

        buf_init(&text, 4096);
        for (size_t i = 0; i < count; i++)
                buf_printf(&text, "%s%lld", i ? "," : "[", (long long)variants[i]);
        buf_char(&text, ']');
        if (buf_ok(&text))
                copy = arena_copy(arena, buf_view(&text));
        buf_free(&text);
        return copy;
}

static enum status find_similar(struct db *db, struct arena *arena, const char *kind,
                                struct str word, struct candidate *kept, size_t *count)
{
        const unsigned most = typo_allowance(word);
        const struct str json = variants_json(arena, word);
        struct db_rows rows;
        enum status status;

        if (!json.ptr)
                return STATUS_NOMEM;
        status = db_query(db, &sql_select_similar,
                          DB_PARAMS(db_text(json), db_text(str_of(kind)), db_int(CANDIDATES_MAX)),
                          &rows);
        while (status == STATUS_OK && db_next(&rows)) {
                const struct str term = db_get_str(&rows, 1);
                const unsigned distance = typo_distance(word, term, most);

                if (distance <= most)
                        keep_closest(kept, count,
                                     (struct candidate){arena_copy(arena, term), distance});
        }
        return status == STATUS_OK ? db_end(&rows) : status;
}

/* Words that differ by as little as any does. */
static enum status read_corrections(struct db *db, struct arena *arena, const char *kind,
                                    struct search_asked *asked)
{
        struct candidate kept[CORRECTIONS_MAX];
        size_t count = 0;
        enum status status = STATUS_OK;

        if (typo_allowance(asked->text) == 0)
                return STATUS_OK;
        status = find_similar(db, arena, kind, asked->text, kept, &count);
        for (size_t i = 0; i < count && status == STATUS_OK; i++)
                if (kept[i].distance == kept[0].distance)
                        status = read_word(db, arena, kind, kept[i].text, asked);
        return status;
}

static enum status read_asked(struct db *db, struct arena *arena, const char *kind,
                              struct search_asked *asked, bool open)
{
        enum status status;

        asked->readings = arena_new(arena, struct search_reading, READINGS_MAX);
        if (!asked->readings)
                return STATUS_NOMEM;
        status = read_word(db, arena, kind, asked->text, asked);
        asked->exact = asked->count > 0;
        if (status == STATUS_OK && open)
                status = read_continuations(db, arena, kind, asked);
        if (status == STATUS_OK && asked->count == 0)
                status = read_corrections(db, arena, kind, asked);
        return status;
}

/* A pair already holds the last letter of a run. */
static bool is_covered(const struct search_words *words, size_t i)
{
        return words->items[i].last_of_run && i > 0 &&
               words->items[i - 1].end == words->items[i].end;
}

static bool is_asked(const struct search_question *question, struct str term)
{
        for (size_t i = 0; i < question->count; i++)
                if (str_eq(question->words[i].text, term))
                        return true;
        return false;
}

enum status search_ask(struct db *db, struct arena *arena, const char *kind, struct str text,
                       struct search_question *question)
{
        struct search_words words;
        enum status status = STATUS_OK;

        *question = (struct search_question){.kind = kind, .open = true};
        if (!search_cut(arena, text, &words))
                return STATUS_NOMEM;
        for (size_t i = 0; i < words.count && question->count < SEARCH_WORDS_MAX; i++)
                if (!is_covered(&words, i) && !is_asked(question, words.items[i].term))
                        question->words[question->count++].text = words.items[i].term;
        for (size_t i = 0; i < question->count && status == STATUS_OK; i++)
                status = read_asked(db, arena, kind, &question->words[i], i + 1 == question->count);
        return status;
}
