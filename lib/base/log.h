/**
 * log.h: one JSON line an event, on standard error, written whole.
 *
 *     LOG(INFO, "db.reconnected", LOG_TEXT("host", host), LOG_INT("attempt", n));
 *     {"time":"2024-01-18T10:30:00.123Z","level":"info","module":"persons","event":"db.reconnected","host":"…","attempt":2}
 *
 * Never log bodies, tokens or personal data. As a second wall, the value of a key that names a
 * secret (password, token, secret, authorization, cookie, email, phone, name) and any value that
 * looks like a JWT or a bearer token is printed as "[redacted]". Control characters and invalid
 * UTF-8 are escaped: a value can't forge a line.
 */
#ifndef ALMONER_BASE_LOG_H
#define ALMONER_BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_LEVEL__N };

struct log_field {
        const char *key;
        struct str text; /* when ptr is not NULL, else the number */
        int64_t number;
};

#define LOG_TEXT(key, value) ((struct log_field){(key), (value), 0})
#define LOG_INT(key, value) ((struct log_field){(key), {NULL, 0}, (value)})

/** LOG(level, event, fields...): at least one field. Dropped below the level set by log_open. */
#define LOG(level, event, ...)                                                   \
        log_write(LOG_##level, (event), (const struct log_field[]){__VA_ARGS__}, \
                  sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

/** log_open(module, least): name the program and the least level; call once at start. */
void log_open(const char *module, enum log_level least);

void log_write(enum log_level level, const char *event, const struct log_field *fields,
               size_t count);

/** log_gather(): from here on lines of level info and below may wait 50 ms for others, so that one
 * write serves many; until log_gather_end(), which writes what is left. */
void log_gather(void);
void log_gather_end(void);

/** log_format(...): what log_write prints, without the newline, appended to ${out}; for tests. */
void log_format(struct buf *out, enum log_level level, const char *event,
                const struct log_field *fields, size_t count);

#endif
