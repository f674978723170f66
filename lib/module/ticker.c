/**
 * ticker.c: the background thread of a module: is the schema new enough, and the module's own
 * chores, once a second.
 */
#include "module/module_internal.h"

#include <poll.h>
#include <unistd.h>

#include "base/log.h"
#include "db/schema.h"

enum { MEETING_US = 2000000, RETRY_US = 100000, PERIOD_MS = 1000 };

/* Until the schema is known to be new enough; it never gets older under us (migrations only go
 * forward). */
static void check_schema(struct ticker *t)
{
        int64_t version;

        if (t->schema_known || schema_version(t->db, &version) != STATUS_OK)
                return;
        t->schema_known = version >= SCHEMA_VERSION;
        service_refuse(t->service, !t->schema_known);
        if (!t->schema_known)
                LOG(ERROR, "module.schema_too_old", LOG_INT("has", version),
                    LOG_INT("needs", SCHEMA_VERSION));
}

static void meet_database(struct ticker *t)
{
        const int64_t until = time_monotonic_us() + MEETING_US;

        while (db_connect(t->db) != STATUS_OK) {
                if (time_monotonic_us() > until) {
                        LOG(WARN, "module.database_away",
                            LOG_TEXT("module", str_of(t->module->name)));
                        return;
                }
                usleep(RETRY_US);
        }
        check_schema(t);
}

static void *run(void *argument)
{
        struct ticker *t = argument;
        struct pollfd stop = {t->stop_fd, POLLIN, 0};

        while (poll(&stop, 1, PERIOD_MS) <= 0) {
                check_schema(t);
                if (t->schema_known && t->module->tick)
                        t->module->tick(t->db);
        }
        return NULL;
}

bool ticker_start(struct ticker *ticker, const struct module *module, struct service *service,
                  const struct db_opts *db_opts, int stop_fd)
{
        *ticker = (struct ticker){.module = module, .service = service, .stop_fd = stop_fd};
        ticker->db = db_create(db_opts);
        if (!ticker->db)
                return false;
        meet_database(ticker);
        ticker->started = pthread_create(&ticker->thread, NULL, run, ticker) == 0;
        return ticker->started;
}

void ticker_join(struct ticker *ticker)
{
        if (ticker->started)
                pthread_join(ticker->thread, NULL);
        db_destroy(ticker->db);
}
