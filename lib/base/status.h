/**
 * status.h: why a library call failed. One table (status.tbl) names the causes and the HTTP status
 * each becomes when no handler says better.
 */
#ifndef ALMONER_BASE_STATUS_H
#define ALMONER_BASE_STATUS_H

/* clang-format off */
enum status {
#define STATUS(name, text, about, http) STATUS_##name,
#include "base/status.tbl"
#undef STATUS
        STATUS__N
};
/* clang-format on */

/** status_name(status): the name in the table, lower case, e.g. "not_found"; never NULL. */
const char *status_name(enum status status);

/** status_http(status): the HTTP status code of the table. */
unsigned status_http(enum status status);

#endif
