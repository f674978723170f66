/**
 * streams.c: almonerctl new-epoch.
 */
#include "streams.h"

#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "db/db.h"

#define EPOCH "GREATEST(h.epoch + 1, ?)"
#define CHOSEN "(? IS NULL OR h.tenant_id = ?)"

/* The heads come last: the others know by them whose epoch is the current one. */
static const struct sql sql_renew[] = {
        SQL_GLOBAL("UPDATE webhook_cursors AS c JOIN stream_head AS h USING (tenant_id)"
                   " SET c.epoch = " EPOCH " WHERE c.epoch = h.epoch AND " CHOSEN),
        SQL_GLOBAL("UPDATE webhook_deliveries AS d JOIN stream_head AS h USING (tenant_id)"
                   " SET d.epoch = " EPOCH " WHERE d.epoch = h.epoch AND d.seq > 0"
                   " AND d.state <> 'delivered' AND " CHOSEN),
        SQL_GLOBAL("UPDATE stream_head AS h SET h.epoch = " EPOCH " WHERE " CHOSEN),
};

struct renewal {
        struct db_value tenant; /* NULL: all */
        uint64_t streams;
};

static enum status renew(struct db *db, void *context)
{
        struct renewal *renewal = context;
        const struct db_value now = db_int(time_now());
        enum status status = STATUS_OK;

        db_scope(db, NULL);
        for (size_t i = 0; i < sizeof(sql_renew) / sizeof(sql_renew[0]); i++)
                if (status == STATUS_OK)
                        status = db_run(db, &sql_renew[i],
                                        DB_PARAMS(now, renewal->tenant, renewal->tenant),
                                        &renewal->streams);
        return status;
}

int ctl_new_epoch(int argc, char **argv)
{
        struct renewal renewal = {.tenant = db_null()};
        const struct db_work work = {.body = renew, .context = &renewal};
        struct tenant_id tenant;
        struct db_opts opts;
        struct db *db;
        enum status status;

        if (argc == 3 && strcmp(argv[1], "--tenant") == 0 &&
            uuid_parse(str_of(argv[2]), &tenant.uuid)) {
                renewal.tenant = db_uuid(&tenant.uuid);
        } else if (argc != 1) {
                fprintf(stderr, "usage: almonerctl new-epoch [--tenant UUID]\n");
                return 2;
        }
        db = db_opts_from_config(&opts, "admin") ? db_create(&opts) : NULL;
        if (!db)
                return 1;
        status = db_transaction(db, &work);
        db_destroy(db);
        if (status != STATUS_OK)
                fprintf(stderr, "almonerctl: the epochs are as they were: %s\n",
                        status_name(status));
        else
                printf("Streams with a new epoch: %llu\n", (unsigned long long)renewal.streams);
        return status == STATUS_OK ? 0 : 1;
}
