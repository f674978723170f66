/**
 * recommend.h: what to do about a person's risk: the seed's three rules, word for word, and the
 * further ones that its client knew.
 */
#ifndef ALMONER_PERSON_RECOMMEND_H
#define ALMONER_PERSON_RECOMMEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct recommendation {
        const char *title;
        char description[160];
        const char *priority; /* "urgent", "important" or "routine" */
        bool further;         /* not one of the seed's */
};

enum { RECOMMENDATIONS_MAX = 8 };

/** recommend(risk_level, interactions, out): the recommendations for a person of that stored level
 * with that many interactions, the seed's first; how many. */
size_t recommend(struct str risk_level, int64_t interactions,
                 struct recommendation out[static RECOMMENDATIONS_MAX]);

#endif
