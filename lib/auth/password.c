/**
 * password.c: argon2id through libargon2, behind a semaphore that bounds how many run at once.
 */
#include "auth/password.h"

#include <argon2.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/config.h"
#include "base/id.h"

enum { SALT_SIZE = 16, TAG_SIZE = 32, LANES = 1, TURN_SECONDS = 5 };

static struct {
        pthread_once_t once;
        sem_t turns;
        char dummy[PASSWORD_HASH_SIZE]; /* what an unknown user's password is compared with */
} state = {.once = PTHREAD_ONCE_INIT};

static enum status take_turn(void)
{
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += TURN_SECONDS;
        while (sem_timedwait(&state.turns, &until) != 0)
                if (errno != EINTR)
                        return STATUS_BUSY;
        return STATUS_OK;
}

static enum status hash_now(struct str password, char hash[static PASSWORD_HASH_SIZE])
{
        unsigned char salt[SALT_SIZE];
        int failed;

        if (!random_bytes(salt, sizeof(salt)))
                return STATUS_UNAVAILABLE;
        failed = argon2id_hash_encoded((uint32_t)config_int(CONFIG_ARGON2_PASSES),
                                       (uint32_t)config_int(CONFIG_ARGON2_MEMORY), LANES,
                                       password.ptr, password.len, salt, sizeof(salt), TAG_SIZE,
                                       hash, PASSWORD_HASH_SIZE);
        return failed == ARGON2_OK                        ? STATUS_OK
               : failed == ARGON2_MEMORY_ALLOCATION_ERROR ? STATUS_NOMEM
                                                          : STATUS_BUG;
}

static void prepare(void)
{
        unsigned char secret[TAG_SIZE];

        sem_init(&state.turns, 0, (unsigned)config_int(CONFIG_ARGON2_CONCURRENCY));
        if (!random_bytes(secret, sizeof(secret)) ||
            hash_now((struct str){(const char *)secret, sizeof(secret)}, state.dummy) != STATUS_OK)
                state.dummy[0] = '\0';
}

enum status password_hash(struct str password, char hash[static PASSWORD_HASH_SIZE])
{
        enum status status;

        pthread_once(&state.once, prepare);
        status = take_turn();
        if (status != STATUS_OK)
                return status;
        status = hash_now(password, hash);
        sem_post(&state.turns);
        return status;
}

enum status password_verify(const char *hash, struct str password, bool *right)
{
        enum status status;
        int result;

        pthread_once(&state.once, prepare);
        *right = false;
        if (!hash && state.dummy[0] == '\0')
                return STATUS_NOMEM;
        status = take_turn();
        if (status != STATUS_OK)
                return status;
        result = argon2id_verify(hash ? hash : state.dummy, password.ptr, password.len);
        sem_post(&state.turns);
        if (result == ARGON2_MEMORY_ALLOCATION_ERROR)
                return STATUS_NOMEM;
        *right = hash && result == ARGON2_OK;
        return STATUS_OK;
}

bool password_outdated(const char *hash)
{
        char today[64];
        int length = snprintf(today, sizeof(today), "$argon2id$v=19$m=%lld,t=%lld,p=%d$",
                              (long long)config_int(CONFIG_ARGON2_MEMORY),
                              (long long)config_int(CONFIG_ARGON2_PASSES), LANES);

        return strncmp(hash, today, (size_t)length) != 0;
}

unsigned password_classes(struct str password)
{
        bool lower = false, upper = false, digit = false, other = false;

        for (size_t i = 0; i < password.len; i++) {
                char c = password.ptr[i];

                if (c >= 'a' && c <= 'z')
                        lower = true;
                else if (c >= 'A' && c <= 'Z')
                        upper = true;
                else if (c >= '0' && c <= '9')
                        digit = true;
                else
                        other = true;
        }
        return (unsigned)lower + upper + digit + other;
}
