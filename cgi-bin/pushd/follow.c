/**
 * follow.c: the streams read on from where they were read last, whoever has written them.
 */
#include "follow.h"

#include <stdlib.h>

#include "base/log.h"
#include "event.h"
#include "relay.h"

enum { PERIOD_US = 250000, PAGE = 500, BACK_LOOKS = 12 };

struct place {
        struct tenant_id tenant;
        int64_t seq, epoch;
        int64_t head; /* as it was seen last */
        bool used, noted;
        unsigned back; /* looks in a row at which the head was less than what was read */
};

struct follow {
        struct place *places; /* open addressing; a power of two, at most half full */
        size_t room, count;
        bool looked; /* at all heads once */
        int64_t next_us;
};

static const struct sql sql_select_heads =
        SQL_GLOBAL("SELECT tenant_id, seq, epoch FROM stream_head");
static const struct sql sql_select_on =
        SQL("SELECT " STREAM_COLUMNS
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

bool follow_head(const struct follow *f, const struct tenant_id *tenant, int64_t *seq)
{
        const struct place *place = slot_of(f->places, f->room, tenant);

        *seq = place->seq;
        return place->used && !place->noted;
}

struct event *follow_next(struct follow *f, struct event_row *row)
{
        struct place *place = slot_of(f->places, f->room, &row->tenant);
        struct event *event = NULL;

        if (!place->used)
                return NULL;
        row->epoch = place->epoch;
        if (!place->noted && row->seq == place->seq + 1)
                event = event_of(row);
        if (event)
                place->seq = event->seq;
        else
                place->noted = true;
        return event;
}

struct event *event_from_row(const struct db_rows *rows, int64_t epoch)
{
        const struct event_row row = {
                .tenant = {db_get_uuid(rows, 0)},
                .seq = db_get_int(rows, 1),
                .epoch = epoch,
                .channel = db_get_str(rows, 2),
                .type = db_get_str(rows, 3),
                .resource = db_get_str(rows, 4),
                .op = db_get_str(rows, 5),
                .record = db_get_uuid(rows, 6),
                .body = db_get_str(rows, 7),
                .at = db_get_time(rows, 8),
        };

        return event_of(&row);
}

/* Without memory it is told by the next event that doesn't follow. */
static void tell_missed(const struct place *place, struct mailbox *news)
{
        const struct event_row missed = {
                .tenant = place->tenant, .epoch = place->epoch, .body = STR("")};
        struct event *event = event_of(&missed);

        if (event)
                mailbox_put(news, &event->link);
}

/* True when a whole page was read: there may be more. */
static bool read_page(struct place *place, struct db *db, struct mailbox *news)
{
        struct letter *first = NULL, **end = &first;
        int64_t seq = place->seq;
        struct db_rows rows;
        size_t count = 0;
        bool whole = true, missed = false;

        db_scope(db, &place->tenant);
        if (db_query(db, &sql_select_on, DB_PARAMS(db_int(seq), db_int(PAGE)), &rows) != STATUS_OK)
                return false;
        while (db_next(&rows)) {
                struct event *event = event_from_row(&rows, place->epoch);

                whole = event != NULL;
                if (!whole)
                        break;
                missed = missed || event->seq != seq + 1;
                seq = event->seq;
                *end = &event->link;
                end = &event->link.next;
                count++;
        }
        whole = db_end(&rows) == STATUS_OK && whole && count < PAGE;
        if (whole && seq < place->head) {
                seq = place->head; /* what was there is too old by now */
                missed = true;
        }
        place->seq = seq; /* what was read is right; the rest is read again */
        place->noted = false;
        if (missed)
                tell_missed(place, news);
        mailbox_put(news, first);
        return count == PAGE;
}

static void read_noted(struct follow *f, struct db *db, struct mailbox *news)
{
        for (size_t i = 0; i < f->room; i++)
                if (f->places[i].used && f->places[i].noted)
                        while (read_page(&f->places[i], db, news))
                                ;
}

/* A node that lags behind shows an older head for a moment; a restored database for good. */
static void went_back(struct place *place, int64_t seq, struct mailbox *news)
{
        place->back++;
        if (place->back < BACK_LOOKS)
                return;
        LOG(WARN, "pushd.stream_went_back", LOG_INT("from", place->seq), LOG_INT("to", seq));
        place->seq = seq;
        place->back = 0;
        tell_missed(place, news);
}

static void see_head(struct place *place, int64_t seq, int64_t epoch, bool first,
                     struct mailbox *news)
{
        const bool anew = place->epoch && place->epoch != epoch;

        if (first || anew)
                place->seq = seq;
        place->epoch = epoch;
        place->head = seq;
        if (anew)
                tell_missed(place, news);
        if (seq < place->seq) {
                went_back(place, seq, news);
                return;
        }
        place->back = 0;
        place->noted = place->noted || seq > place->seq;
}

void follow_poll(struct follow *f, struct db *db, struct mailbox *news)
{
        if (time_monotonic_us() >= f->next_us)
                follow_look(f, db, news);
}

void follow_look(struct follow *f, struct db *db, struct mailbox *news)
{
        struct db_rows rows;

        f->next_us = time_monotonic_us() + PERIOD_US;
        db_scope(db, NULL);
        if (db_query(db, &sql_select_heads, DB_NO_PARAMS, &rows) != STATUS_OK)
                return;
        while (db_next(&rows)) {
                const struct tenant_id tenant = {db_get_uuid(&rows, 0)};
                struct place *place = place_of(f, &tenant);

                if (place)
                        see_head(place, db_get_int(&rows, 1), db_get_int(&rows, 2), !f->looked,
                                 news);
        }
        f->looked = db_end(&rows) == STATUS_OK || f->looked;
        read_noted(f, db, news);
}
