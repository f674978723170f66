/**
 * num.h: the one checked way from text to a number.
 */
#ifndef ALMONER_BASE_NUM_H
#define ALMONER_BASE_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/**
 * num_parse(text, min, max, out): decimal integer with an optional minus, nothing else (no plus, no
 * blanks, no empty text). Returns false and leaves ${out} alone when it is not one or out of range.
 */
bool num_parse(struct str text, int64_t min, int64_t max, int64_t *out);

#endif
