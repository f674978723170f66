/**
 * tally.c: exact totals: deltas added by changes, folded into a base in the background, summed by
 * readers. Why that is exact stands in events.h.
 */
#include "events/events.h"

#include "base/num.h"

enum {
        FOLD_MAX = 1000,
        DELETED = 50,
        ROUNDS_MAX = 20,
        PENDING_MAX = 20,
        RESOURCE_SIZE = 41,
        BUCKET_SIZE = 201
};

static const struct sql sql_insert_delta =
        SQL("INSERT INTO tally_delta (tenant_id, resource, bucket, d) VALUES (:tenant, ?, ?, ?)");

/* The deltas' sum and number in one text: a scan less of the same rows. */
static const struct sql sql_select_tally =
        SQL("SELECT"
            " (SELECT COALESCE(SUM(n), 0) FROM tally_base"
            "  WHERE tenant_id = :tenant AND resource = ? AND bucket LIKE ?),"
            " (SELECT CONCAT(COALESCE(SUM(IF(bucket LIKE ?, d, 0)), 0), ' ', COUNT(*))"
            "  FROM tally_delta WHERE tenant_id = :tenant AND resource = ?),"
            " (SELECT COALESCE(MAX(folds), 0) FROM tally_head"
            "  WHERE tenant_id = :tenant AND resource = ?)");

/* What has deltas, after a place in the order of the index, so that no tenant has to wait for
 * another. */
static const struct sql sql_select_pending =
        SQL_GLOBAL("SELECT DISTINCT tenant_id, resource FROM tally_delta"
                   " WHERE tenant_id > ? OR (tenant_id = ? AND resource > ?)"
                   " ORDER BY tenant_id, resource LIMIT 20");

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

/* Of a small table MariaDB would rather read every row, and wait for those of other tenants. */
#define TEN "?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
static const struct sql sql_delete_deltas = SQL(
        "DELETE d FROM tally_delta AS d FORCE INDEX (PRIMARY)"
        " WHERE d.tenant_id = :tenant AND d.id IN (" TEN ", " TEN ", " TEN ", " TEN ", " TEN ")");

static const struct sql sql_count_fold =
        SQL("UPDATE tally_head SET folds = folds + 1 WHERE tenant_id = :tenant AND resource = ?");

enum status tally_add(struct db *db, const char *resource, struct str bucket, int by)
{
        return db_later(db, &sql_insert_delta,
                        DB_PARAMS(db_text(str_of(resource)), db_text(bucket), db_int(by)));
}

void tally_state_values(const char *resource, struct str like,
                        struct db_value out[static TALLY_STATE_VALUES])
{
        out[0] = db_text(like);
        out[1] = out[2] = db_text(str_of(resource));
}

bool tally_state_read(struct str text, struct tally *out)
{
        struct str sum, deltas;

        *out = (struct tally){0};
        return str_cut(&text, ' ', &sum) && str_cut(&text, ' ', &deltas) &&
               num_parse(sum, INT64_MIN, INT64_MAX, &out->total) &&
               num_parse(deltas, 0, INT64_MAX, &out->deltas) &&
               num_parse(text, 0, INT64_MAX, &out->folds);
}

enum status tally_read(struct db *db, const char *resource, struct str like, struct tally *out)
{
        const struct db_value name = db_text(str_of(resource)), pattern = db_text(like);
        struct db_rows rows;
        struct str deltas, sum;
        int64_t delta = 0;
        enum status ended, status = db_row(db, &sql_select_tally,
                                           DB_PARAMS(name, pattern, pattern, name, name), &rows);

        if (status != STATUS_OK)
                return status;
        deltas = db_get_str(&rows, 1);
        if (!str_cut(&deltas, ' ', &sum) || !num_parse(sum, INT64_MIN, INT64_MAX, &delta) ||
            !num_parse(deltas, 0, INT64_MAX, &out->deltas))
                status = STATUS_BUG;
        out->base = db_get_int(&rows, 0);
        out->total = out->base + delta;
        out->folds = db_get_int(&rows, 2);
        ended = db_end(&rows);
        return status == STATUS_OK ? ended : status;
}

struct delta {
        int64_t id, d;
        char bucket[BUCKET_SIZE];
};

struct folding {
        char resource[RESOURCE_SIZE];
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

                delta->id = db_get_int(&rows, 0);
                str_put(delta->bucket, sizeof(delta->bucket), db_get_str(&rows, 1));
                delta->d = db_get_int(&rows, 2);
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

static enum status lock_head(struct db *db, struct db_params resource)
{
        struct db_rows rows;
        enum status status = db_row(db, &sql_lock_head, resource, &rows);

        return status == STATUS_OK ? db_end(&rows) : status;
}

/* DELETED at a time; the last is named again where there are fewer. */
static enum status delete_deltas(struct db *db, const struct folding *f)
{
        struct db_value ids[DELETED];
        enum status status = STATUS_OK;

        for (size_t i = 0; i < f->count && status == STATUS_OK; i += DELETED) {
                for (size_t k = 0; k < DELETED; k++)
                        ids[k] = db_int(f->deltas[i + k < f->count ? i + k : f->count - 1].id);
                status = db_run(db, &sql_delete_deltas, (struct db_params){ids, DELETED}, NULL);
        }
        return status;
}

/* STATUS_NOT_FOUND when the resource has no head yet. */
static enum status fold_one(struct db *db, void *context)
{
        struct folding *f = context;
        const struct db_params resource = DB_PARAMS(db_text(str_of(f->resource)));
        enum status status = lock_head(db, resource);

        if (status == STATUS_OK)
                status = read_deltas(db, f);
        if (status != STATUS_OK || f->count == 0)
                return status; /* another folder was here */
        status = add_to_base(db, f);
        if (status == STATUS_OK)
                status = delete_deltas(db, f);
        return status == STATUS_OK ? db_run(db, &sql_count_fold, resource, NULL) : status;
}

struct pending {
        struct tenant_id tenant;
        char resource[RESOURCE_SIZE];
};

/* Up to PENDING_MAX that come after ${place}. */
static enum status read_pending(struct db *db, const struct pending *place,
                                struct pending out[static PENDING_MAX], size_t *count)
{
        const struct db_value tenant = db_uuid(&place->tenant.uuid);
        struct db_rows rows;
        enum status status =
                db_query(db, &sql_select_pending,
                         DB_PARAMS(tenant, tenant, db_text(str_of(place->resource))), &rows);

        *count = 0;
        while (status == STATUS_OK && *count < PENDING_MAX && db_next(&rows)) {
                struct pending *found = &out[(*count)++];

                found->tenant.uuid = db_get_uuid(&rows, 0);
                str_put(found->resource, sizeof(found->resource), db_get_str(&rows, 1));
        }
        return status == STATUS_OK ? db_end(&rows) : status;
}

/* One resource of a tenant, until less is left than a fold takes. The head is made in a transaction
 * of its own: an insert that meets a row keeps it locked for sharing, and two folders that then
 * both want it for themselves would be a deadlock. */
static enum status fold_resource(struct db *db, struct folding *f, const struct pending *pending)
{
        const struct db_work work = {.body = fold_one, .context = f};
        enum status status = STATUS_OK;

        f->count = f->most;
        memcpy(f->resource, pending->resource, sizeof(f->resource));
        db_scope(db, &pending->tenant);
        for (unsigned round = 0; round < ROUNDS_MAX && f->count == f->most; round++) {
                status = db_transaction(db, &work);
                if (status == STATUS_NOT_FOUND)
                        status = db_run(db, &sql_insert_head,
                                        DB_PARAMS(db_text(str_of(f->resource))), NULL);
                if (status != STATUS_OK)
                        break;
        }
        db_scope(db, NULL);
        return status;
}

static enum status fold_all(struct db *db, struct folding *f)
{
        struct pending place = {.resource = ""}, pending[PENDING_MAX];
        size_t count = 0;
        enum status status;

        do {
                status = read_pending(db, &place, pending, &count);
                for (size_t i = 0; i < count && status == STATUS_OK; i++)
                        status = fold_resource(db, f, &pending[i]);
                if (count)
                        place = pending[count - 1];
        } while (count == PENDING_MAX && status == STATUS_OK);
        return status;
}

enum status tally_fold(struct db *db, unsigned most)
{
        struct folding f = {.most = most < FOLD_MAX ? most : FOLD_MAX};
        struct arena *arena = arena_create(2 << 20);
        enum status status = STATUS_NOMEM;

        if (arena)
                f.deltas = arena_new(arena, struct delta, f.most);
        if (f.deltas)
                status = fold_all(db, &f);
        arena_destroy(arena);
        return status;
}
