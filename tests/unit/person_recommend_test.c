/**
 * Goal: the seed's recommendations word for word for every level and number of interactions; the
 * further ones after them, marked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "person/recommend.h"

/* "title|priority" of each, a line each; "+" before a further rule. */
static const char *told(const char *level, int64_t interactions)
{
        static char text[1000];
        struct recommendation out[RECOMMENDATIONS_MAX];
        const size_t count = recommend(str_of(level), interactions, out);
        size_t at = 0;

        text[0] = 0;
        for (size_t i = 0; i < count; i++)
                at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s|%s|%s\n",
                                       out[i].further ? "+" : "", out[i].title, out[i].description,
                                       out[i].priority);
        return text;
}

#define MONITOR                                                                     \
        "Increase Monitoring Frequency|Implement daily monitoring and interaction " \
        "review.|urgent\n"
#define CRITICAL                                                                                  \
        "Immediate Safety Assessment Required|Person classified as critical risk. Schedule "      \
        "immediate safety assessment.|urgent\nEscalate to Senior Management|Critical risk cases " \
        "must be escalated to senior management.|urgent\n" MONITOR
#define VOLUME(n)                                                                              \
        "High Interaction Volume|" n " interactions detected. Review patterns for concerning " \
        "behaviors.|important\n"

static void rules(void **state)
{
        (void)state;
        assert_string_equal(told("critical", 0), CRITICAL);
        assert_string_equal(told("critical", 20), CRITICAL);
        assert_string_equal(told("critical", 21), CRITICAL VOLUME("21"));
        assert_string_equal(
                told("high", 1000),
                MONITOR VOLUME(
                        "1000") "+Document All Interactions|Ensure that all interactions are "
                                "documented in detail.|important\n");
        assert_string_equal(told("moderate", 3), "+Schedule Review Meeting|Schedule a review "
                                                 "meeting within 7 days.|important\n");
        assert_string_equal(told("low", 21), VOLUME("21") "+Continue Standard Monitoring|Keep to "
                                                          "the regular schedule of contact and "
                                                          "review.|routine\n");
        assert_string_equal(told("", 0), "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(rules)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
