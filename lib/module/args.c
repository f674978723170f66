/**
 * args.c: a program prints its tables and checks them: --help --config --routes --openapi --sql
 * --audit --check --reindex.
 */
#include "module/module_internal.h"

#include <stdio.h>

#include "base/config.h"

static int print_help(const struct module_tables *t)
{
        printf("%s.fcgi %s: %s\n\n%s\n\n", t->name, ALMONER_VERSION, t->title, t->about);
        printf("Without an option it serves FastCGI on file descriptor 0, a listening socket.\n\n"
               "  --help     this text\n"
               "  --version  the version\n"
               "  --config   a commented almoner.conf\n"
               "  --routes   method, path, roles, rate, flags, operation id, one route a line\n"
               "  --openapi  the OpenAPI 3.1 description of this module\n"
               "  --sql      every statement that is built from its tables\n"
               "  --audit    who can reach which personal fields\n"
               "  --check    check the tables, and against the database when it answers\n"
               "  --reindex  make the search index anew from the records\n\n"
               "Configuration, from the environment, ./almoner.conf or ./.env:\n\n");
        config_print(stdout);
        return 0;
}

static int print_version(const struct module_tables *t)
{
        return printf("%s.fcgi %s\n", t->name, ALMONER_VERSION) > 0 ? 0 : 1;
}

static int print_config(const struct module_tables *t)
{
        (void)t;
        config_print_sample(stdout);
        return 0;
}

static void print_roles(role_set roles)
{
        const char *between = "";

        if (roles == ANYBODY)
                printf("anybody");
        for (enum role role = 0; role < ROLE__N; role++)
                if (roles & 1u << role) {
                        printf("%s%s", between, role_text(role));
                        between = ",";
                }
}

static void print_flags(unsigned flags)
{
        static const struct {
                unsigned flag;
                const char *text;
        } texts[] = {
                {ROUTE_EMPTY_BODY, "empty-body"},
                {ROUTE_STREAM_BODY, "stream-body"},
                {ROUTE_NO_TRANSACTION, "no-transaction"},
                {ROUTE_ANY_QUERY, "any-query"},
                {ROUTE_LIST, "list"},
                {ROUTE_FIRST_ROWS, "first-rows"},
                {ROUTE_ALWAYS, "always"},
        };
        const char *between = "";

        if (flags == 0)
                printf("-");
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                if (flags & texts[i].flag) {
                        printf("%s%s", between, texts[i].text);
                        between = ",";
                }
}

static int print_routes(const struct module_tables *t)
{
        for (size_t i = 0; i < t->route_count; i++) {
                const struct route *route = &t->routes[i];

                printf("%s %s ", method_name(route->method), route->path);
                print_roles(route->roles);
                printf(" %s ", rate_name(route->rate));
                print_flags(route->flags);
                printf(" %s\n", route->id ? route->id : "-");
        }
        return 0;
}

static int print_openapi(const struct module_tables *t)
{
        return openapi_print(t, stdout);
}

static int print_sql(const struct module_tables *t)
{
        return sql_print(t, stdout);
}

static int print_audit(const struct module_tables *t)
{
        return audit_print(t, stdout);
}

static int check(const struct module_tables *t)
{
        int faults = tables_check(t, stdout);
        struct db_opts opts;
        struct db *db = db_opts_from_config(&opts, t->name) ? db_create(&opts) : NULL;

        if (db && db_connect(db) == STATUS_OK)
                faults += tables_check_schema(t, db, stdout);
        else
                fprintf(stderr, "The database does not answer: columns were not checked.\n");
        db_destroy(db);
        return faults ? 1 : 0;
}

/* As the module's own database user, which may write its index. */
static int reindex(const struct module_tables *t)
{
        struct db_opts opts;
        struct db *db = db_opts_from_config(&opts, t->name) ? db_create(&opts) : NULL;
        enum status status = db ? STATUS_OK : STATUS_UNAVAILABLE;

        for (size_t i = 0; i < t->resource_count && status == STATUS_OK; i++)
                if (t->resources[i]->indexed)
                        status = resource_reindex(db, t->resources[i]);
        db_destroy(db);
        if (status != STATUS_OK)
                fprintf(stderr, "%s.fcgi: the index is incomplete: %s\n", t->name,
                        status_name(status));
        return status == STATUS_OK ? 0 : 1;
}

static const struct {
        const char *name;
        int (*run)(const struct module_tables *tables);
} options[] = {
        {"--help", print_help},     {"--version", print_version}, {"--config", print_config},
        {"--routes", print_routes}, {"--openapi", print_openapi}, {"--sql", print_sql},
        {"--audit", print_audit},   {"--check", check},           {"--reindex", reindex},
};

int tables_print(const struct module_tables *tables, const char *option)
{
        for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
                if (strcmp(option, options[i].name) == 0) {
                        const int status = options[i].run(tables);

                        return fflush(stdout) == 0 ? status : 1;
                }
        fprintf(stderr, "%s.fcgi: unknown option %s; see --help\n", tables->name, option);
        return 2;
}
