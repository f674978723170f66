/**
 * pdf.h: a document of A4 pages, by cairo and pango: any script the system has fonts for, in its
 * own direction, as text that can be searched and copied; headings, paragraphs and tables are
 * tagged for those who listen to it (ISO 32000-1, 14.8).
 *
 * What is written flows: a block that does not fit goes to the next page, a table repeats its head
 * there. Each page ends with the footer and "Page 2 of 5"; therefore the document is composed
 * twice, first only to count pages.
 *
 *     static void compose(struct pdf *pdf, const void *context) { pdf_heading(pdf, 1, …); … }
 *     enum status status = pdf_write(&out, &info, compose, &facts);
 */
#ifndef ALMONER_REPORT_PDF_H
#define ALMONER_REPORT_PDF_H

#include <stddef.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/str.h"
#include "base/time.h"

struct pdf;

struct pdf_info {
        const char *title, *author, *subject;
        struct str footer;
        time_ms made;
};

/** pdf_write(out, info, compose, context): the document that ${compose} writes, appended to
 * ${out}. STATUS_NOMEM without memory or room in ${out}, STATUS_BUG when the library refuses. Where
 * memory ends in the middle, glib aborts the process. */
enum status pdf_write(struct buf *out, const struct pdf_info *info,
                      void (*compose)(struct pdf *pdf, const void *context), const void *context);

/* What compose may write. All text is UTF-8; what is not becomes U+FFFD. */

/** pdf_keep(pdf, height): what follows begins on a new page unless ${height} points are left. */
void pdf_keep(struct pdf *pdf, double height);

/** pdf_heading(pdf, level, text): level 1 or 2; stays with what follows. */
void pdf_heading(struct pdf *pdf, int level, struct str text);

/** pdf_paragraph(pdf, text), pdf_note(pdf, text): body text, and small grey text. */
void pdf_paragraph(struct pdf *pdf, struct str text);
void pdf_note(struct pdf *pdf, struct str text);

/** pdf_callout(pdf, shade, title, text): a boxed paragraph with a coloured edge. */
enum pdf_shade { SHADE_CALM, SHADE_NOTICE, SHADE_ALARM };
void pdf_callout(struct pdf *pdf, enum pdf_shade shade, struct str title, struct str text);

enum { PDF_COLUMNS_MAX = 6 };

struct pdf_column {
        const char *title;
        double share; /* of the width; all together 1 */
};

/** pdf_table_open(pdf, columns, count), pdf_row(pdf, cells), pdf_table_close(pdf): ${columns} lives
 * until the close. Titles of NULL: a table without head. */
void pdf_table_open(struct pdf *pdf, const struct pdf_column *columns, size_t count);
void pdf_row(struct pdf *pdf, const struct str *cells);
void pdf_table_close(struct pdf *pdf);

struct pdf_point {
        time_ms at;
        double value;
};

struct pdf_band {
        double from; /* up to the next one's */
        const char *name;
        double red, green, blue;
};

/** A value that changes in steps. */
struct pdf_chart {
        struct str about;               /* read to those who don't see it */
        const struct pdf_point *points; /* by time */
        size_t count;
        time_ms until; /* the last value holds until then */
        double top;    /* of the scale, which begins with 0 */
        const struct pdf_band *bands;
        size_t band_count;
};

enum { PDF_CHART_HEIGHT = 190 }; /* points, with what is written below it */

void pdf_step_chart(struct pdf *pdf, const struct pdf_chart *chart);

#endif
