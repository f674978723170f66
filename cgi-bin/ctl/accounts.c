/**
 * accounts.c: accounts from the command line, for the first admin and for operators.
 */
#include "accounts.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/account.h"
#include "base/config.h"
#include "base/digest.h"

enum { ARENA_SIZE = 1 << 16, PASSWORD_BYTES = 15 };

struct adding {
        struct account account;
        struct str tenant_name; /* absent: the tenant exists */
        char hash[PASSWORD_HASH_SIZE];
};

static enum status add(struct db *db, void *context)
{
        struct adding *adding = context;
        const time_ms now = time_now_second();
        enum status status = STATUS_OK;

        db_scope(db, &adding->account.tenant);
        if (adding->tenant_name.ptr)
                status = account_add_tenant(db, &adding->account.tenant, adding->tenant_name, now);
        return status == STATUS_OK ? account_add(db, &adding->account, now) : status;
}

/* The preset password, or a made-up one of 120 random bits. */
static struct str choose_password(struct arena *arena, const char *preset)
{
        char random[PASSWORD_BYTES];

        if (preset && preset[0])
                return str_of(preset);
        if (!random_bytes(random, sizeof(random)))
                return (struct str){NULL, 0};
        return base64url_encode(arena, (struct str){random, sizeof(random)});
}

static int store(struct db *db, struct adding *adding, struct str password)
{
        const struct db_work work = {.body = add, .context = adding};
        enum status status =
                password.ptr ? password_hash(password, adding->hash) : STATUS_UNAVAILABLE;

        adding->account.password_hash = str_of(adding->hash);
        if (status == STATUS_OK)
                status = db_transaction(db, &work);
        if (status != STATUS_OK)
                fprintf(stderr, "almonerctl: the account was not made: %s\n", status_name(status));
        return status == STATUS_OK ? 0 : 1;
}

static struct db *open_db(void)
{
        struct db_opts opts;

        return db_opts_from_config(&opts, "admin") ? db_create(&opts) : NULL;
}

static int make_first(struct db *db, struct arena *arena)
{
        const char *email = config_text(CONFIG_ADMIN_EMAIL);
        const char *preset = config_text(CONFIG_ADMIN_PASSWORD);
        const struct str password = choose_password(arena, preset);
        struct adding adding = {
                .account = {.email = str_of(email[0] ? email : "admin@almoner.local"),
                            .username = STR("admin"),
                            .name = STR("Administrator"),
                            .roles = ADMIN,
                            .active = true},
                .tenant_name = STR("Almoner"),
        };

        if (!uuid_v7(&adding.account.tenant.uuid) || !uuid_v7(&adding.account.user.uuid) ||
            store(db, &adding, password) != 0)
                return 1;
        printf("First admin: %.*s", STR_ARG(adding.account.email));
        if (!preset[0])
                printf("   password: %.*s   (shown this once)", STR_ARG(password));
        printf("\n");
        return 0;
}

int ctl_first_admin(int argc, char **argv)
{
        struct db *db = open_db();
        struct arena *arena = arena_create(ARENA_SIZE);
        int result = 1;

        (void)argc;
        (void)argv;
        if (db && arena) {
                enum status status = account_any(db);

                if (status == STATUS_OK)
                        result = 0;
                else if (status == STATUS_NOT_FOUND)
                        result = make_first(db, arena);
                else
                        fprintf(stderr, "almonerctl: the database: %s\n", status_name(status));
        }
        arena_destroy(arena);
        db_destroy(db);
        return result;
}

static bool take_option(struct adding *adding, int option, const char *value)
{
        switch (option) {
        case 't':
                return uuid_parse(str_of(value), &adding->account.tenant.uuid);
        case 'e':
                adding->account.email = str_of(value);
                return value[0] != '\0';
        case 'r':
                return role_parse(str_of(value), &adding->account.roles);
        case 'n':
                adding->account.name = str_of(value);
                return true;
        case 'u':
                adding->account.username = str_of(value);
                return true;
        default:
                return false;
        }
}

static bool take_options(struct adding *adding, int argc, char **argv)
{
        static const struct option options[] = {
                {"tenant", required_argument, NULL, 't'},   {"email", required_argument, NULL, 'e'},
                {"role", required_argument, NULL, 'r'},     {"name", required_argument, NULL, 'n'},
                {"username", required_argument, NULL, 'u'}, {NULL, 0, NULL, 0},
        };
        int option;

        while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
                if (!take_option(adding, option, optarg ? optarg : ""))
                        return false;
        if (!adding->account.name.ptr)
                adding->account.name = adding->account.email;
        return adding->account.email.ptr && adding->account.roles &&
               !uuid_is_zero(&adding->account.tenant.uuid);
}

int ctl_add_user(int argc, char **argv)
{
        const char *preset = getenv("USER_PASSWORD");
        struct adding adding = {.account = {.active = true}};
        struct arena *arena;
        struct db *db;
        struct str password;
        int result = 1;

        if (!take_options(&adding, argc, argv) || !uuid_v7(&adding.account.user.uuid)) {
                fprintf(stderr,
                        "usage: almonerctl add-user --tenant UUID --email ADDRESS --role ROLE"
                        " [--name NAME] [--username NAME]\n");
                return 2;
        }
        db = open_db();
        arena = arena_create(ARENA_SIZE);
        if (db && arena) {
                password = choose_password(arena, preset);
                result = store(db, &adding, password);
                if (result == 0 && !(preset && preset[0]))
                        printf("password: %.*s   (shown this once)\n", STR_ARG(password));
        }
        arena_destroy(arena);
        db_destroy(db);
        return result;
}
