/**
 * risk.h: the seed's two functions as pure code: a score from what is known, and a level from the
 * score.
 */
#ifndef ALMONER_PERSON_RISK_H
#define ALMONER_PERSON_RISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What the score is made of. */
struct risk_facts {
        bool flagged;
        int64_t interactions;
        int64_t high;     /* interactions with risk_level high */
        int64_t critical; /* interactions with risk_level critical */
};

/** One reason for points. */
struct risk_cause {
        const char *code;
        const char *about;
        int64_t points; /* 0: does not apply */
        int64_t count;  /* how many rows caused it */
};

enum risk_cause_code {
        RISK_FLAGGED,
        RISK_MANY_INTERACTIONS,
        RISK_VERY_MANY_INTERACTIONS,
        RISK_HIGH_INTERACTIONS,
        RISK_CRITICAL_INTERACTIONS,
        RISK_CAUSE__N
};

enum { RISK_SCORE_MAX = 100 };

/** risk_assess(facts, causes): the score, 0 to 100; ${causes} gets every rule with its points
 * before the sum is clamped. */
int64_t risk_assess(const struct risk_facts *facts, struct risk_cause causes[static RISK_CAUSE__N]);

/** risk_level(score): "critical" from 80, "high" from 60, "moderate" from 40, else "low". */
const char *risk_level(int64_t score);

#endif
