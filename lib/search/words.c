/**
 * words.c: text cut into folded words, by the Unicode data of ICU.
 */
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

#include "search/search_internal.h"

enum { UNITS = 512, FOLDED_MAX = SEARCH_TERM_MAX * 4 };

enum letter { NO_LETTER, LETTER, MARK, NEIGHBOUR };

/* A code point's part in a word; NEIGHBOUR: of a script without blanks. */
static enum letter letter_of(UChar32 c)
{
        UErrorCode error = U_ZERO_ERROR;

        if (c < 0x80)
                return u_isalnum(c) ? LETTER : NO_LETTER;
        if (U_GET_GC_MASK(c) & U_GC_M_MASK || c == 0x200C || c == 0x200D || c == 0xFF9E ||
            c == 0xFF9F || c == 0x30FC)
                return MARK;
        if (!u_isalnum(c))
                return NO_LETTER;
        switch (uscript_getScript(c, &error)) {
        case USCRIPT_HAN:
        case USCRIPT_HIRAGANA:
        case USCRIPT_KATAKANA:
        case USCRIPT_THAI:
        case USCRIPT_LAO:
        case USCRIPT_KHMER:
        case USCRIPT_MYANMAR:
                return NEIGHBOUR;
        default:
                return LETTER;
        }
}

/* Accents go; the marks that make another letter of a script (vowel signs, kana's voice) stay. */
static bool is_accent(UChar32 c)
{
        UErrorCode error = U_ZERO_ERROR;

        return (U_GET_GC_MASK(c) & U_GC_M_MASK) && c != 0x3099 && c != 0x309A &&
               uscript_getScript(c, &error) == USCRIPT_INHERITED;
}

static int32_t drop_accents(UChar *text, int32_t length, UErrorCode *error)
{
        UChar32 letters[UNITS];
        int32_t count, kept = 0;

        u_strToUTF32(letters, UNITS, &count, text, length, error);
        for (int32_t i = 0; U_SUCCESS(*error) && i < count; i++)
                if (!is_accent(letters[i]))
                        letters[kept++] = letters[i];
        u_strFromUTF32(text, UNITS, &length, letters, kept, error);
        return length;
}

/* The first letters of a text, at most SEARCH_TERM_MAX. */
static int32_t cut_length(const UChar *text, int32_t length)
{
        while (u_countChar32(text, length) > SEARCH_TERM_MAX)
                length--;
        return length;
}

static struct str fold_ascii(struct arena *arena, struct str word)
{
        const size_t length = word.len < SEARCH_TERM_MAX ? word.len : SEARCH_TERM_MAX;
        char *out = arena_new(arena, char, length + 1);

        for (size_t i = 0; out && i < length; i++)
                out[i] = (char)(word.ptr[i] >= 'A' && word.ptr[i] <= 'Z' ? word.ptr[i] + 32
                                                                         : word.ptr[i]);
        return (struct str){out, out ? length : 0};
}

static struct str fold_unicode(struct arena *arena, struct str word)
{
        UErrorCode error = U_ZERO_ERROR;
        const UNormalizer2 *fold = unorm2_getNFKCCasefoldInstance(&error);
        const UNormalizer2 *apart = unorm2_getNFDInstance(&error);
        const UNormalizer2 *together = unorm2_getNFCInstance(&error);
        UChar one[UNITS], two[UNITS];
        char out[FOLDED_MAX + 1];
        int32_t length;

        u_strFromUTF8(one, UNITS, &length, word.ptr, (int32_t)word.len, &error);
        length = unorm2_normalize(fold, one, length, two, UNITS, &error);
        length = unorm2_normalize(apart, two, length, one, UNITS, &error);
        length = drop_accents(one, length, &error);
        length = unorm2_normalize(together, one, length, two, UNITS, &error);
        if (U_FAILURE(error))
                return STR("");
        length = cut_length(two, length);
        u_strToUTF8(out, FOLDED_MAX + 1, &length, two, length, &error);
        return U_FAILURE(error) ? STR("") : arena_copy(arena, (struct str){out, (size_t)length});
}

static bool is_ascii(struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                if ((unsigned char)text.ptr[i] >= 0x80)
                        return false;
        return true;
}

/* At most what a term can hold, even if every letter takes its marks along. */
static struct str first_part(struct str word)
{
        enum { PART = 240 };
        size_t end = word.len;

        if (end <= PART)
                return word;
        for (end = PART; ((unsigned char)word.ptr[end] & 0xC0) == 0x80;)
                end--;
        return (struct str){word.ptr, end};
}

static struct str fold(struct arena *arena, struct str word)
{
        return is_ascii(word) ? fold_ascii(arena, word) : fold_unicode(arena, first_part(word));
}

struct cutting {
        struct arena *arena;
        struct str text;
        struct search_words *words;
        size_t room;
        bool failed;
};

static bool make_room(struct cutting *c)
{
        struct search_words *words = c->words;
        struct search_word *items;

        if (words->count < c->room)
                return true;
        c->room = c->room ? c->room * 2 : 32;
        items = arena_new(c->arena, struct search_word, c->room);
        if (!items)
                return false;
        if (words->count)
                memcpy(items, words->items, words->count * sizeof(*items));
        words->items = items;
        return true;
}

static void put_word(struct cutting *c, size_t start, size_t end, bool last_of_run)
{
        const struct str term = fold(c->arena, (struct str){c->text.ptr + start, end - start});

        if (!term.ptr || !make_room(c)) {
                c->failed = true;
                return;
        }
        if (term.len)
                c->words->items[c->words->count++] =
                        (struct search_word){term, start, end, last_of_run};
}

/* One code point, and what kind of letter it is. */
static enum letter look(struct str text, size_t at, size_t *next)
{
        const uint8_t *bytes = (const uint8_t *)text.ptr;
        int32_t i = (int32_t)at;
        UChar32 c;

        U8_NEXT(bytes, i, (int32_t)text.len, c);
        *next = (size_t)i;
        return c < 0 ? NO_LETTER : letter_of(c);
}

static size_t skip_marks(struct str text, size_t at)
{
        size_t next;

        while (at < text.len && look(text, at, &next) == MARK)
                at = next;
        return at;
}

/* Letters with their marks until something else comes; a single letter is no word, a digit is. */
static size_t cut_letters(struct cutting *c, size_t start)
{
        size_t end = start, next, letters = 0;

        while (end < c->text.len) {
                const enum letter letter = look(c->text, end, &next);

                if (letter != LETTER && letter != MARK)
                        break;
                letters += letter == LETTER;
                end = next;
        }
        if (letters > 1 || (c->text.ptr[start] >= '0' && c->text.ptr[start] <= '9'))
                put_word(c, start, end, false);
        return end;
}

/* Pairs of neighbours, each letter with its marks, and the last alone. */
static size_t cut_neighbours(struct cutting *c, size_t start)
{
        size_t second, next, after;

        for (;;) {
                (void)look(c->text, start, &next);
                second = skip_marks(c->text, next);
                if (second == c->text.len || look(c->text, second, &next) != NEIGHBOUR)
                        break;
                after = skip_marks(c->text, next);
                put_word(c, start, after, false);
                start = second;
        }
        put_word(c, start, second, true);
        return second;
}

bool search_cut(struct arena *arena, struct str text, struct search_words *words)
{
        struct cutting c = {.arena = arena, .text = text, .words = words};
        size_t at = 0, next;

        *words = (struct search_words){NULL, 0};
        while (at < text.len && !c.failed) {
                const enum letter letter = look(text, at, &next);

                if (letter == LETTER)
                        at = cut_letters(&c, at);
                else
                        at = letter == NEIGHBOUR ? cut_neighbours(&c, at) : next;
        }
        return !c.failed;
}
