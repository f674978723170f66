/**
 * resource_fixture.h: a small resource that uses everything a table can say, and what a filter made
 * of a query string as text, for the tests of the resource room.
 */
#ifndef ALMONER_TESTS_RESOURCE_FIXTURE_H
#define ALMONER_TESTS_RESOURCE_FIXTURE_H

#include "http_fixture.h"

#include "resource/resource_internal.h"

enum {
        BOOK_ID,
        BOOK_TITLE,
        BOOK_SHELF,
        BOOK_STATE,
        BOOK_KIND,
        BOOK_PAGES,
        BOOK_LENT_ON,
        BOOK_ISBN,
        BOOK_RANK,
        BOOK_CREATED_AT,
        BOOK_UPDATED_AT,
        BOOK__N
};

/* clang-format off */
static const struct field book_fields[BOOK__N] = {
        [BOOK_ID] = {"id", TYPE_ID, .prefix = "book", .flags = FIELD_READ_ONLY, .class = PLAIN, .about = "Identifier.", .example = "\"book_01h455vb4pex5vsknk084sn02q\""},
        [BOOK_TITLE] = {"title", TYPE_TEXT, .min = 1, .max = 200, .flags = FIELD_REQUIRED | FIELD_FILTER | FIELD_SORT | FIELD_SEARCH, .class = PLAIN,
                .about = "Title.", .example = "\"Emma\""},
        [BOOK_SHELF] = {"shelf", TYPE_TEXT, .column = "shelf_mark", .max = 20, .flags = FIELD_FILTER | FIELD_SEARCH | FIELD_NULLABLE, .class = PERSONAL,
                .about = "Where it stands.", .example = "\"A 7\""},
        [BOOK_STATE] = {"state", TYPE_ENUM, .choices = ONE_OF("in", "out", "lost_50%"), .flags = FIELD_FILTER | FIELD_SORT, .otherwise = "\"in\"", .class = PLAIN,
                .about = "Whether it is here.", .example = "\"in\""},
        [BOOK_KIND] = {"kind", TYPE_ENUM, .choices = ONE_OF("novel", "atlas"), .flags = FIELD_REQUIRED | FIELD_FILTER, .class = PLAIN,
                .about = "Kind.", .example = "\"novel\""},
        [BOOK_PAGES] = {"pages", TYPE_INTEGER, .min = 0, .max = 9999, .flags = FIELD_RANGE | FIELD_FILTER | FIELD_SORT, .otherwise = "0", .class = PLAIN,
                .about = "Number of pages.", .example = "432"},
        [BOOK_LENT_ON] = {"lent_on", TYPE_DATE, .flags = FIELD_NULLABLE | FIELD_RANGE | FIELD_SORT, .class = SENSITIVE,
                .about = "Since when it is out.", .example = "\"2024-01-18\""},
        [BOOK_ISBN] = {"isbn", TYPE_TEXT, .max = 13, .flags = FIELD_WRITE_ONCE, .otherwise = "\"\"", .class = PLAIN, .about = "ISBN.", .example = "\"9780141439587\""},
        [BOOK_RANK] = {"rank", TYPE_INTEGER, .flags = FIELD_COMPUTED | FIELD_READ_ONLY | FIELD_SORT, .class = PLAIN, .about = "Rank.", .example = "1"},
        [BOOK_CREATED_AT] = {"created_at", TYPE_TIME, .flags = FIELD_READ_ONLY | FIELD_RANGE | FIELD_SORT, .class = PLAIN,
                .about = "When it was added.", .example = "\"2024-01-18T10:35:00Z\""},
        [BOOK_UPDATED_AT] = {"updated_at", TYPE_TIME, .flags = FIELD_READ_ONLY, .class = PLAIN, .about = "When it was changed.", .example = "\"2024-01-18T10:35:00Z\""},
};

static const struct shape book_shape = {"Book", book_fields, BOOK__N, "A book."};

static const struct resource_filter book_filters[] = {
        {.field = {"reader", TYPE_ID, .prefix = "reader", .class = PLAIN, .about = "Books of this reader.", .example = "\"reader_01h455vb4pex5vsknk084sn02q\""},
         .sql = "(reader_id = ? OR '?' <> '' AND heir_id = ?)", .uses = 2},
        {.field = {"to_date", TYPE_TIME, .class = PLAIN, .about = "Books added until then.", .example = "\"2024-01-18T10:35:00Z\""}, .sql = "created_at <= ?", .until = true},
        {.field = {"from_date", TYPE_TIME, .class = PLAIN, .about = "Books added since then.", .example = "\"2024-01-18T10:35:00Z\""}, .sql = "created_at >= ?"},
};

static const struct resource_sort book_sorts[] = {{"thickest", BOOK_PAGES, true}};

static const struct resource_unique book_uniques[] = {{"books_isbn", BOOK_ISBN, PROBLEM_CONFLICT, 422, "There is such a book"}};

static const struct resource book = {
        .name = "book", .plural = "books", .label = "Book", .table = "books", .dialect = &dialect_p, .shape = &book_shape, .not_found = PROBLEM_NOT_FOUND,
        .uniques = book_uniques, .unique_count = 1, .filters = book_filters, .filter_count = 3, .sorts = book_sorts, .sort_count = 1,
        .default_sort = "-created_at", .tally = {BOOK_STATE, BOOK_KIND}, .tally_count = 2,
        .channel = "books", .created = "book_created", .updated = "book_updated", .deleted = "book_deleted",
};

__attribute__((unused)) static const struct route book_routes[] = {
        {.method = GET,    .path = "/api/books",              .handler = resource_list,    .roles = ADMIN | VIEWER, .resource = &book, .dialect = &dialect_p, .id = "listBooks",       .summary = "List books."},
        {.method = POST,   .path = "/api/books",              .handler = resource_create,  .roles = ADMIN,          .resource = &book, .dialect = &dialect_p, .id = "createBook",      .summary = "Add a book."},
        {.method = GET,    .path = "/api/books/{id}",         .handler = resource_read,    .roles = ANYBODY,        .resource = &book, .dialect = &dialect_p, .id = "getBook",         .summary = "Get a book."},
        {.method = PUT,    .path = "/api/books/{id}",         .handler = resource_replace, .roles = ADMIN,          .resource = &book, .dialect = &dialect_p, .id = "updateBook",      .summary = "Update a book."},
        {.method = PATCH,  .path = "/api/books/{id}",         .handler = resource_update,  .roles = ADMIN,          .resource = &book, .dialect = &dialect_p, .id = "mergeBook",       .summary = "Merge into a book."},
        {.method = DELETE, .path = "/api/books/{id}",         .handler = resource_remove,  .roles = ADMIN,          .resource = &book, .dialect = &dialect_p, .id = "deleteBook",      .summary = "Delete a book."},
        {.method = GET,    .path = "/api/books/{id}/history", .handler = resource_history, .roles = ADMIN,          .resource = &book, .dialect = &dialect_p, .id = "listBookHistory", .summary = "List changes."},
};
/* clang-format on */

enum { BOOK_ROUTES = sizeof(book_routes) / sizeof(book_routes[0]) };

static inline struct request *books_open(struct fixture *f)
{
        struct request *r = fixture_open(f, &dialect_p);

        r->route = &book_routes[0];
        r->path = STR("/api/books");
        return r;
}

/** What a query string becomes. False when it was refused. */
static inline bool books_filter(struct fixture *f, const char *query, struct filter *filter)
{
        fixture_query(f, query);
        return filter_read(&f->x.request, &book, filter);
}

static inline void put_param(struct buf *out, const struct db_value *value)
{
        char text[UUID_TEXT_SIZE];

        switch (value->type) {
        case DB_TEXT:
                buf_str(out, value->text);
                break;
        case DB_UUID:
                buf_str(out, uuid_format(&value->uuid, text));
                break;
        case DB_TIME:
                buf_str(out, time_format(value->time, text));
                break;
        case DB_DATE:
                buf_str(out, date_format(value->day, text));
                break;
        case DB_NULL:
                buf_text(out, "NULL");
                break;
        default:
                buf_int(out, value->integer);
        }
}

/** "in, out, 5": the parameters of a filter, in ${arena}. */
static inline const char *books_params(struct arena *arena, const struct filter *filter)
{
        struct buf out;
        const char *copy;

        buf_init(&out, 1 << 16);
        for (size_t i = 0; i < filter->param_count; i++) {
                buf_text(&out, i ? ", " : "");
                put_param(&out, &filter->params[i]);
        }
        copy = arena_copy(arena, buf_view(&out)).ptr;
        buf_free(&out);
        return copy;
}

/** "code pointer, …": the faults of a request. */
static inline const char *books_faults(struct request *r)
{
        struct buf out;
        const char *copy;

        buf_init(&out, 1 << 16);
        for (const struct fault *fault = r->faults.first; fault; fault = fault->next)
                buf_printf(&out, "%s%s %.*s", out.len ? ", " : "", fault->code,
                           STR_ARG(fault->pointer));
        copy = arena_copy(r->arena, buf_view(&out)).ptr;
        buf_free(&out);
        return copy;
}

#endif
