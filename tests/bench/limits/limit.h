/**
 * limit.h: a person by prepared statements, as lean as C and Connector/C allow: what best.c serves
 * and raw.c repeats.
 */
#ifndef ALMONER_BENCH_LIMIT_H
#define ALMONER_BENCH_LIMIT_H

#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS                                                                            \
        "id, name, first_name, last_name, email, phone, status, risk_level, risk_score, " \
        "risk_notes, notes, tags, interaction_count, created_at, updated_at"
#define READ "SELECT " FIELDS " FROM persons WHERE tenant_id = ? AND id = ?"
#define PAGE                                                                                    \
        "SELECT " FIELDS " FROM persons WHERE tenant_id = ? ORDER BY created_at DESC, id DESC " \
        "LIMIT 50"

enum { COLUMNS = 15, CELL = 1024 };

struct cells {
        char text[COLUMNS][CELL];
        unsigned long length[COLUMNS];
        MYSQL_BIND binds[COLUMNS];
};

static inline void die(const char *text)
{
        fprintf(stderr, "%s\n", text);
        exit(1);
}

static inline MYSQL *connect_db(void)
{
        MYSQL *mysql = mysql_init(NULL);

        if (!mysql_real_connect(mysql, NULL, "bench", getenv("DB_PASSWORD"), "almoner", 0,
                                getenv("DB_SOCKET"), 0))
                die(mysql_error(mysql));
        return mysql;
}

static inline MYSQL_STMT *prepare(MYSQL *mysql, const char *text)
{
        MYSQL_STMT *stmt = mysql_stmt_init(mysql);

        if (mysql_stmt_prepare(stmt, text, strlen(text)) != 0)
                die(mysql_stmt_error(stmt));
        return stmt;
}

/* Everything as text, which the server and Connector/C make of it. */
static inline void bind_cells(MYSQL_STMT *stmt, struct cells *cells)
{
        for (int i = 0; i < COLUMNS; i++)
                cells->binds[i] = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING,
                                               .buffer = cells->text[i],
                                               .buffer_length = CELL,
                                               .length = &cells->length[i]};
        if (mysql_stmt_bind_result(stmt, cells->binds) != 0)
                die(mysql_stmt_error(stmt));
}

static inline void execute(MYSQL_STMT *stmt, MYSQL_BIND *params)
{
        if (mysql_stmt_bind_param(stmt, params) != 0 || mysql_stmt_execute(stmt) != 0)
                die(mysql_stmt_error(stmt));
}

static inline MYSQL_BIND bytes(const void *data, unsigned long size)
{
        return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_BLOB,
                            .buffer = (void *)(size_t)data,
                            .buffer_length = size};
}

/* 32 hexadecimal digits, dashes between them left out. */
static inline void parse_uuid(const char *text, unsigned char id[static 16])
{
        unsigned n = 0;

        for (; *text && n < 32; text++) {
                const int digit = *text >= 'a' ? *text - 'a' + 10 : *text == '-' ? -1 : *text - '0';

                if (digit < 0)
                        continue;
                id[n / 2] = (unsigned char)(n % 2 ? id[n / 2] << 4 | digit : digit);
                n++;
        }
}

#endif
