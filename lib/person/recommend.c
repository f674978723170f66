/**
 * recommend.c: the seed's generate_intervention_recommendations.
 */
#include "person/recommend.h"

#include <stdio.h>

enum { MANY_INTERACTIONS = 20 };

static const struct {
        const char *levels[2];
        struct recommendation recommendation;
} rules[] = {
        /* clang-format off */
        {{"critical"}, {"Immediate Safety Assessment Required", "Person classified as critical risk. Schedule immediate safety assessment.", "urgent", false}},
        {{"critical"}, {"Escalate to Senior Management", "Critical risk cases must be escalated to senior management.", "urgent", false}},
        {{"critical", "high"}, {"Increase Monitoring Frequency", "Implement daily monitoring and interaction review.", "urgent", false}},
        {{"high"}, {"Document All Interactions", "Ensure that all interactions are documented in detail.", "important", true}},
        {{"moderate"}, {"Schedule Review Meeting", "Schedule a review meeting within 7 days.", "important", true}},
        {{"low"}, {"Continue Standard Monitoring", "Keep to the regular schedule of contact and review.", "routine", true}},
        /* clang-format on */
};

static bool applies(const char *const levels[2], struct str level)
{
        return str_is(level, levels[0]) || (levels[1] && str_is(level, levels[1]));
}

static size_t add_rules(struct str level, bool further, struct recommendation *out, size_t count)
{
        for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
                if (rules[i].recommendation.further == further && applies(rules[i].levels, level))
                        out[count++] = rules[i].recommendation;
        return count;
}

size_t recommend(struct str risk_level, int64_t interactions,
                 struct recommendation out[static RECOMMENDATIONS_MAX])
{
        size_t count = add_rules(risk_level, false, out, 0);

        if (interactions > MANY_INTERACTIONS) {
                out[count] =
                        (struct recommendation){"High Interaction Volume", "", "important", false};
                snprintf(out[count++].description, sizeof(out[0].description),
                         "%lld interactions detected. Review patterns for concerning behaviors.",
                         (long long)interactions);
        }
        return add_rules(risk_level, true, out, count);
}
