/**
 * config.h: configuration. One table (config.tbl) has every key with type, bounds, default, unit
 * and text.
 *
 * config_load reads the environment first, then ./almoner.conf, then ./.env; the first that has a
 * key wins. It is called once before threads start; afterwards the values are read-only.
 *
 * A line of the files is KEY=value, a comment that begins with #, or blank; single or double quotes
 * around a value are taken off, nothing is escaped or substituted. almoner.conf is ours alone;
 * .env may serve other software too, so what we don't know there is passed over.
 */
#ifndef ALMONER_BASE_CONFIG_H
#define ALMONER_BASE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

/* clang-format off */
enum config_key {
#define CONFIG_TEXT(key, otherwise, unit, about) CONFIG_##key,
#define CONFIG_INT(key, min, max, otherwise, unit, about) CONFIG_##key,
#define CONFIG_SECRET(key, about) CONFIG_##key,
#include "base/config.tbl"
#undef CONFIG_TEXT
#undef CONFIG_INT
#undef CONFIG_SECRET
        CONFIG__N
};
/* clang-format on */

/**
 * config_load(problem, size): read and check all keys. Returns false with a sentence that names the
 * key and its source in ${problem} (at most ${size} bytes) when a value is malformed or out of
 * bounds (also one that an earlier source overrides), when a file repeats a key, or when a line of
 * almoner.conf is no KEY=value or names an unknown key.
 */
bool config_load(char *problem, size_t size);

/** config_text(key): the value; "" when empty; lives as long as the process. For an int key: a bug.
 */
const char *config_text(enum config_key key);

/** config_int(key): the value in the table's unit. For a text key: a bug. */
int64_t config_int(enum config_key key);

/** config_is(key, value): whether a text key has this value. */
bool config_is(enum config_key key, const char *value);

/** config_path(key, otherwise, out, size): the text of ${key}, or VAR/${otherwise} when it is
 * empty. */
const char *config_path(enum config_key key, const char *otherwise, char *out, size_t size);

/** config_print(out): the table as text for --help: key, type, bounds, default, unit, about. */
void config_print(FILE *out);

/** config_print_sample(out): a commented almoner.conf. */
void config_print_sample(FILE *out);

#endif
