/**
 * keys.h: almonerctl's command about signing keys.
 */
#ifndef ALMONER_CTL_KEYS_H
#define ALMONER_CTL_KEYS_H

/** ctl_rotate_key(argc, argv): make a new signing key in VAR/keys and let it sign from now on. Exit
 * status. */
int ctl_rotate_key(int argc, char **argv);

#endif
