/**
 * Goal: whoever uses a word keeps it, though it is forgotten at the same moment because nobody else
 * did; what nobody uses is forgotten.
 */
#include "events_server.h"

#include <pthread.h>
#include <stdatomic.h>

#include "search/search.h"

__asm__(".pushsection .rodata\n"
        "search_tables: .incbin \"sql/006_search.sql\"\n"
        "search_tables_end: .byte 0\n"
        ".popsection\n");
extern const char search_tables[], search_tables_end[];

enum { ROUNDS = 400, TERMS = 5 }; /* a word of the title stands for two */

/* clang-format off */
static const struct sql sql_count_postings = SQL("SELECT COUNT(*) FROM search_postings AS p JOIN search_terms AS t ON t.tenant_id = :tenant AND t.id = p.term_id");
static const struct sql sql_count_terms = SQL("SELECT COUNT(*) FROM search_terms WHERE tenant_id = :tenant");
/* clang-format on */

static const struct search_document pelicans = {
        .title = STR("Pelican, cormorant"), .texts = {STR("heron")}, .count = 1};

struct change {
        struct arena *arena;
        struct search_owner owner;
        const struct search_document *before, *after;
};

static atomic_bool sweeping;

static int open_tables(void **state)
{
        if (events_server_open(state) ||
            !events_server_apply("003_search.sql", search_tables, search_tables_end))
                return -1;
        return 0;
}

static enum status store(struct db *db, void *context)
{
        const struct change *c = context;

        arena_reset(c->arena);
        return search_store(db, c->arena, &c->owner, c->before, c->after);
}

static int64_t count(struct db *db, const struct sql *sql)
{
        struct db_rows rows;
        int64_t n;

        assert_int_equal(db_row(db, sql, DB_NO_PARAMS, &rows), STATUS_OK);
        n = db_get_int(&rows, 0);
        assert_int_equal(db_end(&rows), STATUS_OK);
        return n;
}

static void *sweep(void *context)
{
        struct db *db = context;

        while (atomic_load(&sweeping))
                search_sweep(db);
        return NULL;
}

static void test_used_and_forgotten_at_once(void **state)
{
        struct change change = {.arena = arena_create(1 << 20), .owner = {.kind = "bird"}};
        const struct db_work work = {.body = store, .context = &change};
        struct tenant_id tenant;
        struct db *sweeper = events_server_connect(NULL), *db;
        pthread_t thread;

        (void)state;
        assert_true(uuid_v7(&tenant.uuid) && uuid_v7(&change.owner.id));
        db = events_server_connect(&tenant);
        atomic_store(&sweeping, true);
        assert_int_equal(pthread_create(&thread, NULL, sweep, sweeper), 0);
        for (int i = 0; i < ROUNDS; i++) {
                change.before = NULL;
                change.after = &pelicans;
                assert_int_equal(db_transaction(db, &work), STATUS_OK);
                assert_int_equal(count(db, &sql_count_postings), TERMS);
                change.before = &pelicans;
                change.after = NULL;
                assert_int_equal(db_transaction(db, &work), STATUS_OK);
                assert_int_equal(count(db, &sql_count_postings), 0);
        }
        atomic_store(&sweeping, false);
        pthread_join(thread, NULL);
        search_sweep(sweeper); /* from where the last ended */
        search_sweep(sweeper);
        assert_int_equal(count(db, &sql_count_terms), 0);
        db_destroy(sweeper);
        db_destroy(db);
        arena_destroy(change.arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(test_used_and_forgotten_at_once)};

        return cmocka_run_group_tests(tests, open_tables, server_close);
}
