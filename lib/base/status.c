/**
 * status.c: the table of causes as text and as HTTP.
 */
#include "base/status.h"

#include <stddef.h>

/* clang-format off */
static const struct { const char *name; unsigned http; } rows[STATUS__N] = {
#define STATUS(name, text, about, http) [STATUS_##name] = {text, http},
#include "base/status.tbl"
#undef STATUS
};
/* clang-format on */

const char *status_name(enum status status)
{
        return (unsigned)status < STATUS__N ? rows[status].name : "?";
}

unsigned status_http(enum status status)
{
        return (unsigned)status < STATUS__N ? rows[status].http : 500;
}
