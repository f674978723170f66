/**
 * migrate.c: see migrate.h. A file may hold several statements; DDL commits by itself, so a file
 * that was interrupted is run again from its start: it says IF NOT EXISTS wherever it creates.
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

enum { FILE_MAX = 4 << 20, LEASE_MS = 600000, ANSWER_SECONDS = 3600 };

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

/* Longer than any lease lasts was given by a clock that was wrong. */
static const struct sql sql_take_lease =
        SQL_GLOBAL("UPDATE schema_lease SET holder = ?, expires_at = ?"
                   " WHERE id = 1 AND (expires_at < ? OR expires_at > ?)");

static const struct sql sql_keep_lease =
        SQL_GLOBAL("UPDATE schema_lease SET expires_at = ? WHERE id = 1 AND holder = ?");

static const struct sql sql_give_lease =
        SQL_GLOBAL("UPDATE schema_lease SET expires_at = '2000-01-01' WHERE id = 1 AND holder = ?");

static const struct sql sql_select_applied =
        SQL_GLOBAL("SELECT checksum FROM schema_migrations WHERE version = ?");

static const struct sql sql_insert_applied = SQL_GLOBAL(
        "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)");

struct migration {
        struct db *db;
        const char *folder;
        void (*report)(const char *name);
        struct uuid holder; /* of the lease */
};

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

/* A file as it is about to be applied. */
struct file {
        const char *name;
        int64_t version;
        struct buf text;
        struct digest checksum;
};

static enum status run_file(struct migration *m, const struct file *file)
{
        const time_ms until = time_now() + LEASE_MS;
        uint64_t held = 0;
        enum status status = db_run(m->db, &sql_keep_lease,
                                    DB_PARAMS(db_time(until), db_uuid(&m->holder)), &held);

        if (status != STATUS_OK)
                return status;
        if (!held)
                return STATUS_BUSY; /* an earlier file took so long that somebody else has begun */
        m->report(file->name);
        status = run_script(m->db, buf_view(&file->text));
        if (status != STATUS_OK)
                return status;
        return db_run(m->db, &sql_insert_applied,
                      DB_PARAMS(db_int(file->version), db_text(str_of(file->name)),
                                db_bytes(file->checksum.bytes, sizeof(file->checksum.bytes)),
                                db_time(time_now())),
                      NULL);
}

static enum status apply(struct migration *m, const char *name)
{
        struct file file = {.name = name};
        char path[1024];
        enum status status = STATUS_INVALID;

        if (!num_parse((struct str){name, 3}, 1, 999, &file.version))
                return STATUS_INVALID;
        snprintf(path, sizeof(path), "%s/%s", m->folder, name);
        buf_init(&file.text, FILE_MAX);
        if (read_file(path, &file.text) && digest_sha256(buf_view(&file.text), &file.checksum)) {
                status = was_applied(m->db, file.version, &file.checksum);
                if (status == STATUS_NOT_FOUND)
                        status = run_file(m, &file);
        }
        buf_free(&file.text);
        return status;
}

static int is_migration(const struct dirent *entry)
{
        const size_t length = strlen(entry->d_name);
        int64_t version;

        return length > 8 && num_parse((struct str){entry->d_name, 3}, 1, 999, &version) &&
               entry->d_name[3] == '_' && strcmp(entry->d_name + length - 4, ".sql") == 0;
}

static enum status apply_all(struct migration *m)
{
        enum status status = STATUS_OK;
        struct dirent **files;
        int count = scandir(m->folder, &files, is_migration, alphasort);

        if (count < 0)
                return STATUS_INVALID;
        for (int i = 0; i < count; i++) {
                if (status == STATUS_OK)
                        status = apply(m, files[i]->d_name);
                free(files[i]);
        }
        free(files);
        return status;
}

static enum status lay_foundations(struct db *db)
{
        enum status status = db_connect(db);

        for (size_t i = 0; status == STATUS_OK && i < sizeof(foundations) / sizeof(foundations[0]);
             i++)
                status = db_command(db, foundations[i]);
        return status;
}

static enum status migrate_under_lease(struct migration *m)
{
        const time_ms now = time_now();
        enum status status = lay_foundations(m->db);
        uint64_t taken = 0;

        if (status == STATUS_OK && !uuid_v7(&m->holder))
                status = STATUS_UNAVAILABLE;
        if (status == STATUS_OK)
                status = db_run(m->db, &sql_take_lease,
                                DB_PARAMS(db_uuid(&m->holder), db_time(now + LEASE_MS),
                                          db_time(now), db_time(now + (time_ms)2 * LEASE_MS)),
                                &taken);
        if (status != STATUS_OK)
                return status;
        if (!taken)
                return STATUS_BUSY;
        status = apply_all(m);
        (void)db_run(m->db, &sql_give_lease, DB_PARAMS(db_uuid(&m->holder)), NULL);
        return status;
}

/* A request's patience is too short for a change of a large table: a connection with more of it. */
enum status migrate(struct db *db, const char *folder, void (*report)(const char *name))
{
        struct migration m = {.db = db, .folder = folder, .report = report};
        const unsigned patience = db->opts.timeout;
        enum status status;

        db_disconnect(db);
        db->opts.timeout = ANSWER_SECONDS;
        status = migrate_under_lease(&m);
        db->opts.timeout = patience;
        db_disconnect(db);
        return status;
}
