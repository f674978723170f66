/**
 * reports.h: what the files of reports.fcgi share.
 */
#ifndef ALMONER_REPORTS_H
#define ALMONER_REPORTS_H

#include "http/http.h"
#include "person/person.h"
#include "person/recommend.h"
#include "report/pdf.h"
#include "resource/resource.h"

/* intervention_facts.c: what the report tells, read in one go */

enum { TABLE_ROWS_MAX = 1000, HISTORY_MAX = 500, CELL_LETTERS = 500 };

struct happening {
        time_ms at;
        struct str type, risk_level, description; /* the description may be cut */
};

struct intervention_facts {
        struct str person_id;
        const struct record *person;
        struct risk_facts risk;
        struct risk_cause causes[RISK_CAUSE__N];
        int64_t score;
        struct recommendation recommendations[RECOMMENDATIONS_MAX];
        size_t recommendation_count;
        struct happening *happenings; /* newest first, at most TABLE_ROWS_MAX */
        size_t happening_count;
        struct pdf_point *history; /* stored scores as they were set, oldest first */
        size_t history_count;
        struct str made_by;
        time_ms made;
};

/** intervention_read(r, person_id, facts): the person named in the path; 404 is answered. */
enum status intervention_read(struct request *r, struct str person_id,
                              struct intervention_facts *facts, struct uuid *id);

/* intervention_pdf.c */

/** intervention_pdf(facts, out): the report as a PDF, appended to ${out}. */
enum status intervention_pdf(const struct intervention_facts *facts, struct buf *out);

/* intervention.c: POST /api/reports/intervention/{id} */
handler_fn intervention_make;
extern const struct shape intervention_out;

/* file.c: GET /files/reports/{name}.pdf */
handler_fn report_file;

enum { REPORT_PATH_SIZE = 200 };

/** report_folder(tenant, out): VAR/files/reports/<tenant>. */
const char *report_folder(const struct tenant_id *tenant, char out[static REPORT_PATH_SIZE]);

/* sweep.c */

/** sweep_files(db): once in a while, remove files that no report names: of persons who were
 * deleted, of reports that were deleted or never committed. */
void sweep_files(struct db *db);

#endif
