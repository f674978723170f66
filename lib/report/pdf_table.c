/**
 * pdf_table.c: rows of cells; the head again on every page.
 */
#include "report/pdf_internal.h"

enum { PAD_X = 4, PAD_Y = 3 };

struct cells {
        PangoLayout *layouts[PDF_COLUMNS_MAX];
        double height;
};

static void lay_out(struct pdf *pdf, const struct str *texts, const char *font, struct cells *cells)
{
        *cells = (struct cells){.height = 0};
        for (size_t i = 0; i < pdf->column_count; i++) {
                const double width = pdf->columns[i].share * TEXT_WIDTH - 2 * PAD_X;
                double height;

                cells->layouts[i] = pdf_layout(pdf, texts[i], font, width);
                height = pdf_height(cells->layouts[i]);
                if (height > cells->height)
                        cells->height = height;
        }
        cells->height += 2 * PAD_Y;
}

static void release(struct pdf *pdf, struct cells *cells)
{
        for (size_t i = 0; i < pdf->column_count; i++)
                if (cells->layouts[i])
                        g_object_unref(cells->layouts[i]);
}

static void draw(struct pdf *pdf, const struct cells *cells, const char *tag)
{
        double x = MARGIN;

        cairo_tag_begin(pdf->cairo, "TR", NULL);
        for (size_t i = 0; i < pdf->column_count; i++) {
                cairo_tag_begin(pdf->cairo, tag, NULL);
                pdf_show(pdf, cells->layouts[i], x + PAD_X, pdf->y + PAD_Y);
                cairo_tag_end(pdf->cairo, tag);
                x += pdf->columns[i].share * TEXT_WIDTH;
        }
        cairo_tag_end(pdf->cairo, "TR");
        pdf->y += cells->height;
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
        draw(pdf, &head, "TH");
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
        (void)pdf_reserve(pdf, 50);
        begin_part(pdf);
}

void pdf_row(struct pdf *pdf, const struct str *cells)
{
        struct cells row;

        lay_out(pdf, cells, "8.5", &row);
        if (pdf->y + row.height > TEXT_BOTTOM && pdf->y > MARGIN) {
                end_part(pdf);
                (void)pdf_reserve(pdf, row.height);
                begin_part(pdf);
        }
        pdf_text_colour(pdf);
        draw(pdf, &row, "TD");
        draw_line(pdf);
        release(pdf, &row);
}

void pdf_table_close(struct pdf *pdf)
{
        end_part(pdf);
        pdf->columns = NULL;
        pdf->y += 8;
}
