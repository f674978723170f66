/**
 * errmap.c: MariaDB's error numbers as causes.
 */
#include "db/db_internal.h"

#include <errmsg.h>
#include <mysqld_error.h>

#include "base/log.h"

/* LOST: the connection is gone or of no use. AWAY: and so is its host. REFUSED: nothing was begun.
 */
enum { LOST = 1, AWAY = 2, REFUSED = 4 };

/* clang-format off */
static const struct { unsigned error; enum status status; unsigned flags; } rows[] = {
        {ER_DUP_ENTRY,              STATUS_CONFLICT,    0},
        {ER_ROW_IS_REFERENCED_2,    STATUS_CONFLICT,    0},
        {ER_NO_REFERENCED_ROW_2,    STATUS_CONFLICT,    0},
        {ER_SIGNAL_EXCEPTION,       STATUS_CONFLICT,    0}, /* 1644: DB_EXPECTED found nothing */
        {ER_LOCK_WAIT_TIMEOUT,      STATUS_BUSY,        0},
        {ER_LOCK_DEADLOCK,          STATUS_BUSY,        0},
        {ER_CHECKREAD,              STATUS_BUSY,        0}, /* 1020: the row changed since it was read */
        {CR_CONNECTION_ERROR,       STATUS_UNAVAILABLE, LOST | AWAY},
        {CR_CONN_HOST_ERROR,        STATUS_UNAVAILABLE, LOST | AWAY},
        {CR_UNKNOWN_HOST,           STATUS_UNAVAILABLE, LOST | AWAY},
        {CR_SERVER_GONE_ERROR,      STATUS_UNAVAILABLE, LOST | REFUSED},
        {CR_SERVER_LOST,            STATUS_UNAVAILABLE, LOST | AWAY},
        {CR_SERVER_HANDSHAKE_ERR,   STATUS_UNAVAILABLE, LOST | AWAY},
        {CR_SSL_CONNECTION_ERROR,   STATUS_UNAVAILABLE, LOST},
        {CR_MALFORMED_PACKET,       STATUS_UNAVAILABLE, LOST},
        {CR_COMMANDS_OUT_OF_SYNC,   STATUS_BUG,         LOST},
        {CR_OUT_OF_MEMORY,          STATUS_NOMEM,       LOST}, /* what was on its way is half read */
        {ER_CON_COUNT_ERROR,        STATUS_UNAVAILABLE, LOST | AWAY},
        {ER_TOO_MANY_USER_CONNECTIONS, STATUS_UNAVAILABLE, LOST},
        {ER_HOST_IS_BLOCKED,        STATUS_UNAVAILABLE, LOST},
        {ER_HOST_NOT_PRIVILEGED,    STATUS_UNAVAILABLE, LOST},
        {ER_NET_READ_ERROR,         STATUS_UNAVAILABLE, LOST},
        {ER_NET_READ_INTERRUPTED,   STATUS_UNAVAILABLE, LOST},
        {ER_NET_ERROR_ON_WRITE,     STATUS_UNAVAILABLE, LOST},
        {ER_NET_WRITE_INTERRUPTED,  STATUS_UNAVAILABLE, LOST},
        {ER_NET_PACKET_TOO_LARGE,   STATUS_INVALID,     LOST},
        {CR_NET_PACKET_TOO_LARGE,   STATUS_INVALID,     LOST},
        {ER_UNKNOWN_STMT_HANDLER,   STATUS_UNAVAILABLE, LOST | REFUSED}, /* 1243: a proxy moved us to another server */
        {ER_ERROR_DURING_COMMIT,    STATUS_UNAVAILABLE, LOST},
        {ER_UNKNOWN_COM_ERROR,      STATUS_UNAVAILABLE, LOST | AWAY | REFUSED}, /* 1047: a Galera node outside the primary component */
        {ER_SERVER_SHUTDOWN,        STATUS_UNAVAILABLE, LOST | AWAY},
        {ER_CONNECTION_KILLED,      STATUS_UNAVAILABLE, LOST},
        {ER_OPTION_PREVENTS_STATEMENT, STATUS_UNAVAILABLE, LOST | AWAY | REFUSED}, /* 1290: read-only: a replica answered */
        {ER_READ_ONLY_MODE,         STATUS_UNAVAILABLE, LOST | AWAY | REFUSED},
        {ER_RECORD_FILE_FULL,       STATUS_UNAVAILABLE, 0},
        {ER_DISK_FULL,              STATUS_UNAVAILABLE, 0},
        {ER_STATEMENT_TIMEOUT,      STATUS_UNAVAILABLE, 0},
        {ER_QUERY_INTERRUPTED,      STATUS_UNAVAILABLE, 0},
        {ER_MAX_PREPARED_STMT_COUNT_REACHED, STATUS_UNAVAILABLE, 0},
        {ER_ACCESS_DENIED_ERROR,    STATUS_UNAVAILABLE, LOST},
        {ER_ACCESS_DENIED_NO_PASSWORD_ERROR, STATUS_UNAVAILABLE, LOST},
        {ER_DBACCESS_DENIED_ERROR,  STATUS_UNAVAILABLE, LOST},
        {ER_BAD_DB_ERROR,           STATUS_UNAVAILABLE, LOST},
        {ER_NO_SUCH_TABLE,          STATUS_UNAVAILABLE, 0}, /* not migrated yet */
        {ER_OUTOFMEMORY,            STATUS_NOMEM,       0},
};
/* clang-format on */

static size_t find(unsigned error)
{
        size_t i = 0;

        while (i < sizeof(rows) / sizeof(rows[0]) && rows[i].error != error)
                i++;
        return i;
}

static unsigned flags_of(unsigned error)
{
        size_t i = find(error);

        return i < sizeof(rows) / sizeof(rows[0]) ? rows[i].flags : 0;
}

enum status db_status_of(unsigned error)
{
        size_t i = find(error);

        return i < sizeof(rows) / sizeof(rows[0]) ? rows[i].status : STATUS_BUG;
}

bool db_lost(unsigned error)
{
        return flags_of(error) & LOST;
}

bool db_refused(unsigned error)
{
        return flags_of(error) & REFUSED;
}

/* "Duplicate entry '…' for key 'persons_email'": the value may hold anything, the key is the last
 * quoted word. */
static void keep_duplicate_key(struct db *db, const char *message)
{
        struct str text = str_of(message), key = {NULL, 0}, piece;

        for (size_t i = 0; str_cut(&text, '\'', &piece); i++)
                if (piece.len)
                        key = piece;
        if (key.len < sizeof(db->duplicate) && key.ptr) {
                memcpy(db->duplicate, key.ptr, key.len);
                db->duplicate[key.len] = '\0';
        }
}

enum status db_fail(struct db *db, unsigned error, const char *message, const char *text)
{
        enum status status;

        if (error == 0)
                error = CR_OUT_OF_MEMORY; /* the only failure that Connector/C may leave unnamed */
        status = db_status_of(error);
        db->error = error;
        db->duplicate[0] = '\0';
        if (error == ER_DUP_ENTRY)
                keep_duplicate_key(db, message);
        if (status == STATUS_BUG)
                LOG(ERROR, "db.refused", LOG_INT("errno", error),
                    LOG_TEXT("statement", str_of(text)));
        else if (status == STATUS_UNAVAILABLE)
                LOG(WARN, "db.unavailable", LOG_INT("errno", error));
        if (flags_of(error) & AWAY)
                host_failed(db, db->host);
        if (db_lost(error))
                db_disconnect(db);
        return status;
}

unsigned db_errno(const struct db *db)
{
        return db->error;
}

const char *db_duplicate_key(const struct db *db)
{
        return db->duplicate;
}
