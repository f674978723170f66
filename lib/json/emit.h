/**
 * emit.h: JSON straight into a buffer, without a tree.
 *
 * The emitter cannot produce malformed output: it keeps a stack, and a misuse (a value without key
 * in an object, a key in an array, a second root, an unbalanced end) marks it as failed, as a full
 * buffer does. Text is escaped as RFC 8259 asks, other Unicode is copied; bytes that are not UTF-8
 * become U+FFFD. Functions return nothing; ask emit_finish once.
 */
#ifndef ALMONER_JSON_EMIT_H
#define ALMONER_JSON_EMIT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/str.h"
#include "base/time.h"

enum { EMIT_DEPTH_MAX = 48 };

struct emit {
        struct buf *out;
        bool failed;
        bool done;      /* the root is complete */
        bool after_key; /* a value is due */
        uint8_t depth;
        uint8_t stack[EMIT_DEPTH_MAX]; /* what is open and whether it has members: see emit.c */
};

/** emit_start(e, out): write one value to the end of ${out}, which outlives the emitter. */
void emit_start(struct emit *e, struct buf *out);

/** emit_finish(e): whether one whole value was written and the buffer took it all. */
bool emit_finish(const struct emit *e);

void emit_object(struct emit *e);
void emit_object_end(struct emit *e);
void emit_array(struct emit *e);
void emit_array_end(struct emit *e);

/** emit_key(e, name): the next value's name; ${name} is escaped too. */
void emit_key(struct emit *e, const char *name);

/* Values. */
void emit_null(struct emit *e);
void emit_bool(struct emit *e, bool value);
void emit_int(struct emit *e, int64_t value);
void emit_double(struct emit *e,
                 double value); /* shortest text that reads back; not finite: null */
void emit_str(struct emit *e, struct str value);   /* absent: null */
void emit_text(struct emit *e, const char *value); /* NULL: null */

/** emit_decimal(e, value, places): ${value} / 10^${places}, exact: 250000 with 2 places is 2500.00.
 */
void emit_decimal(struct emit *e, int64_t value, unsigned places);

/** emit_raw(e, text): ${text} must be one well-formed JSON value; it is copied unchecked. */
void emit_raw(struct emit *e, struct str text);

/** emit_parsed(e, value): a parsed value as text again. */
void emit_parsed(struct emit *e, const json_t *value);

/* Members: key and value in one call. */
void emit_member_str(struct emit *e, const char *name, struct str value);
void emit_member_text(struct emit *e, const char *name, const char *value);
void emit_member_int(struct emit *e, const char *name, int64_t value);
void emit_member_bool(struct emit *e, const char *name, bool value);
void emit_member_null(struct emit *e, const char *name);
void emit_member_uuid(struct emit *e, const char *name, const struct uuid *id); /* NULL: null */
void emit_member_time(struct emit *e, const char *name, time_ms time);
void emit_member_date(struct emit *e, const char *name, day_number day);

#endif
