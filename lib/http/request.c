/**
 * request.c: reading a request, for handlers.
 */
#include "http/http_internal.h"

struct str request_header(const struct request *r, const char *name)
{
        return r->exchange ? params_find(r->exchange->environment, name) : (struct str){NULL, 0};
}

struct str request_parameter(const struct request *r, const char *name)
{
        for (size_t i = 0; i < r->query_count; i++)
                if (str_is(r->query[i].name, name))
                        return r->query[i].value;
        return (struct str){NULL, 0};
}

ptrdiff_t request_read(struct request *r, void *data, size_t size)
{
        struct exchange *x = r->exchange;
        ptrdiff_t got;

        if (x->body_cut)
                return -1;
        if (x->body_left == 0 || size == 0)
                return 0;
        if ((int64_t)size > x->body_left)
                size = (size_t)x->body_left;
        got = x->transport->read(x->stream, data, size);
        if (got <= 0) {
                x->body_cut = true;
                return -1;
        }
        x->body_left -= got;
        x->received += got;
        return got;
}

struct actor request_actor(const struct request *r)
{
        return (struct actor){
                .user = r->principal.user, .address = r->address, .request_id = r->id};
}

time_ms request_now(const struct request *r)
{
        return r->now - r->now % 1000;
}

enum status request_change(struct request *r, const struct change *change)
{
        const struct actor actor = request_actor(r);
        const enum status status = event_record(r->db, &actor, change);

        if (status != STATUS_OK)
                return status;
        if (uuid_is_zero(&r->receipt))
                r->receipt = change->receipt;
        r->rang = r->rang || change->type;
        return STATUS_OK;
}

bool header_has(struct str list, struct str token)
{
        struct str item, name;

        while (str_cut(&list, ',', &item)) {
                str_cut(&item, ';', &name);
                if (str_eq_nocase(str_trim(name), token))
                        return true;
        }
        return false;
}
