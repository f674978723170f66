/**
 * fcgi.c: the accept loop over libfcgi, and how bytes come and go through it.
 *
 * libfcgi's own loop and signal handling lose requests at a restart (its ShutdownPending is a plain
 * int that is only looked at before accept). So: signals are blocked by the caller, the listening
 * socket is non-blocking, and each thread polls {stop, listen} with stop first. A connection that
 * nginx keeps open (fastcgi_keep_conn) is served until nginx closes it, also while stopping:
 * closing it here would race with a request that is already on its way.
 */
#include "http/http_internal.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "base/config.h"
#include "base/log.h"

enum {
        DRAIN_MS = 5000,        /* longest wait for nginx to close a kept connection */
        SHORTAGE_PAUSE = 20000, /* microseconds, when accept finds no descriptor or memory */
        HEAD_MAX = 1 << 16,
        RESPONSE_MAX = 64 << 20,
        ARENA_BASE = 16 << 20,
};

static ptrdiff_t stream_read(void *stream, void *data, size_t size)
{
        FCGX_Request *request = stream;
        const int got = FCGX_GetStr(data, size > INT_MAX ? INT_MAX : (int)size, request->in);

        return FCGX_GetError(request->in) ? -1 : got;
}

static bool stream_write(void *stream, struct str bytes)
{
        FCGX_Request *request = stream;

        while (bytes.len) {
                const int piece = bytes.len > INT_MAX ? INT_MAX : (int)bytes.len;

                if (FCGX_PutStr(bytes.ptr, piece, request->out) < piece)
                        return false;
                bytes = str_skip(bytes, (size_t)piece);
        }
        return true;
}

static bool stream_flush(void *stream)
{
        return FCGX_FFlush(((FCGX_Request *)stream)->out) == 0;
}

/* Without FCGI_END_REQUEST nginx takes the answer for incomplete and cuts the client's too. */
static void stream_abort(void *stream)
{
        FCGX_Request *request = stream;

        if (request->ipcFd >= 0)
                (void)shutdown(request->ipcFd, SHUT_RDWR);
}

static const struct transport transport = {stream_read, stream_write, stream_flush, stream_abort};

bool worker_open(struct worker *worker, struct service *service)
{
        worker->service = service;
        buf_init(&worker->head, HEAD_MAX);
        buf_init(&worker->body, RESPONSE_MAX);
        worker->arena = arena_create((size_t)config_int(CONFIG_BODY_MAX) * 4 + ARENA_BASE);
        worker->db = db_create(service->opts.db);
        worker->metrics = calloc(service->opts.route_count + 1, sizeof(*worker->metrics));
        return worker->arena && worker->db && worker->metrics;
}

void worker_close(struct worker *worker)
{
        arena_destroy(worker->arena);
        db_destroy(worker->db);
        buf_free(&worker->head);
        buf_free(&worker->body);
        free(worker->metrics);
}

static bool is_readable(const struct pollfd *fd)
{
        return fd->revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL);
}

/* Wait for a new connection; false: stop. */
static bool wait_for_connection(const struct service *service)
{
        struct pollfd fds[] = {{service->stop_fd, POLLIN, 0}, {service->listen_fd, POLLIN, 0}};

        for (;;) {
                if (poll(fds, 2, -1) < 0 && errno != EINTR)
                        return false;
                if (is_readable(&fds[0]))
                        return false;
                if (is_readable(&fds[1]))
                        return true;
        }
}

/* Wait for the next request on a kept connection; when stopping, nginx has DRAIN_MS to use or close
 * it. */
static bool wait_for_request(const struct service *service, int connection)
{
        struct pollfd fds[] = {{connection, POLLIN, 0}, {service->stop_fd, POLLIN, 0}};
        int ready = poll(fds, 2, -1);

        if (ready > 0 && !is_readable(&fds[0]) && is_readable(&fds[1]))
                ready = poll(fds, 1, DRAIN_MS);
        return ready > 0 || (ready < 0 && errno == EINTR);
}

static bool wait_next(const struct service *service, const FCGX_Request *request)
{
        return request->ipcFd >= 0 ? wait_for_request(service, request->ipcFd)
                                   : wait_for_connection(service);
}

/* Another thread was faster, or the peer has gone: just poll again. Shortages pass by themselves.
 */
static void accept_failed(int error)
{
        switch (-error) {
        case EMFILE:
        case ENFILE:
        case ENOMEM:
        case ENOBUFS:
                LOG(WARN, "accept.shortage", LOG_INT("errno", -error));
                usleep(SHORTAGE_PAUSE);
                break;
        default:
                break;
        }
}

static void serve(struct worker *worker, FCGX_Request *request)
{
        struct exchange *x = &worker->exchange;

        memset(x, 0, sizeof(*x));
        x->worker = worker;
        x->transport = &transport;
        x->stream = request;
        x->environment = request->envp;
        service_serve(x);
        FCGX_Finish_r(request);
}

static void *run_worker(void *argument)
{
        struct worker *worker = argument;
        const struct service *service = worker->service;
        FCGX_Request request;

        if (FCGX_InitRequest(&request, service->listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
                return NULL;
        while (wait_next(service, &request)) {
                const int error = FCGX_Accept_r(&request);

                if (error == 0)
                        serve(worker, &request);
                else
                        accept_failed(error);
        }
        FCGX_Free(&request, 1);
        return NULL;
}

static bool start_workers(struct service *service)
{
        bool any = false;

        for (unsigned i = 0; i < service->worker_count; i++) {
                struct worker *worker = &service->workers[i];

                worker->started = worker_open(worker, service) &&
                                  pthread_create(&worker->thread, NULL, run_worker, worker) == 0;
                if (!worker->started)
                        LOG(ERROR, "worker.not_started", LOG_INT("worker", i));
                any = any || worker->started;
        }
        return any;
}

int service_run(struct service *service, int listen_fd, int stop_fd, unsigned threads)
{
        bool any;

        service->workers = calloc(threads, sizeof(*service->workers));
        if (!service->workers || FCGX_Init() != 0) {
                free(service->workers);
                service->workers = NULL;
                return 1;
        }
        service->worker_count = threads;
        service->listen_fd = listen_fd;
        service->stop_fd = stop_fd;
        any = start_workers(service);
        for (unsigned i = 0; i < threads; i++)
                if (service->workers[i].started)
                        pthread_join(service->workers[i].thread, NULL);
        for (unsigned i = 0; i < threads; i++)
                worker_close(&service->workers[i]);
        service->worker_count = 0;
        free(service->workers);
        service->workers = NULL;
        return any ? 0 : 1;
}
