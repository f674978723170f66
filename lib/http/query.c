/**
 * query.c: query strings (application/x-www-form-urlencoded, WHATWG URL section 5), strictly: what
 * can't be read exactly is refused rather than guessed.
 */
#include "http/http_internal.h"

enum { PARAMETERS_MAX = 64 };

static size_t count_pieces(struct str text)
{
        size_t count = 1;

        for (size_t i = 0; i < text.len; i++)
                count += text.ptr[i] == '&';
        return count;
}

static enum status take_parameter(struct arena *arena, struct str piece, struct parameter *out)
{
        struct str name, value = piece;
        enum status status;

        str_cut(&value, '=', &name);
        if (!value.ptr)
                value = STR("");
        status = percent_decode(arena, name, true, &out->name);
        return status == STATUS_OK ? percent_decode(arena, value, true, &out->value) : status;
}

static bool repeated(const struct parameter *parameters, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (str_eq(parameters[i].name, parameters[count].name))
                        return true;
        return false;
}

enum status query_parse(struct arena *arena, struct str text, struct parameter **out, size_t *count)
{
        const size_t pieces = text.len ? count_pieces(text) : 0;
        struct str piece;

        *out = NULL;
        *count = 0;
        if (pieces == 0)
                return STATUS_OK;
        if (pieces > PARAMETERS_MAX)
                return STATUS_INVALID;
        *out = arena_new(arena, struct parameter, pieces);
        if (!*out)
                return STATUS_NOMEM;
        while (str_cut(&text, '&', &piece)) {
                enum status status;

                if (piece.len == 0)
                        continue;
                status = take_parameter(arena, piece, *out + *count);
                if (status == STATUS_OK && repeated(*out, *count))
                        status = STATUS_INVALID;
                if (status != STATUS_OK)
                        return status;
                ++*count;
        }
        return STATUS_OK;
}
