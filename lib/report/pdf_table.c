/**
 * pdf_table.c: rows of cells; the head again on every page.
 */
#include "report/pdf_internal.h"

enum { PAD_X = 4, PAD_Y = 3 };

/* Points: a row up to this high is not parted; of a higher one at least this much begins a page. */
enum { ROW_TOGETHER = 120, ROW_BEGINNING = 60 };

/* One row: each cell's lines, as far as they are drawn. */
struct cells {
        PangoLayout *layouts[PDF_COLUMNS_MAX];
        PangoLayoutIter *lines[PDF_COLUMNS_MAX]; /* the next line; NULL: all are drawn */
        double height;
};

static void lay_out(struct pdf *pdf, const struct str *texts, const char *font, struct cells *cells)
{
        *cells = (struct cells){.height = 0};
        for (size_t i = 0; i < pdf->column_count; i++) {
                const double width = pdf->columns[i].share * TEXT_WIDTH - 2 * PAD_X;
                double height;

                cells->layouts[i] = pdf_layout(pdf, texts[i], font, width);
                cells->lines[i] = pango_layout_get_iter(cells->layouts[i]);
                height = pdf_height(cells->layouts[i]);
                if (height > cells->height)
                        cells->height = height;
        }
        cells->height += 2 * PAD_Y;
}

static void release(struct pdf *pdf, struct cells *cells)
{
        for (size_t i = 0; i < pdf->column_count; i++) {
                pango_layout_iter_free(cells->lines[i]);
                if (cells->layouts[i])
                        g_object_unref(cells->layouts[i]);
        }
}

/* The next lines of a cell, as many as ${room} holds; the height they take. */
static double draw_lines(struct pdf *pdf, PangoLayoutIter **lines, double x, double room)
{
        double first = -1, used = 0;
        bool more = *lines != NULL;

        while (more) {
                PangoRectangle place;
                double end;

                pango_layout_iter_get_line_extents(*lines, NULL, &place);
                if (first < 0)
                        first = (double)place.y / PANGO_SCALE;
                end = (double)(place.y + place.height) / PANGO_SCALE - first;
                if (end > room && used > 0)
                        return used;
                cairo_move_to(pdf->cairo, x + (double)place.x / PANGO_SCALE,
                              pdf->y + PAD_Y - first +
                                      (double)pango_layout_iter_get_baseline(*lines) / PANGO_SCALE);
                pango_cairo_show_layout_line(pdf->cairo,
                                             pango_layout_iter_get_line_readonly(*lines));
                used = end;
                more = pango_layout_iter_next_line(*lines);
        }
        pango_layout_iter_free(*lines);
        *lines = NULL;
        return used;
}

/* What of a row fits on this page; true when all of it is drawn. */
static bool draw(struct pdf *pdf, struct cells *cells, const char *tag)
{
        const double room = TEXT_BOTTOM - pdf->y - 2 * PAD_Y;
        double x = MARGIN, height = 0;
        bool whole = true;

        cairo_tag_begin(pdf->cairo, "TR", NULL);
        for (size_t i = 0; i < pdf->column_count; i++) {
                double used;

                cairo_tag_begin(pdf->cairo, tag, NULL);
                used = draw_lines(pdf, &cells->lines[i], x + PAD_X, room);
                cairo_tag_end(pdf->cairo, tag);
                height = used > height ? used : height;
                whole = whole && !cells->lines[i];
                x += pdf->columns[i].share * TEXT_WIDTH;
        }
        cairo_tag_end(pdf->cairo, "TR");
        pdf->y += height + 2 * PAD_Y;
        return whole;
}

static void draw_line(struct pdf *pdf)
{
        cairo_set_source_rgb(pdf->cairo, 0.85, 0.87, 0.9);
        cairo_set_line_width(pdf->cairo, 0.5);
        cairo_move_to(pdf->cairo, MARGIN, pdf->y);
        cairo_line_to(pdf->cairo, PAGE_WIDTH - MARGIN, pdf->y);
        cairo_stroke(pdf->cairo);
}

/* A tag can't span pages: each page has a table of its own, with the same head. */
static void begin_part(struct pdf *pdf)
{
        struct str titles[PDF_COLUMNS_MAX] = {{NULL, 0}};
        struct cells head;

        cairo_tag_begin(pdf->cairo, "Table", NULL);
        if (!pdf->columns[0].title)
                return;
        for (size_t i = 0; i < pdf->column_count; i++)
                titles[i] = str_of(pdf->columns[i].title);
        lay_out(pdf, titles, "Bold 8.5", &head);
        cairo_set_source_rgb(pdf->cairo, 0.91, 0.93, 0.955);
        cairo_rectangle(pdf->cairo, MARGIN, pdf->y, TEXT_WIDTH, head.height);
        cairo_fill(pdf->cairo);
        pdf_text_colour(pdf);
        (void)draw(pdf, &head, "TH");
        release(pdf, &head);
}

static void end_part(struct pdf *pdf)
{
        cairo_tag_end(pdf->cairo, "Table");
}

void pdf_table_open(struct pdf *pdf, const struct pdf_column *columns, size_t count)
{
        pdf->columns = columns;
        pdf->column_count = count < PDF_COLUMNS_MAX ? count : PDF_COLUMNS_MAX;
        (void)pdf_reserve(pdf, TABLE_START);
        begin_part(pdf);
}

static void turn_page(struct pdf *pdf)
{
        end_part(pdf);
        (void)pdf_reserve(pdf, PAGE_HEIGHT);
        begin_part(pdf);
}

/* A short row stays together; a long one goes on where the page ends. */
void pdf_row(struct pdf *pdf, const struct str *cells)
{
        const double left = TEXT_BOTTOM - pdf->y;
        struct cells row;

        lay_out(pdf, cells, "8.5", &row);
        if (row.height > left && (row.height <= ROW_TOGETHER || left < ROW_BEGINNING))
                turn_page(pdf);
        pdf_text_colour(pdf);
        while (!draw(pdf, &row, "TD")) {
                turn_page(pdf);
                pdf_text_colour(pdf);
        }
        draw_line(pdf);
        release(pdf, &row);
}

void pdf_table_close(struct pdf *pdf)
{
        end_part(pdf);
        pdf->columns = NULL;
        pdf->y += 8;
}
