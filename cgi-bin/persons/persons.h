/**
 * persons.h: what the files of persons.fcgi share: the handlers that main.c names in its table.
 */
#ifndef ALMONER_PERSONS_PERSONS_H
#define ALMONER_PERSONS_PERSONS_H

#include "http/http.h"
#include "person/person.h"

/** GET /api/persons/{id}/risk: score and level by the seed's functions, each point traced to its
 * cause. */
handler_fn person_risk;
extern const struct shape person_risk_shape;

/* escalate.c */
handler_fn case_escalate, case_escalations;
enum { ESCALATE_REASON, ESCALATE_PRIORITY, ESCALATE_ASSIGNEE };
extern const struct shape escalate_in, escalate_out, escalations_out;

#endif
