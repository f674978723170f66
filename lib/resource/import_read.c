/**
 * import_read.c: the body's rows as records: CSV with a header line, or one JSON object a line; a
 * few kilobytes at a time.
 */
#include "json/read.h"
#include "resource/import_internal.h"

enum { PIECE = 16384, LINE_MAX_BYTES = 1 << 20 };

static struct faults batch_faults(struct import *import)
{
        return (struct faults){.arena = import->arena};
}

static bool read_header(struct import *import, const struct csv_row *row)
{
        const struct shape *shape = import->resource->shape;
        size_t known = 0;

        for (size_t i = 0; i < row->count; i++) {
                const size_t field = shape_find(shape, str_trim(row->cells[i]));

                for (size_t k = 0; k < i; k++)
                        if (field < shape->count && import->columns[k] == field)
                                import->fault = "a column stands twice in the header";
                import->columns[i] = field;
                known += field < shape->count;
        }
        import->column_count = row->count;
        if (known == 0)
                import->fault = "the header names no known column";
        return !import->fault;
}

static bool read_row(const struct csv_row *row, void *context)
{
        struct import *import = context;
        const struct shape *shape = import->resource->shape;
        struct faults faults = batch_faults(import);
        struct record *record;

        if (!import->column_count)
                return read_header(import, row);
        record = record_new(import->arena, shape);
        if (!record) {
                import->status = STATUS_NOMEM;
                return false;
        }
        for (size_t i = 0; i < row->count && i < import->column_count; i++) {
                const struct field *field = import->columns[i] < shape->count
                                                    ? &shape->fields[import->columns[i]]
                                                    : NULL;
                const struct str cell = arena_copy(import->arena, csv_plain(row->cells[i]));

                if (!field || !resource_inserts(field) || (field->flags & FIELD_READ_ONLY) ||
                    !cell.len)
                        continue;
                (void)record_parse(record, import->columns[i], cell,
                                   arena_printf(import->arena, "/%s", field->name), &faults);
                if (!record->given[import->columns[i]])
                        record->given[import->columns[i]] =
                                true; /* told once is enough: it is not missing */
        }
        (void)record_complete(record, STR(""), &faults);
        return import_add(import, record, &faults);
}

bool import_read_csv(struct import *import)
{
        char piece[PIECE];
        struct csv csv;
        ptrdiff_t n;
        bool good = true;

        csv_start(&csv, '\0', read_row, import);
        while (good && (n = request_read(import->r, piece, sizeof(piece))) != 0) {
                if (n < 0) {
                        import->fault = "the body is shorter than announced";
                        break;
                }
                good = csv_feed(&csv, piece, (size_t)n);
        }
        if (good && !import->fault)
                good = csv_finish(&csv);
        if (csv.fault)
                import->fault = csv.fault;
        if (csv.text.starved)
                import->status = STATUS_NOMEM;
        csv_free(&csv);
        if (good && !import->fault && !import->column_count)
                import->fault = "there is no header line";
        return good && !import->fault && import_store(import);
}

static bool read_line(struct import *import)
{
        const struct str text = arena_copy(import->arena, str_trim(buf_view(&import->line)));
        struct faults faults = batch_faults(import);
        struct record *record;
        struct json_fault fault;
        json_t *value;
        enum status status;

        buf_clear(&import->line);
        if (text.ptr && text.len == 0)
                return true;
        record = record_new(import->arena, import->resource->shape);
        if (!text.ptr || !record) {
                import->status = STATUS_NOMEM;
                return false;
        }
        status = json_read(import->arena, text, &value, &fault);
        if (status == STATUS_NOMEM) {
                import->status = status;
                return false;
        }
        if (status != STATUS_OK)
                fault_add(&faults, STR(""), "format", "the row is no JSON: %s", fault.reason);
        else if (!json_is_object(value))
                fault_add(&faults, STR(""), "type", "the row must be a JSON object");
        else
                (void)record_read(record, value, READ_CREATE, STR(""), &faults);
        return import_add(import, record, &faults);
}

static bool take_lines(struct import *import, struct str piece)
{
        struct str line;

        while (str_cut(&piece, '\n', &line)) {
                buf_str(&import->line, line);
                if (!buf_ok(&import->line)) {
                        if (import->line.starved)
                                import->status = STATUS_NOMEM;
                        else
                                import->fault = "a row is too long";
                        return false;
                }
                if (piece.ptr && !read_line(import)) /* the last piece has not ended yet */
                        return false;
        }
        return true;
}

bool import_read_ndjson(struct import *import)
{
        char piece[PIECE];
        ptrdiff_t n;
        bool good = true;

        buf_init(&import->line, LINE_MAX_BYTES);
        while (good && (n = request_read(import->r, piece, sizeof(piece))) != 0) {
                if (n < 0) {
                        import->fault = "the body is shorter than announced";
                        break;
                }
                good = take_lines(import, (struct str){piece, (size_t)n});
        }
        good = good && !import->fault && (import->line.len == 0 || read_line(import));
        buf_free(&import->line);
        return good && import_store(import);
}
