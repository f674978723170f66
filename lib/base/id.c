/**
 * id.c: UUIDv7 (RFC 9562, section 6.2 method 1: a counter within the millisecond) and TypeID text.
 */
#include "base/id.h"

#include <errno.h>
#include <pthread.h>
#include <sys/random.h>

#include "base/time.h"

bool random_bytes(void *out, size_t size)
{
        char *to = out;
        ssize_t n;

        while (size) {
                n = getrandom(to, size, 0);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return false;
                to += n;
                size -= (size_t)n;
        }
        return true;
}

/* The last millisecond and its 12-bit counter: ids of a process never go backwards. */
static struct {
        pthread_mutex_t lock;
        int64_t ms;
        unsigned counter;
} last = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void next_tick(unsigned seed, int64_t *ms, unsigned *counter)
{
        const int64_t now = time_now();

        pthread_mutex_lock(&last.lock);
        if (now > last.ms) {
                last.ms = now;
                last.counter = seed & 0x7ff; /* the upper half is room to count */
        } else if (++last.counter > 0xfff) {
                last.ms++; /* a full counter borrows from the next millisecond */
                last.counter = seed & 0x7ff;
        }
        *ms = last.ms;
        *counter = last.counter;
        pthread_mutex_unlock(&last.lock);
}

bool uuid_v7(struct uuid *out)
{
        uint8_t *b = out->bytes;
        unsigned counter;
        int64_t ms;

        if (!random_bytes(b + 6, 10))
                return false;
        next_tick((unsigned)b[6] << 8 | b[7], &ms, &counter);
        for (int i = 0; i < 6; i++)
                b[i] = (uint8_t)(ms >> (40 - 8 * i));
        b[6] = (uint8_t)(0x70 | counter >> 8);
        b[7] = (uint8_t)counter;
        b[8] = (uint8_t)(0x80 | (b[8] & 0x3f));
        return true;
}

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_dash_place(size_t i)
{
        return i == 8 || i == 13 || i == 18 || i == 23;
}

bool uuid_parse(struct str text, struct uuid *out)
{
        struct uuid id = {{0}};
        size_t nibble = 0;

        if (text.len != UUID_TEXT_SIZE - 1)
                return false;
        for (size_t i = 0; i < text.len; i++) {
                int digit = hex_digit(text.ptr[i]);

                if (is_dash_place(i)) {
                        if (text.ptr[i] != '-')
                                return false;
                        continue;
                }
                if (digit < 0)
                        return false;
                id.bytes[nibble / 2] = (uint8_t)(id.bytes[nibble / 2] << 4 | digit);
                nibble++;
        }
        *out = id;
        return true;
}

struct str uuid_format(const struct uuid *id, char text[static UUID_TEXT_SIZE])
{
        static const char digits[] = "0123456789abcdef";
        char *to = text;

        for (size_t i = 0; i < 16; i++) {
                if (is_dash_place((size_t)(to - text)))
                        *to++ = '-';
                *to++ = digits[id->bytes[i] >> 4];
                *to++ = digits[id->bytes[i] & 15];
        }
        *to = '\0';
        return (struct str){text, UUID_TEXT_SIZE - 1};
}

bool uuid_is_zero(const struct uuid *id)
{
        static const struct uuid zero;

        return uuid_eq(id, &zero);
}

bool uuid_eq(const struct uuid *a, const struct uuid *b)
{
        return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* Crockford's base32, lower case: 128 bits in 26 digits, the first digit holding only three. */
static const char base32[] = "0123456789abcdefghjkmnpqrstvwxyz";

static int base32_digit(char c)
{
        const char *at = c ? strchr(base32, c) : NULL;

        return at ? (int)(at - base32) : -1;
}

bool typeid_prefix_valid(struct str prefix)
{
        if (prefix.len > TYPEID_PREFIX_MAX)
                return false;
        for (size_t i = 0; i < prefix.len; i++) {
                bool at_edge = i == 0 || i == prefix.len - 1;
                char c = prefix.ptr[i];

                if (!(c >= 'a' && c <= 'z') && (c != '_' || at_edge))
                        return false;
        }
        return true;
}

struct str typeid_format(const char *prefix, const struct uuid *id,
                         char text[static TYPEID_TEXT_SIZE])
{
        unsigned __int128 value = 0;
        size_t length = strlen(prefix);
        char *to = text;

        memcpy(to, prefix, length);
        to += length;
        if (length)
                *to++ = '_';
        for (size_t i = 0; i < 16; i++)
                value = value << 8 | id->bytes[i];
        for (int i = TYPEID_SUFFIX_LENGTH - 1; i >= 0; i--, value >>= 5)
                to[i] = base32[(unsigned)value & 31];
        to[TYPEID_SUFFIX_LENGTH] = '\0';
        return (struct str){text, (size_t)(to - text) + TYPEID_SUFFIX_LENGTH};
}

bool typeid_parse(const char *prefix, struct str text, struct uuid *out)
{
        const size_t length = strlen(prefix);
        unsigned __int128 value = 0;

        if (text.len != length + (length ? 1 : 0) + TYPEID_SUFFIX_LENGTH)
                return false;
        if (length && (memcmp(text.ptr, prefix, length) != 0 || text.ptr[length] != '_'))
                return false;
        text = str_skip(text, length + (length ? 1 : 0));
        if (text.ptr[0] > '7')
                return false; /* more than 128 bits */
        for (size_t i = 0; i < text.len; i++) {
                int digit = base32_digit(text.ptr[i]);

                if (digit < 0)
                        return false;
                value = value << 5 | (unsigned)digit;
        }
        for (int i = 15; i >= 0; i--, value >>= 8)
                out->bytes[i] = (uint8_t)value;
        return true;
}
