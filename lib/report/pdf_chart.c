/**
 * pdf_chart.c: a value over time, in steps, over the bands of its scale.
 */
#include "report/pdf_internal.h"

#define LEFT (MARGIN + 28)
#define WIDTH (TEXT_WIDTH - 28 - 52)
#define HEIGHT 130.0

static double place_x(const struct pdf_chart *chart, time_ms at)
{
        const double span = (double)(chart->until - chart->points[0].at);

        return LEFT + (span > 0 ? (double)(at - chart->points[0].at) / span : 0) * WIDTH;
}

static double place_y(const struct pdf *pdf, const struct pdf_chart *chart, double value)
{
        return pdf->y + HEIGHT - value / chart->top * HEIGHT;
}

static void write_label(struct pdf *pdf, struct str text, double x, double y, double width,
                        PangoAlignment alignment)
{
        PangoLayout *layout = pdf_layout(pdf, text, "7", width);

        pango_layout_set_alignment(layout, alignment);
        pdf_quiet_colour(pdf);
        pdf_show(pdf, layout, x, y);
        g_object_unref(layout);
}

static void draw_bands(struct pdf *pdf, const struct pdf_chart *chart)
{
        for (size_t i = 0; i < chart->band_count; i++) {
                const struct pdf_band *band = &chart->bands[i];
                const double to = i + 1 < chart->band_count ? band[1].from : chart->top;
                const double top = place_y(pdf, chart, to), low = place_y(pdf, chart, band->from);
                char number[16];
                struct buf out = {.data = number, .cap = sizeof(number), .max = sizeof(number) - 1};

                cairo_set_source_rgba(pdf->cairo, band->red, band->green, band->blue, 0.16);
                cairo_rectangle(pdf->cairo, LEFT, top, WIDTH, low - top);
                cairo_fill(pdf->cairo);
                buf_printf(&out, "%.0f", band->from);
                write_label(pdf, buf_view(&out), MARGIN, low - 6, 24, PANGO_ALIGN_RIGHT);
                write_label(pdf, str_of(band->name), LEFT + WIDTH + 5, (top + low) / 2 - 6, 50,
                            PANGO_ALIGN_LEFT);
        }
}

static void draw_steps(struct pdf *pdf, const struct pdf_chart *chart)
{
        double y = place_y(pdf, chart, chart->points[0].value);

        cairo_set_source_rgb(pdf->cairo, 0.13, 0.29, 0.53);
        cairo_set_line_width(pdf->cairo, 1.4);
        cairo_move_to(pdf->cairo, LEFT, y);
        for (size_t i = 1; i < chart->count; i++) {
                cairo_line_to(pdf->cairo, place_x(chart, chart->points[i].at), y);
                y = place_y(pdf, chart, chart->points[i].value);
                cairo_line_to(pdf->cairo, place_x(chart, chart->points[i].at), y);
        }
        cairo_line_to(pdf->cairo, LEFT + WIDTH, y);
        cairo_stroke(pdf->cairo);
        for (size_t i = 0; i < chart->count; i++) {
                cairo_arc(pdf->cairo, place_x(chart, chart->points[i].at),
                          place_y(pdf, chart, chart->points[i].value), 1.8, 0, 6.2832);
                cairo_fill(pdf->cairo);
        }
}

static void write_dates(struct pdf *pdf, const struct pdf_chart *chart)
{
        char text[TIME_TEXT_SIZE];
        struct str day = time_format(chart->points[0].at, text);

        write_label(pdf, (struct str){day.ptr, 10}, LEFT, pdf->y + HEIGHT + 3, 100,
                    PANGO_ALIGN_LEFT);
        day = time_format(chart->until, text);
        write_label(pdf, (struct str){day.ptr, 10}, LEFT + WIDTH - 100, pdf->y + HEIGHT + 3, 100,
                    PANGO_ALIGN_RIGHT);
}

void pdf_step_chart(struct pdf *pdf, const struct pdf_chart *chart)
{
        if (chart->count == 0)
                return;
        (void)pdf_reserve(pdf, HEIGHT + 40);
        cairo_tag_begin(pdf->cairo, "Figure", NULL);
        pdf->y += 4;
        draw_bands(pdf, chart);
        draw_steps(pdf, chart);
        write_dates(pdf, chart);
        cairo_tag_end(pdf->cairo, "Figure");
        pdf->y += HEIGHT + 18;
        pdf_note(pdf, chart->about);
}
