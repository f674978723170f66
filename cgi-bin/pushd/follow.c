/**
 * follow.c: the streams read on from where they were read last, whoever has written them.
 */
#include "follow.h"

#include <stdlib.h>

#include "event.h"
#include "relay.h"

enum { PERIOD_US = 250000, PAGE = 500 };

struct place {
        struct tenant_id tenant;
        int64_t seq;
        bool used, noted;
};

struct follow {
        struct place *places; /* open addressing; a power of two, at most half full */
        size_t room, count;
        bool looked; /* at all heads once */
        int64_t next_us;
};

static const struct sql sql_select_heads = SQL_GLOBAL("SELECT tenant_id, seq FROM stream_head");
static const struct sql sql_select_on =
        SQL("SELECT " STREAM_COLUMNS ", (SELECT epoch FROM stream_head WHERE tenant_id = :tenant)"
            " FROM stream WHERE tenant_id = :tenant AND seq > ? ORDER BY seq LIMIT ?");

struct follow *follow_create(void)
{
        struct follow *follow = calloc(1, sizeof(*follow));

        if (!follow)
                return NULL;
        follow->room = 64;
        follow->places = calloc(follow->room, sizeof(*follow->places));
        if (follow->places)
                return follow;
        free(follow);
        return NULL;
}

void follow_destroy(struct follow *follow)
{
        if (follow)
                free(follow->places);
        free(follow);
}

static struct place *slot_of(struct place *places, size_t room, const struct tenant_id *tenant)
{
        size_t slot;

        memcpy(&slot, tenant->uuid.bytes + 8, sizeof(slot));
        for (slot &= room - 1; places[slot].used; slot = (slot + 1) & (room - 1))
                if (uuid_eq(&places[slot].tenant.uuid, &tenant->uuid))
                        break;
        return &places[slot];
}

static bool grow(struct follow *f)
{
        struct place *places = calloc(f->room * 2, sizeof(*places));

        if (!places)
                return false;
        for (size_t i = 0; i < f->room; i++)
                if (f->places[i].used)
                        *slot_of(places, f->room * 2, &f->places[i].tenant) = f->places[i];
        free(f->places);
        f->places = places;
        f->room *= 2;
        return true;
}

/* NULL without memory: then it is looked for again at the next poll. */
static struct place *place_of(struct follow *f, const struct tenant_id *tenant)
{
        struct place *place;

        if (f->count * 2 >= f->room && !grow(f))
                return NULL;
        place = slot_of(f->places, f->room, tenant);
        if (!place->used) {
                *place = (struct place){.tenant = *tenant, .used = true};
                f->count++;
        }
        return place;
}

bool follow_ready(const struct follow *f)
{
        return f->looked;
}

void follow_note(struct follow *f, const struct tenant_id *tenant)
{
        struct place *place = place_of(f, tenant);

        if (place)
                place->noted = true;
}

static void copy_text(char *out, size_t size, struct str text)
{
        const size_t length = text.len < size - 1 ? text.len : size - 1;

        memcpy(out, text.ptr, length);
        out[length] = 0;
}

struct event *event_from_row(const struct db_rows *rows, int64_t epoch)
{
        struct event *event = event_new(db_get_str(rows, 7));

        if (!event)
                return NULL;
        event->tenant.uuid = db_get_uuid(rows, 0);
        event->seq = db_get_int(rows, 1);
        event->epoch = epoch;
        copy_text(event->channel, sizeof(event->channel), db_get_str(rows, 2));
        copy_text(event->type, sizeof(event->type), db_get_str(rows, 3));
        copy_text(event->resource, sizeof(event->resource), db_get_str(rows, 4));
        copy_text(event->op, sizeof(event->op), db_get_str(rows, 5));
        event->record = db_get_uuid(rows, 6);
        event->at = db_get_time(rows, 8);
        return event;
}

/* True when a whole page was read: there may be more. */
static bool read_page(struct place *place, struct db *db, struct mailbox *news)
{
        struct letter *first = NULL, **end = &first;
        int64_t seq = place->seq;
        struct db_rows rows;
        size_t count = 0;

        db_scope(db, &place->tenant);
        if (db_query(db, &sql_select_on, DB_PARAMS(db_int(seq), db_int(PAGE)), &rows) != STATUS_OK)
                return false;
        while (db_next(&rows)) {
                struct event *event = event_from_row(&rows, db_get_int(&rows, STREAM_COLUMN__N));

                if (!event)
                        break;
                seq = event->seq;
                *end = &event->link;
                end = &event->link.next;
                count++;
        }
        (void)db_end(&rows); /* what was read is right; the rest is read again */
        place->seq = seq;
        place->noted = false;
        mailbox_put(news, first);
        return count == PAGE;
}

void follow_read_noted(struct follow *f, struct db *db, struct mailbox *news)
{
        for (size_t i = 0; i < f->room; i++)
                if (f->places[i].used && f->places[i].noted)
                        while (read_page(&f->places[i], db, news))
                                ;
}

void follow_poll(struct follow *f, struct db *db, struct mailbox *news)
{
        struct db_rows rows;

        if (time_monotonic_us() < f->next_us)
                return;
        f->next_us = time_monotonic_us() + PERIOD_US;
        db_scope(db, NULL);
        if (db_query(db, &sql_select_heads, DB_NO_PARAMS, &rows) != STATUS_OK)
                return;
        while (db_next(&rows)) {
                const struct tenant_id tenant = {db_get_uuid(&rows, 0)};
                const int64_t seq = db_get_int(&rows, 1);
                struct place *place = place_of(f, &tenant);

                if (!place)
                        continue;
                if (!f->looked)
                        place->seq = seq;
                else
                        place->noted = place->noted || seq > place->seq;
        }
        f->looked = db_end(&rows) == STATUS_OK || f->looked;
        follow_read_noted(f, db, news);
}
