/**
 * publish.c: writers: transactions into the outbox, as modules make them, or POSTs to a peer.
 */
#include "push.h"

#include <mysql.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { BODY_MAX = 8192 };

struct writer {
        const struct plan *plan;
        MYSQL *db;
        int bell, http, turn;
        pthread_t thread;
};

static void die(const char *what)
{
        fprintf(stderr, "push_load: %s\n", what);
        exit(1);
}

static void open_db(struct writer *w)
{
        w->db = mysql_init(NULL);
        w->bell = socket(AF_UNIX, SOCK_DGRAM, 0);
        if (!mysql_real_connect(w->db, NULL, NULL, NULL, "almoner", 0, w->plan->db_socket, 0))
                die(mysql_error(w->db));
        mysql_autocommit(w->db, 0);
}

static void ring(const struct writer *w)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", w->plan->bell);
        (void)sendto(w->bell, "", 1, MSG_DONTWAIT, (struct sockaddr *)&address, sizeof(address));
}

static void commit(const struct writer *w, const char *body)
{
        char text[BODY_MAX + 512];

        snprintf(text, sizeof(text),
                 "INSERT INTO outbox (tenant_id, channel, type, resource, op, record_id, body,"
                 " created_at) VALUES (UNHEX('%s'), 'persons', 'person_updated', 'person',"
                 " 'update', UNHEX('00'), '%s', UTC_TIMESTAMP(3))",
                 w->plan->tenant, body);
        if (mysql_query(w->db, text) || mysql_commit(w->db))
                die(mysql_error(w->db));
}

static void post(const struct writer *w, const char *body)
{
        char text[BODY_MAX + 512], reply[4096];
        const int length =
                snprintf(text, sizeof(text),
                         "POST /publish HTTP/1.1\r\nHost: bench\r\n"
                         "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                         strlen(body), body);

        if (write(w->http, text, (size_t)length) != length ||
            read(w->http, reply, sizeof(reply)) < 12 || memcmp(reply, "HTTP/1.1 20", 11) != 0)
                die("the peer did not take a POST");
}

static void wait_until_ns(int64_t at)
{
        const struct timespec until = {at / 1000000000, at % 1000000000};

        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void write_one(const struct writer *w, bool into_db, char *pad)
{
        const int n = atomic_fetch_add(&record.published, 1);
        char body[BODY_MAX];

        if (n >= EVENTS_MAX)
                die("too many events");
        snprintf(body, sizeof(body), "{\"n\":\"%0*d\",\"pad\":\"%s\"}", NUMBER_DIGITS, n, pad);
        atomic_store(&record.begun_ns[n], now_ns());
        if (into_db)
                commit(w, body);
        else
                post(w, body);
        atomic_store(&record.acked_ns[n], now_ns());
        if (into_db)
                ring(w);
}

static void *run(void *context)
{
        struct writer *w = context;
        const bool into_db = strcmp(w->plan->publish, "db") == 0;
        const int64_t pause = (int64_t)(1e9 * w->plan->writers / w->plan->rate);
        const int64_t end = now_ns() + (int64_t)w->plan->seconds * 1000000000;
        int64_t at = now_ns() + pause * w->turn / w->plan->writers;
        char pad[BODY_MAX - 64] = "";

        if ((size_t)w->plan->body_pad >= sizeof(pad))
                die("too long a body");
        memset(pad, 'x', (size_t)w->plan->body_pad);
        for (; at < end; at += pause) {
                wait_until_ns(at);
                write_one(w, into_db, pad);
        }
        return NULL;
}

int publish(const struct plan *plan)
{
        struct writer writers[64] = {0};

        for (int i = 0; i < plan->writers; i++) {
                writers[i].plan = plan;
                writers[i].turn = i;
                if (strcmp(plan->publish, "db") == 0)
                        open_db(&writers[i]);
                else
                        writers[i].http = dial(plan->publish);
                pthread_create(&writers[i].thread, NULL, run, &writers[i]);
        }
        for (int i = 0; i < plan->writers; i++)
                pthread_join(writers[i].thread, NULL);
        return atomic_load(&record.published);
}
