/**
 * module.h: the skeleton of every program under cgi-bin: one table in, one process out.
 *
 * A program's main.c fills a struct module and calls module_main. Without an option it serves
 * FastCGI on file descriptor 0, a listening socket that outlives it (systemd .socket with
 * StandardInput=socket, or almonerctl), so that a restart loses no request. SIGTERM and SIGINT stop
 * it: it accepts nothing more, finishes what it has, and exits 0.
 *
 * Environment: READY_FD=N asks for one byte on descriptor N when keys are loaded and the database
 * has answered, or after two seconds without: the module then serves too, and answers 503 where it
 * needs the database.
 *
 * Beside the module's own routes it serves GET /health/<name>, /health, /api/health and
 * /metrics/<name>.
 */
#ifndef ALMONER_MODULE_MODULE_H
#define ALMONER_MODULE_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#include "db/db.h"
#include "http/http.h"
#include "resource/resource.h"

#ifndef ALMONER_VERSION
#define ALMONER_VERSION "1.0.0"
#endif

struct module {
        const char *name;  /* "persons": paths of health and metrics, database user, log lines */
        const char *title; /* of the API description */
        const char *about;
        const struct route *routes;
        size_t route_count;
        const struct resource *const *resources;
        size_t resource_count;
        bool (*start)(void); /* once, before threads; false (after logging why) stops the start;
                                NULL: nothing */
        void (*tick)(struct db *db); /* every second, in a thread and with a database handle of its
                                        own; NULL: nothing */
};

/** The answer of GET /health/<name>. */
extern const struct shape health_shape;

struct module_tables; /* resource/print.h */

/** tables_print(tables, option): do what an option other than serving asks for: --routes, --openapi
 * …; the process' exit status. */
int tables_print(const struct module_tables *tables, const char *option);

/**
 * module_main(module, argc, argv): what main returns. 0 done, 1 could not start, 2 wrong use or
 * configuration (the message on standard error names the key).
 */
int module_main(const struct module *module, int argc, char **argv);

#endif
