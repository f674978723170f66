/**
 * pdf_internal.h: what the files of the PDF writer share.
 */
#ifndef ALMONER_REPORT_PDF_INTERNAL_H
#define ALMONER_REPORT_PDF_INTERNAL_H

#include <cairo.h>
#include <pango/pangocairo.h>

#include "report/pdf.h"

/* Points: 72 an inch. */
#define PAGE_WIDTH 595.28
#define PAGE_HEIGHT 841.89
#define MARGIN 51.0
#define TEXT_WIDTH (PAGE_WIDTH - 2 * MARGIN)
#define TEXT_BOTTOM (PAGE_HEIGHT - 62.0)
#define TABLE_START 140.0 /* room for a head and a first row */

struct pdf {
        cairo_surface_t *surface;
        cairo_t *cairo;
        const struct pdf_info *info;
        double y;                         /* where the next block begins */
        unsigned page;                    /* from 1 */
        unsigned pages;                   /* 0: not known yet */
        const struct pdf_column *columns; /* of the open table; NULL: none */
        size_t column_count;
};

/** pdf_layout(pdf, text, font, width): a paragraph of ${width} points; g_object_unref it. */
PangoLayout *pdf_layout(struct pdf *pdf, struct str text, const char *font, double width);

/** pdf_height(layout): its height in points. */
double pdf_height(PangoLayout *layout);

/** pdf_show(pdf, layout, x, y): draw it in the current colour. */
void pdf_show(struct pdf *pdf, PangoLayout *layout, double x, double y);

/** pdf_reserve(pdf, height): begin a new page unless ${height} points are left on this one; true
 * when a page was begun. */
bool pdf_reserve(struct pdf *pdf, double height);

/** pdf_mark(out, start): the document that begins at ${start} says that it is tagged, in English
 * but for what was recorded, and shows its title; cairo 1.16 writes the tags without saying so. */
void pdf_mark(struct buf *out, size_t start);

/** pdf_text_colour(pdf), pdf_quiet_colour(pdf): of text, and of what is beside. */
void pdf_text_colour(struct pdf *pdf);
void pdf_quiet_colour(struct pdf *pdf);

#endif
