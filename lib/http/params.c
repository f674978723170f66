/**
 * params.c: FastCGI parameters. libfcgi hands them over as an environment; one pass picks out those
 * that the pipeline looks at, so that no later step scans the list again.
 */
#include "http/http_internal.h"

struct param_name {
        const char *text;
        size_t length;
};

static const struct param_name names[PARAM__N] = {
#define PARAM(name) {#name, sizeof(#name) - 1},
#include "http/params.tbl"
#undef PARAM
};

static void note(const char *entry, const char *equals, struct str params[static PARAM__N])
{
        const size_t length = (size_t)(equals - entry);

        for (size_t i = 0; i < PARAM__N; i++)
                if (names[i].length == length && memcmp(names[i].text, entry, length) == 0) {
                        if (!params[i].ptr)
                                params[i] = str_of(equals + 1);
                        return;
                }
}

void params_read(char *const *environment, struct str params[static PARAM__N])
{
        for (; environment && *environment; environment++) {
                const char *equals = strchr(*environment, '=');

                if (equals)
                        note(*environment, equals, params);
        }
}

struct str params_find(char *const *environment, const char *name)
{
        const size_t length = strlen(name);

        for (; environment && *environment; environment++)
                if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
                        return str_of(*environment + length + 1);
        return (struct str){NULL, 0};
}
