/**
 * pdf_mark.c: an incremental update (ISO 32000-1, 7.5.6) of what cairo wrote: the catalogue again,
 * with what makes readers use the tags (14.7.1, 14.9.2).
 */
#include <string.h>

#include "base/num.h"
#include "report/pdf_internal.h"

/* The last place of ${needle}; absent when there is none, else from there to the end. */
static struct str find_last(struct str text, const char *needle)
{
        const size_t length = strlen(needle);

        for (size_t at = text.len >= length ? text.len - length + 1 : 0; at-- > 0;)
                if (memcmp(text.ptr + at, needle, length) == 0)
                        return (struct str){text.ptr + at, text.len - at};
        return (struct str){NULL, 0};
}

static size_t digits_of(struct str text)
{
        size_t length = 0;

        while (length < text.len && text.ptr[length] >= '0' && text.ptr[length] <= '9')
                length++;
        return length;
}

/* The number after ${name}; 0 when there is none. */
static int64_t number_after(struct str text, const char *name)
{
        struct str digits = find_last(text, name);
        int64_t number = 0;

        if (!digits.ptr)
                return 0;
        digits.ptr += strlen(name);
        digits.len -= strlen(name);
        digits.len = digits_of(digits);
        return num_parse(digits, 1, INT32_MAX, &number) ? number : 0;
}

struct trailer {
        int64_t size, root, info, xref;
};

static bool read_trailer(struct str document, struct trailer *t)
{
        const struct str text = find_last(document, "trailer");

        *t = (struct trailer){
                number_after(text, "/Size "),
                number_after(text, "/Root "),
                number_after(text, "/Info "),
                number_after(text, "startxref\n"),
        };
        return t->size && t->root && t->info && t->xref;
}

/* "<< /Type /Catalog …" without its ">>"; absent unless it is as cairo writes it. */
static struct str find_catalogue(struct str document, int64_t root)
{
        char name[40];
        struct buf out = {.data = name, .cap = sizeof(name), .max = sizeof(name) - 1};
        struct str found, end;

        buf_printf(&out, "\n%lld 0 obj\n", (long long)root);
        found = find_last(document, name);
        if (!found.ptr)
                return found;
        found = (struct str){found.ptr + out.len, found.len - out.len};
        end = find_last(found, ">>\nendobj");
        if (!end.ptr)
                return end;
        return (struct str){found.ptr, (size_t)(end.ptr - found.ptr)};
}

void pdf_mark(struct buf *out, size_t start)
{
        const struct str document = {out->data + start, out->len - start};
        struct trailer t;
        struct str old;
        struct buf update;
        size_t catalogue, xref;

        if (!buf_ok(out) || !read_trailer(document, &t))
                return;
        old = find_catalogue(document, t.root);
        if (!old.ptr || find_last(old, "/MarkInfo").ptr)
                return;
        buf_init(&update, 4096);
        catalogue = document.len;
        buf_printf(&update,
                   "%lld 0 obj\n%.*s   /MarkInfo << /Marked true >>\n   /Lang (en)\n"
                   "   /ViewerPreferences << /DisplayDocTitle true >>\n>>\nendobj\n",
                   (long long)t.root, STR_ARG(old));
        xref = catalogue + update.len;
        buf_printf(&update,
                   "xref\n%lld 1\n%010zu 00000 n \ntrailer\n<< /Size %lld\n   /Root %lld 0 R\n"
                   "   /Info %lld 0 R\n   /Prev %lld\n>>\nstartxref\n%zu\n%%%%EOF\n",
                   (long long)t.root, catalogue, (long long)t.size, (long long)t.root,
                   (long long)t.info, (long long)t.xref, xref);
        if (buf_ok(&update))
                buf_str(out, buf_view(&update));
        buf_free(&update);
}
