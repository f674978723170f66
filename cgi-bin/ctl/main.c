/**
 * almonerctl: operating an installation.
 *
 * SYNOPSIS
 *      almonerctl COMMAND [ARGUMENT...]
 * DESCRIPTION
 *      `almonerctl --help` prints the commands. They read the same configuration as the modules.
 * SECURITY
 *      Runs as the operator. first-admin and add-user print a made-up password once; rotate-key
 * writes private keys with mode 0600. EXIT STATUS 0 done, 1 failed, 2 wrong use or configuration, 3
 * nothing runs.
 */
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "base/log.h"

#include "accounts.h"
#include "keys.h"
#include "openapi.h"
#include "schema.h"
#include "settings.h"
#include "streams.h"
#include "supervise.h"

/* clang-format off */
static const struct {
        const char *name;
        int (*run)(int argc, char **argv); /* argv[0] is the command */
        const char *about;
} commands[] = {
        {"supervise",   ctl_supervise,   "PROGRAM...: run modules in the foreground, restart them, bring back what dies"},
        {"start",       ctl_control,     "MODULE: start it and wait until it serves"},
        {"stop",        ctl_control,     "MODULE: let it finish and stop it"},
        {"restart",     ctl_control,     "MODULE: start a new process, wait until it serves, stop the old one"},
        {"status",      ctl_control,     "what runs"},
        {"migrate",     ctl_migrate,     "FOLDER: bring the database's schema up to date"},
        {"first-admin", ctl_first_admin, "make the first admin when there is no user yet"},
        {"add-user",    ctl_add_user,    "--tenant UUID --email ADDRESS --role ROLE [--name NAME] [--username NAME]"},
        {"rotate-key",  ctl_rotate_key,  "make a new signing key; the old one is honoured until its tokens expire"},
        {"new-epoch",   ctl_new_epoch,   "[--tenant UUID]: after a restore of the database: who resumes live updates is told that something is missing"},
        {"openapi",     ctl_openapi,     "PROGRAM...: merge the modules' API descriptions"},
        {"config",      ctl_config,      "KEY...: print values in force, a KEY=value line each"},
        {"sample",      ctl_sample,      "print a commented almoner.conf"},
};
/* clang-format on */

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int help(FILE *out, int status)
{
        fprintf(out, "usage: almonerctl COMMAND [ARGUMENT...]\n\n");
        for (size_t i = 0; i < COMMANDS; i++)
                fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].about);
        return status;
}

int main(int argc, char **argv)
{
        char problem[256];

        if (argc < 2)
                return help(stderr, 2);
        if (strcmp(argv[1], "--help") == 0)
                return help(stdout, 0);
        if (!settings_load(problem, sizeof(problem))) {
                fprintf(stderr, "almonerctl: %s\n", problem);
                return 2;
        }
        log_open("almonerctl", LOG_INFO);
        for (size_t i = 0; i < COMMANDS; i++)
                if (strcmp(argv[1], commands[i].name) == 0)
                        return commands[i].run(argc - 1, argv + 1);
        return help(stderr, 2);
}
