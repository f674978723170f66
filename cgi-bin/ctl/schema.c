/**
 * schema.c: almonerctl migrate.
 */
#include "schema.h"

#include <stdio.h>

#include "base/config.h"
#include "db/migrate.h"

static void report(const char *name)
{
        printf("Migration: %s\n", name);
}

int ctl_migrate(int argc, char **argv)
{
        struct db_opts opts;
        struct db *db;
        enum status status;

        if (argc != 2) {
                fprintf(stderr, "usage: almonerctl migrate FOLDER\n");
                return 2;
        }
        db = db_opts_from_config(&opts, "admin") ? db_create(&opts) : NULL;
        if (!db)
                return 1;
        status = migrate(db, argv[1], report);
        db_destroy(db);
        if (status != STATUS_OK)
                fprintf(stderr, "almonerctl: the migration stopped: %s\n", status_name(status));
        return status == STATUS_OK ? 0 : 1;
}
