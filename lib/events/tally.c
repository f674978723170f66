/**
 * tally.c: exact totals.
 *
 * Why they are exact: a change and its delta commit together; base and deltas are read in one
 * statement, so in one snapshot; the fold moves deltas into the base in one transaction, under the
 * lock of the resource's head row.
 */
#include "events/events.h"

enum { FOLD_MAX = 1000, ROUNDS_MAX = 20 };

static const struct sql sql_insert_delta =
        SQL("INSERT INTO tally_delta (tenant_id, resource, bucket, d) VALUES (:tenant, ?, ?, ?)");

static const struct sql sql_select_tally =
        SQL("SELECT"
            " (SELECT COALESCE(SUM(n), 0) FROM tally_base"
            "  WHERE tenant_id = :tenant AND resource = ? AND bucket LIKE ?),"
            " (SELECT COALESCE(SUM(IF(bucket LIKE ?, d, 0)), 0) FROM tally_delta"
            "  WHERE tenant_id = :tenant AND resource = ?),"
            " (SELECT COUNT(*) FROM tally_delta WHERE tenant_id = :tenant AND resource = ?),"
            " (SELECT COALESCE(MAX(folds), 0) FROM tally_head WHERE tenant_id = :tenant AND "
            "resource = ?)");

static const struct sql sql_select_pending =
        SQL_GLOBAL("SELECT DISTINCT tenant_id, resource FROM tally_delta LIMIT 20");

static const struct sql sql_insert_head =
        SQL("INSERT IGNORE INTO tally_head (tenant_id, resource, folds) VALUES (:tenant, ?, 0)");

static const struct sql sql_lock_head =
        SQL("SELECT folds FROM tally_head WHERE tenant_id = :tenant AND resource = ? FOR UPDATE");

static const struct sql sql_select_deltas =
        SQL("SELECT id, bucket, d FROM tally_delta WHERE tenant_id = :tenant AND resource = ?"
            " ORDER BY bucket LIMIT ?");

static const struct sql sql_add_to_base =
        SQL("INSERT INTO tally_base (tenant_id, resource, bucket, n) VALUES (:tenant, ?, ?, ?)"
            " ON DUPLICATE KEY UPDATE n = n + VALUES(n)");

static const struct sql sql_delete_delta =
        SQL("DELETE FROM tally_delta WHERE tenant_id = :tenant AND id = ?");

static const struct sql sql_count_fold =
        SQL("UPDATE tally_head SET folds = folds + 1 WHERE tenant_id = :tenant AND resource = ?");

enum status tally_add(struct db *db, const char *resource, struct str bucket, int by)
{
        return db_run(db, &sql_insert_delta,
                      DB_PARAMS(db_text(str_of(resource)), db_text(bucket), db_int(by)), NULL);
}

enum status tally_read(struct db *db, const char *resource, struct str like, struct tally *out)
{
        const struct db_value name = db_text(str_of(resource)), pattern = db_text(like);
        struct db_rows rows;
        enum status status = db_row(db, &sql_select_tally,
                                    DB_PARAMS(name, pattern, pattern, name, name, name), &rows);

        if (status != STATUS_OK)
                return status;
        out->total = db_get_int(&rows, 0) + db_get_int(&rows, 1);
        out->deltas = db_get_int(&rows, 2);
        out->folds = db_get_int(&rows, 3);
        return db_end(&rows);
}

struct delta {
        int64_t id, d;
        char bucket[201];
};

struct folding {
        struct arena *arena;
        struct tenant_id tenant;
        char resource[41];
        unsigned most;
        struct delta *deltas;
        size_t count;
};

static enum status read_deltas(struct db *db, struct folding *f)
{
        struct db_rows rows;
        enum status status =
                db_query(db, &sql_select_deltas,
                         DB_PARAMS(db_text(str_of(f->resource)), db_int(f->most)), &rows);

        f->count = 0;
        while (status == STATUS_OK && f->count < f->most && db_next(&rows)) {
                struct delta *delta = &f->deltas[f->count++];
                const struct str bucket = db_get_str(&rows, 1);

                delta->id = db_get_int(&rows, 0);
                delta->d = db_get_int(&rows, 2);
                memcpy(delta->bucket, bucket.ptr, bucket.len);
                delta->bucket[bucket.len] = '\0';
        }
        return status == STATUS_OK ? db_end(&rows) : status;
}

/* One addition a bucket: the deltas come sorted by it. */
static enum status add_to_base(struct db *db, const struct folding *f)
{
        enum status status = STATUS_OK;
        int64_t sum = 0;

        for (size_t i = 0; i < f->count && status == STATUS_OK; i++) {
                const struct delta *delta = &f->deltas[i];
                const bool last = i + 1 == f->count || strcmp(delta->bucket, delta[1].bucket) != 0;

                sum += delta->d;
                if (!last)
                        continue;
                if (sum)
                        status = db_run(db, &sql_add_to_base,
                                        DB_PARAMS(db_text(str_of(f->resource)),
                                                  db_text(str_of(delta->bucket)), db_int(sum)),
                                        NULL);
                sum = 0;
        }
        return status;
}

static enum status fold_one(struct db *db, void *context)
{
        struct folding *f = context;
        const struct db_params resource = DB_PARAMS(db_text(str_of(f->resource)));
        struct db_rows rows;
        enum status status = db_run(db, &sql_insert_head, resource, NULL);

        if (status == STATUS_OK)
                status = db_row(db, &sql_lock_head, resource, &rows);
        if (status == STATUS_OK)
                status = db_end(&rows);
        if (status == STATUS_OK)
                status = read_deltas(db, f);
        if (status == STATUS_OK)
                status = add_to_base(db, f);
        for (size_t i = 0; i < f->count && status == STATUS_OK; i++)
                status = db_run(db, &sql_delete_delta, DB_PARAMS(db_int(f->deltas[i].id)), NULL);
        return status == STATUS_OK ? db_run(db, &sql_count_fold, resource, NULL) : status;
}

struct pending {
        struct tenant_id tenant;
        char resource[41];
};

static enum status read_pending(struct db *db, struct pending *out, size_t room, size_t *count)
{
        struct db_rows rows;
        enum status status = db_query(db, &sql_select_pending, DB_NO_PARAMS, &rows);

        *count = 0;
        while (status == STATUS_OK && *count < room && db_next(&rows)) {
                const struct str resource = db_get_str(&rows, 1);

                out[*count].tenant.uuid = db_get_uuid(&rows, 0);
                memcpy(out[*count].resource, resource.ptr, resource.len);
                out[*count].resource[resource.len] = '\0';
                (*count)++;
        }
        return status == STATUS_OK ? db_end(&rows) : status;
}

/* Every resource that has deltas, once; ${full}: whether one had as many as a fold takes. */
static enum status fold_all(struct db *db, struct folding *f, bool *full)
{
        const struct db_work work = {.body = fold_one, .context = f};
        struct pending pending[20];
        size_t count = 0;
        enum status status = read_pending(db, pending, 20, &count);

        *full = false;
        for (size_t i = 0; i < count && status == STATUS_OK; i++) {
                f->tenant = pending[i].tenant;
                memcpy(f->resource, pending[i].resource, sizeof(f->resource));
                db_scope(db, &f->tenant);
                status = db_transaction(db, &work);
                *full |= f->count == f->most;
        }
        db_scope(db, NULL);
        return status;
}

enum status tally_fold(struct db *db, unsigned most)
{
        struct arena *arena = arena_create(2 << 20);
        struct folding f = {.arena = arena, .most = most < FOLD_MAX ? most : FOLD_MAX};
        enum status status = STATUS_NOMEM;
        bool full = true;

        if (arena)
                f.deltas = arena_new(arena, struct delta, f.most);
        if (f.deltas)
                for (unsigned round = 0; round < ROUNDS_MAX && full; round++) {
                        status = fold_all(db, &f, &full);
                        full = full && status == STATUS_OK;
                }
        arena_destroy(arena);
        return status;
}
