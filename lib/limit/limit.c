/**
 * limit.c: GCRA on one atomic a key.
 *
 * The theoretical arrival time (TAT) of a key says until when its budget is spoken for. A request
 * moves it on by one interval, if it then lies at most one window ahead of now.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <time.h>

#include "base/config.h"
#include "base/digest.h"
#include "limit/limit_internal.h"

enum {
        WINDOW_SECONDS = 60,
        SECOND_US = 1000000,
        SUBJECT_MAX = 192,
        REQUESTS_MAX = WINDOW_SECONDS * SECOND_US, /* one a microsecond, the unit of TATs */
        /* No budget speaks for longer (rounding up makes a window at most two minutes); a TAT
         * further ahead was left by the clock of an earlier boot. The slack is for a process that
         * was put to sleep after it read the clock: others have moved the TAT on meanwhile. */
        AHEAD_MAX_US = 4 * WINDOW_SECONDS * SECOND_US,
};

/* clang-format off */
static const struct { const char *name; enum config_key key; } rates[RATE__N] = {
#define RATE(id, text, key, about) [RATE_##id] = {text, key},
#include "limit/rates.tbl"
#undef RATE
};
/* clang-format on */

const char *rate_name(enum rate rate)
{
        return rates[rate].name;
}

static int64_t now_us(void)
{
        struct timespec now;

        clock_gettime(CLOCK_BOOTTIME, &now);
        return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

/* Keyed by the store's secret, so that nobody can aim at another's slot. 0, which marks a free
 * slot, only without memory. */
static uint64_t key_of(const struct limits *limits, enum rate rate, struct str subject)
{
        unsigned char text[sizeof(limits->store->secret) + 1 + SUBJECT_MAX];
        const size_t n = subject.len < SUBJECT_MAX ? subject.len : SUBJECT_MAX;
        struct digest digest;
        uint64_t key;

        memcpy(text, limits->store->secret, sizeof(limits->store->secret));
        text[sizeof(limits->store->secret)] = (unsigned char)rate;
        if (n)
                memcpy(text + sizeof(limits->store->secret) + 1, subject.ptr, n);
        if (!digest_sha256((struct str){(const char *)text, sizeof(limits->store->secret) + 1 + n},
                           &digest))
                return 0;
        memcpy(&key, digest.bytes, sizeof(key));
        return key ? key : 1;
}

/* Whether a TAT holds nothing back: past, or of another boot's clock. */
static bool spent(int64_t tat, int64_t now)
{
        return tat <= now || tat - now > AHEAD_MAX_US;
}

/* The key's slot, taking over a free or spent one; NULL when all it may use are taken. */
static struct limit_slot *find_slot(struct limits *limits, uint64_t key, int64_t now)
{
        struct limit_store *store = limits->store;

        for (size_t probe = 0; key && probe < LIMIT_PROBES; probe++) {
                struct limit_slot *slot = &store->slots[(key + probe) % LIMIT_SLOTS];

                if (atomic_load(&slot->key) == key)
                        return slot;
        }
        for (size_t probe = 0; key && probe < LIMIT_PROBES; probe++) {
                struct limit_slot *slot = &store->slots[(key + probe) % LIMIT_SLOTS];
                uint64_t held = atomic_load(&slot->key);

                if ((held == 0 || spent(atomic_load(&slot->tat), now)) &&
                    atomic_compare_exchange_strong(&slot->key, &held, key))
                        return slot;
                if (held == key)
                        return slot;
        }
        atomic_fetch_add(&store->overflows, 1);
        return NULL;
}

struct budget {
        int64_t requests; /* a window; 0: no limit */
        int64_t interval; /* microseconds from one request to the next */
        int64_t window;   /* microseconds */
};

static struct budget budget_of(enum rate rate)
{
        const int64_t scale = config_int(CONFIG_RATE_LIMIT_SCALE);
        const int64_t asked = config_int(rates[rate].key) * scale;
        const int64_t requests = asked < REQUESTS_MAX ? asked : REQUESTS_MAX;
        const int64_t interval =
                requests ? (WINDOW_SECONDS * (int64_t)SECOND_US + requests - 1) / requests : 0;

        return (struct budget){requests, interval, interval * requests};
}

static uint32_t seconds_up(int64_t us)
{
        return us <= 0 ? 0 : (uint32_t)((us + SECOND_US - 1) / SECOND_US);
}

static struct limit_decision decide(const struct budget *budget, int64_t tat, int64_t now,
                                    bool allowed)
{
        const int64_t spoken_for = tat > now ? tat - now : 0;
        const int64_t rest = budget->window - spoken_for;

        return (struct limit_decision){
                .allowed = allowed,
                .limit = (uint32_t)budget->requests,
                .window = WINDOW_SECONDS,
                .remaining = rest > 0 ? (uint32_t)(rest / budget->interval) : 0,
                .reset = seconds_up(spoken_for),
                .retry_after =
                        allowed ? 0 : seconds_up(spoken_for + budget->interval - budget->window),
        };
}

static struct limit_decision take(struct limits *limits, enum rate rate, struct str subject,
                                  bool count)
{
        const struct budget budget = budget_of(rate);
        const int64_t now = now_us();
        struct limit_slot *slot;
        int64_t tat, next;

        if (!budget.requests)
                return (struct limit_decision){.allowed = true,
                                               .limit = UINT32_MAX,
                                               .window = WINDOW_SECONDS,
                                               .remaining = UINT32_MAX};
        slot = find_slot(limits, key_of(limits, rate, subject), now);
        if (!slot)
                return decide(&budget, now, now, true);
        tat = atomic_load(&slot->tat);
        do {
                next = (spent(tat, now) ? now : tat) + budget.interval;
                if (next - now > budget.window)
                        return decide(&budget, next - budget.interval, now, false);
                if (!count)
                        return decide(&budget, next - budget.interval, now, true);
        } while (!atomic_compare_exchange_weak(&slot->tat, &tat, next));
        return decide(&budget, next, now, true);
}

struct limit_decision limit_take(struct limits *limits, enum rate rate, struct str subject)
{
        return take(limits, rate, subject, true);
}

struct limit_decision limit_peek(struct limits *limits, enum rate rate, struct str subject)
{
        return take(limits, rate, subject, false);
}

uint64_t limits_overflows(const struct limits *limits)
{
        return atomic_load(&limits->store->overflows);
}

struct str limit_address(struct str address, char text[static 64])
{
        static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
        uint8_t six[16];
        char copy[64];

        snprintf(copy, sizeof(copy), "%.*s", STR_ARG(address));
        if (inet_pton(AF_INET6, copy, six) != 1) {
                snprintf(text, 64, "%s", copy);
                return str_of(text);
        }
        if (memcmp(six, mapped, sizeof(mapped)) == 0) {
                inet_ntop(AF_INET, six + sizeof(mapped), text, 64);
                return str_of(text);
        }
        memset(six + 8, 0, 8); /* a subscriber has a /64 */
        inet_ntop(AF_INET6, six, copy, sizeof(copy));
        snprintf(text, 64, "%.*s/64", INET6_ADDRSTRLEN, copy);
        return str_of(text);
}
