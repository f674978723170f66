/**
 * csv.c: a small state machine, fed byte by byte.
 */
#include "report/csv.h"

static const char formula_starts[] = "=+-@\t\r";

void csv_start(struct csv *csv, char separator, csv_visit *visit, void *context)
{
        *csv = (struct csv){.visit = visit, .context = context, .separator = separator};
        buf_init(&csv->text, CSV_ROW_MAX);
}

void csv_free(struct csv *csv)
{
        buf_free(&csv->text);
}

static bool refuse(struct csv *csv, const char *why)
{
        csv->fault = why;
        return false;
}

static bool end_cell(struct csv *csv)
{
        if (csv->count == CSV_CELLS_MAX)
                return refuse(csv, "a row has too many cells");
        csv->ends[csv->count++] = csv->text.len;
        csv->state = CSV_CELL_START;
        return true;
}

static bool end_row(struct csv *csv)
{
        struct csv_row row;
        size_t from = 0;

        if (!end_cell(csv))
                return false;
        row.count = csv->count;
        for (size_t i = 0; i < csv->count; i++) {
                row.cells[i] = (struct str){csv->text.data ? csv->text.data + from : "",
                                            csv->ends[i] - from};
                from = csv->ends[i];
        }
        csv->count = 0;
        csv->row_open = false;
        if (!(row.count == 1 && row.cells[0].len == 0)) /* an empty line is no row */
                csv->stopped = !csv->visit(&row, csv->context);
        buf_clear(&csv->text);
        return !csv->stopped;
}

static bool append(struct csv *csv, char c)
{
        buf_char(&csv->text, c);
        return buf_ok(&csv->text) || refuse(csv, csv->text.starved ? NULL : "a row is too long");
}

static bool take(struct csv *csv, char c)
{
        if (csv->state == CSV_QUOTED) {
                if (c != '"')
                        return append(csv, c);
                csv->state = CSV_QUOTE_SEEN;
                return true;
        }
        if (c == '"' && csv->state == CSV_QUOTE_SEEN) {
                csv->state = CSV_QUOTED;
                return append(csv, c);
        }
        if (c == '"' && csv->state == CSV_CELL_START) {
                csv->state = CSV_QUOTED;
                csv->row_open = true;
                return true;
        }
        if (c == '\n')
                return end_row(csv);
        if (c == '\r')
                return true; /* of CRLF; alone it is no line end and no text */
        csv->row_open = true;
        if (c == csv->separator)
                return end_cell(csv);
        if (csv->state == CSV_QUOTE_SEEN)
                return refuse(csv, "text follows a closing quote");
        csv->state = CSV_PLAIN;
        return append(csv, c);
}

/* The one of three that the first line has most of. */
static char guess_separator(const char *data, size_t size)
{
        static const char candidates[] = ",;\t";
        size_t best = 0, counts[3] = {0};

        for (size_t i = 0; i < size && data[i] != '\n'; i++)
                for (size_t k = 0; k < 3; k++)
                        counts[k] += data[i] == candidates[k];
        for (size_t k = 1; k < 3; k++)
                if (counts[k] > counts[best])
                        best = k;
        return candidates[best];
}

bool csv_feed(struct csv *csv, const char *data, size_t size)
{
        size_t i = 0;

        if (csv->fault || csv->stopped)
                return false;
        if (!csv->started && size) {
                if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
                        i = 3;
                if (!csv->separator)
                        csv->separator = guess_separator(data, size);
                csv->started = true;
        }
        for (; i < size; i++)
                if (!take(csv, data[i]))
                        return false;
        return true;
}

bool csv_finish(struct csv *csv)
{
        if (csv->fault || csv->stopped)
                return false;
        if (csv->state == CSV_QUOTED)
                return refuse(csv, "the last quote is not closed");
        return !csv->row_open || end_row(csv);
}

static bool is_formula(struct str cell)
{
        return cell.len && cell.ptr[0] && strchr(formula_starts, cell.ptr[0]);
}

void csv_put(struct buf *out, struct str cell)
{
        bool quote = cell.len == 0;

        for (size_t i = 0; i < cell.len && !quote; i++)
                quote = strchr(",;\t\"\r\n ", cell.ptr[i]) != NULL;
        if (!quote && !is_formula(cell)) {
                buf_str(out, cell);
                return;
        }
        buf_char(out, '"');
        if (is_formula(cell))
                buf_char(out, '\'');
        for (size_t i = 0; i < cell.len; i++) {
                if (cell.ptr[i] == '"')
                        buf_char(out, '"');
                buf_char(out, cell.ptr[i]);
        }
        buf_char(out, '"');
}

struct str csv_plain(struct str cell)
{
        if (cell.len >= 2 && cell.ptr[0] == '\'' && is_formula(str_skip(cell, 1)))
                return str_skip(cell, 1);
        return cell;
}
