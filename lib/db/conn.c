/**
 * conn.c: connections: several hosts, short patience, and a circuit breaker when nobody answers.
 */
#include "db/db_internal.h"

#include <errmsg.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/config.h"
#include "base/log.h"
#include "base/time.h"

enum {
        CONNECT_SECONDS = 2,
        LINE_SECONDS = 3,
        BREAKER_FAILURES = 3,
        BREAKER_PAUSE_US = 1000000,
        HOST_SIZE = 256,
        PASSWORD_SIZE = 256,
};

/* Shared by the threads of a process: when to leave a dead database alone for a moment. */
static struct {
        atomic_uint failures;
        _Atomic int64_t closed_until_us;
} breaker;

static bool read_password(const char *path, char *out, size_t size)
{
        FILE *file = fopen(path, "re");
        bool got = file && fgets(out, (int)size, file);

        if (file)
                fclose(file);
        if (got)
                out[strcspn(out, "\r\n")] = '\0';
        return got;
}

bool db_opts_from_config(struct db_opts *opts, const char *module)
{
        static char user[80], password[PASSWORD_SIZE], socket[512];
        const char *file = config_text(CONFIG_DB_PASSWORD_FILE);

        snprintf(user, sizeof(user), "almoner_%s", module);
        snprintf(password, sizeof(password), "%s", config_text(CONFIG_DB_PASSWORD));
        if (password[0] == '\0' && file[0] && !read_password(file, password, sizeof(password))) {
                LOG(ERROR, "db.no_password_file", LOG_TEXT("path", str_of(file)));
                return false;
        }
        *opts = (struct db_opts){
                .hosts = config_text(CONFIG_DB_HOST),
                .port = (unsigned)config_int(CONFIG_DB_PORT),
                .socket = config_path(CONFIG_DB_SOCKET, "run/mariadb.sock", socket, sizeof(socket)),
                .user = config_text(CONFIG_DB_USER)[0] ? config_text(CONFIG_DB_USER) : user,
                .password = password,
                .schema = config_text(CONFIG_DB_NAME),
                .timeout = (unsigned)config_int(CONFIG_DB_TIMEOUT),
                .tls_ca = config_text(CONFIG_DB_TLS_CA),
                .sync_reads = config_int(CONFIG_DB_SYNC_READS) &&
                              strchr(config_text(CONFIG_DB_HOST), ','),
        };
        return true;
}

/* Connector/C sets itself up in the first mysql_init, without a lock: do it before threads can
 * meet there. */
static void set_up_library(void)
{
        (void)mysql_library_init(0, NULL, NULL);
}

struct db *db_create(const struct db_opts *opts)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;
        struct db *db;
        struct str list, host;

        pthread_once(&once, set_up_library);
        db = calloc(1, sizeof(*db));
        if (!db)
                return NULL;
        db->opts = *opts;
        if (!db->opts.hosts)
                db->opts.hosts = "";
        if (!later_create(&db->later)) {
                db_destroy(db);
                return NULL;
        }
        list = str_of(db->opts.hosts);
        while (str_cut(&list, ',', &host))
                db->hosts++;
        return db;
}

void db_disconnect(struct db *db)
{
        /* First the socket: closing a statement would read away what is left of its rows. */
        if (db->mysql)
                mysql_close(db->mysql);
        db->mysql = NULL;
        stmt_forget(db);
}

void db_destroy(struct db *db)
{
        if (!db)
                return;
        db_disconnect(db);
        stmt_free_all(db);
        later_destroy(&db->later);
        free(db);
}

/* The name of a host; "" is the socket. */
static void host_name(const struct db *db, unsigned number, char out[static HOST_SIZE])
{
        struct str list = str_of(db->opts.hosts), host = {"", 0};

        for (unsigned i = 0; i <= number && str_cut(&list, ',', &host); i++)
                ;
        host = str_trim(host);
        snprintf(out, HOST_SIZE, "%.*s", STR_ARG(host));
}

static bool set_options(struct db *db, MYSQL *mysql)
{
        const unsigned connect = CONNECT_SECONDS, wait = db->opts.timeout, never = 0;

        return mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect) == 0 &&
               mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &wait) == 0 &&
               mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &wait) == 0 &&
               mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &never) == 0 &&
               mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4") == 0;
}

/* A host that can't be verified is not spoken to, the password least of all. */
static bool set_tls(const struct db *db, MYSQL *mysql)
{
        const my_bool on = 1;

        if (!db->opts.tls_ca || !db->opts.tls_ca[0])
                return true;
        return mysql_optionsv(mysql, MYSQL_OPT_SSL_CA, db->opts.tls_ca) == 0 &&
               mysql_optionsv(mysql, MYSQL_OPT_SSL_ENFORCE, &on) == 0 &&
               mysql_optionsv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on) == 0;
}

static bool say(MYSQL *mysql, const char *text)
{
        return mysql_real_query(mysql, text, (unsigned long)strlen(text)) == 0;
}

/* By hand: Connector/C's MYSQL_INIT_COMMAND dies when it finds no memory. DO is refused by a Galera
 * node that is not (or no longer) part of the cluster, SET is not. */
static bool set_session(const struct db *db, MYSQL *mysql)
{
        const unsigned wait = db->opts.timeout;
        char text[300];

        snprintf(
                text, sizeof(text),
                "SET SESSION sql_mode = 'TRADITIONAL,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00',"
                " tx_isolation = 'READ-COMMITTED', max_statement_time = %u%s",
                wait > 1 ? wait - 1 : 1, db->opts.sync_reads ? ", wsrep_sync_wait = 7" : "");
        return say(mysql, text) && (db->hosts == 1 || say(mysql, "DO 0"));
}

/* A machine that vanished takes nothing and says nothing: known after seconds, not after a whole
 * answer's patience. A server that only thinks long still acknowledges what it got. */
static void watch_line(MYSQL *mysql)
{
        const int fd = (int)mysql_get_socket(mysql);
        const int on = 1, idle = LINE_SECONDS, gap = 1, unheard_ms = LINE_SECONDS * 1000;

        (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &gap, sizeof(gap));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unheard_ms, sizeof(unheard_ms));
}

static enum status connect_host(struct db *db, unsigned number)
{
        char host[HOST_SIZE];
        MYSQL *mysql = mysql_init(NULL);
        unsigned error;

        if (!mysql)
                return STATUS_NOMEM;
        host_name(db, number, host);
        if (set_options(db, mysql) && (!host[0] || set_tls(db, mysql)) &&
            mysql_real_connect(mysql, host[0] ? host : NULL, db->opts.user, db->opts.password,
                               db->opts.schema, host[0] ? db->opts.port : 0,
                               host[0] ? NULL : db->opts.socket, CLIENT_FOUND_ROWS) &&
            set_session(db, mysql)) {
                if (host[0])
                        watch_line(mysql);
                db_disconnect(db); /* a less preferred one */
                db->mysql = mysql;
                db->host = number;
                db->connected_us = time_monotonic_us();
                host_answered(number);
                return STATUS_OK;
        }
        error = mysql_errno(mysql);
        mysql_close(mysql);
        host_failed(db, number); /* whatever it was: the next may be better */
        db->error = error ? error : CR_OUT_OF_MEMORY;
        LOG(WARN, "db.unavailable", LOG_INT("errno", db->error), LOG_TEXT("host", str_of(host)));
        return STATUS_UNAVAILABLE;
}

/* Hosts remember each for itself when they were away; for a single one there is the breaker. */
static bool breaker_is_open(const struct db *db)
{
        return db->hosts == 1 && atomic_load(&breaker.failures) >= BREAKER_FAILURES &&
               time_monotonic_us() < atomic_load(&breaker.closed_until_us);
}

enum status db_connect(struct db *db)
{
        enum status status = STATUS_UNAVAILABLE;

        if (db->mysql)
                return STATUS_OK;
        if (breaker_is_open(db))
                return STATUS_UNAVAILABLE;
        db->error = CR_CONNECTION_ERROR; /* when all are known to be away */
        for (unsigned turn = 0; status != STATUS_OK && host_next(db, &turn); turn++)
                status = connect_host(db, turn % db->hosts);
        if (status == STATUS_OK) {
                atomic_store(&breaker.failures, 0);
                db->error = 0;
                return STATUS_OK;
        }
        atomic_fetch_add(&breaker.failures, 1);
        atomic_store(&breaker.closed_until_us, time_monotonic_us() + BREAKER_PAUSE_US);
        return STATUS_UNAVAILABLE;
}

void db_renew(struct db *db)
{
        unsigned host;

        if (!db->mysql)
                return;
        if (host_left(db))
                db_disconnect(db);
        else if (host_better(db, &host))
                (void)connect_host(db, host);
}

void db_scope(struct db *db, const struct tenant_id *tenant)
{
        db->scoped = tenant != NULL;
        if (tenant)
                db->tenant = *tenant;
}

uint64_t db_round_trips(const struct db *db)
{
        return db->round_trips;
}
