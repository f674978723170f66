/**
 * streams.h: almonerctl's command about the streams of live updates.
 */
#ifndef ALMONER_CTL_STREAMS_H
#define ALMONER_CTL_STREAMS_H

/**
 * ctl_new_epoch(argc, argv): every stream (or one tenant's) gets a new epoch. Exit status.
 *
 * For a database that was restored to an older state: numbers of events that were sent before and
 * are gone now will be given to others. Whoever resumes with the old epoch is told that something
 * is missing, and the ids of webhooks' events differ. What waits for a webhook goes on.
 */
int ctl_new_epoch(int argc, char **argv);

#endif
