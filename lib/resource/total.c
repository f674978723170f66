/**
 * total.c: exact totals of lists. Where only counted fields are filtered they are sums of buckets;
 * otherwise rows are counted once and the count is kept until the resource's change number moves.
 */
#include <pthread.h>
#include "resource/resource_internal.h"

enum { KEPT = 512 };

struct kept {
        struct digest question; /* tenant, statement, parameters */
        int64_t folds, deltas, total;
};

static struct {
        pthread_mutex_t lock;
        struct kept entries[KEPT];
} counts = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void put_escaped(struct buf *out, struct str text)
{
        for (size_t i = 0; i < text.len; i++) {
                if (strchr("%_\\", text.ptr[i]))
                        buf_char(out, '\\');
                buf_char(out, text.ptr[i]);
        }
}

struct str total_like(struct arena *arena, const struct resource *resource,
                      const struct filter *filter)
{
        struct str copy;
        struct buf text;

        buf_init(&text, 1024);
        for (size_t i = 0; i < resource->tally_count; i++) {
                if (i)
                        buf_char(&text, '|');
                put_escaped(&text, str_of(resource->shape->fields[resource->tally[i]].name));
                buf_char(&text, '=');
                if (filter->tally[i].ptr)
                        put_escaped(&text, filter->tally[i]);
                else
                        buf_char(&text, '%');
        }
        copy = buf_ok(&text) ? arena_copy(arena, buf_view(&text)) : (struct str){NULL, 0};
        buf_free(&text);
        return copy;
}

/* Texts say their length, so that no two lists of values read the same. */
static void put_value(struct buf *out, const struct db_value *value)
{
        buf_printf(out, "|%d:", (int)value->type);
        switch (value->type) {
        case DB_NULL:
                break;
        case DB_TEXT:
        case DB_BYTES:
                buf_printf(out, "%zu:", value->text.len);
                buf_str(out, value->text);
                break;
        case DB_UUID:
                buf_put(out, value->uuid.bytes, sizeof(value->uuid.bytes));
                break;
        case DB_DATE:
                buf_int(out, value->day);
                break;
        case DB_DOUBLE:
                buf_printf(out, "%.17g", value->real);
                break;
        default:
                buf_int(out, value->integer);
        }
}

bool filter_digest(const struct request *r, const struct filter *filter, const char *table,
                   struct digest *out)
{
        struct buf text;
        bool made;

        buf_init(&text, 65536);
        buf_put(&text, &r->principal.tenant, sizeof(r->principal.tenant));
        buf_text(&text, table);
        buf_str(&text, buf_view(&filter->where));
        for (size_t i = 0; i < filter->param_count; i++)
                put_value(&text, &filter->params[i]);
        made = buf_ok(&text) && digest_sha256(buf_view(&text), out);
        buf_free(&text);
        return made;
}

static size_t slot_of(const struct digest *question)
{
        return ((size_t)question->bytes[0] << 8 | question->bytes[1]) % KEPT;
}

static bool recall(const struct digest *question, const struct tally *tally, int64_t *total)
{
        const struct kept *entry = &counts.entries[slot_of(question)];
        bool same;

        pthread_mutex_lock(&counts.lock);
        same = memcmp(&entry->question, question, sizeof(*question)) == 0 &&
               entry->folds == tally->folds && entry->deltas == tally->deltas;
        if (same)
                *total = entry->total;
        pthread_mutex_unlock(&counts.lock);
        return same;
}

static void keep(const struct digest *question, const struct tally *tally, int64_t total)
{
        pthread_mutex_lock(&counts.lock);
        counts.entries[slot_of(question)] =
                (struct kept){*question, tally->folds, tally->deltas, total};
        pthread_mutex_unlock(&counts.lock);
}

static enum status count_rows(struct request *r, const struct resource *resource,
                              const struct filter *filter, int64_t *total)
{
        const struct str text = sql_count(r->arena, resource, filter);
        struct db_rows rows;
        enum status status;

        if (!text.ptr)
                return STATUS_NOMEM;
        status = db_row(r->db, &(struct sql){text.ptr, SQL_OF_TENANT},
                        (struct db_params){filter->params, filter->param_count}, &rows);
        if (status != STATUS_OK)
                return status;
        *total = db_get_int(&rows, 0);
        return db_end(&rows);
}

/* Bases are kept among the counts, as those of no change: deltas -1. */
static bool name_base(const struct request *r, const struct resource *resource, struct str like,
                      struct digest *out)
{
        const struct str text =
                arena_printf(r->arena, "base|%s|%.*s|", resource->name, STR_ARG(like));
        struct buf named;
        bool made;

        if (!text.ptr)
                return false;
        buf_init(&named, 4096);
        buf_str(&named, text);
        buf_put(&named, &r->principal.tenant, sizeof(r->principal.tenant));
        made = buf_ok(&named) && digest_sha256(buf_view(&named), out);
        buf_free(&named);
        return made;
}

enum status total_of_state(struct request *r, const struct resource *resource, struct str like,
                           struct str state, struct tally *tally)
{
        struct digest name;
        struct tally now, base;
        enum status status;

        if (!tally_state_read(state, tally))
                return STATUS_BUG;
        if (!name_base(r, resource, like, &name))
                return STATUS_NOMEM;
        base = (struct tally){.folds = tally->folds, .deltas = -1};
        if (recall(&name, &base, &base.base)) {
                tally->total += base.base;
                return STATUS_OK;
        }
        status = tally_read(r->db, resource->name, like, &now);
        if (status != STATUS_OK)
                return status;
        base.folds = now.folds;
        keep(&name, &base, now.base);
        tally->total = now.total;
        return STATUS_OK;
}

enum status total_read(struct request *r, const struct resource *resource,
                       const struct filter *filter, const struct tally *tally, int64_t *total)
{
        struct digest question;
        enum status status;

        if (resource->tally_count && filter->only_tally) {
                *total = tally->total;
                return STATUS_OK;
        }
        if (resource->tally_count && filter_digest(r, filter, resource->table, &question)) {
                if (recall(&question, tally, total))
                        return STATUS_OK;
                /* The change number was read before counting: a change in between only costs the
                 * next count. */
                status = count_rows(r, resource, filter, total);
                if (status == STATUS_OK)
                        keep(&question, tally, *total);
                return status;
        }
        return count_rows(r, resource, filter, total);
}
