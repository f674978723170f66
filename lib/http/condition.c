/**
 * condition.c: conditional requests (RFC 9110 section 13). A record's entity tag is its version in
 * quotes. nginx weakens it (W/"3") when it compresses an answer, so W/ is ignored in both
 * comparisons: a version names one state exactly.
 */
#include "http/http_internal.h"

/* The opaque part of an entity tag, without W/ and quotes. */
static struct str opaque(struct str tag)
{
        tag = str_trim(tag);
        if (str_starts(tag, STR("W/")))
                tag = str_skip(tag, 2);
        if (tag.len >= 2 && tag.ptr[0] == '"' && tag.ptr[tag.len - 1] == '"')
                tag = (struct str){tag.ptr + 1, tag.len - 2};
        return tag;
}

static bool list_has(struct str list, struct str tag)
{
        struct str item;

        if (str_is(str_trim(list), "*"))
                return true;
        while (str_cut(&list, ',', &item))
                if (item.len && str_eq(opaque(item), tag))
                        return true;
        return false;
}

static struct str condition(const struct request *r, enum param param)
{
        return r->exchange ? r->exchange->params[param] : (struct str){NULL, 0};
}

bool condition_fresh(struct request *r, struct str etag)
{
        const struct str list = condition(r, PARAM_HTTP_IF_NONE_MATCH);
        const struct str tag = opaque(etag);

        if (!list.ptr || r->method != GET || !list_has(list, tag))
                return false;
        respond(r, 304);
        if (!response_find(r, "ETag").ptr)
                response_header(r, "ETag", arena_printf(r->arena, "\"%.*s\"", STR_ARG(tag)));
        return true;
}

enum status condition_check(struct request *r, int64_t version)
{
        const struct str list = condition(r, PARAM_HTTP_IF_MATCH);
        struct buf out;
        char text[24];

        if (!list.ptr)
                return STATUS_OK;
        out = (struct buf){.data = text, .cap = sizeof(text), .max = sizeof(text) - 1};
        buf_int(&out, version);
        if (list_has(list, buf_view(&out)))
                return STATUS_OK;
        return problem(r, PROBLEM_PRECONDITION_FAILED,
                       "The record has changed: its version is %lld", (long long)version);
}
