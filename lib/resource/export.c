/**
 * export.c: GET …/export: the records of a filter, streamed in chunks by keyset, so that no
 * statement runs long and memory stays flat.
 */
#include "report/csv.h"
#include "resource/resource_internal.h"

enum { CHUNK = 1000, FLUSH_BYTES = 65536, CELL_MAX = 1 << 20 };

struct export
{
        const struct resource *resource;
        const struct resource_sql *sql;
        struct filter filter;
        bool csv;
        struct buf *out;
        struct buf cell;
        struct buf key;     /* text of last.value */
        struct cursor last; /* row of the chunk */
        bool full;          /* the chunk was: there may be more */
};

/* clang-format off */
static const struct field query_fields[] = {
        {"format", TYPE_ENUM, .choices = ONE_OF("csv", "ndjson"), .flags = FIELD_NULLABLE, .class = PLAIN,
         .about = "csv or ndjson; by default what Accept asks for, else csv. All filters of the list work here too.", .example = "\"csv\""},
};
const struct shape export_query = SHAPE("ExportQuery", query_fields, "How to export.");
/* clang-format on */

/* Takes ?format= out of the query, so that the rest is a filter. False with a fault for another
 * format. */
static bool read_format(struct request *r, bool *csv)
{
        const struct str accept = request_header(r, "HTTP_ACCEPT");
        struct db_value value;

        *csv = !(accept.ptr && memmem(accept.ptr, accept.len, "ndjson", 6));
        for (size_t i = 0; i < r->query_count; i++) {
                if (!str_is(r->query[i].name, "format"))
                        continue;
                if (!query_fields[0].type->parse(&query_fields[0], r->query[i].value, STR("format"),
                                                 &r->faults, &value))
                        return false;
                *csv = str_is(value.text, "csv");
                r->query[i] = r->query[--r->query_count];
                return true;
        }
        return true;
}

static void put_header(const struct export *x)
{
        const struct shape *shape = x->resource->shape;
        const char *comma = "";

        for (size_t i = 0; x->csv && i < shape->count; i++)
                if (x->filter.selected[i]) {
                        buf_text(x->out, comma);
                        buf_text(x->out, shape->fields[i].name);
                        comma = ",";
                }
        if (x->csv)
                buf_text(x->out, "\r\n");
}

static void put_csv_row(struct export *x, const struct db_rows *rows)
{
        const struct shape *shape = x->resource->shape;
        const char *comma = "";

        for (size_t i = 0; i < shape->count; i++) {
                const struct field *field = &shape->fields[i];
                struct db_value value;

                if (!x->filter.selected[i])
                        continue;
                value = field_cell(field, rows, (unsigned)i);
                buf_clear(&x->cell);
                if (value.type != DB_NULL)
                        field->type->text(field, &value, &x->cell);
                buf_text(x->out, comma);
                if (value.type != DB_NULL)
                        csv_put(x->out, buf_view(&x->cell));
                comma = ",";
        }
        buf_text(x->out, "\r\n");
}

static void put_json_row(struct export *x, const struct db_rows *rows)
{
        const struct shape *shape = x->resource->shape;
        struct emit e;

        emit_start(&e, x->out);
        emit_object(&e);
        for (size_t i = 0; i < shape->count; i++) {
                const struct db_value value = field_cell(&shape->fields[i], rows, (unsigned)i);

                if (!x->filter.selected[i])
                        continue;
                emit_key(&e, shape->fields[i].name);
                field_emit(&shape->fields[i], &value, &e);
        }
        emit_object_end(&e);
        buf_char(x->out, '\n');
}

/* Keep where the chunk ends beyond the row's own buffers. */
static void keep_last(struct export *x, const struct db_rows *rows)
{
        const size_t sort = x->filter.sort;

        x->last.value = field_cell(&x->resource->shape->fields[sort], rows, (unsigned)sort);
        x->last.id = db_get_uuid(rows, 0);
        if (x->last.value.type != DB_TEXT && x->last.value.type != DB_BYTES)
                return;
        buf_clear(&x->key);
        buf_str(&x->key, x->last.value.text);
        x->last.value.text = buf_view(&x->key);
}

static enum status put_chunk(struct request *r, struct export *x)
{
        const struct str text = sql_page(r->arena, x->sql, "", &x->filter);
        struct db_rows rows;
        int64_t count = 0;
        enum status status;

        filter_param(&x->filter, db_int(CHUNK));
        if (!text.ptr || !buf_ok(&x->filter.where))
                return STATUS_NOMEM;
        status = db_query(r->db, &(struct sql){text.ptr, SQL_OF_TENANT},
                          (struct db_params){x->filter.params, x->filter.param_count}, &rows);
        while (status == STATUS_OK && db_next(&rows)) {
                if (x->csv)
                        put_csv_row(x, &rows);
                else
                        put_json_row(x, &rows);
                if (++count == CHUNK)
                        keep_last(x, &rows);
                if (x->out->len > FLUSH_BYTES && !response_flush(r))
                        status = STATUS_UNAVAILABLE; /* the client is gone */
        }
        x->full = count == CHUNK;
        if (!buf_ok(&x->key) || !buf_ok(&x->cell))
                status = STATUS_NOMEM;
        return status == STATUS_OK ? db_end(&rows) : (db_end(&rows), status);
}

static enum status put_all(struct request *r, struct export *x)
{
        const size_t where = x->filter.where.len, params = x->filter.param_count;
        const struct arena_mark mark = arena_mark(r->arena);
        enum status status = put_chunk(r, x);

        while (status == STATUS_OK && x->full) {
                arena_rollback(r->arena, mark);
                x->filter.where.len = where;
                x->filter.param_count = params;
                cursor_apply(x->resource, &x->last, &x->filter);
                status = put_chunk(r, x);
        }
        return status;
}

enum status resource_export(struct request *r)
{
        const struct resource *resource = r->route->resource;
        struct export *x = arena_new(r->arena, struct export, 1);
        struct page page;
        enum status status;

        if (!x || !(x->sql = resource_statements(resource)))
                return STATUS_NOMEM;
        x->resource = resource;
        if (!read_format(r, &x->csv))
                return problem_invalid(r);
        if (!page_read(r, &page) || !filter_read(r, resource, &x->filter))
                return r->response.status ? STATUS_INVALID : STATUS_NOMEM;
        /* Before the head is out, a database that is away is still a 503. */
        status = db_connect(r->db);
        if (status == STATUS_OK)
                status = site_narrow(r, resource, &x->filter);
        if (status == STATUS_OK)
                status = search_narrow(r, resource, &x->filter);
        if (status != STATUS_OK)
                return status;
        response_header(r, "Content-Disposition",
                        arena_printf(r->arena, "attachment; filename=\"%s.%s\"", resource->plural,
                                     x->csv ? "csv" : "ndjson"));
        x->out =
                respond_stream(r, 200, x->csv ? "text/csv; charset=utf-8" : "application/x-ndjson");
        if (!x->out)
                return STATUS_NOMEM;
        buf_init(&x->cell, CELL_MAX);
        buf_init(&x->key, CELL_MAX);
        put_header(x);
        status = put_all(r, x);
        if (status == STATUS_OK && !response_flush(r))
                status = STATUS_UNAVAILABLE;
        buf_free(&x->cell);
        buf_free(&x->key);
        return status;
}
