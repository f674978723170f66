/**
 * fcgi.c: the accept loop over libfcgi, and how bytes come and go through it.
 *
 * libfcgi's own loop and signal handling lose requests at a restart (its ShutdownPending is a plain
 * int that is only looked at before accept). So: signals are blocked by the caller, the listening
 * socket is non-blocking, and each thread waits for {stop, listen} with stop first (waiter.h). A
 * connection that nginx keeps open (fastcgi_keep_conn) is served until nginx closes it, also while
 * stopping: closing it here would race with a request that is already on its way.
 */
#include "http/http_internal.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "base/config.h"
#include "base/log.h"
#include "base/num.h"
#include "http/waiter.h"

enum {
        LEFTOVERS_MAX = 64,     /* connections a stopping thread still takes */
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

/* Whether nginx has said all: the body was read, and the record that ends it. */
static bool heard_out(const struct exchange *x, FCGX_Request *request)
{
        const struct str length = x->params[PARAM_CONTENT_LENGTH];
        int64_t sent = 0;
        char more;

        return (!length.len || (num_parse(length, 0, INT64_MAX, &sent) && x->received == sent)) &&
               FCGX_GetStr(&more, 1, request->in) == 0 && FCGX_GetError(request->in) == 0;
}

/* libfcgi waits for the peer to close first, so that what it still sends tears no answer. When
 * nothing can come any more that is a sleep and a wake-up for nothing: detached, it just closes. */
static void end_request(const struct exchange *x, FCGX_Request *request)
{
        if (heard_out(x, request))
                FCGX_Detach(request);
        else
                FCGX_Attach(request);
        FCGX_Finish_r(request);
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
        end_request(x, request);
}

/* One request: 0, or why none came (a negative errno). */
static int take(struct worker *worker, FCGX_Request *request)
{
        const int error = FCGX_Accept_r(request);

        if (error == 0)
                serve(worker, request);
        return error;
}

/* A kept connection is used until nginx closes it; after that the thread looks for a new one. */
static void serve_kept(struct worker *worker, const struct waiter *waiter, FCGX_Request *request)
{
        while (request->ipcFd >= 0 && waiter_kept(waiter, request->ipcFd))
                if (take(worker, request) != 0)
                        return;
}

/* Connections whose wake-up this thread has had, or may have had. Who comes later wakes the process
 * that follows; the bound holds under a load that never ends, when that process is awake anyway. */
static void take_leftovers(struct worker *worker, struct waiter *waiter, FCGX_Request *request)
{
        waiter_withdraw(waiter);
        for (int i = 0; i < LEFTOVERS_MAX && take(worker, request) == 0; i++)
                serve_kept(worker, waiter, request);
}

static void *run_worker(void *argument)
{
        struct worker *worker = argument;
        const struct service *service = worker->service;
        FCGX_Request request;
        struct waiter waiter;

        if (FCGX_InitRequest(&request, service->listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0 ||
            !waiter_open(&waiter, service->listen_fd, service->stop_fd)) {
                LOG(ERROR, "worker.not_started", LOG_INT("errno", errno));
                return NULL;
        }
        while (waiter_next(&waiter)) {
                const int error = take(worker, &request);

                if (error == 0)
                        serve_kept(worker, &waiter, &request);
                else
                        accept_failed(error);
        }
        take_leftovers(worker, &waiter, &request);
        FCGX_Free(&request, 1);
        waiter_close(&waiter);
        return NULL;
}

/* All are opened before the first serves: a worker adds up the counters of all. */
static bool start_workers(struct service *service)
{
        bool any = false;

        for (unsigned i = 0; i < service->worker_count; i++)
                service->workers[i].started = worker_open(&service->workers[i], service);
        for (unsigned i = 0; i < service->worker_count; i++) {
                struct worker *worker = &service->workers[i];

                worker->started = worker->started &&
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
