/**
 * stmt.c: prepared statements, kept by their text, and the marker :tenant.
 */
#include "db/db_internal.h"

#include <stdlib.h>

#include "base/log.h"

static const struct str tenant_marker = STR(":tenant");

static uint64_t hash_of(const char *text)
{
        uint64_t hash = 14695981039346656037u; /* FNV-1a */

        for (; *text; text++)
                hash = (hash ^ (unsigned char)*text) * 1099511628211u;
        return hash;
}

static void stmt_free(struct db_stmt *stmt)
{
        if (stmt->handle)
                mysql_stmt_close(stmt->handle);
        bind_free(stmt);
        free(stmt->text);
        free(stmt->prepared);
        free(stmt->tenants);
        free(stmt);
}

void stmt_free_all(struct db *db)
{
        for (size_t i = 0; i < STMT_BUCKETS; i++)
                while (db->buckets[i]) {
                        struct db_stmt *stmt = db->buckets[i];

                        db->buckets[i] = stmt->next;
                        stmt_free(stmt);
                }
        db->statements = 0;
}

void stmt_forget(struct db *db)
{
        for (size_t i = 0; i < STMT_BUCKETS; i++)
                for (struct db_stmt *stmt = db->buckets[i]; stmt; stmt = stmt->next)
                        if (stmt->handle) {
                                mysql_stmt_close(stmt->handle);
                                stmt->handle = NULL;
                        }
}

/* The quote we are in after ${from}; a backslash takes the character after it along. */
static char quote_after(char quote, const char **from, char **to)
{
        if (!quote)
                return **from == '\'' || **from == '"' || **from == '`' ? **from : '\0';
        if (**from == '\\' && quote != '`' && (*from)[1])
                *(*to)++ = *(*from)++;
        else if (**from == quote)
                return '\0'; /* a doubled quote opens again at once */
        return quote;
}

/* Copies ${text} with every :tenant outside quotes as ?, noting for each marker which it is. */
static void rewrite(struct db_stmt *stmt)
{
        const char *from = stmt->text;
        char *to = stmt->prepared;
        char quote = '\0';

        for (; *from; from++) {
                const bool tenant =
                        !quote && strncmp(from, tenant_marker.ptr, tenant_marker.len) == 0;

                const bool marker = !quote && (tenant || *from == '?');

                quote = quote_after(quote, &from, &to);
                if (!marker) {
                        *to++ = *from;
                        continue;
                }
                stmt->tenants[stmt->markers++] = tenant;
                stmt->names_tenant |= tenant;
                *to++ = '?';
                if (tenant)
                        from += tenant_marker.len - 1;
        }
        *to = '\0';
}

static struct db_stmt *stmt_create(const char *text, uint64_t hash)
{
        struct db_stmt *stmt = calloc(1, sizeof(*stmt));
        const size_t length = strlen(text);

        if (!stmt)
                return NULL;
        stmt->hash = hash;
        stmt->text = strdup(text);
        stmt->prepared = malloc(length + 1);
        stmt->tenants = calloc(length + 1, 1);
        if (!stmt->text || !stmt->prepared || !stmt->tenants) {
                stmt_free(stmt);
                return NULL;
        }
        rewrite(stmt);
        stmt->is_select = strncmp(text, "SELECT", 6) == 0;
        return stmt;
}

static void evict_oldest(struct db *db)
{
        struct db_stmt **oldest = NULL, *stmt;

        for (size_t i = 0; i < STMT_BUCKETS; i++)
                for (struct db_stmt **at = &db->buckets[i]; *at; at = &(*at)->next)
                        if (!oldest || (*at)->used < (*oldest)->used)
                                oldest = at;
        if (!oldest)
                return;
        stmt = *oldest;
        *oldest = stmt->next;
        stmt_free(stmt);
        db->statements--;
}

static struct db_stmt *find_or_add(struct db *db, const char *text)
{
        const uint64_t hash = hash_of(text);
        struct db_stmt **bucket = &db->buckets[hash % STMT_BUCKETS];
        struct db_stmt *stmt = *bucket;

        while (stmt && (stmt->hash != hash || strcmp(stmt->text, text) != 0))
                stmt = stmt->next;
        if (!stmt) {
                if (db->statements == STMT_MAX)
                        evict_oldest(db);
                stmt = stmt_create(text, hash);
                if (!stmt)
                        return NULL;
                stmt->next = *bucket;
                *bucket = stmt;
                db->statements++;
        }
        stmt->used = ++db->uses;
        return stmt;
}

/* The wall of tenancy: no statement leaves without its tenant, unless it is declared to be about
 * all. */
static enum status check_scope(const struct db *db, const struct sql *sql,
                               const struct db_stmt *stmt)
{
        if ((sql->scope == SQL_OF_TENANT && !stmt->names_tenant) ||
            (stmt->names_tenant && !db->scoped)) {
                LOG(ERROR, "db.without_tenant", LOG_TEXT("statement", str_of(sql->text)));
                return STATUS_BUG;
        }
        return STATUS_OK;
}

enum status stmt_check(struct db *db, const struct sql *sql, size_t values,
                       const struct db_stmt **out)
{
        const struct db_stmt *stmt = find_or_add(db, sql->text);

        *out = stmt;
        if (!stmt)
                return STATUS_NOMEM;
        for (unsigned i = 0; i < stmt->markers; i++)
                values += stmt->tenants[i];
        if (values == stmt->markers)
                return check_scope(db, sql, stmt);
        LOG(ERROR, "db.parameter_count", LOG_TEXT("statement", str_of(sql->text)));
        return STATUS_BUG;
}

static enum status prepare(struct db *db, struct db_stmt *stmt)
{
        enum status status;

        stmt->handle = mysql_stmt_init(db->mysql);
        if (!stmt->handle)
                return STATUS_NOMEM;
        db->round_trips++;
        if (mysql_stmt_prepare(stmt->handle, stmt->prepared, strlen(stmt->prepared)) == 0) {
                bind_free(stmt);
                return STATUS_OK;
        }
        status = db_fail(db, mysql_stmt_errno(stmt->handle), mysql_stmt_error(stmt->handle),
                         stmt->text);
        if (stmt->handle)
                mysql_stmt_close(stmt->handle);
        stmt->handle = NULL;
        return status;
}

enum status stmt_get(struct db *db, const struct sql *sql, struct db_stmt **out)
{
        struct db_stmt *stmt = find_or_add(db, sql->text);
        enum status status;

        if (!stmt)
                return STATUS_NOMEM;
        status = check_scope(db, sql, stmt);
        if (status == STATUS_OK && !db->in_transaction)
                db_renew(db);
        if (status == STATUS_OK && !db->mysql)
                status = db->in_transaction ? STATUS_UNAVAILABLE : db_connect(db);
        if (status == STATUS_OK && !stmt->handle)
                status = prepare(db, stmt);
        *out = stmt;
        return status;
}
