/**
 * sweep.c: words that nobody uses any more, so that nothing stays of what was erased.
 *
 * A foreign key keeps a term that a posting names, and who is about to add one has locked it: they
 * win, and DELETE IGNORE passes over it.
 */
#include <stdatomic.h>

#include "search/search.h"

enum { LOOKED_AT = 500 };

static const struct sql sql_select_unused = SQL_GLOBAL(
        "SELECT t.id, t.tenant_id, EXISTS (SELECT 1 FROM search_postings AS p WHERE"
        " p.term_id = t.id) FROM search_terms AS t WHERE t.id > ? ORDER BY t.id LIMIT ?");

static const struct sql sql_delete_term =
        SQL("DELETE IGNORE FROM search_terms WHERE tenant_id = :tenant AND id = ?");

/* Where the last round ended; begins anew after the last term. */
static _Atomic int64_t position;

void search_sweep(struct db *db)
{
        struct {
                int64_t id;
                struct tenant_id tenant;
        } unused[LOOKED_AT];
        size_t count = 0, seen = 0;
        int64_t last = atomic_load(&position);
        struct db_rows rows;

        db_scope(db, NULL);
        if (db_query(db, &sql_select_unused, DB_PARAMS(db_int(last), db_int(LOOKED_AT)), &rows) !=
            STATUS_OK)
                return;
        for (; seen < LOOKED_AT && db_next(&rows); seen++) {
                last = db_get_int(&rows, 0);
                if (db_get_int(&rows, 2))
                        continue;
                unused[count].id = last;
                unused[count++].tenant.uuid = db_get_uuid(&rows, 1);
        }
        if (db_end(&rows) != STATUS_OK)
                return;
        atomic_store(&position, seen < LOOKED_AT ? 0 : last);
        for (size_t i = 0; i < count; i++) {
                db_scope(db, &unused[i].tenant);
                (void)db_run(db, &sql_delete_term, DB_PARAMS(db_int(unused[i].id)), NULL);
        }
        db_scope(db, NULL);
}
