/**
 * search_internal.h: what the files of the room share.
 */
#ifndef ALMONER_SEARCH_INTERNAL_H
#define ALMONER_SEARCH_INTERNAL_H

#include "search/search.h"

/* index.c */

/** Distinct terms, sorted by their bytes. */
struct search_terms {
        struct str *items;
        size_t count;
};

/** search_terms_of(arena, document, terms): every term of ${document}; false without memory. */
bool search_terms_of(struct arena *arena, const struct search_document *document,
                     struct search_terms *terms);

/** search_add_terms(db, arena, kind, terms): give numbers and variants to terms that have none. */
enum status search_add_terms(struct db *db, struct arena *arena, const char *kind,
                             const struct search_terms *terms);

/** search_json(arena, items, count): a JSON array of terms, which need no escapes; absent without
 * memory. */
struct str search_json(struct arena *arena, const struct str *items, size_t count);

/* variants.c: pure */

enum { VARIANTS_MAX = SEARCH_TERM_MAX + 1 };

/** variants_of(term, out): hashes of ${term} and of what is left of it without one of its letters;
 * how many; 0 for a term that is not corrected (shorter than three letters, or with digits). */
size_t variants_of(struct str term, int64_t out[static VARIANTS_MAX]);

/** typo_distance(a, b, most): edits between two words (a letter more, less, other, or two changed
 * places: optimal string alignment); ${most} + 1 when there are more. */
unsigned typo_distance(struct str a, struct str b, unsigned most);

/** typo_allowance(term): how many edits are forgiven: 0, 1, or 2 from six letters on. */
unsigned typo_allowance(struct str term);

#endif
