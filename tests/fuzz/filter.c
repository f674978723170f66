/**
 * filter.c: fuzz target: query strings as conditions of a list. Whatever is taken has as many
 * markers as parameters, balanced brackets and nothing of the input in its text; a cursor that is
 * taken comes back the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "resource/resource_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* clang-format off */
static const struct field fields[] = {
        {"id", TYPE_ID, .prefix = "book", .flags = FIELD_READ_ONLY | FIELD_SORT},
        {"title", TYPE_TEXT, .min = 1, .max = 200, .flags = FIELD_FILTER | FIELD_SORT | FIELD_SEARCH},
        {"mail", TYPE_EMAIL, .column = "mail_address", .flags = FIELD_FILTER | FIELD_SORT | FIELD_SEARCH},
        {"state", TYPE_ENUM, .choices = ONE_OF("in", "out", "lost"), .flags = FIELD_FILTER | FIELD_SORT},
        {"kind", TYPE_ENUM, .choices = ONE_OF("novel", "atlas"), .flags = FIELD_FILTER},
        {"pages", TYPE_INTEGER, .min = 0, .max = 9999, .flags = FIELD_RANGE | FIELD_FILTER | FIELD_SORT},
        {"lent_on", TYPE_DATE, .flags = FIELD_NULLABLE | FIELD_RANGE | FIELD_SORT},
        {"kept", TYPE_BOOLEAN, .flags = FIELD_FILTER},
        {"owner", TYPE_ID, .flags = FIELD_FILTER},
        {"created_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_RANGE | FIELD_SORT},
};
static const struct shape shape = SHAPE("Book", fields, "A book.");
static const struct resource_filter filters[] = {
        {.field = {"tag", TYPE_TEXT, .min = 1, .max = 50}, .sql = "EXISTS (SELECT 1 FROM book_tags WHERE tag = ? OR tag = ?)", .uses = 2},
        {.field = {"to_date", TYPE_TIME, .class = PLAIN}, .sql = "created_at <= ?", .until = true},
};
static const struct resource_sort sorts[] = {{"thickest", 5, true}};
static const struct resource book = {
        .name = "book", .plural = "books", .label = "Book", .table = "books", .dialect = &dialect_p, .shape = &shape, .not_found = PROBLEM_NOT_FOUND,
        .filters = filters, .filter_count = 2, .sorts = sorts, .sort_count = 1, .default_sort = "-created_at", .tally = {3, 4}, .tally_count = 2,
};
/* clang-format on */

/* What our own texts are made of. */
static bool is_ours(char c)
{
        return c && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1 (),?<>=_", c);
}

static void check_conditions(const struct filter *filter)
{
        const struct str where = buf_view(&filter->where);
        size_t markers = 0;
        int open = 0;

        for (size_t i = 0; i < where.len; i++) {
                markers += where.ptr[i] == '?';
                open += (where.ptr[i] == '(') - (where.ptr[i] == ')');
                if (open < 0 || !is_ours(where.ptr[i]))
                        abort();
        }
        if (open || markers != filter->param_count ||
            (where.len && !str_starts(where, STR(" AND "))))
                abort();
        if (filter->param_count > FILTER_PARAMS_MAX || filter->sort >= shape.count ||
            !(fields[filter->sort].flags & FIELD_SORT))
                abort();
}

static void check_cursor(struct request *r, struct str text, struct filter *filter)
{
        struct cursor cursor, back;
        struct str again;

        if (!cursor_read(r, &book, text, filter, &cursor))
                return;
        again = cursor_make(r->arena, &book, filter, &cursor);
        if (!again.ptr || !cursor_read(r, &book, again, filter, &back) ||
            !value_equal(&cursor.value, &back.value) || !uuid_eq(&cursor.id, &back.id))
                abort();
        cursor_apply(&book, &cursor, filter);
}

static void read_query(struct request *r)
{
        struct filter *filter = arena_new(r->arena, struct filter, 1);
        struct page page;

        if (!filter || !page_read(r, &page))
                return;
        if (!filter_read(r, &book, filter)) {
                if (r->response.status != 400 && !arena_failed(r->arena))
                        abort();
                return;
        }
        check_conditions(filter);
        if (!total_like(r->arena, &book, filter).ptr)
                abort();
        if (page.cursor.ptr)
                check_cursor(r, page.cursor, filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct buf body;
        struct request r = {.arena = arena_create(4 << 20),
                            .dialect = &dialect_p,
                            .path = STR("/api/books"),
                            .response = {.body = &body}};
        const struct str text = {(const char *)data, size};

        buf_init(&body, 1 << 20);
        r.faults.arena = r.arena;
        if (r.arena && query_parse(r.arena, text, &r.query, &r.query_count) == STATUS_OK)
                read_query(&r);
        arena_destroy(r.arena);
        buf_free(&body);
        return 0;
}
