/**
 * hello.c: what nginx and libfcgi alone take: 16 threads, a fixed answer of 623 bytes.
 */
#include <pthread.h>
#include <string.h>

#include <fcgiapp.h>

enum { THREADS = 16, BODY = 623 };

static void *serve(void *unused)
{
        FCGX_Request request;
        char body[BODY];

        (void)unused;
        memset(body, 'x', sizeof(body));
        if (FCGX_InitRequest(&request, 0, 0) != 0)
                return NULL;
        while (FCGX_Accept_r(&request) == 0) {
                FCGX_PutS("Status: 200\r\nContent-Type: text/plain\r\n\r\n", request.out);
                FCGX_PutStr(body, BODY, request.out);
                FCGX_Finish_r(&request);
        }
        return NULL;
}

int main(void)
{
        pthread_t threads[THREADS];

        if (FCGX_Init() != 0)
                return 1;
        for (int i = 0; i < THREADS; i++)
                if (pthread_create(&threads[i], NULL, serve, NULL) != 0)
                        return 1;
        for (int i = 0; i < THREADS; i++)
                pthread_join(threads[i], NULL);
        return 0;
}
