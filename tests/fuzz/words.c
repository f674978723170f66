/**
 * words.c: fuzz target: any text is cut into words that stand in order inside it, fit a term, need
 * no escape in JSON and stay the same when they are folded again; marks never lose or add text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "search/search_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_word(struct str text, const struct search_word *word)
{
        if (word->start >= word->end || word->end > text.len || word->term.len == 0 ||
            !str_utf8_valid(word->term) || str_utf8_length(word->term) > SEARCH_TERM_MAX)
                abort();
        for (size_t i = 0; i < word->term.len; i++)
                if ((unsigned char)word->term.ptr[i] < 0x20 || strchr("\"\\=", word->term.ptr[i]))
                        abort();
}

/* Without its marks and escapes a whole highlight is the text again. */
static void check_marks(struct str text, struct str marked)
{
        static const struct {
                const char *code;
                char plain;
        } rows[] = {{"<mark>", 0},  {"</mark>", 0},  {"&lt;", '<'},  {"&gt;", '>'},
                    {"&amp;", '&'}, {"&quot;", '"'}, {"&#39;", '\''}};
        size_t at = 0;

        while (marked.len) {
                size_t i = 0;

                while (i < sizeof(rows) / sizeof(rows[0]) &&
                       !str_starts(marked, str_of(rows[i].code)))
                        i++;
                if (i == sizeof(rows) / sizeof(rows[0])) {
                        if (at == text.len || strchr("<>\"'", marked.ptr[0]) ||
                            marked.ptr[0] != text.ptr[at++])
                                abort();
                        marked = str_skip(marked, 1);
                        continue;
                }
                if (rows[i].plain && (at == text.len || text.ptr[at++] != rows[i].plain))
                        abort();
                marked = str_skip(marked, strlen(rows[i].code));
        }
        if (at != text.len)
                abort();
}

static void check_highlights(struct arena *arena, struct str text, struct str term)
{
        struct search_question question = {.open = true, .count = 1};
        struct str whole, part;

        question.words[0].text = term;
        whole = search_highlight(arena, text, &question, 0);
        part = search_highlight(arena, text, &question, 20);
        if (!whole.ptr || !part.ptr || !str_utf8_valid(part))
                abort();
        check_marks(text, whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct str text = {(const char *)data, size};
        struct arena *arena = arena_create(64 << 20);
        struct search_words words;
        int64_t variants[VARIANTS_MAX];

        if (size <= 4096 && size && !memchr(data, 0, size) && str_utf8_valid(text)) {
                if (!search_cut(arena, text, &words))
                        abort();
                for (size_t i = 0; i < words.count; i++) {
                        check_word(text, &words.items[i]);
                        if (typo_distance(words.items[i].term, words.items[0].term, 2) == 0 &&
                            !str_eq(words.items[i].term, words.items[0].term))
                                abort();
                        (void)variants_of(words.items[i].term, variants);
                }
                if (words.count)
                        check_highlights(arena, text, words.items[words.count / 2].term);
        }
        arena_destroy(arena);
        return 0;
}
