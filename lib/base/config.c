/**
 * config.c: the table of keys, read from the environment and two files, checked once.
 */
#include "base/config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "base/num.h"

enum key_type { KEY_TEXT, KEY_INT, KEY_SECRET };

struct key {
        const char *name;
        enum key_type type;
        int64_t min, max;
        const char *otherwise;
        const char *unit, *about;
};

/* clang-format off */
static const struct key keys[CONFIG__N] = {
#define CONFIG_TEXT(key, otherwise, unit, about) [CONFIG_##key] = {#key, KEY_TEXT, 0, 0, otherwise, unit, about},
#define CONFIG_INT(key, min, max, otherwise, unit, about) [CONFIG_##key] = {#key, KEY_INT, min, max, #otherwise, unit, about},
#define CONFIG_SECRET(key, about) [CONFIG_##key] = {#key, KEY_SECRET, 0, 0, "", "text", about},
#include "base/config.tbl"
#undef CONFIG_TEXT
#undef CONFIG_INT
#undef CONFIG_SECRET
};
/* clang-format on */

static struct {
        const char *text;
        int64_t number;
} values[CONFIG__N];

/* What the files said: kept until the process ends, since callers hold what config_text gave. */
static struct text {
        struct text *older;
        char value[];
} * texts;

static const char *keep(struct str s)
{
        struct text *text = malloc(sizeof(*text) + s.len + 1);

        if (!text)
                return NULL;
        text->older = texts;
        texts = text;
        if (s.len)
                memcpy(text->value, s.ptr, s.len);
        text->value[s.len] = '\0';
        return text->value;
}

struct source {
        const char *name; /* a file's path, or what else it is */
        bool strict; /* unknown keys are errors: the file is ours alone, .env is also others' */
        char *problem;
        size_t size;
        bool seen[CONFIG__N];
};

static bool refuse(const struct source *source, const char *what, const char *why)
{
        snprintf(source->problem, source->size, "%s: %s %s", source->name, what, why);
        return false;
}

static bool check(const struct source *source, size_t key, struct str text, int64_t *number)
{
        char why[128];

        if (memchr(text.ptr, '\0', text.len))
                return refuse(source, keys[key].name, "holds a NUL byte");
        if (keys[key].type != KEY_INT || num_parse(text, keys[key].min, keys[key].max, number))
                return true;
        snprintf(why, sizeof(why), "must be a whole number from %lld to %lld (%s)",
                 (long long)keys[key].min, (long long)keys[key].max, keys[key].unit);
        return refuse(source, keys[key].name, why);
}

static bool set(const struct source *source, size_t key, const char *text)
{
        if (!check(source, key, str_of(text), &values[key].number))
                return false;
        values[key].text = text;
        return true;
}

static size_t find_key(struct str name)
{
        size_t key = 0;

        while (key < CONFIG__N && !str_is(name, keys[key].name))
                key++;
        return key;
}

static struct str unquoted(struct str s)
{
        if (s.len >= 2 && (s.ptr[0] == '"' || s.ptr[0] == '\'') && s.ptr[s.len - 1] == s.ptr[0])
                return (struct str){s.ptr + 1, s.len - 2};
        return s;
}

/* Also what an earlier source overrides is checked: a bad line should not wait for its day. */
static bool take_value(const struct source *source, size_t key, struct str text)
{
        int64_t number = 0;

        if (!check(source, key, text, &number))
                return false;
        if (values[key].text)
                return true;
        values[key].number = number;
        values[key].text = keep(text);
        return values[key].text || refuse(source, keys[key].name, "finds no memory");
}

static bool unknown(const struct source *source, struct str name)
{
        char what[80];

        if (!source->strict)
                return true;
        snprintf(what, sizeof(what), "%.*s", STR_ARG(name));
        return refuse(source, what, "is an unknown key");
}

static bool take_line(struct source *source, struct str line)
{
        struct str name, rest = str_trim(line);
        size_t key;

        if (rest.len == 0 || rest.ptr[0] == '#')
                return true;
        if (!str_cut(&rest, '=', &name) || !rest.ptr)
                return !source->strict || refuse(source, "a line", "is no KEY=value");
        name = str_trim(name);
        key = find_key(name);
        if (key == CONFIG__N)
                return unknown(source, name);
        if (source->seen[key])
                return refuse(source, keys[key].name, "is set twice");
        source->seen[key] = true;
        return take_value(source, key, unquoted(str_trim(rest)));
}

static bool read_file(struct source *source)
{
        FILE *file = fopen(source->name, "re");
        char *line = NULL;
        size_t room = 0;
        ssize_t length;
        bool good = true;

        if (!file)
                return errno == ENOENT || refuse(source, "the file", strerror(errno));
        while (good && (length = getline(&line, &room, file)) >= 0)
                good = take_line(source, (struct str){line, (size_t)length});
        if (good && !feof(file))
                good = refuse(source, "the file", "can't be read to its end");
        free(line);
        fclose(file);
        return good;
}

static bool read_environment(const struct source *source)
{
        for (size_t key = 0; key < CONFIG__N; key++) {
                const char *text = getenv(keys[key].name);

                values[key].text = NULL;
                if (text && !set(source, key, text))
                        return false;
        }
        return true;
}

static bool fill_defaults(const struct source *source)
{
        for (size_t key = 0; key < CONFIG__N; key++)
                if (!values[key].text && !set(source, key, keys[key].otherwise))
                        return false;
        return true;
}

bool config_load(char *problem, size_t size)
{
        struct source environment = {.name = "environment", .problem = problem, .size = size};
        struct source ours = {
                .name = "almoner.conf", .strict = true, .problem = problem, .size = size};
        struct source shared = {.name = ".env", .problem = problem, .size = size};
        struct source table = {.name = "default", .problem = problem, .size = size};

        return read_environment(&environment) && read_file(&ours) && read_file(&shared) &&
               fill_defaults(&table);
}

const char *config_text(enum config_key key)
{
        return values[key].text ? values[key].text : keys[key].otherwise;
}

int64_t config_int(enum config_key key)
{
        return values[key].number;
}

bool config_is(enum config_key key, const char *value)
{
        return strcmp(config_text(key), value) == 0;
}

const char *config_path(enum config_key key, const char *otherwise, char *out, size_t size)
{
        if (config_text(key)[0])
                snprintf(out, size, "%s", config_text(key));
        else
                snprintf(out, size, "%s/%s", config_text(CONFIG_VAR), otherwise);
        return out;
}

void config_print(FILE *out)
{
        for (size_t key = 0; key < CONFIG__N; key++) {
                fprintf(out, "%s\n        %s\n", keys[key].name, keys[key].about);
                if (keys[key].type == KEY_INT)
                        fprintf(out, "        %lld to %lld %s, default %s\n",
                                (long long)keys[key].min, (long long)keys[key].max, keys[key].unit,
                                keys[key].otherwise);
                else if (keys[key].type == KEY_SECRET)
                        fprintf(out, "        text (secret)\n");
                else
                        fprintf(out, "        %s, default \"%s\"\n", keys[key].unit,
                                keys[key].otherwise);
        }
}

void config_print_sample(FILE *out)
{
        for (size_t key = 0; key < CONFIG__N; key++)
                fprintf(out, "# %s (%s)\n#%s=%s\n\n", keys[key].about, keys[key].unit,
                        keys[key].name, keys[key].otherwise);
}
