/**
 * log_internal.h: between the format of a line and its way out.
 */
#ifndef ALMONER_BASE_LOG_INTERNAL_H
#define ALMONER_BASE_LOG_INTERNAL_H

#include "base/log.h"

/** log_put(line, at_once): write a whole line, now or with those that gather. */
void log_put(struct str line, bool at_once);

#endif
