/**
 * hookd: events on their way to webhooks.
 *
 * SYNOPSIS
 *      hookd
 *      Serves nobody; ends on SIGTERM.
 * DESCRIPTION
 *      Follows each tenant's stream, notes a delivery for each event that a webhook wants, and
 * sends it: at least once, again after failures, until it arrives or is a dead letter.
 * SECURITY
 *      A program of its own because it alone makes connections that tenants choose. It connects to
 * public addresses only, by TLS, beside what WEBHOOK_ALLOW names. Its database user reads streams
 * and webhooks' secrets.
 * STANDARDS Standard Webhooks 1.0.0.
 * CONFIGURATION WEBHOOK_* and the keys common to the modules.
 * EXIT STATUS 0 done, 1 could not start, 2 wrong configuration.
 */
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/config.h"
#include "base/log.h"
#include "base/process.h"
#include "hookd.h"

enum { ROUND_MS = 250, ARENA = 64 << 20 };

static const struct lease_sql webhook_lease = LEASE("webhook_lease");

static bool open_parts(struct hookd *h)
{
        static struct db_opts opts;

        h->stop_fd = process_stop_fd();
        if (h->stop_fd < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0 ||
            !db_opts_from_config(&opts, "hookd"))
                return false;
        h->db = db_create(&opts);
        h->arena = arena_create(ARENA);
        h->multi = curl_multi_init();
        return h->db && h->arena && h->multi && lease_open(&h->lease, &webhook_lease);
}

static void close_parts(struct hookd *h)
{
        while (h->count) {
                struct delivery *d = h->under_way[--h->count];

                curl_multi_remove_handle(h->multi, d->curl);
                delivery_free(d);
        }
        curl_multi_cleanup(h->multi);
        curl_global_cleanup();
        arena_destroy(h->arena);
        db_destroy(h->db);
        close(h->stop_fd);
}

/* Once a round, and at once while there is more to do. */
static void work(struct hookd *h, bool more)
{
        const int64_t now = time_monotonic_us();

        if (h->stopping || (!more && now < h->round_us))
                return;
        lead_keep(h);
        h->round_us = now + (int64_t)ROUND_MS * 1000;
        if (!h->leads)
                return;
        if (plan_all(h))
                h->round_us = now;
        claim_due(h);
        sweep(h);
}

static void wait_for_something(struct hookd *h)
{
        struct curl_waitfd stop = {.fd = h->stop_fd, .events = CURL_WAIT_POLLIN};
        const int64_t left = (h->round_us - time_monotonic_us()) / 1000 + 1;
        const int wait = h->stopping ? ROUND_MS : left > 0 ? (int)left : 0;
        struct signalfd_siginfo info;

        (void)curl_multi_poll(h->multi, &stop, 1, wait, NULL);
        if (read(h->stop_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
                h->stopping = true;
                lead_drop(h); /* what is under way is claimed: the next one leaves it alone */
        }
}

static void run(struct hookd *h)
{
        bool more = true;
        int running;

        while (!h->stopping || h->count) {
                work(h, more);
                (void)curl_multi_perform(h->multi, &running);
                more = send_finish(h);
                if (!more)
                        wait_for_something(h);
        }
}

int main(int argc, char **argv)
{
        static struct hookd hookd;
        char problem[256];

        if (argc > 1) {
                const bool asked = argc == 2 && strcmp(argv[1], "--help") == 0;

                fprintf(asked ? stdout : stderr, "usage: hookd\n");
                return asked ? 0 : 2;
        }
        if (!config_load(problem, sizeof(problem))) {
                fprintf(stderr, "hookd: %s\n", problem);
                return 2;
        }
        log_open("hookd", LOG_INFO);
        if (!webhook_allow_parse(str_of(config_text(CONFIG_WEBHOOK_ALLOW)), &hookd.allow)) {
                fprintf(stderr, "hookd: WEBHOOK_ALLOW is no list of networks\n");
                return 2;
        }
        if (!open_parts(&hookd)) {
                LOG(ERROR, "hookd.start_failed", LOG_TEXT("error", STR("see above")));
                return 1;
        }
        process_tell_ready();
        LOG(INFO, "hookd.started", LOG_INT("pid", getpid()));
        run(&hookd);
        close_parts(&hookd);
        LOG(INFO, "hookd.stopped", LOG_INT("status", 0));
        return 0;
}
