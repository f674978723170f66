/**
 * migrate.h: numbered SQL files, applied once, in order, under a lease, with checksums. Forward
 * only.
 */
#ifndef ALMONER_DB_MIGRATE_H
#define ALMONER_DB_MIGRATE_H

#include "base/status.h"
#include "db/db.h"

/**
 * migrate(db, folder, report): apply what ${folder} (NNN_name.sql) has and the database has not,
 * calling ${report} with each file's name. STATUS_BUSY when another migration holds the lease (it
 * ends by itself 10 minutes after its last file began); STATUS_CONFLICT (logged) when an applied
 * file was changed since; STATUS_INVALID when a file can't be read or its SQL is refused: what came
 * before it stays applied. An interrupted file is run again from its start the next time, so files
 * create IF NOT EXISTS. One answer may take an hour. ${db} is left disconnected.
 */
enum status migrate(struct db *db, const char *folder, void (*report)(const char *name));

#endif
