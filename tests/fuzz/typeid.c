/**
 * typeid.c: fuzz target: identifiers and times that are taken come out as they went in.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/id.h"
#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct str text = {size ? (const char *)data : "", size};
        char id_text[TYPEID_TEXT_SIZE], time_text[TIME_TEXT_SIZE], date_text[DATE_TEXT_SIZE];
        struct uuid id;
        time_ms time, again;
        day_number day;

        if (typeid_parse("person", text, &id) &&
            !str_eq(typeid_format("person", &id, id_text), text))
                abort();
        if (uuid_parse(text, &id) && !str_eq_nocase(uuid_format(&id, id_text), text))
                abort();
        if (time_parse(text, &time) &&
            (!time_parse(time_format(time, time_text), &again) || again != time))
                abort();
        if (date_parse(text, &day) && !str_eq(date_format(day, date_text), text))
                abort();
        (void)typeid_prefix_valid(text);
        return 0;
}
