/**
 * person.h: the person at risk (seed 000) as a record, for every module that shows or changes one.
 * persons.fcgi owns the table and is the one to create and delete; others read, and count on it
 * what belongs to a person.
 */
#ifndef ALMONER_PERSON_PERSON_H
#define ALMONER_PERSON_PERSON_H

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

#endif
