/**
 * csv.h: comma separated values (RFC 4180), read in pieces of any size and written.
 *
 * Reading takes LF and CRLF, quoted cells with doubled quotes and line ends in them, and a byte
 * order mark at the start. Writing defuses formulas: a cell that a spreadsheet would calculate gets
 * a leading apostrophe, which csv_plain takes off again.
 */
#ifndef ALMONER_REPORT_CSV_H
#define ALMONER_REPORT_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

enum { CSV_CELLS_MAX = 200, CSV_ROW_MAX = 1 << 20 /* bytes */ };

struct csv_row {
        struct str cells[CSV_CELLS_MAX]; /* valid until the visit returns */
        size_t count;
};

/** A whole row. False stops the reading. */
typedef bool csv_visit(const struct csv_row *row, void *context);

struct csv {
        csv_visit *visit;
        void *context;
        char separator;
        struct buf text;            /* of the row so far, cells one after the other */
        size_t ends[CSV_CELLS_MAX]; /* where each cell ends in it */
        size_t count;
        enum { CSV_CELL_START, CSV_PLAIN, CSV_QUOTED, CSV_QUOTE_SEEN } state;
        bool started, row_open, stopped;
        const char *fault; /* why it is malformed; NULL: it is not, or ${text} is starved */
};

/** csv_start(csv, separator, visit, context): ${separator} 0 finds out from the first line: comma,
 * semicolon or tab. */
void csv_start(struct csv *csv, char separator, csv_visit *visit, void *context);

/** csv_feed(csv, data, size): false when malformed or stopped. csv_finish(csv): the last row; the
 * same. Both leave ${fault}. */
bool csv_feed(struct csv *csv, const char *data, size_t size);
bool csv_finish(struct csv *csv);

/** csv_free(csv): the memory. */
void csv_free(struct csv *csv);

/** csv_put(out, cell): quoted when it must be, formulas defused. */
void csv_put(struct buf *out, struct str cell);

/** csv_plain(cell): without the apostrophe that csv_put put before a formula. */
struct str csv_plain(struct str cell);

#endif
