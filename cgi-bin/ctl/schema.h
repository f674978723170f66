/**
 * schema.h: almonerctl's command about the database's schema.
 */
#ifndef ALMONER_CTL_SCHEMA_H
#define ALMONER_CTL_SCHEMA_H

/** ctl_migrate(argc, argv): apply the numbered files of a folder. Exit status. */
int ctl_migrate(int argc, char **argv);

#endif
