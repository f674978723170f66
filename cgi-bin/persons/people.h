/**
 * people.h: residents and faculty (seed 003), what they are trained in and assigned to.
 *
 * What depends on the day (an expiration that has passed, an assignment that is to come) is read by
 * the day in UTC; a credential holds through the whole of its expiration_date.
 */
#ifndef ALMONER_PERSONS_PEOPLE_H
#define ALMONER_PERSONS_PEOPLE_H

#include "http/http.h"
#include "resource/resource.h"

#define READERS (ADMIN | MANAGER | STAFF | CLINICIAN | VIEWER)

/* practitioner.c: a resident or faculty member */
enum practitioner_field {
        PRACTITIONER_ID,
        PRACTITIONER_NAME,
        PRACTITIONER_TYPE,
        PRACTITIONER_PGY_LEVEL,
        PRACTITIONER_EMAIL,
        PRACTITIONER_PHONE,
        PRACTITIONER_SPECIALTY,
        PRACTITIONER_IS_ACTIVE,
        PRACTITIONER_SPECIALTIES,
        PRACTITIONER_PRIMARY_DUTY,
        PRACTITIONER_FACULTY_ROLE,
        PRACTITIONER_PERFORMS_PROCEDURES,
        PRACTITIONER_MIN_HALFDAYS,
        PRACTITIONER_MAX_HALFDAYS,
        PRACTITIONER_CREATED_AT,
        PRACTITIONER_UPDATED_AT,
        PRACTITIONER__N
};
extern const struct resource practitioner;

/* procedure.c: what is done and supervised, its verbs, the words that it is grouped by */
enum procedure_field {
        PROCEDURE_ID,
        PROCEDURE_NAME,
        PROCEDURE_CODE,
        PROCEDURE_CATEGORY,
        PROCEDURE_SPECIALTY,
        PROCEDURE_DESCRIPTION,
        PROCEDURE_REQUIRED_CREDENTIALS,
        PROCEDURE_SUPERVISION_REQUIRED,
        PROCEDURE_SUPERVISION_RATIO,
        PROCEDURE_REQUIRES_CERTIFICATION,
        PROCEDURE_COMPLEXITY_LEVEL,
        PROCEDURE_MIN_PGY_LEVEL,
        PROCEDURE_IS_ACTIVE,
        PROCEDURE_CREATED_AT,
        PROCEDURE_UPDATED_AT,
        PROCEDURE__N
};
extern const struct resource procedure;
handler_fn procedure_activate, procedure_deactivate, procedure_categories, procedure_specialties;
extern const struct shape procedure_words_out;

/* credential.c */
enum credential_field {
        CREDENTIAL_ID,
        CREDENTIAL_FACULTY_ID,
        CREDENTIAL_PROCEDURE_ID,
        CREDENTIAL_TYPE,
        CREDENTIAL_STATUS,
        CREDENTIAL_CERTIFIED_DATE,
        CREDENTIAL_EXPIRATION_DATE,
        CREDENTIAL_CERTIFICATION_NUMBER,
        CREDENTIAL_ISSUING_ORGANIZATION,
        CREDENTIAL_NOTES,
        CREDENTIAL_COMPETENCY_LEVEL,
        CREDENTIAL_LAST_VERIFIED_DATE,
        CREDENTIAL_MAX_CONCURRENT_RESIDENTS,
        CREDENTIAL_MAX_PER_WEEK,
        CREDENTIAL_IS_VALID,
        CREDENTIAL_DAYS_LEFT,
        CREDENTIAL_FACULTY_NAME,
        CREDENTIAL_PROCEDURE,
        CREDENTIAL_CREATED_AT,
        CREDENTIAL_UPDATED_AT,
        CREDENTIAL__N
};
extern const struct resource credential;

/* A credential's status on a day, in SQL: an active one that has passed its last day is expired. */
#define SQL_STATUS_ON(day) "IF(status = 'active' AND expiration_date < " day ", 'expired', status)"

/* Whether a credential holds on a day, in SQL; ${c} is empty or an alias with its dot. */
#define SQL_HOLDS_ON(c, day)                                                                       \
        "(" c "status = 'active' AND COALESCE(" c "expiration_date >= " day ", 1) AND COALESCE(" c \
        "certified_date <= " day ", 1))"

#define SQL_UUID_TEXT(id)                                                            \
        "LOWER(CONCAT_WS('-', SUBSTR(HEX(" id "), 1, 8), SUBSTR(HEX(" id "), 9, 4)," \
        " SUBSTR(HEX(" id "), 13, 4), SUBSTR(HEX(" id "), 17, 4), SUBSTR(HEX(" id "), 21)))"

/* The required credential types of a procedure as rows (type). */
#define SQL_TYPES_OF(list)                                                            \
        "JSON_TABLE(" list ", '$[*]' COLUMNS (type VARCHAR(50) CHARACTER SET utf8mb4" \
        " COLLATE utf8mb4_uca1400_ai_ci PATH '$'))"

#define SQL_FOREVER "'9999-12-31'"

/* clang-format off */
/* The types (n.type) that procedure p requires and of which person q holds no credential on a day, after FROM. */
#define SQL_MISSING_ON(day) \
        SQL_TYPES_OF("p.required_credentials") " AS n WHERE NOT EXISTS (SELECT 1 FROM credentials AS h" \
        " WHERE h.tenant_id = :tenant AND h.faculty_id = q.id AND h.credential_type = n.type AND " SQL_HOLDS_ON("h.", day) ")"

/* The credential with which person q may supervise procedure p on a day: the one that holds longest. */
#define SQL_BEST_ON(day) \
        "(SELECT b.id FROM credentials AS b WHERE b.tenant_id = :tenant AND b.faculty_id = q.id" \
        " AND b.procedure_id = p.id AND b.competency_level <> 'trainee' AND " SQL_HOLDS_ON("b.", day) \
        " ORDER BY COALESCE(b.expiration_date, " SQL_FOREVER ") DESC, b.id LIMIT 1)"
/* clang-format on */

/* schedule.c: half days, and who does what in them */
enum assignment_field {
        ASSIGNMENT_ID,
        ASSIGNMENT_BLOCK_ID,
        ASSIGNMENT_PERSON_ID,
        ASSIGNMENT_ROLE,
        ASSIGNMENT_ACTIVITY_NAME,
        ASSIGNMENT_ABBREVIATION,
        ASSIGNMENT_NOTES,
        ASSIGNMENT_CREATED_AT,
        ASSIGNMENT_UPDATED_AT,
        ASSIGNMENT__N
};
extern const struct resource block, assignment;

/* people_read.c: GET /api/v1/people/{id} with assignments */
handler_fn people_read;
extern const struct shape person_detail;

/* people_credentials.c */
handler_fn people_credentials, procedure_credentials, people_summary, people_procedures;
extern const struct shape credentials_query, summary_query, summary_out, supervised_out;

/* credential_verbs.c */
handler_fn credential_suspend, credential_activate, credential_verify, credentials_expiring;
extern const struct shape expiring_query;

/* supervision.c: may this person supervise this? */
handler_fn supervision_check;
extern const struct shape supervision_query, supervision_out;

/* qualified.c: who may supervise a procedure today */
handler_fn qualified_faculty;
extern const struct shape qualified_out;

/* people_batch.c */
handler_fn people_batch_create, people_batch_update, people_batch_delete;
extern const struct shape batch_in, batch_delete_in, batch_out;

/* rollover.c */
handler_fn people_rollover;
extern const struct shape rollover_in, rollover_out;

/* reminders.c */

/** reminders_send(db): announce what expires within 90, 30, 14 and 7 days, each once, whenever it
 * is called again: events credential_expiring. ${db} has no tenant afterwards. */
void reminders_send(struct db *db);

/* expirations.c: the same as a calendar to subscribe to; its answers are feed_out of
 * feed/feed.h */
handler_fn expirations_feed, expirations_feed_make, expirations_feed_end;

#endif
