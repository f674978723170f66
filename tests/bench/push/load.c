/**
 * load.c: push_load: holds listeners, publishes, and prints one line of JSON: what was expected and
 * delivered, and the delays in milliseconds.
 *
 *      push_load ADDRESS PATH HEADER PUBLISH DB_SOCKET BELL TENANT LISTENERS WRITERS RATE SECONDS
 *                PAD
 *
 * HEADER is one more line of the request; "@FILE" names a file of tickets instead, one a listener.
 * When all listeners are in it prints "ready" and waits for a line, so that the caller can look at
 * the server's memory.
 */
#include "push.h"

#include <errno.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct record record;

struct listener {
        int fd;
        size_t held;
        unsigned char kept[8192]; /* a frame that has not come whole yet */
};

/* Which event came when, to whomever. */
struct arrival {
        int n;
        int64_t at_ns;
};

static struct listener *listeners;
static struct arrival *arrivals;
static size_t arrival_count, arrival_room;

int64_t now_ns(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void die(const char *what)
{
        perror(what);
        exit(1);
}

static int dial_unix(const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        for (int i = 0; connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0; i++) {
                if (errno != EAGAIN || i > 2000)
                        die(path);
                usleep(1000); /* the backlog is full */
        }
        return fd;
}

int dial(const char *text)
{
        struct sockaddr_in address = {.sin_family = AF_INET};
        const char *colon = strrchr(text, ':');
        int fd;

        if (strncmp(text, "unix:", 5) == 0)
                return dial_unix(text + 5);
        address.sin_port = htons((uint16_t)atoi(colon + 1));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
                die(text);
        return fd;
}

/* What stands behind the path and in the header of the next listener: a ticket serves once. */
static void next_credential(const struct plan *plan, char *query, size_t size, const char **header)
{
        static FILE *tickets;
        char ticket[256];

        *header = plan->header;
        query[0] = '\0';
        if (plan->header[0] != '@')
                return;
        *header = "";
        if (!tickets)
                tickets = fopen(plan->header + 1, "r");
        if (!tickets || fscanf(tickets, "%255s", ticket) != 1)
                die("tickets");
        snprintf(query, size, "?ticket=%s", ticket);
}

static void upgrade(struct listener *l, const struct plan *plan)
{
        char text[4096], reply[2048], query[300];
        const char *header;
        int length;
        ssize_t got = 0, more;

        next_credential(plan, query, sizeof(query), &header);
        length = snprintf(text, sizeof(text),
                          "GET %s%s HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s\r\n",
                          plan->path, query, header, header[0] ? "\r\n" : "");
        l->fd = dial(plan->address);
        if (write(l->fd, text, (size_t)length) != length)
                die("upgrade");
        do { /* byte by byte: what follows is a frame */
                more = read(l->fd, reply + got, 1);
                got += more;
        } while (more > 0 && got < (ssize_t)sizeof(reply) &&
                 (got < 4 || memcmp(reply + got - 4, "\r\n\r\n", 4) != 0));
        if (got < 12 || memcmp(reply, "HTTP/1.1 101", 12) != 0) {
                fprintf(stderr, "push_load: %.*s\n", (int)got, reply);
                exit(1);
        }
}

static void take(const unsigned char *payload, size_t size, int64_t now)
{
        const char *at = memmem(payload, size, "\"n\":\"", 5);

        if (at && arrival_count < arrival_room)
                arrivals[arrival_count++] = (struct arrival){atoi(at + 5), now};
}

/* Whole frames of a server: unmasked. */
static size_t take_frames(const unsigned char *data, size_t size, int64_t now)
{
        size_t used = 0;

        while (size - used >= 4) {
                size_t length = data[used + 1] & 0x7F, head = 2;

                if (length == 126) {
                        length = (size_t)data[used + 2] << 8 | data[used + 3];
                        head = 4;
                }
                if (size - used < head + length)
                        break;
                take(data + used + head, length, now);
                used += head + length;
        }
        return used;
}

static void hear(struct listener *l)
{
        unsigned char data[65536];
        ssize_t got;

        memcpy(data, l->kept, l->held);
        got = recv(l->fd, data + l->held, sizeof(data) - l->held, MSG_DONTWAIT);
        if (got > 0) {
                const size_t size = l->held + (size_t)got, used = take_frames(data, size, now_ns());

                l->held = size - used;
                if (l->held > sizeof(l->kept))
                        die("a frame is too long");
                memcpy(l->kept, data + used, l->held);
        } else if (got == 0) {
                die("a listener was closed");
        }
}

static void *listen_all(void *context)
{
        const int epoll_fd = *(const int *)context;
        struct epoll_event events[512];

        while (!atomic_load(&record.stop)) {
                const int count = epoll_wait(epoll_fd, events, 512, 50);

                for (int i = 0; i < count; i++)
                        hear(&listeners[events[i].data.u32]);
        }
        return NULL;
}

static int by_size(const void *a, const void *b)
{
        const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

        return (x > y) - (x < y);
}

/* Sorted microseconds from ${since} of each event to its arrivals. */
static int32_t *delays(atomic_int_fast64_t *since)
{
        int32_t *us = calloc(arrival_count + 1, sizeof(*us));

        for (size_t i = 0; i < arrival_count; i++) {
                const int64_t ns = arrivals[i].at_ns - atomic_load(&since[arrivals[i].n]);

                us[i] = ns < 0 ? 0 : (int32_t)(ns / 1000); /* heard before it was acknowledged */
        }
        qsort(us, arrival_count, sizeof(*us), by_size);
        return us;
}

static double part(const int32_t *sorted, double which)
{
        return arrival_count ? sorted[(size_t)(which * (double)(arrival_count - 1))] / 1000.0 : -1;
}

static void report(const struct plan *plan, int published)
{
        int32_t *all = delays(record.begun_ns), *lags = delays(record.acked_ns);

        printf("{\"published\":%d,\"expected\":%lld,\"delivered\":%zu,\"p50\":%.1f,\"p99\":%.1f,"
               "\"max\":%.1f,\"lag50\":%.2f,\"lag99\":%.2f}\n",
               published, (long long)published * plan->listeners, arrival_count, part(all, 0.5),
               part(all, 0.99), part(all, 1), part(lags, 0.5), part(lags, 0.99));
        free(all);
        free(lags);
}

static void settle(size_t expected)
{
        for (int i = 0; i < 100 && arrival_count < expected; i++)
                usleep(100000);
}

int main(int argc, char **argv)
{
        struct rlimit files = {65536, 65536};
        const int epoll_fd = epoll_create1(0);
        pthread_t thread;
        struct plan plan;
        int published;

        if (argc != 13)
                return 2;
        plan = (struct plan){argv[1],       argv[2],        argv[3],        argv[4],
                             argv[5],       argv[6],        argv[7],        atoi(argv[8]),
                             atoi(argv[9]), atoi(argv[11]), atof(argv[10]), atoi(argv[12])};
        (void)setrlimit(RLIMIT_NOFILE, &files);
        listeners = calloc((size_t)plan.listeners, sizeof(*listeners));
        arrival_room = (size_t)((plan.rate * plan.seconds + 1000) * plan.listeners);
        arrivals = calloc(arrival_room, sizeof(*arrivals));
        for (int i = 0; i < plan.listeners; i++) {
                struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};

                upgrade(&listeners[i], &plan);
                (void)epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listeners[i].fd, &event);
        }
        pthread_create(&thread, NULL, listen_all, (void *)&epoll_fd);
        puts("ready");
        fflush(stdout);
        (void)getchar();
        published = publish(&plan);
        settle((size_t)published * (size_t)plan.listeners);
        atomic_store(&record.stop, true);
        pthread_join(thread, NULL);
        report(&plan, published);
        return 0;
}
