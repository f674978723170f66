/**
 * db_tls_test.c: database hosts over TLS: only those that prove themselves are spoken to.
 */
#include <netinet/in.h>

#include "db_server.h"

static unsigned port;
static char certificate[120], key[120], stranger[120];

static bool make_certificate(const char *file, const char *secret, char *name)
{
        char *args[] = {"openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:P-256",
                        "-nodes",
                        "-sha256",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=database",
                        "-addext",
                        name,
                        "-keyout",
                        (char *)(uintptr_t)secret,
                        "-out",
                        (char *)(uintptr_t)file,
                        NULL};

        return server_run(args);
}

static unsigned free_port(void)
{
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof(address);
        const int fd = socket(AF_INET, SOCK_STREAM, 0);

        assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
        close(fd);
        return ntohs(address.sin_port);
}

/* The server anew, on TCP too, with a certificate of ${name}. */
static void restart_as(char *name)
{
        static char listen[40], cert[140], secret[140];

        assert_true(make_certificate(certificate, key, name));
        port = free_port();
        snprintf(listen, sizeof(listen), "--port=%u", port);
        snprintf(cert, sizeof(cert), "--ssl-cert=%s", certificate);
        snprintf(secret, sizeof(secret), "--ssl-key=%s", key);
        server_more[0] = "--skip-networking=0";
        server_more[1] = "--bind-address=127.0.0.1";
        server_more[2] = listen;
        server_more[3] = cert;
        server_more[4] = secret;
        server_kill(SIGTERM);
        assert_true(server_start() && server_await());
}

static int open_server(void **state)
{
        static const struct sql user =
                SQL_GLOBAL("CREATE USER careful IDENTIFIED BY 'Careful-1' REQUIRE SSL");
        static const struct sql grant = SQL_GLOBAL("GRANT ALL ON test.* TO careful");
        struct db_opts opts;
        struct db *db;
        bool made;

        if (server_open(state) != 0)
                return -1;
        snprintf(certificate, sizeof(certificate), "%s/certificate.pem", server_folder);
        snprintf(key, sizeof(key), "%s/key.pem", server_folder);
        snprintf(stranger, sizeof(stranger), "%s/stranger.pem", server_folder);
        opts = server_opts();
        db = db_create(&opts);
        made = db && db_run(db, &user, DB_NO_PARAMS, NULL) == STATUS_OK &&
               db_run(db, &grant, DB_NO_PARAMS, NULL) == STATUS_OK;
        db_destroy(db);
        return made ? 0 : -1;
}

/* What the connection is encrypted with; "" when there is none. */
static const char *cipher(const char *authority)
{
        static const struct sql look =
                SQL_GLOBAL("SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS"
                           " WHERE VARIABLE_NAME = 'Ssl_cipher'");
        static char name[80];
        const struct db_opts opts = {.hosts = "127.0.0.1",
                                     .port = port,
                                     .user = "careful",
                                     .password = "Careful-1",
                                     .schema = "test",
                                     .timeout = 3,
                                     .tls_ca = authority};
        struct db *db = db_create(&opts);
        struct db_rows rows;

        name[0] = '\0';
        if (db_row(db, &look, DB_NO_PARAMS, &rows) == STATUS_OK) {
                snprintf(name, sizeof(name), "%.*s", STR_ARG(db_get_str(&rows, 0)));
                assert_int_equal(db_end(&rows), STATUS_OK);
        }
        db_destroy(db);
        usleep(1100000); /* after failures nobody tries for a second */
        return name;
}

static void test_own(void **state)
{
        (void)state;
        restart_as("subjectAltName=IP:127.0.0.1");
        assert_string_not_equal(cipher(certificate), "");
        assert_string_equal(cipher(NULL), "");
        assert_string_equal(cipher("/nowhere.pem"), "");
        assert_true(make_certificate(stranger, "/dev/null", "subjectAltName=IP:127.0.0.1"));
        assert_string_equal(cipher(stranger), "");
        assert_string_not_equal(cipher(certificate), "");
}

static void test_of_another_host(void **state)
{
        (void)state;
        restart_as("subjectAltName=IP:127.0.0.2,DNS:elsewhere.example");
        assert_string_equal(cipher(certificate), "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_own),
                cmocka_unit_test(test_of_another_host),
        };

        return cmocka_run_group_tests(tests, open_server, server_close);
}
