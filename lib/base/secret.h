/**
 * secret.h: unguessable texts that are handed out once: refresh tokens, tickets, addresses of
 * calendars. Only their digest is stored.
 */
#ifndef ALMONER_BASE_SECRET_H
#define ALMONER_BASE_SECRET_H

#include <stdbool.h>

#include "base/digest.h"

enum { SECRET_TEXT_SIZE = 48 /* "alm_" and 30 random bytes as base64url */ };

/** secret_make(text, hash): a new one and the SHA-256 to store; false without randomness. */
bool secret_make(char text[static SECRET_TEXT_SIZE], struct digest *hash);

#endif
