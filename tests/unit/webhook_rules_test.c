/**
 * Goal: pauses grow, are drawn from all of their range and end; events are chosen by channel or
 * type.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "webhook/webhook.h"

static void pauses_double_up_to_a_bound(void **state)
{
        static const struct {
                int64_t tries, bound;
        } rows[] = {
                {1, 5000},      {2, 10000},     {3, 20000},     {12, 10240000},
                {13, 20480000}, {14, 21600000}, {20, 21600000}, {1000000, 21600000},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const uint64_t bound = (uint64_t)rows[i].bound;

                assert_int_equal(webhook_pause(5000, rows[i].tries, 0), 0);
                assert_int_equal(webhook_pause(5000, rows[i].tries, bound), rows[i].bound);
                assert_int_equal(webhook_pause(5000, rows[i].tries, bound + 1), 0);
                assert_int_equal(webhook_pause(5000, rows[i].tries, bound / 2), rows[i].bound / 2);
        }
}

/* 19 pauses, each half its bound on average. */
static void all_pauses_are_about_a_day(void **state)
{
        int64_t bounds = 0;

        (void)state;
        for (int64_t tries = 1; tries < 20; tries++)
                bounds += webhook_pause(5000, tries,
                                        5000 * (tries > 13 ? 4320ULL : 1ULL << (tries - 1)));
        assert_in_range((uint64_t)bounds / 2 / 3600000, 23, 24);
}

static void names_are_checked(void **state)
{
        static const struct {
                const char *name;
                bool want;
        } rows[] = {
                {"*", true},
                {"persons", true},
                {"person_updated", true},
                {"a.b-c", true},
                {"", false},
                {"Persons", false},
                {"person updated", false},
                {"persons*", false},
                {"personé", false},
                {"0123456789012345678901234567890123456789", true},
                {"01234567890123456789012345678901234567890", false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (webhook_event_valid(str_of(rows[i].name)) != rows[i].want)
                        fail_msg("%s", rows[i].name);
}

static void events_are_chosen(void **state)
{
        static const struct {
                const char *events;
                bool want;
        } rows[] = {
                {"[\"*\"]", true},
                {"[\"persons\"]", true},
                {"[\"sites\",\"person_updated\"]", true},
                {"[\"person_deleted\",\"sites\"]", false},
                {"[\"person\"]", false},
                {"[1,null,{}]", false},
                {"[]", false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                json_t *events = json_loads(rows[i].events, 0, NULL);

                if (webhook_wants(events, STR("persons"), STR("person_updated")) != rows[i].want)
                        fail_msg("%s", rows[i].events);
                json_decref(events);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pauses_double_up_to_a_bound),
                cmocka_unit_test(all_pauses_are_about_a_day),
                cmocka_unit_test(names_are_checked),
                cmocka_unit_test(events_are_chosen),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
