/**
 * persons.fcgi: persons at risk.
 *
 * SYNOPSIS
 *      persons.fcgi [--help | --config | --routes | --openapi | --sql | --audit | --check]
 *      Without an option it serves FastCGI on file descriptor 0.
 * DESCRIPTION
 *      /api/persons is the user's seed 000 to the letter, and beyond it search, filters, history,
 * the explained risk, and streamed import and export; escalation into cases, and the work on them.
 * /api/v1/people and what belongs to it is seed 003: residents, faculty, procedures, credentials,
 * assignments.
 * SECURITY Needs a token or session; viewers
 * read, staff and above write. Every statement is scoped to the caller's tenant. Its database user
 * can't read password hashes. STANDARDS RFC 9110 (HTTP), RFC 9457 (problems), RFC 7396 (merge
 * patch), RFC 8288 (links), RFC 4180 (CSV). CONFIGURATION See --config; all keys are common to the
 * modules.
 */
#include "module/module.h"

#include "feed/feed.h"

#include "people.h"
#include "persons.h"

#define WRITERS (ADMIN | MANAGER | STAFF)

/* clang-format off */
#define PEOPLE(verb, where, does, in, out, name, text) \
        .method = verb, .path = where, .handler = does, .dialect = &dialect_r, .roles = WRITERS, .rate = RATE_BULK, .input = in, .output = out, .id = name, .summary = text
#define VERB(where, does, name, text) \
        .method = POST, .path = where, .handler = does, .roles = WRITERS, .rate = RATE_USER, .resource = &credential, .flags = ROUTE_EMPTY_BODY, .success = 200, \
        .errors = "INVALID_TRANSITION PRECONDITION_FAILED", .id = name, .summary = text
#define PROCEDURE_VERB(where, does, name, text) \
        .method = POST, .path = where, .handler = does, .roles = WRITERS, .rate = RATE_USER, .resource = &procedure, .flags = ROUTE_EMPTY_BODY, .success = 200, .errors = "PRECONDITION_FAILED", .id = name, .summary = text
#define WORDS(where, does, name, text) \
        .method = GET, .path = where, .handler = does, .dialect = &dialect_r, .roles = READERS, .rate = RATE_USER, .output = &procedure_words_out, .id = name, .summary = text
#define CREDENTIALS(where, does, error, name, text) \
        .method = GET, .path = where, .handler = does, .roles = READERS, .rate = RATE_USER, .resource = &credential, .query = &credentials_query, .flags = ROUTE_LIST, .errors = error, .id = name, .summary = text

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

        LIST   (practitioner, "/api/v1/people",               READERS, "List residents and faculty."),
        {.method = GET, .path = "/api/v1/people/residents", .handler = resource_list, .roles = READERS, .rate = RATE_USER, .resource = &practitioner, .where = "type = 'resident'",
         .id = "listResidents", .summary = "List residents."},
        {.method = GET, .path = "/api/v1/people/faculty", .handler = resource_list, .roles = READERS, .rate = RATE_USER, .resource = &practitioner, .where = "type = 'faculty'",
         .id = "listFaculty", .summary = "List faculty."},
        CREATE (practitioner, "/api/v1/people",               WRITERS, "Add a resident or faculty member."),
        {.method = GET, .path = "/api/v1/people/{id}", .handler = people_read, .dialect = &dialect_r, .roles = READERS, .rate = RATE_USER,
         .output = &person_detail, .errors = "PERSON_NOT_FOUND", .id = "readPractitioner", .summary = "Get a person with assignments."},
        UPDATE (practitioner, "/api/v1/people/{id}",          WRITERS, "Update a person; members that are left out stay as they are."),
        MERGE  (practitioner, "/api/v1/people/{id}",          WRITERS, "Merge changes into a person (RFC 7396)."),
        {.method = DELETE, .path = "/api/v1/people/{id}", .handler = resource_remove, .roles = WRITERS, .rate = RATE_USER, .resource = &practitioner,
         .errors = "DELETE_CONFLICT", .summary = "Delete a person with credentials and past assignments; refused while there are others."},
        HISTORY(practitioner, "/api/v1/people/{id}/history",  READERS, "List what was changed, by whom, when and from where; also after deletion."),
        {CREDENTIALS("/api/v1/people/{id}/credentials", people_credentials, "PERSON_NOT_FOUND", "listPersonCredentials", "List a faculty member's credentials; those that have expired only when asked for.")},
        {.method = GET, .path = "/api/v1/people/{id}/credentials/summary", .handler = people_summary, .dialect = &dialect_r, .roles = READERS, .rate = RATE_USER, .query = &summary_query,
         .output = &summary_out, .errors = "PERSON_NOT_FOUND", .id = "getCredentialSummary", .summary = "Count a faculty member's credentials."},
        {.method = GET, .path = "/api/v1/people/{id}/procedures", .handler = people_procedures, .dialect = &dialect_r, .roles = READERS, .rate = RATE_USER,
         .output = &supervised_out, .errors = "PERSON_NOT_FOUND", .id = "listSupervisedProcedures", .summary = "List what a faculty member may supervise today."},
        {PEOPLE(POST, "/api/v1/people/batch", people_batch_create, &batch_in, &batch_out, "createPeople", "Add 1 to 100 people: all, or none."), .success = 200, .errors = "EMAIL_ALREADY_EXISTS"},
        {PEOPLE(PUT, "/api/v1/people/batch", people_batch_update, &batch_in, &batch_out, "updatePeople", "Update 1 to 100 people: all, or none."), .success = 200, .errors = "PERSON_NOT_FOUND EMAIL_ALREADY_EXISTS"},
        {PEOPLE(POST, "/api/v1/people/batch/delete", people_batch_delete, &batch_delete_in, &batch_out, "deletePeople", "Delete 1 to 100 people: all, or none."), .success = 200, .errors = "PERSON_NOT_FOUND DELETE_CONFLICT"},
        {PEOPLE(POST, "/api/v1/people/academic-year/rollover", people_rollover, &rollover_in, &rollover_out, "rolloverAcademicYear", "Promote every active resident by a year; once a year."), .success = 200, .errors = "ROLLOVER_DONE"},

        LIST   (procedure, "/api/v1/procedures",              READERS, "List procedures."),
        CREATE (procedure, "/api/v1/procedures",              WRITERS, "Add a procedure."),
        READ   (procedure, "/api/v1/procedures/{id}",         READERS, "Get a procedure."),
        UPDATE (procedure, "/api/v1/procedures/{id}",         WRITERS, "Update a procedure; members that are left out stay as they are."),
        REMOVE (procedure, "/api/v1/procedures/{id}",         WRITERS, "Delete a procedure that nobody has a credential for."),
        {PROCEDURE_VERB("/api/v1/procedures/{id}/activate", procedure_activate, "activateProcedure", "Let a procedure be done again.")},
        {PROCEDURE_VERB("/api/v1/procedures/{id}/deactivate", procedure_deactivate, "deactivateProcedure", "Keep a procedure on record that is no longer done.")},
        {WORDS("/api/v1/procedures/categories", procedure_categories, "listProcedureCategories", "List the categories of procedures.")},
        {WORDS("/api/v1/procedures/specialties", procedure_specialties, "listProcedureSpecialties", "List the specialties of procedures.")},
        HISTORY(procedure, "/api/v1/procedures/{id}/history", READERS, "List what was changed, by whom, when and from where; also after deletion."),

        LIST   (credential, "/api/v1/credentials",            READERS, "List credentials."),
        CREATE (credential, "/api/v1/credentials",            WRITERS, "Add a credential."),
        {.method = GET, .path = "/api/v1/credentials/expiring", .handler = credentials_expiring, .roles = READERS, .rate = RATE_USER, .resource = &credential, .query = &expiring_query,
         .flags = ROUTE_LIST, .id = "listExpiringCredentials", .summary = "List credentials that hold today and expire soon, the next first."},
        {CREDENTIALS("/api/v1/credentials/by-person/{person_id}", people_credentials, "PERSON_NOT_FOUND", "listCredentialsByPerson", "The same as /api/v1/people/{id}/credentials.")},
        {CREDENTIALS("/api/v1/credentials/by-procedure/{procedure_id}", procedure_credentials, "PROCEDURE_NOT_FOUND", "listCredentialsByProcedure", "List the credentials for a procedure; those that have expired only when asked for.")},
        {.method = GET, .path = "/api/v1/credentials/qualified-faculty/{procedure_id}", .handler = qualified_faculty, .dialect = &dialect_r, .roles = READERS, .rate = RATE_USER,
         .output = &qualified_out, .errors = "PROCEDURE_NOT_FOUND", .id = "listQualifiedFaculty", .summary = "List who may supervise a procedure today."},
        {.method = GET, .path = "/api/v1/credentials/check/{person_id}/{procedure_id}", .handler = supervision_check, .dialect = &dialect_r, .roles = READERS, .rate = RATE_USER, .query = &supervision_query,
         .output = &supervision_out, .errors = "PERSON_NOT_FOUND PROCEDURE_NOT_FOUND", .id = "checkSupervision", .summary = "May this person supervise this, now or on a day? Yes or no, why, until when."},
        READ   (credential, "/api/v1/credentials/{id}",       READERS, "Get a credential."),
        {.method = PUT, .path = "/api/v1/credentials/{id}", .handler = resource_replace, .roles = WRITERS, .rate = RATE_USER, .resource = &credential,
         .errors = "INVALID_TRANSITION", .summary = "Update a credential; members that are left out stay as they are, a revoked one stays revoked."},
        REMOVE (credential, "/api/v1/credentials/{id}",       WRITERS, "Delete a credential."),
        HISTORY(credential, "/api/v1/credentials/{id}/history", READERS, "List what was changed, by whom, when and from where; also after deletion."),
        {VERB("/api/v1/credentials/{id}/suspend", credential_suspend, "suspendCredential", "Suspend a credential.")},
        {VERB("/api/v1/credentials/{id}/activate", credential_activate, "activateCredential", "Let a credential hold again.")},
        {VERB("/api/v1/credentials/{id}/verify", credential_verify, "verifyCredential", "Note that somebody has looked at it today.")},
        {.method = GET, .path = "/api/v1/credentials/feed/{secret}.ics", .handler = expirations_feed, .dialect = &dialect_r, .roles = ANYBODY, .rate = RATE_ANONYMOUS,
         .produces = "text/calendar", .errors = "FEED_NOT_FOUND", .id = "getExpirationFeed", .summary = "A user's private calendar: the last days of credentials from 90 days ago to 400 ahead."},
        {.method = POST, .path = "/api/v1/credentials/feed", .handler = expirations_feed_make, .dialect = &dialect_r, .roles = READERS, .rate = RATE_USER,
         .output = &feed_out, .flags = ROUTE_EMPTY_BODY | ROUTE_NO_TRANSACTION, .success = 201, .id = "createExpirationFeed", .summary = "Make the caller's calendar address; the one before ends."},
        {.method = DELETE, .path = "/api/v1/credentials/feed", .handler = expirations_feed_end, .dialect = &dialect_r, .roles = READERS, .rate = RATE_USER,
         .success = 204, .errors = "FEED_NOT_FOUND", .id = "deleteExpirationFeed", .summary = "End the caller's calendar address."},

        LIST   (block, "/api/v1/blocks",                      READERS, "List half days."),
        CREATE (block, "/api/v1/blocks",                      WRITERS, "Add a half day."),
        READ   (block, "/api/v1/blocks/{id}",                 READERS, "Get a half day."),
        UPDATE (block, "/api/v1/blocks/{id}",                 WRITERS, "Update a half day; members that are left out stay as they are."),
        REMOVE (block, "/api/v1/blocks/{id}",                 WRITERS, "Delete a half day that nobody is assigned to."),
        HISTORY(block, "/api/v1/blocks/{id}/history",         READERS, "List what was changed, by whom, when and from where; also after deletion."),
        LIST   (assignment, "/api/v1/assignments",            READERS, "List assignments."),
        CREATE (assignment, "/api/v1/assignments",            WRITERS, "Assign a person to a half day."),
        READ   (assignment, "/api/v1/assignments/{id}",       READERS, "Get an assignment."),
        UPDATE (assignment, "/api/v1/assignments/{id}",       WRITERS, "Update an assignment; members that are left out stay as they are."),
        REMOVE (assignment, "/api/v1/assignments/{id}",       WRITERS, "Delete an assignment."),
        HISTORY(assignment, "/api/v1/assignments/{id}/history", READERS, "List what was changed, by whom, when and from where; also after deletion."),
};

static const struct resource *const resources[] = {&person, &case_record, &practitioner, &procedure, &credential, &block, &assignment};
/* clang-format on */

static void tick(struct db *db)
{
        (void)tally_fold(db, 1000);
        reminders_send(db);
}

static const struct module persons = {
        .name = "persons",
        .title = "Persons",
        .about = "Persons at risk with their cases, residents and faculty with their credentials.",
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
