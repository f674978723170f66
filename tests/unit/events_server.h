/**
 * events_server.h: the private MariaDB of db_server.h with the platform's tables, for the tests of
 * the events room.
 *
 *     return cmocka_run_group_tests(tests, events_server_open, server_close);
 */
#ifndef ALMONER_TESTS_EVENTS_SERVER_H
#define ALMONER_TESTS_EVENTS_SERVER_H

#include "db_server.h"

#include "db/migrate.h"

/* Taken in when the test is compiled: tests run in a folder of their own. */
__asm__(".pushsection .rodata\n"
        "events_server_platform: .incbin \"sql/001_platform.sql\"\n"
        "events_server_platform_end: .byte 0\n"
        "events_server_push: .incbin \"sql/009_push.sql\"\n"
        "events_server_push_end: .byte 0\n"
        ".popsection\n");
extern const char events_server_platform[], events_server_platform_end[];
extern const char events_server_push[], events_server_push_end[];

/** events_server_connect(tenant): a handle of its own, scoped; db_destroy it. */
static inline struct db *events_server_connect(const struct tenant_id *tenant)
{
        struct db_opts opts = server_opts();
        struct db *db;

        opts.timeout = 20; /* the machine may be busy with other tests */
        db = db_create(&opts);
        assert_non_null(db);
        db_scope(db, tenant);
        return db;
}

static inline void events_server_report(const char *name)
{
        (void)name;
}

/** events_server_apply(name, text, end): a migration, as a file again, through the product's own
 * migrate. */
static inline bool events_server_apply(const char *name, const char *text, const char *end)
{
        char folder[120], file[180];
        struct db *db;
        FILE *out;
        enum status status;

        snprintf(folder, sizeof(folder), "%s/of-%s", server_folder, name);
        snprintf(file, sizeof(file), "%s/%s", folder, name);
        if (mkdir(folder, 0700) != 0)
                return false;
        out = fopen(file, "we");
        if (!out || fwrite(text, 1, (size_t)(end - text), out) != (size_t)(end - text) ||
            fclose(out) != 0)
                return false;
        db = events_server_connect(NULL);
        status = migrate(db, folder, events_server_report);
        db_destroy(db);
        return status == STATUS_OK;
}

static inline int events_server_open(void **state)
{
        if (server_open(state) ||
            !events_server_apply("001_platform.sql", events_server_platform,
                                 events_server_platform_end) ||
            !events_server_apply("002_push.sql", events_server_push, events_server_push_end))
                return -1;
        return 0;
}

#endif
