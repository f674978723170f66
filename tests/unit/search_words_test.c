/**
 * Goal: text is cut into the words of its script, folded; each stands where it was cut from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "search/search_internal.h"

static struct arena *arena;

static int open_arena(void **state)
{
        (void)state;
        arena = arena_create(1 << 20);
        return arena ? 0 : -1;
}

static int close_arena(void **state)
{
        (void)state;
        arena_destroy(arena);
        return 0;
}

/* The terms with a bar between them. */
static const char *cut(const char *text)
{
        static char out[2048];
        struct buf joined = {.data = out, .cap = sizeof(out), .max = sizeof(out) - 1};
        struct search_words words;
        size_t last = 0;

        assert_true(search_cut(arena, str_of(text), &words));
        out[0] = 0;
        for (size_t i = 0; i < words.count; i++) {
                const struct search_word *word = &words.items[i];

                assert_true(word->start < word->end && word->end <= strlen(text));
                assert_true(word->start >= last);
                last = word->start;
                buf_printf(&joined, "%s%.*s", i ? "|" : "", STR_ARG(word->term));
        }
        return out;
}

static void letters(void **state)
{
        (void)state;
        assert_string_equal(cut(""), "");
        assert_string_equal(cut(" .,;:!?\t\n\"'()[]{}<>=%_*\\/"), "");
        assert_string_equal(cut("The QUICK brown-fox"), "the|quick|brown|fox");
        assert_string_equal(cut("a b C 1 22"), "1|22");
        assert_string_equal(cut("don't"), "don");
        assert_string_equal(cut("room 4b, x9"), "room|4b|x9");
        assert_string_equal(cut("ada@example.com"), "ada|example|com");
}

static void folding(void **state)
{
        (void)state;
        assert_string_equal(cut("Café CAFE\xcc\x81 café"), "cafe|cafe|cafe");
        assert_string_equal(cut("Straße STRASSE"), "strasse|strasse");
        assert_string_equal(cut("ＡＢＣ ﬁne"), "abc|fine");
        assert_string_equal(cut("ΣΊΣΥΦΟΣ σίσυφος"), "σισυφοσ|σισυφοσ");
        assert_string_equal(cut("İstanbul"), "istanbul");
        assert_string_equal(cut("كَتَبَ"), "كتب");
        assert_string_equal(cut("हिन्दी"), "हिन्दी");
}

static void neighbours(void **state)
{
        (void)state;
        assert_string_equal(cut("会议室"), "会议|议室|室");
        assert_string_equal(cut("会"), "会");
        assert_string_equal(cut("会 议"), "会|议");
        assert_string_equal(cut("A4会议B"), "a4|会议|议");
        assert_string_equal(cut("ミーティング"), "ミーテ|ティ|ィン|ング|グ");
        assert_string_equal(cut("ｶﾞｷﾞ"), "ガギ|ギ");
        assert_string_equal(cut("บ้าน"), "บ้า|าน|น");
}

static void long_words(void **state)
{
        char text[1000];
        struct search_words words;

        (void)state;
        memset(text, 'a', sizeof(text));
        assert_true(search_cut(arena, (struct str){text, sizeof(text)}, &words));
        assert_int_equal(words.count, 1);
        assert_int_equal(words.items[0].term.len, SEARCH_TERM_MAX);
        assert_int_equal(words.items[0].end, sizeof(text));
        for (size_t i = 0; i + 1 < sizeof(text); i += 2)
                memcpy(text + i, "\xd1\x8f", 2);
        assert_true(search_cut(arena, (struct str){text, sizeof(text)}, &words));
        assert_int_equal(words.count, 1);
        assert_int_equal(str_utf8_length(words.items[0].term), SEARCH_TERM_MAX);
}

static void distances(void **state)
{
        static const struct {
                const char *a, *b;
                unsigned distance;
        } rows[] = {
                {"word", "word", 0}, {"word", "wrod", 1},  {"word", "ward", 1},
                {"word", "wod", 1},  {"word", "wordy", 1}, {"word", "wordly", 2},
                {"word", "wrdo", 2}, {"word", "drow", 3},  {"übung", "ubung", 1},
                {"会议", "会室", 1},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const struct str a = str_of(rows[i].a), b = str_of(rows[i].b);

                assert_int_equal(typo_distance(a, b, 2), rows[i].distance);
                assert_int_equal(typo_distance(b, a, 2), rows[i].distance);
        }
}

static bool share(const char *a, const char *b)
{
        int64_t x[VARIANTS_MAX], y[VARIANTS_MAX];
        const size_t n = variants_of(str_of(a), x), m = variants_of(str_of(b), y);

        for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < m; j++)
                        if (x[i] == y[j])
                                return true;
        return false;
}

static void variants(void **state)
{
        int64_t out[VARIANTS_MAX];

        (void)state;
        assert_int_equal(variants_of(str_of("word"), out), 5);
        assert_int_equal(variants_of(str_of("wörd"), out), 5);
        assert_int_equal(variants_of(str_of("ab"), out), 0);
        assert_int_equal(variants_of(str_of("a1b2"), out), 0);
        assert_true(share("word", "wrod") && share("word", "wod") && share("word", "wordy"));
        assert_true(share("word", "ward") && share("pharmacist", "parmhacist"));
        assert_false(share("word", "sword1") || share("word", "drow"));
}

static struct search_question asked(const char *first, const char *last)
{
        struct search_question question = {.open = true, .count = 2};

        question.words[0].text = str_of(first);
        question.words[1].text = str_of(last);
        return question;
}

static void highlights(void **state)
{
        const struct search_question question = asked("会议", "rev");
        char text[600];
        struct str marked;

        (void)state;
        assert_null(search_highlight(arena, STR("nothing here"), &question, 0).ptr);
        marked = search_highlight(arena, STR("a <b> & \"Review\" 开会议了 prev"), &question, 0);
        assert_string_equal(marked.ptr, "a &lt;b&gt; &amp; &quot;<mark>Review</mark>&quot; "
                                        "开<mark>会议</mark>了 prev");
        memset(text, '.', sizeof(text));
        memcpy(text + 300, " review ", 8);
        marked = search_highlight(arena, (struct str){text, sizeof(text)}, &question, 30);
        assert_string_equal(marked.ptr, "…......... <mark>review</mark> .............…");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(letters),    cmocka_unit_test(folding),
                cmocka_unit_test(neighbours), cmocka_unit_test(long_words),
                cmocka_unit_test(distances),  cmocka_unit_test(variants),
                cmocka_unit_test(highlights),
        };

        return cmocka_run_group_tests(tests, open_arena, close_arena);
}
