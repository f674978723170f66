/**
 * schema.h: what the database says about itself: its version, and the columns of a table.
 */
#ifndef ALMONER_DB_SCHEMA_H
#define ALMONER_DB_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/str.h"
#include "db/db.h"

/** The newest migration this source knows; a module refuses to serve on an older schema. */
enum { SCHEMA_VERSION = 11 };

struct schema_column {
        struct str name;
        struct str type; /* "varchar" "text" "int" "smallint" "datetime" "date" "binary" …, lower
                            case */
        bool nullable;
        bool generated;
        bool indexed;   /* second in an index that begins with tenant_id, or first in any */
        int64_t length; /* characters (bytes of binary columns); 0 for numbers and times */
};

typedef void schema_column_fn(const struct schema_column *column, void *context);

/** schema_version(db, version): the newest applied migration; 0 when there is none. */
enum status schema_version(struct db *db, int64_t *version);

/** schema_columns(db, table, visit, context): each column of ${table} in order; texts live during
 * the call. */
enum status schema_columns(struct db *db, const char *table, schema_column_fn *visit,
                           void *context);

#endif
