/**
 * print.h: a program prints its own tables, so that documents can't drift from code: --openapi
 * --sql --audit --check.
 */
#ifndef ALMONER_RESOURCE_PRINT_H
#define ALMONER_RESOURCE_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "db/db.h"
#include "resource/resource.h"

struct module_tables {
        const char *name, *title, *about;
        const struct route *routes;
        size_t route_count;
        const struct resource *const *resources;
        size_t resource_count;
};

/** openapi_print(tables, out): an OpenAPI 3.1 document of this module (JSON). 0, or 1 when it could
 * not be written. */
int openapi_print(const struct module_tables *tables, FILE *out);

/** sql_print(tables, out): every statement the builder makes for each resource, one a line, sorted:
 * a golden file. */
int sql_print(const struct module_tables *tables, FILE *out);

/** audit_print(tables, out): role x route x personal fields: who can reach what; a golden file. */
int audit_print(const struct module_tables *tables, FILE *out);

/** tables_check(tables, out): holes, duplicates, rows without class or text, enum defaults outside
 * their choices, examples that do not validate …; prints one line a fault; returns the number of
 * faults. */
int tables_check(const struct module_tables *tables, FILE *out);

/** tables_check_schema(tables, db, out): name, type, nullability, length and index of every column
 * against information_schema. */
int tables_check_schema(const struct module_tables *tables, struct db *db, FILE *out);

#endif
