/**
 * intervention.c: POST /api/reports/intervention/{person_id}, to the letter of seed 000.
 */
#include "reports.h"

#include <stdio.h>

#include "base/config.h"
#include "base/file.h"

enum { FILE_MAX = 64 << 20 };

const char *report_folder(const struct tenant_id *tenant, char out[static REPORT_PATH_SIZE])
{
        char text[UUID_TEXT_SIZE];

        snprintf(out, REPORT_PATH_SIZE, "%s/files/reports/%s", config_text(CONFIG_VAR),
                 uuid_format(&tenant->uuid, text).ptr);
        return out;
}

/* The file is there before its row is committed: a row never names a file that is missing. */
static enum status make_file(struct request *r, const struct intervention_facts *facts,
                             const struct uuid *id, size_t *size)
{
        char folder[REPORT_PATH_SIZE], text[UUID_TEXT_SIZE], name[UUID_TEXT_SIZE + 4];
        struct buf out;
        enum status status;

        buf_init(&out, FILE_MAX);
        status = intervention_pdf(facts, &out);
        snprintf(name, sizeof(name), "%s.pdf", uuid_format(id, text).ptr);
        if (status == STATUS_OK)
                status = file_store(report_folder(&r->principal.tenant, folder), name,
                                    buf_view(&out));
        *size = out.len;
        buf_free(&out);
        return status;
}

static enum status make_record(struct request *r, const struct intervention_facts *facts,
                               const struct uuid *person_id, const struct uuid *id, size_t size,
                               struct str url)
{
        struct record *record = record_new(r->arena, report.shape);

        if (!record)
                return STATUS_NOMEM;
        record->values[REPORT_KIND] = db_text(STR("intervention"));
        record->values[REPORT_PERSON_ID] = db_uuid(person_id);
        record->values[REPORT_FILE_URL] = db_text(url);
        record->values[REPORT_FILE_SIZE] = db_int((int64_t)size);
        record->values[REPORT_CREATED_BY] = db_uuid(&r->principal.user.uuid);
        record->values[REPORT_CREATED_AT] = record->values[REPORT_UPDATED_AT] =
                db_time(facts->made);
        return resource_insert_as(r, &report, record, id);
}

enum status intervention_make(struct request *r)
{
        char id_text[TYPEID_TEXT_SIZE];
        struct intervention_facts facts;
        struct uuid person_id, id;
        struct str url, name;
        size_t size = 0;
        struct emit *e;
        enum status status = intervention_read(r, r->arguments[0], &facts, &person_id);

        if (status != STATUS_OK)
                return status;
        if (!uuid_v7(&id))
                return STATUS_UNAVAILABLE;
        name = typeid_format("report", &id, id_text);
        url = arena_printf(r->arena, "/files/reports/intervention_%.*s_%s.pdf",
                           STR_ARG(facts.person_id), name.ptr + sizeof("report_") - 1);
        status = url.ptr ? make_file(r, &facts, &id, &size) : STATUS_NOMEM;
        if (status == STATUS_OK)
                status = make_record(r, &facts, &person_id, &id, size, url);
        if (status != STATUS_OK)
                return status;
        e = respond_json(r, 200);
        emit_object(e);
        emit_member_bool(e, "success", true);
        emit_member_str(e, "report_id", name);
        emit_member_str(e, "file_url", url);
        emit_member_time(e, "generated_at", facts.made);
        emit_object_end(e);
        return STATUS_OK;
}

/* clang-format off */
static const struct field out_fields[] = {
        {"success", TYPE_BOOLEAN, .class = PLAIN, .about = "Always true.", .example = "true"},
        {"report_id", TYPE_ID, .prefix = "report", .class = PLAIN, .about = "The report.", .example = "\"report_01h455vb4pex5vsknk084sn02q\""},
        {"file_url", TYPE_TEXT, .max = 200, .class = PERSONAL, .about = "Where its PDF is, for a session or token of the tenant.",
                .example = "\"/files/reports/intervention_person_01h455vb4pex5vsknk084sn02q_01h455vb4pex5vsknk084sn02q.pdf\""},
        {"generated_at", TYPE_TIME, .class = PLAIN, .about = "When.", .example = "\"2024-01-18T10:35:00Z\""},
};
const struct shape intervention_out = SHAPE("InterventionReport", out_fields, "The report that was made.");
/* clang-format on */
