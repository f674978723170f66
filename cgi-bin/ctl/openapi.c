/**
 * openapi.c: one API description out of the modules' parts: paths, schemas and tags are joined;
 * what two parts share is the same by construction, and a difference is refused.
 */
#include "openapi.h"

#include <jansson.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What PROGRAM --openapi prints. */
static json_t *part_of(char *program)
{
        char option[] = "--openapi", *args[] = {program, option, NULL};
        posix_spawn_file_actions_t actions;
        json_t *part = NULL;
        json_error_t error;
        int ends[2], status = 1;
        pid_t pid;

        if (pipe(ends) != 0)
                return NULL;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        posix_spawn_file_actions_addclose(&actions, ends[0]);
        if (posix_spawn(&pid, program, &actions, NULL, args, environ) == 0) {
                close(ends[1]);
                part = json_loadfd(ends[0], JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK,
                                   &error);
                close(ends[0]);
                waitpid(pid, &status, 0);
        }
        posix_spawn_file_actions_destroy(&actions);
        if (part && status == 0)
                return part;
        fprintf(stderr, "almonerctl: %s --openapi gave no description\n", program);
        json_decref(part);
        return NULL;
}

static bool is_shared(const char *path)
{
        return strcmp(path, "/health") == 0 || strcmp(path, "/api/health") == 0;
}

/* Members of ${from} into ${to}; the same name must mean the same thing, but for what every module
 * serves. */
static int join(json_t *to, json_t *from)
{
        const char *name;
        json_t *value;

        json_object_foreach(from, name, value)
        {
                const json_t *there = json_object_get(to, name);

                if (there && is_shared(name))
                        continue;
                if (there && !json_equal(there, value)) {
                        fprintf(stderr, "almonerctl: two modules describe %s differently\n", name);
                        return 1;
                }
                json_object_set(to, name, value);
        }
        return 0;
}

static int join_part(json_t *whole, json_t *part)
{
        json_t *components = json_object_get(part, "components"), *tag, *list;
        const char *kind;
        size_t i;
        int failed = join(json_object_get(whole, "paths"), json_object_get(part, "paths"));

        json_object_foreach(components, kind, list)
        {
                json_t *into = json_object_get(json_object_get(whole, "components"), kind);

                if (into)
                        failed |= join(into, list);
                else
                        json_object_set(json_object_get(whole, "components"), kind, list);
        }
        json_array_foreach(json_object_get(part, "tags"), i, tag)
                json_array_append(json_object_get(whole, "tags"), tag);
        return failed;
}

int ctl_openapi(int argc, char **argv)
{
        json_t *whole = argc > 1 ? part_of(argv[1]) : NULL, *part;
        int failed = whole == NULL;

        for (int i = 2; i < argc && !failed; i++) {
                part = part_of(argv[i]);
                failed = !part || join_part(whole, part);
                json_decref(part);
        }
        if (!failed) {
                json_t *info = json_object_get(whole, "info");

                json_object_set_new(info, "title", json_string("Almoner"));
                json_object_set_new(
                        info, "description",
                        json_string("One platform for the people an organisation answers for. "
                                    "Errors are"
                                    " application/problem+json (RFC 9457) in each family's dialect."
                                    " Unknown members of a body are ignored."));
                failed = json_dumpf(whole, stdout, JSON_INDENT(1)) != 0;
                putchar('\n');
        }
        json_decref(whole);
        return failed;
}
