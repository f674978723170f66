/**
 * Goal: the seed's assess_risk_score and calculate_risk_level, at every edge.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "person/risk.h"

/* clang-format off */
static const struct {
        struct risk_facts facts;
        int64_t want_score;
        const char *want_level;
} rows[] = {
        {{false,  0,  0,  0},   0, "low"},
        {{true,   0,  0,  0},  20, "low"},
        {{false, 20,  0,  0},   0, "low"},
        {{false, 21,  0,  0},  10, "low"},
        {{false, 50,  0,  0},  10, "low"},
        {{false, 51,  0,  0},  30, "low"},
        {{false,  7,  7,  0},  35, "low"},
        {{false,  8,  8,  0},  40, "moderate"},
        {{false,  4,  0,  4},  60, "high"},
        {{true,   4,  0,  4},  80, "critical"},
        {{true,  51,  0,  1},  65, "high"},
        {{true,  60, 30, 30}, 100, "critical"},
};
/* clang-format on */

static void test_scores(void **state)
{
        struct risk_cause causes[RISK_CAUSE__N];

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const int64_t score = risk_assess(&rows[i].facts, causes);
                int64_t sum = 0;

                assert_int_equal(score, rows[i].want_score);
                assert_string_equal(risk_level(score), rows[i].want_level);
                for (size_t k = 0; k < RISK_CAUSE__N; k++)
                        sum += causes[k].points;
                assert_int_equal(sum > RISK_SCORE_MAX ? RISK_SCORE_MAX : sum, score);
        }
}

static void test_levels(void **state)
{
        (void)state;
        assert_string_equal(risk_level(39), "low");
        assert_string_equal(risk_level(40), "moderate");
        assert_string_equal(risk_level(59), "moderate");
        assert_string_equal(risk_level(60), "high");
        assert_string_equal(risk_level(79), "high");
        assert_string_equal(risk_level(80), "critical");
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(test_scores),
                                           cmocka_unit_test(test_levels)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
