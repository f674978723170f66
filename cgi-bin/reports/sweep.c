/**
 * sweep.c: files that no report names any more are removed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "base/log.h"
#include "reports.h"

/* A file is older than this before it is asked about: its row may not be committed yet. */
enum { AGE_MIN = 3600, PERIOD_S = 600 };

static const struct sql sql_select_report =
        SQL("SELECT 1 FROM reports WHERE tenant_id = :tenant AND id = ?");

static bool is_old(int folder, const char *name)
{
        struct stat about;

        return fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
               time_now() / 1000 - about.st_mtime > AGE_MIN;
}

/* "<uuid>.pdf"; what else lies there was left by a write that broke off. */
static enum status is_named(struct db *db, const char *name)
{
        struct db_rows rows;
        struct uuid id;
        enum status status;

        if (strlen(name) != UUID_TEXT_SIZE - 1 + 4 ||
            !uuid_parse((struct str){name, UUID_TEXT_SIZE - 1}, &id))
                return STATUS_NOT_FOUND;
        status = db_row(db, &sql_select_report, DB_PARAMS(db_uuid(&id)), &rows);
        return status == STATUS_OK ? db_end(&rows) : status;
}

static void sweep_folder(struct db *db, const char *root, const char *name)
{
        char path[REPORT_PATH_SIZE + UUID_TEXT_SIZE];
        struct tenant_id tenant;
        const struct dirent *entry;
        DIR *folder;

        if (!uuid_parse(str_of(name), &tenant.uuid))
                return;
        snprintf(path, sizeof(path), "%s/%s", root, name);
        folder = opendir(path);
        if (!folder)
                return;
        db_scope(db, &tenant);
        while ((entry = readdir(folder)))
                if (entry->d_name[0] != '.' && is_old(dirfd(folder), entry->d_name) &&
                    is_named(db, entry->d_name) == STATUS_NOT_FOUND &&
                    unlinkat(dirfd(folder), entry->d_name, 0) == 0)
                        LOG(INFO, "reports.file_removed", LOG_TEXT("name", str_of(entry->d_name)));
        closedir(folder);
        db_scope(db, NULL);
}

void sweep_files(struct db *db)
{
        static int64_t next;
        char root[REPORT_PATH_SIZE];
        const struct dirent *entry;
        DIR *folder;

        if (time_monotonic_us() < next)
                return;
        next = time_monotonic_us() + (int64_t)PERIOD_S * 1000000;
        snprintf(root, sizeof(root), "%s/files/reports", config_text(CONFIG_VAR));
        folder = opendir(root);
        if (!folder)
                return;
        while ((entry = readdir(folder)))
                sweep_folder(db, root, entry->d_name);
        closedir(folder);
}
