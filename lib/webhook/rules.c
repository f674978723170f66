/**
 * rules.c: when a delivery is tried again, and which events are wanted.
 */
#include "webhook/webhook.h"

enum { PAUSE_TIMES_MAX = 4320 };

int64_t webhook_pause(int64_t base, int64_t tries, uint64_t random)
{
        int64_t times = 1;

        while (tries-- > 1 && times < PAUSE_TIMES_MAX)
                times *= 2;
        if (times > PAUSE_TIMES_MAX)
                times = PAUSE_TIMES_MAX;
        return (int64_t)(random % ((uint64_t)(base * times) + 1));
}

bool webhook_event_valid(struct str name)
{
        static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789_.-";

        if (str_is(name, "*"))
                return true;
        for (size_t i = 0; i < name.len; i++)
                if (!memchr(good, name.ptr[i], sizeof(good) - 1))
                        return false;
        return name.len > 0 && name.len <= WEBHOOK_EVENT_MAX;
}

bool webhook_wants(const json_t *events, struct str channel, struct str type)
{
        for (size_t i = 0; i < json_array_size(events); i++) {
                const json_t *item = json_array_get(events, i);
                const struct str name = {json_string_value(item), json_string_length(item)};

                if (name.ptr && (str_is(name, "*") || str_eq(name, channel) || str_eq(name, type)))
                        return true;
        }
        return false;
}
