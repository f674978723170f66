/**
 * openapi.h: almonerctl's command that merges the modules' API descriptions.
 */
#ifndef ALMONER_CTL_OPENAPI_H
#define ALMONER_CTL_OPENAPI_H

/** ctl_openapi(argc, argv): run each PROGRAM with --openapi and print one OpenAPI 3.1 document of
 * all. Exit status. */
int ctl_openapi(int argc, char **argv);

#endif
