/**
 * import_internal.h: reading rows and storing them, the two halves of an import.
 */
#ifndef ALMONER_RESOURCE_IMPORT_INTERNAL_H
#define ALMONER_RESOURCE_IMPORT_INTERNAL_H

#include "report/csv.h"
#include "resource/resource_internal.h"

enum { IMPORT_BATCH = 50 };

struct import_row {
        int64_t number; /* from 1, header not counted */
        struct record *record;
        struct uuid id;
};

struct import {
        struct request *r;
        const struct resource *resource;
        bool keep_good, dry_run;
        struct arena *arena; /* of the batch */
        struct import_row rows[IMPORT_BATCH];
        size_t pending;
        int64_t total, imported, failed, reported;
        struct buf *report; /* JSON objects of the bad rows, comma between */
        enum status status; /* why storing stopped */
        /* reading */
        size_t columns[CSV_CELLS_MAX]; /* field of each CSV column; shape->count: ignored */
        size_t column_count;
        struct buf line;   /* NDJSON: the line so far */
        const char *fault; /* why the whole body is refused */
};

/** import_row_failed(import, number, faults): report a bad row; in all-or-nothing its faults become
 * the answer's. */
void import_row_failed(struct import *import, int64_t number, const struct faults *faults);

/** import_add(import, record, faults): a row that was read; stores a full batch. False to stop. */
bool import_add(struct import *import, struct record *record, const struct faults *faults);

/** import_store(import): the pending rows. False to stop. */
bool import_store(struct import *import);

/** import_read_csv(import), import_read_ndjson(import): the whole body, row by row. False when it
 * stopped: see fault and status. */
bool import_read_csv(struct import *import);
bool import_read_ndjson(struct import *import);

#endif
