/**
 * search.h: an inverted index over the texts of records, in InnoDB tables of our own.
 *
 * Words. Text is cut into words of letters, digits and their marks (Unicode); a word is folded by
 * NFKC_Casefold and loses accents, so that "Café" is found by "cafe". Scripts that put no blanks
 * between words (Han, kana, Thai, Lao, Khmer, Myanmar) are cut into pairs of neighbours, and the
 * last of a run stands alone too. A single letter of another script is no word. A term is at most
 * SEARCH_TERM_MAX code points; what is longer is cut.
 *
 * Tables. search_terms gives each term of a tenant and kind a number, search_postings says which
 * record has it, search_variants finds terms that differ by a letter or two (SymSpell: each term
 * with one letter left out). Postings are read newest record first, because ids are UUIDv7. A word
 * of a title is a term of its own besides, with "=" before it. They are plain InnoDB tables: a
 * change and its index commit together, on one server as on a Galera cluster.
 *
 * Questions. All words must be there. The last one also stands for the words that begin with it,
 * and one that nobody ever used for those that differ by one letter: one more, less, other, or two
 * that changed places; from six letters on also by one that stands elsewhere, or one more and one
 * less. Order: words as written in the title, anywhere, then the other readings in the title,
 * anywhere; newest first in each.
 *
 * Every statement names the tenant of the connection's scope. Searches say STATUS_OK or what
 * lib/db says; STATUS_NOMEM when the arena is full.
 */
#ifndef ALMONER_SEARCH_SEARCH_H
#define ALMONER_SEARCH_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/status.h"
#include "base/str.h"
#include "db/db.h"

enum {
        SEARCH_TERM_MAX = 48,           /* code points of a term */
        SEARCH_WORDS_MAX = 8,           /* words of a question; more are ignored */
        SEARCH_TEXTS_MAX = 8,           /* texts of a record */
        SEARCH_COUNT_MAX = 10000,       /* results that can be paged to, and that are counted … */
        SEARCH_COUNT_JOINED_MAX = 2000, /* … of a question of several words */
};

/* words.c: pure */

/** A word where it stands. */
struct search_word {
        struct str term;   /* folded; in the arena */
        size_t start, end; /* bytes of the text it was cut from */
        bool last_of_run;  /* of a run without blanks: the single last one */
};

struct search_words {
        struct search_word *items;
        size_t count;
};

/** search_cut(arena, text, words): all words of well-formed UTF-8 ${text}, in order, with
 * repetitions. False without memory. */
bool search_cut(struct arena *arena, struct str text, struct search_words *words);

/* index.c */

/** What is searchable of a record; absent texts are skipped. */
struct search_document {
        struct str title;
        struct str texts[SEARCH_TEXTS_MAX];
        size_t count;
};

/** Whose document it is. */
struct search_owner {
        const char *kind; /* the resource's name */
        struct uuid id;
        struct uuid site; /* zero: of no site */
};

/** search_store(db, arena, owner, before, after): inside the caller's transaction: the terms that
 * ${after} has more than ${before} are added, the others removed; NULL: no document. */
enum status search_store(struct db *db, struct arena *arena, const struct search_owner *owner,
                         const struct search_document *before, const struct search_document *after);

/** search_sweep(db): forget terms that no record has any more, a few each call; for a background
 * thread. ${db} has no tenant afterwards. */
void search_sweep(struct db *db);

/* bulk.c: the index of many records at once */

struct search_bulk;

enum { SEARCH_BULK_MAX = 10000 }; /* documents between two flushes */

/** search_bulk_new(arena, kind): nothing yet; lives in ${arena}. NULL without memory. */
struct search_bulk *search_bulk_new(struct arena *arena, const char *kind);

/** search_bulk_add(bulk, owner, document): one more, at most SEARCH_BULK_MAX; false without memory.
 * ${owner}->kind is the bulk's. */
bool search_bulk_add(struct search_bulk *bulk, const struct search_owner *owner,
                     const struct search_document *document);

/** search_bulk_flush(db, bulk): inside the caller's transaction: all that was added, of one tenant,
 * in the order of the index. */
enum status search_bulk_flush(struct db *db, struct search_bulk *bulk);

/** search_empty(db, kind): forget the whole index of a kind in this tenant, in small transactions
 * of its own. */
enum status search_empty(struct db *db, const char *kind);

/* question.c */

/** One way to read a word. */
struct search_reading {
        uint64_t term;     /* search_terms.id of the word anywhere; 0: nobody has it */
        uint64_t in_title; /* the same in titles; 0: none */
        struct str text;
};

/** A word of a question with its readings: as written first, if anybody has it. */
struct search_asked {
        struct str text;
        bool exact; /* readings[0] is the word as written */
        struct search_reading *readings;
        size_t count;
};

struct search_question {
        const char *kind;
        struct search_asked words[SEARCH_WORDS_MAX];
        size_t count; /* 0: nothing that could be searched for */
        bool open;    /* the last word also stands for its continuations: to be highlighted */
};

/** search_ask(db, arena, kind, text, question): the words of ${text} and what they may mean. */
enum status search_ask(struct db *db, struct arena *arena, const char *kind, struct str text,
                       struct search_question *question);

/* find.c */

/** Whose records may be found. */
struct search_sites {
        bool everywhere;
        const struct uuid *sites; /* at most SEARCH_SITES_MAX; more are looked up by ${user} */
        size_t count;
        struct uuid user;
};
enum { SEARCH_SITES_MAX = 8 };

struct search_hits {
        struct uuid *ids; /* the page, best first */
        size_t count;
        int64_t total; /* exact, unless capped */
        bool capped;   /* there are at least ${total} */
};

/** search_find(db, arena, question, sites, offset, size, hits): a page of the records that have all
 * words. ${offset} + ${size} is at most SEARCH_COUNT_MAX. */
enum status search_find(struct db *db, struct arena *arena, const struct search_question *question,
                        const struct search_sites *sites, int64_t offset, int64_t size,
                        struct search_hits *hits);

/* highlight.c */

/** search_highlight(arena, text, question, most): ${text} escaped for HTML with the words asked for
 * between <mark> and </mark>; of a long text about ${most} code points around the first of them,
 * with "…" where it was cut (0: all of it). Absent when none is in it, or without memory. */
struct str search_highlight(struct arena *arena, struct str text,
                            const struct search_question *question, size_t most);

#endif
