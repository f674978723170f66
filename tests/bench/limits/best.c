/**
 * best.c: the least a C program can do over libfcgi for the same answers, without token, limits,
 * ETag or log: 16 threads, a connection each. TENANT is whose persons are read.
 */
#include <pthread.h>

#include <fcgiapp.h>

#include "limit.h"

enum { THREADS = 16, BODY_MAX = 1 << 20 };

static const char *const names[COLUMNS] = {
        "id",    "name",   "first_name",        "last_name",  "email",
        "phone", "status", "risk_level",        "risk_score", "risk_notes",
        "notes", "tags",   "interaction_count", "created_at", "updated_at",
};

static char *put_text(char *to, const char *text, unsigned long length)
{
        *to++ = '"';
        for (unsigned long i = 0; i < length; i++) {
                if (text[i] == '"' || text[i] == '\\')
                        *to++ = '\\';
                *to++ = text[i];
        }
        *to++ = '"';
        return to;
}

static char *put_uuid(char *to, const unsigned char *id)
{
        static const char digits[] = "0123456789abcdef";

        *to++ = '"';
        for (int i = 0; i < 16; i++) {
                if (i == 4 || i == 6 || i == 8 || i == 10)
                        *to++ = '-';
                *to++ = digits[id[i] >> 4];
                *to++ = digits[id[i] & 15];
        }
        *to++ = '"';
        return to;
}

static char *put_person(char *to, struct cells *c)
{
        for (int i = 0; i < COLUMNS; i++) {
                *to++ = i ? ',' : '{';
                to = put_text(to, names[i], strlen(names[i]));
                *to++ = ':';
                if (i == 0)
                        to = put_uuid(to, (const unsigned char *)c->text[0]);
                else if (i == 8 || i == 12)
                        to = mempcpy(to, c->text[i], c->length[i]);
                else if (i >= 13) {
                        c->text[i][10] = 'T';
                        c->text[i][19] = 'Z';
                        to = put_text(to, c->text[i], 20);
                } else
                        to = put_text(to, c->text[i], c->length[i]);
        }
        *to++ = '}';
        return to;
}

static char *put_page(char *to, MYSQL_STMT *stmt, struct cells *cells)
{
        char *from = to = stpcpy(to, "{\"persons\":[");

        while (mysql_stmt_fetch(stmt) == 0) {
                if (to > from)
                        *to++ = ',';
                to = put_person(to, cells);
        }
        return stpcpy(to, "]}");
}

static char *put_answer(char *to, const char *uri, MYSQL_STMT *one, MYSQL_STMT *page,
                        struct cells *cells)
{
        static const char path[] = "/api/persons/";
        MYSQL_STMT *stmt = strncmp(uri, path, sizeof(path) - 1) == 0 ? one : page;
        unsigned char tenant[16], id[16];

        parse_uuid(getenv("TENANT"), tenant);
        if (stmt == one)
                parse_uuid(uri + sizeof(path) - 1, id);
        execute(stmt, (MYSQL_BIND[]){bytes(tenant, 16), bytes(id, 16)});
        bind_cells(stmt, cells);
        if (stmt == page)
                to = put_page(to, stmt, cells);
        else if (mysql_stmt_fetch(stmt) == 0)
                to = put_person(to, cells);
        mysql_stmt_free_result(stmt);
        return to;
}

static void *serve(void *unused)
{
        MYSQL *mysql = connect_db();
        MYSQL_STMT *one = prepare(mysql, READ), *page = prepare(mysql, PAGE);
        struct cells *cells = malloc(sizeof(*cells));
        char *body = malloc(BODY_MAX);
        FCGX_Request request;

        (void)unused;
        if (!cells || !body || FCGX_InitRequest(&request, 0, 0) != 0)
                return NULL;
        while (FCGX_Accept_r(&request) == 0) {
                const char *uri = FCGX_GetParam("REQUEST_URI", request.envp);
                const char *end = put_answer(body, uri ? uri : "", one, page, cells);

                FCGX_FPrintF(request.out,
                             "Status: %d\r\nContent-Type: application/json; charset=utf-8\r\n"
                             "Content-Length: %d\r\n\r\n",
                             end > body ? 200 : 404, (int)(end - body));
                FCGX_PutStr(body, (int)(end - body), request.out);
                FCGX_Finish_r(&request);
        }
        return NULL;
}

int main(void)
{
        pthread_t threads[THREADS];

        if (FCGX_Init() != 0 || mysql_library_init(0, NULL, NULL) != 0 || !getenv("TENANT"))
                return 1;
        for (int i = 0; i < THREADS; i++)
                if (pthread_create(&threads[i], NULL, serve, NULL) != 0)
                        return 1;
        for (int i = 0; i < THREADS; i++)
                pthread_join(threads[i], NULL);
        return 0;
}
