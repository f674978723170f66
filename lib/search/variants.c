/**
 * variants.c: words that differ by a letter or two: hashes of words with one letter left out
 * (SymSpell), and the true distance.
 */
#include "search/search_internal.h"

enum { CORRECTED_FROM = 3, FORGIVEN_TWICE_FROM = 6 };

/* FNV-1a, 64 bits: also what other programs that read the table would compute. */
static uint64_t hash(uint64_t state, const char *bytes, size_t count)
{
        for (size_t i = 0; i < count; i++)
                state = (state ^ (unsigned char)bytes[i]) * 1099511628211u;
        return state;
}

/* Where each code point begins, and the end. */
static size_t letters_of(struct str term, size_t starts[static SEARCH_TERM_MAX + 1])
{
        size_t count = 0;

        for (size_t i = 0; i < term.len && count < SEARCH_TERM_MAX; i++)
                if (((unsigned char)term.ptr[i] & 0xC0) != 0x80)
                        starts[count++] = i;
        starts[count] = term.len;
        return count;
}

static bool has_digit(struct str term)
{
        for (size_t i = 0; i < term.len; i++)
                if (term.ptr[i] >= '0' && term.ptr[i] <= '9')
                        return true;
        return false;
}

unsigned typo_allowance(struct str term)
{
        const size_t letters = str_utf8_length(term);

        if (letters < CORRECTED_FROM || has_digit(term))
                return 0;
        return letters < FORGIVEN_TWICE_FROM ? 1 : 2;
}

size_t variants_of(struct str term, int64_t out[static VARIANTS_MAX])
{
        static const uint64_t seed = 14695981039346656037u;
        size_t starts[SEARCH_TERM_MAX + 1];
        size_t letters, count = 0;

        if (typo_allowance(term) == 0)
                return 0;
        letters = letters_of(term, starts);
        out[count++] = (int64_t)hash(seed, term.ptr, term.len);
        for (size_t i = 0; i < letters; i++) {
                const size_t next = starts[i + 1];
                const uint64_t head = hash(seed, term.ptr, starts[i]);

                out[count++] = (int64_t)hash(head, term.ptr + next, term.len - next);
        }
        return count;
}

static bool same_letter(struct str a, const size_t *at, struct str b, const size_t *bt)
{
        return str_eq((struct str){a.ptr + at[0], at[1] - at[0]},
                      (struct str){b.ptr + bt[0], bt[1] - bt[0]});
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
        const unsigned smaller = a < b ? a : b;

        return smaller < c ? smaller : c;
}

unsigned typo_distance(struct str a, struct str b, unsigned most)
{
        unsigned rows[3][SEARCH_TERM_MAX + 1];
        size_t at[SEARCH_TERM_MAX + 1], bt[SEARCH_TERM_MAX + 1];
        const size_t n = letters_of(a, at), m = letters_of(b, bt);
        unsigned *last = rows[0], *row = rows[1], *before = rows[2];

        if ((n > m ? n - m : m - n) > most)
                return most + 1;
        for (size_t j = 0; j <= m; j++)
                last[j] = before[j] = (unsigned)j;
        for (size_t i = 1; i <= n; i++) {
                unsigned *spare = before;

                row[0] = (unsigned)i;
                for (size_t j = 1; j <= m; j++) {
                        const bool same = same_letter(a, at + i - 1, b, bt + j - 1);

                        row[j] = least(last[j] + 1, row[j - 1] + 1, last[j - 1] + !same);
                        if (i > 1 && j > 1 && same_letter(a, at + i - 1, b, bt + j - 2) &&
                            same_letter(a, at + i - 2, b, bt + j - 1) && before[j - 2] + 1 < row[j])
                                row[j] = before[j - 2] + 1;
                }
                before = last;
                last = row;
                row = spare;
        }
        return last[m] > most ? most + 1 : last[m];
}
