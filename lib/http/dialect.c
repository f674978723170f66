/**
 * dialect.c: how the five families of paths speak: envelopes of lists and the members that their
 * clients expect in an error beside those of RFC 9457. One row each; nothing else in the product
 * asks which family it is.
 */
#include "http/http_internal.h"

static void error_text(struct emit *e, const struct request *r, const struct problem_body *p)
{
        (void)r;
        emit_member_str(e, "error", p->detail);
}

static void emit_details(struct emit *e, const struct fault *fault)
{
        emit_key(e, "details");
        emit_array(e);
        for (; fault; fault = fault->next) {
                emit_object(e);
                emit_member_str(e, "pointer", fault->pointer);
                emit_member_text(e, "code", fault->code);
                emit_member_str(e, "message", fault->detail);
                emit_object_end(e);
        }
        emit_array_end(e);
}

static void error_object(struct emit *e, const struct request *r, const struct problem_body *p)
{
        (void)r;
        emit_key(e, "error");
        emit_object(e);
        emit_member_text(e, "code", problem_code(p->problem));
        emit_member_str(e, "message", p->detail);
        emit_details(e, p->faults);
        emit_object_end(e);
}

/* "detail" and "code" are there already. */
static void error_none(struct emit *e, const struct request *r, const struct problem_body *p)
{
        (void)e, (void)r, (void)p;
}

static void error_success_false(struct emit *e, const struct request *r,
                                const struct problem_body *p)
{
        emit_member_bool(e, "success", false);
        emit_member_str(e, "message", p->detail);
        emit_key(e, "error");
        emit_object(e);
        emit_member_text(e, "code", problem_code(p->problem));
        emit_object_end(e);
        emit_member_time(e, "timestamp", request_now(r));
        emit_member_str(e, "path", r->path);
}

static void open_plural(struct emit *e, const char *plural)
{
        emit_object(e);
        emit_key(e, plural);
        emit_array(e);
}

static void open_bare(struct emit *e, const char *plural)
{
        (void)plural;
        emit_array(e);
}

static void open_items(struct emit *e, const char *plural)
{
        (void)plural;
        open_plural(e, "items");
}

static void open_success(struct emit *e, const char *plural)
{
        emit_object(e);
        emit_member_bool(e, "success", true);
        emit_key(e, plural);
        emit_array(e);
}

static void close_with(struct emit *e, int64_t total, const struct page *page,
                       const char *size_word, struct str next_cursor)
{
        emit_array_end(e);
        emit_member_int(e, "total", total);
        if (size_word) {
                emit_member_int(e, "page", page->number);
                emit_member_int(e, size_word, page->size);
        }
        if (next_cursor.len)
                emit_member_str(e, "next_cursor", next_cursor);
        emit_object_end(e);
}

static void close_bare(struct emit *e, const char *plural, int64_t total, const struct page *page,
                       struct str next_cursor)
{
        (void)plural, (void)total, (void)page, (void)next_cursor;
        emit_array_end(e);
}

/* clang-format off */
#define CLOSE(name, word) \
        static void name(struct emit *e, const char *plural, int64_t total, const struct page *page, struct str next_cursor) \
        { \
                (void)plural; \
                close_with(e, total, page, word, next_cursor); \
        }
CLOSE(close_p, "per_page")
CLOSE(close_i, "page_size")
CLOSE(close_r, NULL)
CLOSE(close_c, "limit")

static const struct history_words brief = {"at", "op", "actor_id", "before", "after"};
static const struct history_words full = {"changed_at", "change_type", "changed_by", "before_state", "after_state"};

#define SAID (REMOVAL_MESSAGE | REMOVAL_ID)

/*                                name  invalid create delete  size  max   refuses loc    named  removal          size word    history problem members      list open     list close */
const struct dialect dialect_p = {"P",  400,    201,   200,    50,   200,  false,  false, false, SAID,            "per_page",  &brief, error_text,          open_plural,  close_p};
const struct dialect dialect_i = {"I",  400,    201,   200,    20,   100,  true,   false, true,  REMOVAL_PLAIN,   "page_size", &full,  error_object,        open_plural,  close_i};
const struct dialect dialect_b = {"B",  422,    200,   200,    50,   200,  false,  true,  false, SAID,            NULL,        &brief, error_none,          open_bare,    close_bare};
const struct dialect dialect_r = {"R",  422,    201,   204,    1000, 1000, false,  false, false, REMOVAL_PLAIN,   NULL,        &brief, error_none,          open_items,   close_r};
const struct dialect dialect_c = {"C",  400,    201,   200,    20,   100,  false,  false, false, REMOVAL_MESSAGE, "limit",     &brief, error_success_false, open_success, close_c};

/* Longest prefix first: who speaks where no route matched. */
static const struct {
        const char *prefix;
        const struct dialect *dialect;
} speakers[] = {
        {"/api/v1/people",               &dialect_r},
        {"/api/v1/credentials",          &dialect_r},
        {"/api/v1/procedures",           &dialect_r},
        {"/api/v1/assignments",          &dialect_r},
        {"/api/v1/blocks",               &dialect_r},
        {"/api/v1",                      &dialect_i},
        {"/api/persons",                 &dialect_p},
        {"/api/interactions",            &dialect_p},
        {"/api/cases",                   &dialect_p},
        {"/api/reports/intervention",    &dialect_p},
        {"/api/auth",                    &dialect_b},
        {"/api/patients",                &dialect_b},
        {"/api/documents",               &dialect_b},
        {"/api/tasks",                   &dialect_b},
        {"/api/claims",                  &dialect_b},
        {"/api/appointments",            &dialect_b},
        {"/api/dashboard/stats",         &dialect_b},
        {"/api/dashboard/appointments",  &dialect_b},
        {"/api/copilot",                 &dialect_b},
        {"/.well-known",                 &dialect_b},
        {"/",                            &dialect_c},
};
/* clang-format on */

const struct dialect *dialect_of_path(struct str path)
{
        for (size_t i = 0; i < sizeof(speakers) / sizeof(speakers[0]); i++) {
                const struct str prefix = str_of(speakers[i].prefix);

                if (str_starts(path, prefix) &&
                    (path.len == prefix.len || path.ptr[prefix.len] == '/' || prefix.len == 1))
                        return speakers[i].dialect;
        }
        return &dialect_c;
}
