/**
 * migrate.c: see migrate.h. A file may hold several statements; DDL commits by itself, so each file
 * is written to be small.
 */
#include "db/migrate.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/num.h"
#include "db/db_internal.h"

enum { FILE_MAX = 4 << 20, LEASE_MS = 600000 };

static const char *const foundations[] = {
        "CREATE TABLE IF NOT EXISTS schema_migrations ("
        " version INT NOT NULL PRIMARY KEY COMMENT 'number of the file',"
        " name VARCHAR(200) NOT NULL COMMENT 'name of the file',"
        " checksum BINARY(32) NOT NULL COMMENT 'SHA-256 of the file',"
        " applied_at DATETIME(3) NOT NULL COMMENT 'UTC') ENGINE=InnoDB COMMENT='what was applied'",
        "CREATE TABLE IF NOT EXISTS schema_lease ("
        " id TINYINT NOT NULL PRIMARY KEY COMMENT 'always 1',"
        " holder BINARY(16) NOT NULL COMMENT 'who migrates', expires_at DATETIME(3) NOT NULL "
        "COMMENT 'UTC'"
        ") ENGINE=InnoDB COMMENT='one migration at a time'",
        "INSERT IGNORE INTO schema_lease VALUES (1, REPEAT('\\0', 16), '2000-01-01')",
};

static const struct sql sql_take_lease = SQL_GLOBAL(
        "UPDATE schema_lease SET holder = ?, expires_at = ? WHERE id = 1 AND expires_at < ?");

static const struct sql sql_give_lease =
        SQL_GLOBAL("UPDATE schema_lease SET expires_at = '2000-01-01' WHERE id = 1 AND holder = ?");

static const struct sql sql_select_applied =
        SQL_GLOBAL("SELECT checksum FROM schema_migrations WHERE version = ?");

static const struct sql sql_insert_applied = SQL_GLOBAL(
        "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)");

static bool read_file(const char *path, struct buf *out)
{
        FILE *file = fopen(path, "re");
        size_t n = 0;
        char *room;
        bool whole;

        if (!file)
                return false;
        while ((room = buf_reserve(out, 8192)) && (n = fread(room, 1, 8192, file)) > 0) {
                out->len += n;
                out->data[out->len] = '\0';
        }
        whole = !ferror(file) && buf_ok(out);
        fclose(file);
        return whole;
}

/* Run all statements of a text and read away their results. */
static enum status run_script(struct db *db, struct str text)
{
        int more = 0;

        if (mysql_set_server_option(db->mysql, MYSQL_OPTION_MULTI_STATEMENTS_ON))
                return STATUS_UNAVAILABLE;
        if (mysql_real_query(db->mysql, text.ptr, (unsigned long)text.len) == 0)
                do {
                        MYSQL_RES *result = mysql_store_result(db->mysql);

                        if (result)
                                mysql_free_result(result);
                        more = mysql_next_result(db->mysql);
                } while (more == 0);
        if (mysql_errno(db->mysql)) {
                LOG(ERROR, "db.migration_refused", LOG_INT("errno", mysql_errno(db->mysql)),
                    LOG_TEXT("reason", str_of(mysql_error(db->mysql))));
                db_disconnect(db);
                return STATUS_INVALID;
        }
        return mysql_set_server_option(db->mysql, MYSQL_OPTION_MULTI_STATEMENTS_OFF)
                       ? STATUS_UNAVAILABLE
                       : STATUS_OK;
}

static enum status was_applied(struct db *db, int64_t version, const struct digest *checksum)
{
        struct db_rows rows;
        struct str stored;
        bool same;
        enum status status = db_row(db, &sql_select_applied, DB_PARAMS(db_int(version)), &rows);

        if (status != STATUS_OK)
                return status;
        stored = db_get_str(&rows, 0);
        same = stored.len == sizeof(checksum->bytes) &&
               memcmp(stored.ptr, checksum->bytes, stored.len) == 0;
        status = db_end(&rows);
        if (status == STATUS_OK && !same) {
                LOG(ERROR, "db.migration_changed", LOG_INT("version", version));
                return STATUS_CONFLICT;
        }
        return status;
}

static enum status apply(struct db *db, const char *folder, const char *name,
                         void (*report)(const char *name))
{
        char path[1024];
        struct digest checksum;
        struct buf text;
        int64_t version;
        enum status status = STATUS_INVALID;

        if (!num_parse((struct str){name, 3}, 1, 999, &version))
                return STATUS_INVALID;
        snprintf(path, sizeof(path), "%s/%s", folder, name);
        buf_init(&text, FILE_MAX);
        if (read_file(path, &text) && digest_sha256(buf_view(&text), &checksum)) {
                status = was_applied(db, version, &checksum);
                if (status == STATUS_NOT_FOUND) {
                        report(name);
                        status = run_script(db, buf_view(&text));
                        if (status == STATUS_OK)
                                status = db_run(
                                        db, &sql_insert_applied,
                                        DB_PARAMS(db_int(version), db_text(str_of(name)),
                                                  db_bytes(checksum.bytes, sizeof(checksum.bytes)),
                                                  db_time(time_now())),
                                        NULL);
                }
        }
        buf_free(&text);
        return status;
}

static int is_migration(const struct dirent *entry)
{
        const size_t length = strlen(entry->d_name);
        int64_t version;

        return length > 8 && num_parse((struct str){entry->d_name, 3}, 1, 999, &version) &&
               entry->d_name[3] == '_' && strcmp(entry->d_name + length - 4, ".sql") == 0;
}

static enum status apply_all(struct db *db, const char *folder, void (*report)(const char *name))
{
        enum status status = STATUS_OK;
        struct dirent **files;
        int count = scandir(folder, &files, is_migration, alphasort);

        if (count < 0)
                return STATUS_INVALID;
        for (int i = 0; i < count; i++) {
                if (status == STATUS_OK)
                        status = apply(db, folder, files[i]->d_name, report);
                free(files[i]);
        }
        free(files);
        return status;
}

enum status migrate(struct db *db, const char *folder, void (*report)(const char *name))
{
        const time_ms now = time_now();
        enum status status = db_connect(db);
        uint64_t taken = 0;
        struct uuid holder;

        for (size_t i = 0; status == STATUS_OK && i < sizeof(foundations) / sizeof(foundations[0]);
             i++)
                status = db_command(db, foundations[i]);
        if (status == STATUS_OK && !uuid_v7(&holder))
                status = STATUS_UNAVAILABLE;
        if (status == STATUS_OK)
                status = db_run(db, &sql_take_lease,
                                DB_PARAMS(db_uuid(&holder), db_time(now + LEASE_MS), db_time(now)),
                                &taken);
        if (status != STATUS_OK)
                return status;
        if (!taken)
                return STATUS_BUSY;
        status = apply_all(db, folder, report);
        (void)db_run(db, &sql_give_lease, DB_PARAMS(db_uuid(&holder)), NULL);
        return status;
}
