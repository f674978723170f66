/**
 * settings.h: almonerctl's configuration, and its commands about it: config, sample.
 *
 * A private installation (make run) keeps a password a database user in VAR/secrets/db-<user>, and
 * a short name of a deep VAR in VAR/short, because the path of a unix socket ends after 107 bytes.
 * What is configured goes before both.
 */
#ifndef ALMONER_CTL_SETTINGS_H
#define ALMONER_CTL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

/** settings_load(problem, size): config_load, then what a private installation adds for the
 * operator. Returns false with a sentence in ${problem} when a value is bad. */
bool settings_load(char *problem, size_t size);

/** settings_for(module): in a child that becomes ${module}: its own database user and password file
 * in the environment, when the installation is private. */
void settings_for(const char *module);

/** ctl_config(argc, argv): print KEY=value for each KEY; secrets have none. Exit status. */
int ctl_config(int argc, char **argv);

/** ctl_sample(argc, argv): print a commented almoner.conf. Exit status. */
int ctl_sample(int argc, char **argv);

#endif
