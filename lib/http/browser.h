/**
 * browser.h: what distinguishes our own pages from those of others, and how a page's session
 * travels.
 */
#ifndef ALMONER_HTTP_BROWSER_H
#define ALMONER_HTTP_BROWSER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/** What counts as this installation's own pages. */
struct site {
        struct str host, port; /* of the request; nginx may pass the host with or without port */
        struct str public_url; /* PUBLIC_URL */
        struct str origins;    /* CORS_ORIGINS */
};

/** origin_trusted(origin, site): whether a browser page of ${origin} may change things with a
 * cookie. */
bool origin_trusted(struct str origin, const struct site *site);

/** cors_headers(origin, head): the header lines that let a page of ${origin}, when it is one of
 * CORS_ORIGINS, read the answer (Fetch standard). False: it is none; then only Vary is written. */
bool cors_headers(struct str origin, struct buf *head);

/** cors_preflight(methods, head): the lines of a preflight's answer beside them; ${methods} as in
 * Allow. */
void cors_preflight(struct str methods, struct buf *head);

/** cookie_token(cookies): the session's token in a Cookie header; absent when there is none. */
struct str cookie_token(struct str cookies);

#endif
