/**
 * risk.c: the seed's assess_risk_score and calculate_risk_level.
 */
#include "person/risk.h"

/* clang-format off */
static const struct { int64_t from; const char *level; } risk_levels[] = {
        {80, "critical"}, {60, "high"}, {40, "moderate"}, {INT64_MIN, "low"},
};
/* clang-format on */

const char *risk_level(int64_t score)
{
        size_t i = 0;

        while (score < risk_levels[i].from)
                i++;
        return risk_levels[i].level;
}

int64_t risk_assess(const struct risk_facts *facts, struct risk_cause causes[static RISK_CAUSE__N])
{
        const int64_t all = facts->interactions;
        const struct risk_cause found[RISK_CAUSE__N] = {
                {"status_flagged", "The person's status is flagged.", facts->flagged ? 20 : 0,
                 facts->flagged ? 1 : 0},
                {"many_interactions", "More than 20 interactions.", all > 20 ? 10 : 0, all},
                {"very_many_interactions", "More than 50 interactions.", all > 50 ? 20 : 0, all},
                {"high_risk_interactions", "5 points for each interaction of high risk.",
                 facts->high * 5, facts->high},
                {"critical_risk_interactions", "15 points for each interaction of critical risk.",
                 facts->critical * 15, facts->critical},
        };
        int64_t score = 0;

        for (size_t i = 0; i < RISK_CAUSE__N; i++) {
                causes[i] = found[i];
                score += found[i].points;
        }
        return score > RISK_SCORE_MAX ? RISK_SCORE_MAX : score;
}
