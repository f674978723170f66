/**
 * raw.c: the statements alone, by threads with a connection each: raw read|page|commit THREADS
 * SECONDS, TENANT and, for read, ids on standard input. commit writes a person and an outbox row in
 * one transaction. Prints a JSON object.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>

#include "limit.h"

#define INSERT_PERSON                                                                             \
        "INSERT INTO persons (tenant_id, id, first_name, last_name, email, phone, status, "       \
        "risk_level, risk_score, risk_notes, notes, tags, created_at, updated_at) VALUES (?, ?, " \
        "'Raw', 'Commit', HEX(?), '', 'active', 'low', 0, '', '', '', NOW(3), NOW(3))"
#define INSERT_OUTBOX                                                                            \
        "INSERT INTO outbox (tenant_id, channel, type, record_id, body, created_at) VALUES (?, " \
        "'bench', 'raw', ?, '{}', NOW(3))"

enum { IDS_MAX = 4096, TIMES_MAX = 1 << 20, THREADS_MAX = 64 };

static unsigned char tenant[16], ids[IDS_MAX][16];
static unsigned id_count;
static const char *what;
static atomic_bool stop;

struct job {
        pthread_t thread;
        unsigned number, *times, count;
};

static double now_us(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void run(MYSQL *mysql, const char *text)
{
        if (mysql_real_query(mysql, text, strlen(text)) != 0)
                die(mysql_error(mysql));
}

/* A UUIDv7 that no other thread makes. */
static void new_id(unsigned char id[static 16], const struct job *job)
{
        struct timespec t;
        unsigned long long ms;

        clock_gettime(CLOCK_REALTIME, &t);
        ms = (unsigned long long)t.tv_sec * 1000 + (unsigned long long)t.tv_nsec / 1000000;
        for (int i = 5; i >= 0; i--, ms >>= 8)
                id[i] = (unsigned char)ms;
        id[6] = 0x70;
        id[7] = (unsigned char)job->number;
        memcpy(id + 8, &job->count, sizeof(job->count));
        memset(id + 12, 0, 4);
        id[8] = (unsigned char)((id[8] & 63) | 0x80);
        id[12] = (unsigned char)(job->count >> 6);
        id[13] = (unsigned char)(job->count >> 14);
}

static void commit_two(MYSQL *mysql, MYSQL_STMT *person, MYSQL_STMT *outbox, const struct job *job)
{
        unsigned char id[16];

        new_id(id, job);
        run(mysql, "START TRANSACTION");
        execute(person, (MYSQL_BIND[]){bytes(tenant, 16), bytes(id, 16), bytes(id, 16)});
        execute(outbox, (MYSQL_BIND[]){bytes(tenant, 16), bytes(id, 16)});
        run(mysql, "COMMIT");
}

static void read_rows(MYSQL_STMT *stmt, struct cells *cells, const struct job *job)
{
        execute(stmt, (MYSQL_BIND[]){bytes(tenant, 16),
                                     bytes(ids[(job->number * 37 + job->count) % id_count], 16)});
        bind_cells(stmt, cells);
        while (mysql_stmt_fetch(stmt) == 0)
                ;
        mysql_stmt_free_result(stmt);
}

static void *work(void *context)
{
        struct job *job = context;
        MYSQL *mysql = connect_db();
        const int writes = strcmp(what, "commit") == 0;
        MYSQL_STMT *first = prepare(mysql, writes                      ? INSERT_PERSON
                                           : strcmp(what, "page") == 0 ? PAGE
                                                                       : READ);
        MYSQL_STMT *second = writes ? prepare(mysql, INSERT_OUTBOX) : NULL;
        struct cells *cells = malloc(sizeof(*cells));

        while (!stop && job->count < TIMES_MAX) {
                const double began = now_us();

                if (writes)
                        commit_two(mysql, first, second, job);
                else
                        read_rows(first, cells, job);
                job->times[job->count++] = (unsigned)(now_us() - began);
        }
        free(cells);
        mysql_close(mysql);
        return NULL;
}

static int by_size(const void *a, const void *b)
{
        const unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

        return (x > y) - (x < y);
}

static void report(struct job *jobs, unsigned threads, double seconds)
{
        unsigned total = 0, n = 0, *all;
        struct rusage used;

        getrusage(RUSAGE_SELF, &used);
        for (unsigned i = 0; i < threads; i++)
                total += jobs[i].count;
        all = malloc((total + 1) * sizeof(*all));
        if (!all || !total)
                die("nothing measured");
        for (unsigned i = 0; i < threads; i++)
                for (unsigned j = 0; j < jobs[i].count; j++)
                        all[n++] = jobs[i].times[j];
        qsort(all, n, sizeof(*all), by_size);
        printf("{\"requests\":%u,\"seconds\":%.3f,\"p50\":%u,\"p99\":%u,\"cpu_us\":%.0f}\n", n,
               seconds, all[n / 2], all[(size_t)n * 99 / 100],
               (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
                       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec));
        free(all);
}

int main(int count, char **arguments)
{
        static struct job jobs[THREADS_MAX];
        unsigned threads, seconds;
        char line[64];
        double began;

        if (count < 4 || !getenv("TENANT") || mysql_library_init(0, NULL, NULL) != 0)
                return 2;
        what = arguments[1];
        threads = (unsigned)atoi(arguments[2]);
        seconds = (unsigned)atoi(arguments[3]);
        parse_uuid(getenv("TENANT"), tenant);
        while (id_count < IDS_MAX && fgets(line, sizeof(line), stdin))
                parse_uuid(line, ids[id_count++]);
        if (threads > THREADS_MAX || (strcmp(what, "commit") != 0 && id_count == 0))
                return 2;
        began = now_us();
        for (unsigned i = 0; i < threads; i++) {
                jobs[i] = (struct job){.number = i, .times = malloc(TIMES_MAX * sizeof(unsigned))};
                if (!jobs[i].times || pthread_create(&jobs[i].thread, NULL, work, &jobs[i]) != 0)
                        return 1;
        }
        while (now_us() - began < seconds * 1e6)
                nanosleep(&(struct timespec){0, 5000000}, NULL);
        stop = 1;
        for (unsigned i = 0; i < threads; i++)
                pthread_join(jobs[i].thread, NULL);
        report(jobs, threads, (now_us() - began) / 1e6);
        return 0;
}
