/**
 * persons.fcgi: persons at risk.
 *
 * SYNOPSIS
 *      persons.fcgi [--help | --config | --routes | --openapi | --sql | --audit | --check]
 *      Without an option it serves FastCGI on file descriptor 0.
 * DESCRIPTION
 *      /api/persons is the user's seed 000 to the letter, and beyond it search, filters, history,
 * the explained risk, and streamed import and export; escalation into cases, and the work on them.
 * SECURITY Needs a token or session; viewers
 * read, staff and above write. Every statement is scoped to the caller's tenant. Its database user
 * can't read password hashes. STANDARDS RFC 9110 (HTTP), RFC 9457 (problems), RFC 7396 (merge
 * patch), RFC 8288 (links), RFC 4180 (CSV). CONFIGURATION See --config; all keys are common to the
 * modules.
 */
#include "module/module.h"

#include "persons.h"

#define READERS (ADMIN | MANAGER | STAFF | CLINICIAN | VIEWER)
#define WRITERS (ADMIN | MANAGER | STAFF)

/* clang-format off */
static const struct route routes[] = {
        LIST   (person, "/api/persons",              READERS, "List persons."),
        CREATE (person, "/api/persons",              WRITERS, "Add a person."),
        READ   (person, "/api/persons/{id}",         READERS, "Get a person."),
        UPDATE (person, "/api/persons/{id}",         WRITERS, "Update a person; members that are left out stay as they are."),
        MERGE  (person, "/api/persons/{id}",         WRITERS, "Merge changes into a person (RFC 7396)."),
        REMOVE (person, "/api/persons/{id}",         WRITERS, "Delete a person."),
        HISTORY(person, "/api/persons/{id}/history", READERS, "List what was changed, by whom, when and from where; also after deletion."),
        IMPORT (person, "/api/v1/persons/import",    WRITERS, "Import persons from CSV or NDJSON."),
        EXPORT (person, "/api/v1/persons/export",    READERS, "Export persons as CSV or NDJSON."),
        {.method = GET, .path = "/api/persons/{id}/risk", .handler = person_risk, .dialect = &dialect_p, .roles = READERS, .rate = RATE_USER,
         .resource = &person, .output = &person_risk_shape, .errors = "PERSON_NOT_FOUND", .id = "getPersonRisk",
         .summary = "Compute a person's risk and trace each point to its cause."},

        {.method = POST, .path = "/api/cases/escalate/{id}", .handler = case_escalate, .dialect = &dialect_p, .roles = WRITERS, .rate = RATE_USER,
         .input = &escalate_in, .output = &escalate_out, .flags = ROUTE_EMPTY_BODY, .success = 200, .errors = "PERSON_NOT_FOUND", .id = "escalateCase",
         .summary = "Escalate a person: opens a case, or escalates the open one again. The body may be empty."},
        LIST   (case_record, "/api/v1/cases",              READERS, "List cases."),
        READ   (case_record, "/api/v1/cases/{id}",         READERS, "Get a case."),
        MERGE  (case_record, "/api/v1/cases/{id}",         WRITERS, "Change a case: status, priority, assignee, notes, the time to acknowledge it by."),
        HISTORY(case_record, "/api/v1/cases/{id}/history", READERS, "List what was changed, by whom, when and from where; also after deletion."),
        {.method = GET, .path = "/api/v1/cases/{id}/escalations", .handler = case_escalations, .dialect = &dialect_i, .roles = READERS, .rate = RATE_USER,
         .output = &escalations_out, .errors = "CASE_NOT_FOUND", .id = "listCaseEscalations", .summary = "Each time that a case was escalated."},
};

static const struct resource *const resources[] = {&person, &case_record};
/* clang-format on */

static void tick(struct db *db)
{
        (void)tally_fold(db, 1000);
}

static const struct module persons = {
        .name = "persons",
        .title = "Persons at risk",
        .about = "Persons at risk, their history and their explained risk.",
        .routes = routes,
        .route_count = sizeof(routes) / sizeof(routes[0]),
        .resources = resources,
        .resource_count = sizeof(resources) / sizeof(resources[0]),
        .tick = tick,
};

int main(int argc, char **argv)
{
        return module_main(&persons, argc, argv);
}
