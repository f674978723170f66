/**
 * csv.c: fuzz target: rows do not depend on how the text is cut; cells that are written are read
 * back.
 */
#include <stdint.h>
#include <stdlib.h>

#include "report/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool collect(const struct csv_row *row, void *context)
{
        struct buf *out = context;

        for (size_t i = 0; i < row->count; i++) {
                csv_put(out, row->cells[i]);
                buf_char(out, i + 1 < row->count ? ',' : '\n');
        }
        return true;
}

static bool read_all(const char *data, size_t size, size_t piece, struct buf *out)
{
        struct csv csv;
        bool good = true;

        csv_start(&csv, ',', collect, out);
        for (size_t at = 0; good && at < size; at += piece)
                good = csv_feed(&csv, data + at, at + piece < size ? piece : size - at);
        good = good && csv_finish(&csv);
        csv_free(&csv);
        return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = size ? (const char *)data : "";
        struct buf whole, pieces;
        bool good;

        if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
                return 0; /* a mark is looked for in the first piece alone */
        buf_init(&whole, 16 << 20);
        buf_init(&pieces, 16 << 20);
        good = read_all(text, size, size ? size : 1, &whole);
        if (good != read_all(text, size, 3, &pieces) ||
            (good && !str_eq(buf_view(&whole), buf_view(&pieces))))
                abort();
        buf_clear(&pieces);
        if (good && !read_all(whole.data ? whole.data : "", whole.len, 7, &pieces))
                abort();
        buf_free(&whole);
        buf_free(&pieces);
        return 0;
}
