/**
 * persons.h: what the files of persons.fcgi share: the resources and the handlers that main.c names
 * in its table.
 */
#ifndef ALMONER_PERSONS_PERSONS_H
#define ALMONER_PERSONS_PERSONS_H

#include "http/http.h"
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

/** GET /api/persons/{id}/risk: score and level by the seed's functions, each point traced to its
 * cause. */
handler_fn person_risk;
extern const struct shape person_risk_shape;

#endif
