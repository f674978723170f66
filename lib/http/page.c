/**
 * page.c: paging in every family's words: page with per_page, page_size or limit; skip or offset;
 * cursor.
 */
#include "http/http_internal.h"

#include "base/num.h"

enum { PAGE_MAX = 1000000000, OFFSET_MAX = 1000000000 };

enum word { WORD_PAGE, WORD_SIZE, WORD_OFFSET, WORD_CURSOR };

/* clang-format off */
static const struct {
        const char *name;
        enum word word;
} words[] = {
        {"page",      WORD_PAGE},
        {"per_page",  WORD_SIZE},
        {"page_size", WORD_SIZE},
        {"limit",     WORD_SIZE},
        {"skip",      WORD_OFFSET},
        {"offset",    WORD_OFFSET},
        {"cursor",    WORD_CURSOR},
};
/* clang-format on */

enum { WORDS = sizeof(words) / sizeof(words[0]) };

static size_t find_word(struct str name)
{
        size_t i = 0;

        while (i < WORDS && !str_is(name, words[i].name))
                i++;
        return i;
}

bool page_is_word(struct str name)
{
        return find_word(name) < WORDS;
}

static bool all_digits(struct str text)
{
        if (text.len && text.ptr[0] == '-')
                text = str_skip(text, 1);
        for (size_t i = 0; i < text.len; i++)
                if (text.ptr[i] < '0' || text.ptr[i] > '9')
                        return false;
        return text.len > 0;
}

/* A number, however long; out of bounds it is cut to them, or refused where the family does that.
 */
static int64_t read_number(struct request *r, const struct parameter *p, int64_t min, int64_t max)
{
        int64_t number;

        if (!all_digits(p->value)) {
                fault_add(&r->faults, p->name, "type", "%.*s must be a whole number",
                          STR_ARG(p->name));
                return min;
        }
        if (num_parse(p->value, min, max, &number))
                return number;
        if (r->dialect->bad_page_refused) {
                fault_add(&r->faults, p->name, "out_of_range", "%.*s must be from %lld to %lld",
                          STR_ARG(p->name), (long long)min, (long long)max);
                return min;
        }
        return p->value.ptr[0] == '-' || str_is(p->value, "0") ? min : max;
}

static void take(struct request *r, const struct parameter *p, enum word word, struct page *page,
                 bool *skips)
{
        switch (word) {
        case WORD_PAGE:
                page->number = read_number(r, p, 1, PAGE_MAX);
                break;
        case WORD_SIZE:
                page->size = read_number(r, p, 1, r->dialect->page_size_max);
                break;
        case WORD_OFFSET:
                page->offset = read_number(r, p, 0, OFFSET_MAX);
                *skips = true;
                break;
        case WORD_CURSOR:
                page->cursor = p->value;
                if (p->value.len == 0)
                        fault_add(&r->faults, p->name, "format",
                                  "cursor must be one that a list gave");
                break;
        }
}

bool page_read(struct request *r, struct page *page)
{
        bool skips = false;

        *page = (struct page){.number = 1, .size = r->dialect->page_size};
        for (size_t i = 0; i < r->query_count; i++) {
                const size_t word = find_word(r->query[i].name);

                if (word < WORDS)
                        take(r, &r->query[i], words[word].word, page, &skips);
        }
        if (r->faults.count) {
                problem_invalid(r);
                return false;
        }
        if (skips)
                page->number = page->offset / page->size + 1;
        else
                page->offset = (page->number - 1) * page->size;
        return true;
}
