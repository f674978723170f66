/**
 * emit.c: the emitter and its stack.
 *
 * A level of the stack holds two bits: whether it is an object, and whether it has members already.
 */
#include "json/emit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEVEL_OBJECT = 1, LEVEL_FILLED = 2 };

void emit_start(struct emit *e, struct buf *out)
{
        *e = (struct emit){.out = out};
}

bool emit_finish(const struct emit *e)
{
        return !e->failed && e->done && e->depth == 0 && buf_ok(e->out);
}

/* Comma or colon before a value, and whether a value may stand here. */
static bool value_due(struct emit *e)
{
        uint8_t *level = e->depth ? &e->stack[e->depth - 1] : NULL;

        if (e->failed)
                return false;
        if (!level) {
                e->failed = e->done;
                e->done = true;
                return !e->failed;
        }
        if (*level & LEVEL_OBJECT) {
                e->failed = !e->after_key;
                e->after_key = false;
                return !e->failed;
        }
        if (*level & LEVEL_FILLED)
                buf_char(e->out, ',');
        *level |= LEVEL_FILLED;
        return true;
}

static void open_level(struct emit *e, char bracket, uint8_t kind)
{
        if (!value_due(e))
                return;
        if (e->depth == EMIT_DEPTH_MAX) {
                e->failed = true;
                return;
        }
        e->stack[e->depth++] = kind;
        buf_char(e->out, bracket);
}

static void close_level(struct emit *e, char bracket, uint8_t kind)
{
        if (e->failed)
                return;
        if (e->depth == 0 || (e->stack[e->depth - 1] & LEVEL_OBJECT) != kind || e->after_key) {
                e->failed = true;
                return;
        }
        e->depth--;
        buf_char(e->out, bracket);
}

void emit_object(struct emit *e)
{
        open_level(e, '{', LEVEL_OBJECT);
}

void emit_object_end(struct emit *e)
{
        close_level(e, '}', LEVEL_OBJECT);
}

void emit_array(struct emit *e)
{
        open_level(e, '[', 0);
}

void emit_array_end(struct emit *e)
{
        close_level(e, ']', 0);
}

static bool plain(unsigned char c)
{
        return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Which of eight bytes is not plain: their high bits; of several only the lowest is reliable. */
static uint64_t not_plain(uint64_t eight)
{
        const uint64_t each = 0x0101010101010101u, high = 0x80 * each;
        const uint64_t quote = eight ^ '"' * each, back = eight ^ '\\' * each,
                       delete = eight ^ 0x7f * each;

        return (((eight - 0x20 * each) & ~eight) | ((quote - each) & ~quote) |
                ((back - each) & ~back) | ((delete - each) & ~delete) | eight) &
               high;
}

/* How many bytes at p need no escape: ASCII without quote, backslash and controls. */
static size_t plain_run(const unsigned char *p, size_t left)
{
        size_t n = 0;
        uint64_t eight;

        for (; left - n >= sizeof(eight); n += sizeof(eight)) {
                memcpy(&eight, p + n, sizeof(eight));
                if (not_plain(eight))
                        break;
        }
        while (n < left && plain(p[n]))
                n++;
        return n;
}

static void put_escaped(struct buf *out, unsigned char c)
{
        static const char shorts[] = "\b\t\n\f\r\"\\", letters[] = "btnfr\"\\";
        const char *at = c ? strchr(shorts, c) : NULL;

        if (at) {
                buf_char(out, '\\');
                buf_char(out, letters[at - shorts]);
        } else {
                buf_printf(out, "\\u%04x", c);
        }
}

/* One character beyond ASCII: how many bytes it took. */
static size_t put_wide(struct buf *out, struct str rest)
{
        for (size_t n = 2; n <= 4 && n <= rest.len; n++) {
                struct str one = {rest.ptr, n};

                if (!str_utf8_valid(one) || str_utf8_length(one) != 1)
                        continue;
                /* Line separators end a line in JavaScript before 2019. */
                if (n == 3 && memcmp(one.ptr, "\xe2\x80\xa8", 3) == 0)
                        buf_text(out, "\\u2028");
                else if (n == 3 && memcmp(one.ptr, "\xe2\x80\xa9", 3) == 0)
                        buf_text(out, "\\u2029");
                else
                        buf_str(out, one);
                return n;
        }
        buf_text(out, "\xef\xbf\xbd");
        return 1;
}

static void put_text(struct buf *out, struct str text)
{
        buf_char(out, '"');
        for (size_t i = 0; i < text.len;) {
                const unsigned char *p = (const unsigned char *)text.ptr + i;
                const size_t run = plain_run(p, text.len - i);

                if (run) {
                        buf_put(out, p, run);
                        i += run;
                } else if (*p < 0x80) {
                        put_escaped(out, *p);
                        i++;
                } else {
                        i += put_wide(out, str_skip(text, i));
                }
        }
        buf_char(out, '"');
}

void emit_key(struct emit *e, const char *name)
{
        uint8_t *level = e->depth ? &e->stack[e->depth - 1] : NULL;

        if (e->failed)
                return;
        if (!level || !(*level & LEVEL_OBJECT) || e->after_key) {
                e->failed = true;
                return;
        }
        if (*level & LEVEL_FILLED)
                buf_char(e->out, ',');
        *level |= LEVEL_FILLED;
        e->after_key = true;
        put_text(e->out, str_of(name));
        buf_char(e->out, ':');
}

void emit_null(struct emit *e)
{
        if (value_due(e))
                buf_put(e->out, "null", 4);
}

void emit_bool(struct emit *e, bool value)
{
        if (value_due(e))
                buf_text(e->out, value ? "true" : "false");
}

void emit_int(struct emit *e, int64_t value)
{
        if (value_due(e))
                buf_int(e->out, value);
}

void emit_double(struct emit *e, double value)
{
        char text[40];
        int digits = 15;

        if (!isfinite(value)) {
                emit_null(e);
                return;
        }
        do
                snprintf(text, sizeof(text), "%.*g", digits, value);
        while (strtod(text, NULL) != value && digits++ < 17);
        if (!value_due(e))
                return;
        buf_text(e->out, text);
        if (!strpbrk(text, ".e"))
                buf_text(e->out, ".0"); /* a whole real reads back as a real */
}

void emit_str(struct emit *e, struct str value)
{
        if (!value.ptr)
                emit_null(e);
        else if (value_due(e))
                put_text(e->out, value);
}

void emit_text(struct emit *e, const char *value)
{
        emit_str(e, str_of(value));
}

void emit_decimal(struct emit *e, int64_t value, unsigned places)
{
        uint64_t whole = value < 0 ? 0 - (uint64_t)value : (uint64_t)value, scale = 1;

        for (unsigned i = 0; i < places; i++)
                scale *= 10;
        if (!value_due(e))
                return;
        buf_printf(e->out, "%s%llu", value < 0 ? "-" : "", (unsigned long long)(whole / scale));
        if (places)
                buf_printf(e->out, ".%0*llu", (int)places, (unsigned long long)(whole % scale));
}

void emit_raw(struct emit *e, struct str text)
{
        if (value_due(e))
                buf_str(e->out, text);
}

static void emit_members(struct emit *e, const json_t *object)
{
        const char *name;
        json_t *value;

        emit_object(e);
        json_object_foreach((json_t *)(uintptr_t)object, name, value)
        {
                emit_key(e, name);
                emit_parsed(e, value);
        }
        emit_object_end(e);
}

void emit_parsed(struct emit *e, const json_t *value)
{
        switch (json_typeof(value)) {
        case JSON_OBJECT:
                emit_members(e, value);
                break;
        case JSON_ARRAY:
                emit_array(e);
                for (size_t i = 0; i < json_array_size(value); i++)
                        emit_parsed(e, json_array_get(value, i));
                emit_array_end(e);
                break;
        case JSON_STRING:
                emit_str(e, (struct str){json_string_value(value), json_string_length(value)});
                break;
        case JSON_INTEGER:
                emit_int(e, json_integer_value(value));
                break;
        case JSON_REAL:
                emit_double(e, json_real_value(value));
                break;
        case JSON_TRUE:
        case JSON_FALSE:
                emit_bool(e, json_is_true(value));
                break;
        default:
                emit_null(e);
        }
}

void emit_member_str(struct emit *e, const char *name, struct str value)
{
        emit_key(e, name);
        emit_str(e, value);
}

void emit_member_text(struct emit *e, const char *name, const char *value)
{
        emit_key(e, name);
        emit_text(e, value);
}

void emit_member_int(struct emit *e, const char *name, int64_t value)
{
        emit_key(e, name);
        emit_int(e, value);
}

void emit_member_bool(struct emit *e, const char *name, bool value)
{
        emit_key(e, name);
        emit_bool(e, value);
}

void emit_member_null(struct emit *e, const char *name)
{
        emit_key(e, name);
        emit_null(e);
}

void emit_member_uuid(struct emit *e, const char *name, const struct uuid *id)
{
        char text[UUID_TEXT_SIZE];

        emit_member_str(e, name, id ? uuid_format(id, text) : (struct str){NULL, 0});
}

void emit_member_time(struct emit *e, const char *name, time_ms time)
{
        char text[TIME_TEXT_SIZE];

        emit_member_str(e, name, time_format(time, text));
}

void emit_member_date(struct emit *e, const char *name, day_number day)
{
        char text[DATE_TEXT_SIZE];

        emit_member_str(e, name, date_format(day, text));
}
