/**
 * settings.c: the configuration as almonerctl sees it.
 */
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"

enum { PATH_SIZE = 512 };

/* clang-format off */
static const struct {
        const char *name;
        bool is_text;
} keys[CONFIG__N] = {
#define CONFIG_TEXT(key, otherwise, unit, about) [CONFIG_##key] = {#key, true},
#define CONFIG_INT(key, min, max, otherwise, unit, about) [CONFIG_##key] = {#key, false},
#define CONFIG_SECRET(key, about) [CONFIG_##key] = {NULL, false},
#include "base/config.tbl"
#undef CONFIG_TEXT
#undef CONFIG_INT
#undef CONFIG_SECRET
};
/* clang-format on */

/* Nobody said which database user to be, and there is a secret for ${module}. */
static bool own_secret(const char *module, char path[static PATH_SIZE])
{
        if (config_text(CONFIG_DB_USER)[0] || config_text(CONFIG_DB_PASSWORD)[0])
                return false;
        snprintf(path, PATH_SIZE, "%s/secrets/db-%s", config_text(CONFIG_VAR), module);
        return access(path, R_OK) == 0;
}

static bool short_name(char out[static PATH_SIZE])
{
        char path[PATH_SIZE];
        ssize_t length;

        snprintf(path, sizeof(path), "%s/short", config_text(CONFIG_VAR));
        length = readlink(path, out, PATH_SIZE - 1);
        if (length <= 0)
                return false;
        out[length] = '\0';
        return access(out, X_OK) == 0;
}

bool settings_load(char *problem, size_t size)
{
        char path[PATH_SIZE];
        bool changed;

        if (!config_load(problem, size))
                return false;
        changed = short_name(path) && setenv("VAR", path, 1) == 0;
        if (!config_text(CONFIG_DB_PASSWORD_FILE)[0] && own_secret("admin", path))
                changed = setenv("DB_PASSWORD_FILE", path, 1) == 0;
        return !changed || config_load(problem, size);
}

void settings_for(const char *module)
{
        char path[PATH_SIZE];

        if (own_secret(module, path))
                setenv("DB_PASSWORD_FILE", path, 1);
}

int ctl_config(int argc, char **argv)
{
        int missing = 0;

        for (int i = 1; i < argc; i++) {
                size_t key = 0;

                while (key < CONFIG__N && !(keys[key].name && strcmp(keys[key].name, argv[i]) == 0))
                        key++;
                if (key == CONFIG__N) {
                        fprintf(stderr, "almonerctl: no such key, or a secret: %s\n", argv[i]);
                        missing = 1;
                } else if (keys[key].is_text) {
                        printf("%s=%s\n", argv[i], config_text((enum config_key)key));
                } else {
                        printf("%s=%lld\n", argv[i], (long long)config_int((enum config_key)key));
                }
        }
        return missing;
}

int ctl_sample(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        config_print_sample(stdout);
        return 0;
}
