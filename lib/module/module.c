/**
 * module.c: the start and the end of a program. Signals are blocked before any thread and before
 * libfcgi, whose own handlers lose requests; a signalfd that is never read tells all threads to
 * stop.
 */
#include "module/module_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/config.h"
#include "base/log.h"
#include "base/process.h"

enum { LISTEN_FD = 0, EXIT_FAILED = 1, EXIT_MISUSE = 2, TABLES_MAX = 1 << 20, LARGE = 1 << 20 };

struct program {
        const struct module *module;
        struct module_tables tables;
        struct db_opts db_opts;
        struct limits *limits;
        struct auth *auth;
        struct service *service;
        struct ticker ticker;
        int stop_fd;
};

static enum log_level log_level(void)
{
        static const char *const names[LOG_LEVEL__N] = {"debug", "info", "warn", "error"};

        for (enum log_level level = LOG_DEBUG; level < LOG_LEVEL__N; level++)
                if (config_is(CONFIG_LOG_LEVEL, names[level]))
                        return level;
        return LOG_INFO;
}

static bool load_configuration(const char *name)
{
        char problem[256];

        if (config_load(problem, sizeof(problem)))
                return true;
        fprintf(stderr, "%s.fcgi: %s\n", name, problem);
        return false;
}

static bool listening(const char *name)
{
        int accepts = 0;
        socklen_t size = sizeof(accepts);
        int flags;

        if (getsockopt(LISTEN_FD, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) != 0 || !accepts) {
                fprintf(stderr, "%s.fcgi: file descriptor 0 is no listening socket; see --help\n",
                        name);
                return false;
        }
        flags = fcntl(LISTEN_FD, F_GETFL);
        return flags >= 0 && fcntl(LISTEN_FD, F_SETFL, flags | O_NONBLOCK) == 0;
}

static bool fail(const char *what)
{
        LOG(ERROR, "module.start_failed", LOG_TEXT("what", str_of(what)),
            LOG_TEXT("error", str_of(strerror(errno))));
        return false;
}

static bool open_parts(struct program *p)
{
        const char *name = p->module->name;
        struct service_opts opts;
        char path[512];

        errno = 0;
        p->limits =
                limits_open(config_path(CONFIG_RATE_LIMIT_FILE, "run/limits", path, sizeof(path)));
        if (!p->limits)
                return fail("rate limits");
        if (!db_opts_from_config(&p->db_opts, name))
                return fail("database configuration");
        p->auth = auth_create(&p->db_opts);
        if (!p->auth)
                return fail("keys");
        if (p->module->start && !p->module->start())
                return fail("the module's own start");
        opts = (struct service_opts){
                .module = name,
                .routes = p->tables.routes,
                .route_count = p->tables.route_count,
                .db = &p->db_opts,
                .auth = p->auth,
                .limits = p->limits,
                .version = ALMONER_VERSION,
        };
        p->service = service_create(&opts);
        if (!p->service)
                return fail("routes");
        health_bind(p->service);
        return ticker_start(&p->ticker, p->module, p->service, &p->db_opts, p->stop_fd) ||
               fail("background thread");
}

static void close_parts(struct program *p)
{
        ticker_join(&p->ticker);
        service_destroy(p->service);
        auth_destroy(p->auth);
        limits_close(p->limits);
}

/* A revoked token must not pass just because the process is new. */
static void await_revocations(const struct program *p)
{
        enum { TRIES = 1000, PAUSE_US = 1000 };

        for (int i = 0; i < TRIES && p->ticker.schema_known && !auth_ready(p->auth); i++)
                usleep(PAUSE_US);
}

/* Whoever started us may wait for this byte before it stops the process that we replace. */
static int serve(struct program *p)
{
        const unsigned threads = (unsigned)config_int(CONFIG_THREADS);
        int status = EXIT_FAILED;

        p->stop_fd = process_stop_fd();
        if (p->stop_fd < 0)
                return EXIT_FAILED;
        log_gather();
        if (open_parts(p)) {
                await_revocations(p);
                process_tell_ready();
                LOG(INFO, "module.started", LOG_TEXT("version", STR(ALMONER_VERSION)),
                    LOG_INT("threads", threads), LOG_INT("routes", (int64_t)p->tables.route_count));
                status = service_run(p->service, LISTEN_FD, p->stop_fd, threads);
                LOG(INFO, "module.stopped", LOG_INT("status", status));
                if (status != 0)
                        kill(getpid(),
                             SIGTERM); /* blocked: only the background thread sees it, and ends */
        }
        close_parts(p);
        log_gather_end();
        close(p->stop_fd);
        return status;
}

/* What is large goes back to the system when it is freed. By itself glibc's bound rises to what was
 * freed once, and each thread then keeps as much: for a password's hash, its 19 MiB. */
static void return_memory(void)
{
        (void)mallopt(M_MMAP_THRESHOLD, LARGE);
}

int module_main(const struct module *module, int argc, char **argv)
{
        struct program program = {.module = module};
        struct arena *arena;
        int status;

        if (argc > 2) {
                fprintf(stderr, "%s.fcgi: at most one option; see --help\n", module->name);
                return EXIT_MISUSE;
        }
        if (!load_configuration(module->name))
                return EXIT_MISUSE;
        log_open(module->name, log_level());
        return_memory();
        arena = arena_create(TABLES_MAX);
        if (!arena)
                return EXIT_FAILED;
        if (!table_complete(module, arena, &program.tables))
                status = EXIT_FAILED;
        else if (argc == 2)
                status = tables_print(&program.tables, argv[1]);
        else
                status = listening(module->name) ? serve(&program) : EXIT_MISUSE;
        arena_destroy(arena);
        return status;
}
