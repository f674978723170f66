/**
 * log.c: JSON lines on standard error, with a second wall against secrets.
 */
#include "base/log_internal.h"

#include "base/time.h"

enum { LINE_MAX_BYTES = 16384, VALUE_MAX_BYTES = 1024 };

static struct {
        const char *module;
        enum log_level least;
} settings = {"", LOG_INFO};

static const char *const level_names[LOG_LEVEL__N] = {"debug", "info", "warn", "error"};

static const char *const secret_keys[] = {"password", "token", "secret", "authorization",
                                          "cookie",   "email", "phone",  "name"};

void log_open(const char *module, enum log_level least)
{
        settings.module = module;
        settings.least = least;
}

/* strcasestr(3) for each of them cost more than the rest of the line. */
static bool names_secret(const char *key)
{
        for (; *key; key++)
                for (size_t i = 0; i < sizeof(secret_keys) / sizeof(secret_keys[0]); i++)
                        if ((*key | 0x20) == secret_keys[i][0] &&
                            strncasecmp(key, secret_keys[i], strlen(secret_keys[i])) == 0)
                                return true;
        return false;
}

/* "eyJ" is how the header of every JSON Web Token begins. */
static bool looks_secret(struct str text)
{
        for (size_t i = 0; i < text.len; i++) {
                const struct str rest = str_skip(text, i);

                switch (text.ptr[i]) {
                case 'e':
                        if (str_starts(rest, STR("eyJ")))
                                return true;
                        break;
                case 'B':
                        if (str_starts(rest, STR("Bearer ")))
                                return true;
                        break;
                case 'a':
                        if (str_starts(rest, STR("alm_")))
                                return true;
                        break;
                default:
                        break;
                }
        }
        return false;
}

/* U+0080 to U+009F in UTF-8: terminals obey some of them. */
static bool is_c1_control(const char *p, size_t left)
{
        return left >= 2 && p[0] == '\xc2' && ((unsigned char)p[1] & 0xe0) == 0x80;
}

static bool plain(unsigned char c)
{
        return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void put_quoted(struct buf *out, struct str text)
{
        size_t run = 0;
        bool valid;

        while (run < text.len && plain((unsigned char)text.ptr[run]))
                run++;
        buf_char(out, '"');
        buf_put(out, text.ptr, run);
        text = str_skip(text, run);
        valid = text.len == 0 || str_utf8_valid(text);
        for (size_t i = 0; i < text.len; i++) {
                const unsigned char c = (unsigned char)text.ptr[i];

                if (c < 0x20 || c == 0x7f || (c >= 0x80 && !valid))
                        buf_printf(out, "\\u%04x", c);
                else if (is_c1_control(text.ptr + i, text.len - i))
                        buf_printf(out, "\\u%04x", (unsigned char)text.ptr[++i]);
                else if (c == '"' || c == '\\')
                        buf_printf(out, "\\%c", c);
                else
                        buf_char(out, (char)c);
        }
        buf_char(out, '"');
}

/* Cut between characters, so that a long value stays valid UTF-8. */
static struct str shortened(struct str text)
{
        if (text.len <= VALUE_MAX_BYTES)
                return text;
        text.len = VALUE_MAX_BYTES;
        while (text.len && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80)
                text.len--;
        return text;
}

static void put_field(struct buf *out, const struct log_field *field)
{
        buf_char(out, ',');
        put_quoted(out, str_of(field->key));
        buf_char(out, ':');
        if (!field->text.ptr)
                buf_int(out, field->number);
        else if (names_secret(field->key) || looks_secret(field->text))
                buf_text(out, "\"[redacted]\"");
        else
                put_quoted(out, shortened(field->text));
}

void log_format(struct buf *out, enum log_level level, const char *event,
                const struct log_field *fields, size_t count)
{
        char now[TIME_TEXT_SIZE];

        buf_text(out, "{\"time\":\"");
        buf_str(out, time_format(time_now(), now));
        buf_text(out, "\",\"level\":\"");
        buf_text(out, level_names[level]);
        buf_text(out, "\",\"module\":\"");
        buf_text(out, settings.module);
        buf_text(out, "\",\"event\":\"");
        buf_text(out, event);
        buf_char(out, '"');
        for (size_t i = 0; i < count; i++)
                put_field(out, &fields[i]);
        buf_char(out, '}');
}

void log_write(enum log_level level, const char *event, const struct log_field *fields,
               size_t count)
{
        struct buf line;

        if (level < settings.least)
                return;
        buf_init(&line, LINE_MAX_BYTES);
        log_format(&line, level, event, fields, count);
        if (!buf_ok(&line)) { /* too long: better the event alone than nothing */
                const struct log_field lost = LOG_INT("fields_lost", (int64_t)count);

                buf_clear(&line);
                log_format(&line, level, event, &lost, 1);
        }
        buf_char(&line, '\n');
        if (buf_ok(&line))
                log_put(buf_view(&line), level >= LOG_WARN);
        buf_free(&line);
}
