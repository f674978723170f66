/**
 * read.h: strict JSON reading (RFC 8259) through jansson.
 *
 * Refused, each with the byte position: syntax errors, duplicate member names, nesting deeper than
 * JSON_DEPTH_MAX, malformed UTF-8, lone surrogates, NUL in strings (\u0000), numbers out of range
 * of int64 or double, and anything but white space after the value.
 */
#ifndef ALMONER_JSON_READ_H
#define ALMONER_JSON_READ_H

#include <jansson.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"

enum { JSON_DEPTH_MAX = 32 };

struct json_fault {
        size_t position; /* bytes from the start */
        char reason[96]; /* a sentence without final stop, never quoting the input */
};

/**
 * json_read(arena, text, out, fault): parse ${text}. STATUS_OK with ${out} valid until the arena is
 * reset (which releases it); STATUS_INVALID with ${fault} filled; STATUS_NOMEM.
 */
enum status json_read(struct arena *arena, struct str text, json_t **out, struct json_fault *fault);

/** json_text(value): the text of a JSON string as a slice, valid as long as ${value}; absent for
 * others. */
struct str json_text(const json_t *value);

/** json_get_text(object, name): json_text of the member ${name}; absent when missing. */
struct str json_get_text(const json_t *object, const char *name);

#endif
