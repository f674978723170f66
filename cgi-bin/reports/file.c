/**
 * file.c: GET /files/reports/{name}.pdf: the file of a report, sent by nginx once the caller's
 * right to it is known. Nothing of the name reaches the file system: it is looked up.
 */
#include "reports.h"

enum { SUFFIX = 26 };

static const struct sql sql_select_file =
        SQL("SELECT file_url FROM reports WHERE tenant_id = :tenant AND id = ?");

/* The name ends with the report's id; the whole of it must be the one that was given out. */
static enum status find(struct request *r, struct str name, struct uuid *id)
{
        const struct str url = arena_printf(r->arena, "/files/reports/%.*s.pdf", STR_ARG(name));
        struct str text;
        struct db_rows rows;
        bool same;
        enum status status;

        if (name.len <= SUFFIX)
                return STATUS_NOT_FOUND;
        text = arena_printf(r->arena, "report_%.*s", SUFFIX, name.ptr + name.len - SUFFIX);
        if (!url.ptr || !text.ptr)
                return STATUS_NOMEM;
        if (!typeid_parse("report", text, id))
                return STATUS_NOT_FOUND;
        status = db_row(r->db, &sql_select_file, DB_PARAMS(db_uuid(id)), &rows);
        if (status != STATUS_OK)
                return status;
        same = str_eq(db_get_str(&rows, 0), url);
        status = db_end(&rows);
        return status == STATUS_OK && !same ? STATUS_NOT_FOUND : status;
}

/* Who has seen it is on record too. */
static enum status note_access(struct request *r, const struct uuid *id)
{
        struct change change = {
                .resource = report.name, .record = *id, .version = 1, .op = CHANGE_ACCESS};

        return uuid_v7(&change.receipt) ? request_change(r, &change) : STATUS_UNAVAILABLE;
}

enum status report_file(struct request *r)
{
        char tenant[UUID_TEXT_SIZE], text[UUID_TEXT_SIZE];
        struct uuid id;
        enum status status = find(r, r->arguments[0], &id);

        if (status == STATUS_NOT_FOUND)
                return problem(r, PROBLEM_REPORT_NOT_FOUND, "Report not found");
        if (status == STATUS_OK)
                status = note_access(r, &id);
        if (status != STATUS_OK)
                return status;
        response_header(r, "X-Accel-Redirect",
                        arena_printf(r->arena, "/_files/reports/%s/%s.pdf",
                                     uuid_format(&r->principal.tenant.uuid, tenant).ptr,
                                     uuid_format(&id, text).ptr));
        response_header(r, "Content-Disposition",
                        arena_printf(r->arena, "attachment; filename=\"%.*s.pdf\"",
                                     STR_ARG(r->arguments[0])));
        (void)respond_bytes(r, 200, "application/pdf");
        return STATUS_OK;
}
