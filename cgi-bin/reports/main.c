/**
 * reports.fcgi: reports about what the other modules keep.
 *
 * SYNOPSIS
 *      reports.fcgi [--help | --config | --routes | --openapi | --sql | --audit | --check]
 *      Without an option it serves FastCGI on file descriptor 0.
 * DESCRIPTION
 *      The intervention report of seed 000: a PDF of a person's record, risk, its history,
 * recommendations and interactions. Files lie in VAR/files/reports and are sent by nginx.
 * SECURITY
 *      A file is looked up by its report's row in the caller's tenant; each download is on record.
 * The database user only reads persons and interactions. Files that no report names are removed.
 * STANDARDS ISO 32000-1 (PDF), RFC 9110, RFC 9457, RFC 6266 (Content-Disposition).
 * CONFIGURATION See --config; all keys are common to the modules.
 */
#include "module/module.h"

#include "reports.h"

#define READERS (ADMIN | MANAGER | STAFF | CLINICIAN | VIEWER)
#define MAKERS (ADMIN | MANAGER | STAFF | CLINICIAN)

/* clang-format off */
static const struct route routes[] = {
        {.method = POST, .path = "/api/reports/intervention/{id}", .handler = intervention_make, .dialect = &dialect_p, .roles = MAKERS, .rate = RATE_BULK,
         .output = &intervention_out, .flags = ROUTE_EMPTY_BODY, .success = 200, .errors = "PERSON_NOT_FOUND", .id = "createInterventionReport",
         .summary = "Make a person's intervention report, a PDF. The body may be empty."},
        {.method = GET, .path = "/files/reports/{name}.pdf", .handler = report_file, .dialect = &dialect_p, .roles = READERS, .rate = RATE_USER,
         .produces = "application/pdf", .errors = "REPORT_NOT_FOUND", .id = "getReportFile", .summary = "Get the file of a report, by the address that its making answered."},
        LIST  (report, "/api/v1/reports",      READERS, "List the reports that were made."),
        READ  (report, "/api/v1/reports/{id}", READERS, "Get a report's record."),
        REMOVE(report, "/api/v1/reports/{id}", MAKERS,  "Delete a report; its file is removed within hours."),
};

static const struct resource *const resources[] = {&report};
/* clang-format on */

static void tick(struct db *db)
{
        (void)tally_fold(db, 1000);
        sweep_files(db);
}

static const struct module reports = {
        .name = "reports",
        .title = "Reports",
        .about = "Reports about persons at risk, as files.",
        .routes = routes,
        .route_count = sizeof(routes) / sizeof(routes[0]),
        .resources = resources,
        .resource_count = sizeof(resources) / sizeof(resources[0]),
        .tick = tick,
};

int main(int argc, char **argv)
{
        return module_main(&reports, argc, argv);
}
