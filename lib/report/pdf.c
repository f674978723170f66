/**
 * pdf.c: pages, headings and paragraphs.
 */
#include <stdlib.h>

#include <cairo-pdf.h>

#include "report/pdf_internal.h"

/* What a script lacks here is taken from other fonts of the system. */
#define FAMILY "Noto Sans, DejaVu Sans, sans-serif"

static cairo_status_t append(void *closure, const unsigned char *data, unsigned int length)
{
        struct buf *out = closure;

        if (!out)
                return CAIRO_STATUS_SUCCESS;
        buf_put(out, data, length);
        return buf_ok(out) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

PangoLayout *pdf_layout(struct pdf *pdf, struct str text, const char *font, double width)
{
        PangoLayout *layout = pango_cairo_create_layout(pdf->cairo);
        char name[120];
        struct buf out = {.data = name, .cap = sizeof(name), .max = sizeof(name) - 1};
        gchar *clean = g_utf8_make_valid(text.ptr ? text.ptr : "", (gssize)text.len);
        PangoFontDescription *description;

        buf_printf(&out, FAMILY " %s", font);
        description = pango_font_description_from_string(name);
        pango_layout_set_font_description(layout, description);
        pango_font_description_free(description);
        pango_context_set_round_glyph_positions(pango_layout_get_context(layout), FALSE);
        pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
        pango_layout_set_auto_dir(layout, TRUE);
        pango_layout_set_text(layout, clean, -1);
        g_free(clean);
        return layout;
}

double pdf_height(PangoLayout *layout)
{
        int height;

        pango_layout_get_size(layout, NULL, &height);
        return (double)height / PANGO_SCALE;
}

void pdf_show(struct pdf *pdf, PangoLayout *layout, double x, double y)
{
        cairo_move_to(pdf->cairo, x, y);
        pango_cairo_show_layout(pdf->cairo, layout);
}

void pdf_text_colour(struct pdf *pdf)
{
        cairo_set_source_rgb(pdf->cairo, 0.11, 0.14, 0.2);
}

void pdf_quiet_colour(struct pdf *pdf)
{
        cairo_set_source_rgb(pdf->cairo, 0.38, 0.42, 0.5);
}

static void draw_footer(struct pdf *pdf)
{
        char number[60];
        struct buf out = {.data = number, .cap = sizeof(number), .max = sizeof(number) - 1};
        const double y = PAGE_HEIGHT - 44;
        PangoLayout *left, *right;

        buf_printf(&out, "Page %u of %u", pdf->page, pdf->pages);
        cairo_set_source_rgb(pdf->cairo, 0.8, 0.83, 0.87);
        cairo_set_line_width(pdf->cairo, 0.5);
        cairo_move_to(pdf->cairo, MARGIN, y - 6);
        cairo_line_to(pdf->cairo, PAGE_WIDTH - MARGIN, y - 6);
        cairo_stroke(pdf->cairo);
        pdf_quiet_colour(pdf);
        left = pdf_layout(pdf, pdf->info->footer, "7.5", TEXT_WIDTH - 80);
        pango_layout_set_ellipsize(left, PANGO_ELLIPSIZE_END);
        pdf_show(pdf, left, MARGIN, y);
        right = pdf_layout(pdf, buf_view(&out), "7.5", 80);
        pango_layout_set_alignment(right, PANGO_ALIGN_RIGHT);
        pdf_show(pdf, right, PAGE_WIDTH - MARGIN - 80, y);
        g_object_unref(left);
        g_object_unref(right);
}

bool pdf_reserve(struct pdf *pdf, double height)
{
        if (pdf->y + height <= TEXT_BOTTOM || pdf->y <= MARGIN)
                return false;
        draw_footer(pdf);
        cairo_show_page(pdf->cairo);
        pdf->page++;
        pdf->y = MARGIN;
        return true;
}

/* One paragraph, tagged; ${keep}: room that what follows needs on the same page. */
static void write_block(struct pdf *pdf, const char *tag, struct str text, const char *font,
                        double keep)
{
        PangoLayout *layout = pdf_layout(pdf, text, font, TEXT_WIDTH);
        const double height = pdf_height(layout);

        (void)pdf_reserve(pdf, height + keep);
        cairo_tag_begin(pdf->cairo, tag, NULL);
        pdf_show(pdf, layout, MARGIN, pdf->y);
        cairo_tag_end(pdf->cairo, tag);
        pdf->y += height;
        g_object_unref(layout);
}

void pdf_keep(struct pdf *pdf, double height)
{
        (void)pdf_reserve(pdf, height);
}

void pdf_heading(struct pdf *pdf, int level, struct str text)
{
        if (level > 1)
                pdf->y += 14;
        pdf_text_colour(pdf);
        write_block(pdf, level == 1 ? "H1" : "H2", text, level == 1 ? "Bold 20" : "Bold 12.5",
                    TABLE_START);
        pdf->y += level == 1 ? 6 : 5;
}

void pdf_paragraph(struct pdf *pdf, struct str text)
{
        pdf_text_colour(pdf);
        write_block(pdf, "P", text, "9.5", 0);
        pdf->y += 5;
}

void pdf_note(struct pdf *pdf, struct str text)
{
        pdf_quiet_colour(pdf);
        write_block(pdf, "P", text, "8", 0);
        pdf->y += 4;
}

void pdf_callout(struct pdf *pdf, enum pdf_shade shade, struct str title, struct str text)
{
        static const double edges[][3] = {
                [SHADE_CALM] = {0.36, 0.55, 0.42},
                [SHADE_NOTICE] = {0.85, 0.6, 0.13},
                [SHADE_ALARM] = {0.76, 0.18, 0.16},
        };
        enum { PAD = 6 };
        PangoLayout *head = pdf_layout(pdf, title, "Bold 9.5", TEXT_WIDTH - 4 * PAD);
        PangoLayout *body = pdf_layout(pdf, text, "9", TEXT_WIDTH - 4 * PAD);
        const double split = pdf_height(head), height = split + pdf_height(body) + 2 * PAD;

        (void)pdf_reserve(pdf, height);
        cairo_set_source_rgb(pdf->cairo, 0.955, 0.96, 0.97);
        cairo_rectangle(pdf->cairo, MARGIN, pdf->y, TEXT_WIDTH, height);
        cairo_fill(pdf->cairo);
        cairo_set_source_rgb(pdf->cairo, edges[shade][0], edges[shade][1], edges[shade][2]);
        cairo_rectangle(pdf->cairo, MARGIN, pdf->y, 3, height);
        cairo_fill(pdf->cairo);
        pdf_text_colour(pdf);
        cairo_tag_begin(pdf->cairo, "P", NULL);
        pdf_show(pdf, head, MARGIN + 2 * PAD, pdf->y + PAD);
        pdf_show(pdf, body, MARGIN + 2 * PAD, pdf->y + PAD + split);
        cairo_tag_end(pdf->cairo, "P");
        pdf->y += height + 6;
        g_object_unref(head);
        g_object_unref(body);
}

static void set_metadata(cairo_surface_t *surface, const struct pdf_info *info)
{
        char made[TIME_TEXT_SIZE + 1] = {0};
        const struct str text = time_format(info->made, made);

        made[text.len] = 0;
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, info->title);
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, info->author);
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, info->subject);
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Almoner");
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, made);
}

/* The whole document; ${out} NULL only counts. Returns the number of pages, 0 on failure. */
static unsigned run(struct buf *out, const struct pdf_info *info, unsigned pages,
                    void (*compose)(struct pdf *pdf, const void *context), const void *context,
                    cairo_status_t *status)
{
        struct pdf pdf = {.info = info, .page = 1, .pages = pages, .y = MARGIN};

        pdf.surface = cairo_pdf_surface_create_for_stream(append, out, PAGE_WIDTH, PAGE_HEIGHT);
        set_metadata(pdf.surface, info);
        pdf.cairo = cairo_create(pdf.surface);
        compose(&pdf, context);
        draw_footer(&pdf);
        cairo_show_page(pdf.cairo);
        *status = cairo_status(pdf.cairo);
        cairo_destroy(pdf.cairo);
        cairo_surface_finish(pdf.surface);
        if (*status == CAIRO_STATUS_SUCCESS)
                *status = cairo_surface_status(pdf.surface);
        cairo_surface_destroy(pdf.surface);
        return *status == CAIRO_STATUS_SUCCESS ? pdf.page : 0;
}

/* glib, under pango, ends the process when it finds no memory: ask first for more than a page
 * takes. That makes such an end unlikely, not impossible; it then costs this module's process,
 * which is started again, and nothing that was stored. */
static bool memory_left(void)
{
        enum { ENOUGH = 16 << 20 };
        void *volatile probe = malloc(ENOUGH);
        const bool there = probe != NULL;

        free(probe);
        return there;
}

/* Our tags are constants: cairo refuses one only when it finds no memory for it. */
static bool lacked_memory(cairo_status_t status)
{
        return status == CAIRO_STATUS_NO_MEMORY || status == CAIRO_STATUS_TAG_ERROR;
}

enum status pdf_write(struct buf *out, const struct pdf_info *info,
                      void (*compose)(struct pdf *pdf, const void *context), const void *context)
{
        cairo_status_t status;
        const size_t start = out->len;
        unsigned pages;

        if (!memory_left())
                return STATUS_NOMEM;
        pages = run(NULL, info, 0, compose, context, &status);
        if (pages && run(out, info, pages, compose, context, &status))
                pdf_mark(out, start);
        if (status == CAIRO_STATUS_SUCCESS && buf_ok(out))
                return STATUS_OK;
        return lacked_memory(status) || !buf_ok(out) ? STATUS_NOMEM : STATUS_BUG;
}
