/**
 * person.h: the person at risk (seed 000) as a record, for every module that shows or changes one.
 * persons.fcgi owns the table and is the one to create and delete; others read, and count on it
 * what belongs to a person.
 */
#ifndef ALMONER_PERSON_PERSON_H
#define ALMONER_PERSON_PERSON_H

#include "person/risk.h"
#include "resource/resource.h"

/* The rows of a person, in the order of its JSON. */
enum person_field {
        PERSON_ID,
        PERSON_NAME,
        PERSON_FIRST_NAME,
        PERSON_LAST_NAME,
        PERSON_EMAIL,
        PERSON_PHONE,
        PERSON_STATUS,
        PERSON_RISK_LEVEL,
        PERSON_RISK_SCORE,
        PERSON_RISK_NOTES,
        PERSON_NOTES,
        PERSON_TAGS,
        PERSON_INTERACTION_COUNT,
        PERSON_CREATED_AT,
        PERSON_UPDATED_AT,
        PERSON__N
};

extern const struct resource person;

/* interaction.c: what happened with a person (seed 000) */
enum interaction_field {
        INTERACTION_ID,
        INTERACTION_PERSON_ID,
        INTERACTION_RELATED_PERSON_ID,
        INTERACTION_TYPE,
        INTERACTION_DESCRIPTION,
        INTERACTION_DATE,
        INTERACTION_RISK_LEVEL,
        INTERACTION_CREATED_AT,
        INTERACTION_UPDATED_AT,
        INTERACTION__N
};

/** Creating one counts it on its person (interaction_count, updated_at, event person_updated) in
 * the same transaction; deleting it, or giving it to another person, takes it back. */
extern const struct resource interaction;

/* case.c: case work that a person was escalated into */
enum case_field {
        CASE_ID,
        CASE_PERSON_ID,
        CASE_STATUS,
        CASE_PRIORITY,
        CASE_REASON,
        CASE_ASSIGNEE,
        CASE_NOTES,
        CASE_ESCALATION_COUNT,
        CASE_ESCALATED_AT,
        CASE_ACKNOWLEDGE_BY,
        CASE_ACKNOWLEDGED_AT,
        CASE_RESOLVED_AT,
        CASE_CLOSED_AT,
        CASE_CREATED_AT,
        CASE_UPDATED_AT,
        CASE__N
};

extern const struct resource case_record;

/** case_patience(priority): how long a case may wait to be taken up. */
time_ms case_patience(struct str priority);

/* report.c: a report about a person; reports.fcgi makes them, their files go with them */
enum report_field {
        REPORT_ID,
        REPORT_KIND,
        REPORT_PERSON_ID,
        REPORT_FILE_URL,
        REPORT_FILE_SIZE,
        REPORT_CREATED_BY,
        REPORT_CREATED_AT,
        REPORT_UPDATED_AT,
        REPORT__N
};

extern const struct resource report;

/* facts.c */

/** person_risk_facts(r, id, record, facts): what the risk of a person is computed from. */
enum status person_risk_facts(struct request *r, const struct uuid *id, const struct record *record,
                              struct risk_facts *facts);

/* forget.c */

/** person_forget(r, id): before a person is deleted: their interactions, cases and reports go with
 * them, and where others name them they are named no more. */
enum status person_forget(struct request *r, const struct uuid *id);

#endif
