/**
 * method.c: request methods (RFC 9110 section 9): names, and the sets that Allow and preflights
 * print.
 */
#include "http/http_internal.h"

static const char *const names[METHOD__N] = {
        [GET] = "GET", [POST] = "POST", [PUT] = "PUT", [PATCH] = "PATCH", [DELETE] = "DELETE",
};

const char *method_name(enum method method)
{
        return method < METHOD__N ? names[method] : "other";
}

bool method_parse(struct str text, enum method *method)
{
        for (enum method m = GET; m < METHOD__N; m++)
                if (str_is(text, names[m])) {
                        *method = m;
                        return true;
                }
        return false;
}

void methods_write(unsigned set, struct buf *out)
{
        for (enum method m = GET; m < METHOD__N; m++) {
                if (!(set & 1u << m))
                        continue;
                buf_text(out, names[m]);
                buf_text(out, m == GET ? ", HEAD, " : ", ");
        }
        buf_text(out, "OPTIONS");
}
