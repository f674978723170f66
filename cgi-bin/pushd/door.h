/**
 * door.h: what is served, one row a path; the API description is printed from the same rows.
 */
#ifndef ALMONER_PUSHD_DOOR_H
#define ALMONER_PUSHD_DOOR_H

#include "http/http.h"

#include "event.h"

enum manner {
        MANNER_SOCKET,  /* a WebSocket */
        MANNER_STREAM,  /* Server-Sent Events */
        MANNER_PAGE,    /* one page of changes */
        MANNER_HEALTH,  /* whether the database answers */
        MANNER_METRICS, /* counters */
};

struct door {
        struct route route; /* its handler is the loop */
        enum kind kind;
        enum manner manner;
};

/** door_find(path): the row of a path; NULL when there is none. */
const struct door *door_find(struct str path);

/** door_parameter(door, path): what stands in the path where the row has a parameter; empty when it
 * has none. */
struct str door_parameter(const struct door *door, struct str path);

/** door_has_head(door): whether HEAD is of use: what answers at once has it. */
bool door_has_head(const struct door *door);

/** doors_print(option): --routes or --openapi on standard output; an exit status. */
int doors_print(const char *option);

#endif
