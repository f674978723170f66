/**
 * import.c: POST …/import: many records from one streamed body.
 *
 * All or nothing is one transaction; keeping the good ones is one transaction a batch. Memory does
 * not grow with the body: a batch of rows, the report of at most IMPORT_REPORT_MAX bad ones.
 */
#include "resource/import_internal.h"

enum { BATCH_ARENA = 24 << 20, REPORT_MAX = 4 << 20 };
enum { QUERY_MODE, QUERY_DRY_RUN };

/* clang-format off */
static const struct field query_fields[] = {
        [QUERY_MODE] = {"mode", TYPE_ENUM, .choices = ONE_OF("all", "good"), .otherwise = "\"all\"", .class = PLAIN,
                .about = "all keeps every row or none; good keeps the good rows and reports the bad ones.", .example = "\"good\""},
        [QUERY_DRY_RUN] = {"dry_run", TYPE_BOOLEAN, .otherwise = "false", .class = PLAIN, .about = "true only tells what would happen.", .example = "true"},
};
const struct shape import_query = SHAPE("ImportQuery", query_fields, "How to import.");

static const struct field fault_fields[] = {
        {"pointer", TYPE_TEXT, .class = PLAIN, .about = "Field of the row.", .example = "\"/email\""},
        {"code", TYPE_TEXT, .class = PLAIN, .about = "Kind of fault.", .example = "\"format\""},
        {"detail", TYPE_TEXT, .class = PLAIN, .about = "A sentence.", .example = "\"email must be a valid e-mail address\""},
};
static const struct shape fault_shape = SHAPE("RowFault", fault_fields, "What is wrong with a field.");
static const struct field row_fields[] = {
        {"row", TYPE_INTEGER, .class = PLAIN, .about = "Number of the row from 1; the header is not counted.", .example = "17"},
        {"errors", TYPE_LIST, .members = &fault_shape, .class = PLAIN, .about = "Its faults.", .example = "[{\"pointer\":\"/email\",\"code\":\"format\",\"detail\":\"email must be a valid e-mail address\"}]"},
};
static const struct shape row_shape = SHAPE("BadRow", row_fields, "A row that was refused.");
static const struct field out_fields[] = {
        {"mode", TYPE_TEXT, .class = PLAIN, .about = "all or good.", .example = "\"good\""},
        {"dry_run", TYPE_BOOLEAN, .class = PLAIN, .about = "Whether nothing was stored on purpose.", .example = "false"},
        {"total", TYPE_INTEGER, .class = PLAIN, .about = "Rows read.", .example = "10000"},
        {"imported", TYPE_INTEGER, .class = PLAIN, .about = "Rows stored, or that would have been.", .example = "9999"},
        {"failed", TYPE_INTEGER, .class = PLAIN, .about = "Rows refused.", .example = "1"},
        {"errors", TYPE_LIST, .members = &row_shape, .class = PLAIN, .about = "The first 1000 refused rows.", .example = "[{\"row\":17,\"errors\":[{\"pointer\":\"/email\",\"code\":\"format\",\"detail\":\"email must be a valid e-mail address\"}]}]"},
        {"errors_omitted", TYPE_INTEGER, .class = PLAIN, .about = "Refused rows beyond those listed.", .example = "0"},
};
const struct shape import_out = SHAPE("ImportResult", out_fields, "What became of the rows.");
/* clang-format on */

static enum status answer(const struct import *import)
{
        struct emit *e = respond_json(import->r, 200);

        emit_object(e);
        emit_member_text(e, "mode", import->keep_good ? "good" : "all");
        emit_member_bool(e, "dry_run", import->dry_run);
        emit_member_int(e, "total", import->total);
        emit_member_int(e, "imported", import->imported);
        emit_member_int(e, "failed", import->failed);
        emit_key(e, "errors");
        emit_raw(e, arena_printf(import->r->arena, "[%.*s]", STR_ARG(buf_view(import->report))));
        emit_member_int(e, "errors_omitted", import->failed - import->reported);
        emit_object_end(e);
        return buf_ok(import->report) ? STATUS_OK : STATUS_NOMEM;
}

static enum status refuse(const struct import *import)
{
        struct request *r = import->r;
        const enum status status =
                problem(r, PROBLEM_IMPORT_REFUSED, "%lld of %lld rows are bad; nothing was stored",
                        (long long)import->failed, (long long)import->total);

        r->response.problem.faults = r->faults.first;
        return status;
}

/* The body may end, stop or break; what is not committed by then never was. */
static enum status read_body(struct import *import)
{
        const struct str type = request_header(import->r, "CONTENT_TYPE");
        const bool lines = str_starts(type, STR("application/x-ndjson"));
        const bool whole = lines ? import_read_ndjson(import) : import_read_csv(import);

        if (import->fault)
                return problem(import->r, PROBLEM_BAD_REQUEST, "Row %lld: %s",
                               (long long)import->total + 1, import->fault);
        return whole ? STATUS_OK : import->status != STATUS_OK ? import->status : STATUS_BUG;
}

static enum status run_whole(struct import *import)
{
        struct db *db = import->r->db;
        enum status status = db_begin(db);

        if (status != STATUS_OK)
                return status;
        status = read_body(import);
        if (status == STATUS_OK && !import->dry_run && import->failed == 0)
                return db_commit(db);
        db_rollback(db);
        if (status == STATUS_OK && !import->dry_run)
                return refuse(import);
        return status;
}

static enum status run(struct import *import)
{
        enum status status =
                import->keep_good && !import->dry_run ? read_body(import) : run_whole(import);

        if (status != STATUS_OK)
                return status;
        if (!import->dry_run && import->imported)
                doorbell_ring();
        return answer(import);
}

enum status resource_import(struct request *r)
{
        struct import *import = arena_new(r->arena, struct import, 1);
        struct buf report;
        enum status status = STATUS_NOMEM;

        buf_init(&report, REPORT_MAX);
        if (import) {
                import->r = r;
                import->resource = r->route->resource;
                import->keep_good = str_is(record_str(r->filter, QUERY_MODE), "good");
                import->dry_run = record_int(r->filter, QUERY_DRY_RUN) != 0;
                import->report = &report;
                import->arena = arena_create(BATCH_ARENA);
                if (import->arena)
                        status = run(import);
                arena_destroy(import->arena);
        }
        buf_free(&report);
        return status;
}
