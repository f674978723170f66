/**
 * signer.h: the signing key of this process: the one thing that only auth.fcgi holds.
 */
#ifndef ALMONER_AUTH_SIGNER_H
#define ALMONER_AUTH_SIGNER_H

#include <stdbool.h>

struct signer;

/** signer_start(): load the key; false (logged) when there is none. Called once before threads
 * start. */
bool signer_start(void);

/** signer(): what signer_start loaded. */
struct signer *signer(void);

#endif
