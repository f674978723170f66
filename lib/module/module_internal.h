/**
 * module_internal.h: the parts of the skeleton: the whole table, options, health, the background
 * thread.
 */
#ifndef ALMONER_MODULE_INTERNAL_H
#define ALMONER_MODULE_INTERNAL_H

#include <pthread.h>

#include "module/module.h"
#include "resource/print.h"

/* table.c */

/**
 * table_complete(module, arena, out): the module's routes and the built-in ones, with what follows
 * from a resource filled in (dialect, operation id). Lives in ${arena}. False (logged) without
 * memory.
 */
bool table_complete(const struct module *module, struct arena *arena, struct module_tables *out);

/* health.c */

enum { HEALTH_ROUTES = 4 };

/** health_routes(name, arena, out): the built-in routes. */
bool health_routes(const char *name, struct arena *arena, struct route out[static HEALTH_ROUTES]);

/** health_bind(service): whose metrics are served; once, before threads. */
void health_bind(struct service *service);

/* ticker.c */

struct ticker {
        const struct module *module;
        struct service *service;
        struct db *db;
        int stop_fd;
        bool schema_known;
        pthread_t thread;
        bool started;
};

/**
 * ticker_start(ticker, module, service, db_opts, stop_fd): meet the database (at most two seconds),
 * look at its schema, then call module->tick every second in a thread until ${stop_fd} is readable.
 * False when there is no memory or thread.
 */
bool ticker_start(struct ticker *ticker, const struct module *module, struct service *service,
                  const struct db_opts *db_opts, int stop_fd);

/** ticker_join(ticker): wait for its end and free. */
void ticker_join(struct ticker *ticker);

#endif
