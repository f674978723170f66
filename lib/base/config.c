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

static bool refuse(char *problem, size_t size, const char *source, const char *key, const char *why)
{
        snprintf(problem, size, "%s: %s %s", source, key, why);
        return false;
}

static bool set(size_t key, const char *text, const char *source, char *problem, size_t size)
{
        char why[128];

        if (keys[key].type == KEY_INT &&
            !num_parse(str_of(text), keys[key].min, keys[key].max, &values[key].number)) {
                snprintf(why, sizeof(why), "must be a whole number from %lld to %lld (%s)",
                         (long long)keys[key].min, (long long)keys[key].max, keys[key].unit);
                return refuse(problem, size, source, keys[key].name, why);
        }
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

struct source {
        const char *path;
        bool strict; /* unknown keys are errors: the file is ours alone */
        bool seen[CONFIG__N];
};

static bool take_line(struct source *source, struct str line, char *problem, size_t size)
{
        struct str name, rest = str_trim(line);
        char *value;
        size_t key;

        if (rest.len == 0 || rest.ptr[0] == '#')
                return true;
        if (!str_cut(&rest, '=', &name) || !rest.ptr)
                return !source->strict ||
                       refuse(problem, size, source->path, "a line", "is no KEY=value");
        key = find_key(str_trim(name));
        if (key == CONFIG__N) {
                snprintf(problem, size, "%s: unknown key %.*s", source->path,
                         STR_ARG(str_trim(name)));
                return !source->strict;
        }
        if (source->seen[key])
                return refuse(problem, size, source->path, keys[key].name, "is set twice");
        source->seen[key] = true;
        if (values[key].text)
                return true; /* an earlier source has it */
        rest = unquoted(str_trim(rest));
        value = strndup(rest.ptr, rest.len);
        return value ? set(key, value, source->path, problem, size)
                     : refuse(problem, size, source->path, keys[key].name, "finds no memory");
}

static bool read_file(const char *path, bool strict, char *problem, size_t size)
{
        struct source source = {.path = path, .strict = strict};
        FILE *file = fopen(path, "re");
        char *line = NULL;
        size_t room = 0;
        ssize_t length;
        bool good = true;

        if (!file)
                return errno == ENOENT || refuse(problem, size, path, "the file", strerror(errno));
        while (good && (length = getline(&line, &room, file)) >= 0)
                good = take_line(&source, (struct str){line, (size_t)length}, problem, size);
        free(line);
        fclose(file);
        return good;
}

bool config_load(char *problem, size_t size)
{
        for (size_t key = 0; key < CONFIG__N; key++) {
                const char *text = getenv(keys[key].name);

                values[key].text = NULL;
                if (text && !set(key, text, "environment", problem, size))
                        return false;
        }
        if (!read_file("almoner.conf", true, problem, size) ||
            !read_file(".env", false, problem, size))
                return false;
        for (size_t key = 0; key < CONFIG__N; key++)
                if (!values[key].text && !set(key, keys[key].otherwise, "default", problem, size))
                        return false;
        return true;
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
