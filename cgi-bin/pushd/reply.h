/**
 * reply.h: plain HTTP answers: a problem in the words of every problem (RFC 9457), or a body.
 */
#ifndef ALMONER_PUSHD_REPLY_H
#define ALMONER_PUSHD_REPLY_H

#include "pushd.h"

/** reply_problem(p, c, problem, detail): refuse and end; ${detail} NULL: the problem's title. */
void reply_problem(struct pushd *p, struct connection *c, enum problem problem, const char *detail);

/** reply_limited(p, c, seconds): refuse for now: 429 with Retry-After. */
void reply_limited(struct pushd *p, struct connection *c, uint32_t seconds);

/** reply_body(p, c, type, body): 200 with a body, and end. */
void reply_body(struct pushd *p, struct connection *c, const char *type, struct str body);

/** reply_options(p, c, preflight): 204: which methods there are, and, to the ${preflight} of a page
 * of CORS_ORIGINS, that it may. */
void reply_options(struct pushd *p, struct connection *c, bool preflight);

#endif
