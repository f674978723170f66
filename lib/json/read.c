/**
 * read.c: jansson behind our own rules: depth, and reasons that never quote the input.
 */
#include "json/read.h"

#include <stdio.h>
#include <stdlib.h>

/* Whether this thread's jansson was refused memory. It calls that wrong syntax, or goes on with a
 * text that lacks bytes. */
static _Thread_local bool starved;

static void *watched_malloc(size_t size)
{
        void *memory = malloc(size);

        starved = starved || !memory;
        return memory;
}

/* Before there are threads. */
__attribute__((constructor)) static void watch_memory(void)
{
        json_set_alloc_funcs(watched_malloc, free);
}

/* Refuse deep nesting before the parser recurses: the position of the bracket too many, or the
 * length. */
static size_t too_deep_at(struct str text)
{
        bool in_text = false;
        unsigned depth = 0;
        size_t i;

        for (i = 0; i < text.len; i++) {
                const char c = text.ptr[i];

                if (in_text) {
                        if (c == '\\')
                                i++;
                        else if (c == '"')
                                in_text = false;
                } else if (c == '"') {
                        in_text = true;
                } else if (c == '{' || c == '[') {
                        if (++depth > JSON_DEPTH_MAX)
                                return i;
                } else if ((c == '}' || c == ']') && depth) {
                        depth--;
                }
        }
        return text.len;
}

static const char *reason_of(enum json_error_code code)
{
        switch (code) {
        case json_error_invalid_utf8:
                return "the text is not valid UTF-8";
        case json_error_premature_end_of_input:
                return "the text ends too early";
        case json_error_end_of_input_expected:
                return "something follows the value";
        case json_error_null_character:
        case json_error_null_byte_in_key:
                return "a string holds a NUL character";
        case json_error_duplicate_key:
                return "an object has a member twice";
        case json_error_numeric_overflow:
                return "a number is out of range";
        default:
                return "the text is no valid JSON";
        }
}

static enum status refuse(struct json_fault *fault, size_t position, const char *reason)
{
        fault->position = position;
        snprintf(fault->reason, sizeof(fault->reason), "%s", reason);
        return STATUS_INVALID;
}

static void release(void *value)
{
        json_decref(value);
}

enum status json_read(struct arena *arena, struct str text, json_t **out, struct json_fault *fault)
{
        size_t deep = too_deep_at(text);
        json_error_t error;
        json_t *value;

        if (deep < text.len)
                return refuse(fault, deep, "the nesting is too deep");
        starved = false;
        value = json_loadb(text.ptr ? text.ptr : "", text.len,
                           JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
        if (starved) {
                json_decref(value);
                arena_fail(arena);
                return STATUS_NOMEM;
        }
        if (!value)
                return refuse(fault, error.position > 0 ? (size_t)error.position : 0,
                              reason_of(json_error_code(&error)));
        if (!arena_on_reset(arena, release, value))
                return STATUS_NOMEM;
        *out = value;
        return STATUS_OK;
}

struct str json_text(const json_t *value)
{
        if (!json_is_string(value))
                return (struct str){NULL, 0};
        return (struct str){json_string_value(value), json_string_length(value)};
}

struct str json_get_text(const json_t *object, const char *name)
{
        return json_text(json_object_get(object, name));
}
