/**
 * highlight.c: the words that were asked for, where they stand in a text.
 */
#include "search/search_internal.h"

static bool is_reading(const struct search_asked *asked, struct str term)
{
        for (size_t i = 0; i < asked->count; i++)
                if (str_eq(asked->readings[i].text, term))
                        return true;
        return false;
}

/* The last word also stands for its continuations, of which only some have been looked up. */
static bool is_asked(const struct search_question *question, struct str term)
{
        for (size_t i = 0; i < question->count; i++) {
                const struct search_asked *asked = &question->words[i];

                if (str_eq(asked->text, term) || is_reading(asked, term))
                        return true;
                if (question->open && i + 1 == question->count && str_starts(term, asked->text))
                        return true;
        }
        return false;
}

static void put_escaped(struct buf *out, struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                switch (text.ptr[i]) {
                case '<':
                        buf_text(out, "&lt;");
                        break;
                case '>':
                        buf_text(out, "&gt;");
                        break;
                case '&':
                        buf_text(out, "&amp;");
                        break;
                case '"':
                        buf_text(out, "&quot;");
                        break;
                case '\'':
                        buf_text(out, "&#39;");
                        break;
                default:
                        buf_char(out, text.ptr[i]);
                }
}

/* A piece of a text, of whole code points. */
struct window {
        size_t start, end;
};

static bool is_inside(struct str text, size_t at)
{
        return at < text.len && ((unsigned char)text.ptr[at] & 0xC0) == 0x80;
}

/* A third of the window before the first word, the rest after it. */
static struct window look_around(struct str text, size_t word, size_t most)
{
        struct window window = {word, word};
        size_t letters;

        if (most == 0 || text.len <= most)
                return (struct window){0, text.len};
        for (letters = 0; window.start > 0 && letters < most / 3; letters++)
                do
                        window.start--;
                while (is_inside(text, window.start));
        for (; window.end < text.len && letters < most; letters++)
                do
                        window.end++;
                while (is_inside(text, window.end));
        return window;
}

/* Pairs of neighbours overlap: what they mark together is marked once. */
static void put_marked(struct buf *out, struct str text, struct window window,
                       const struct search_words *words, const struct search_question *question)
{
        size_t at = window.start;

        for (size_t i = 0; i < words->count && words->items[i].start < window.end;) {
                const size_t start = words->items[i].start;
                size_t end = words->items[i].end;

                if (start < at || end > window.end || !is_asked(question, words->items[i].term)) {
                        i++;
                        continue;
                }
                for (i++; i < words->count && words->items[i].start < end; i++)
                        if (words->items[i].end <= window.end &&
                            is_asked(question, words->items[i].term))
                                end = words->items[i].end;
                put_escaped(out, (struct str){text.ptr + at, start - at});
                buf_text(out, "<mark>");
                put_escaped(out, (struct str){text.ptr + start, end - start});
                buf_text(out, "</mark>");
                at = end;
        }
        put_escaped(out, (struct str){text.ptr + at, window.end - at});
}

struct str search_highlight(struct arena *arena, struct str text,
                            const struct search_question *question, size_t most)
{
        struct search_words words;
        struct str copy = {NULL, 0};
        struct window window;
        struct buf out;
        size_t first = 0;

        if (!text.ptr || !search_cut(arena, text, &words))
                return copy;
        while (first < words.count && !is_asked(question, words.items[first].term))
                first++;
        if (first == words.count)
                return copy;
        window = look_around(text, words.items[first].start, most);
        buf_init(&out, text.len * 16 + 64);
        if (window.start > 0)
                buf_text(&out, "…");
        put_marked(&out, text, window, &words, question);
        if (window.end < text.len)
                buf_text(&out, "…");
        if (buf_ok(&out))
                copy = arena_copy(arena, buf_view(&out));
        buf_free(&out);
        return copy;
}
