/**
 * revoke.c: the set of sessions that ended before their tokens did.
 *
 * Polling looks a minute further back than the last one that worked, because a revocation becomes
 * visible when it commits, not when it is dated.
 */
#include "auth/auth_internal.h"

#include <stdlib.h>

enum { OVERLAP_MS = 60000, FIRST_ROOM = 256 };

struct ended {
        struct session_id session;
        time_ms until; /* 0: free */
};

struct revoked {
        pthread_rwlock_t lock;
        struct ended *slots; /* open addressing */
        size_t room, count;
};

static const struct sql sql_select_recent =
        SQL_GLOBAL("SELECT id, expires_at FROM sessions WHERE revoked_at >= ? AND expires_at > ?");

struct revoked *revoked_create(void)
{
        struct revoked *revoked = calloc(1, sizeof(*revoked));

        if (!revoked)
                return NULL;
        revoked->slots = calloc(FIRST_ROOM, sizeof(*revoked->slots));
        revoked->room = FIRST_ROOM;
        if (revoked->slots && pthread_rwlock_init(&revoked->lock, NULL) == 0)
                return revoked;
        free(revoked->slots);
        free(revoked);
        return NULL;
}

void revoked_destroy(struct revoked *revoked)
{
        if (!revoked)
                return;
        pthread_rwlock_destroy(&revoked->lock);
        free(revoked->slots);
        free(revoked);
}

/* Where the session is, or where it would go. Ids are random in their last half. */
static struct ended *slot_of(struct ended *slots, size_t room, const struct session_id *session)
{
        uint64_t at;

        memcpy(&at, session->uuid.bytes + 8, sizeof(at));
        while (slots[at % room].until && !uuid_eq(&slots[at % room].session.uuid, &session->uuid))
                at++;
        return &slots[at % room];
}

bool revoked_has(struct revoked *revoked, const struct session_id *session)
{
        bool has;

        pthread_rwlock_rdlock(&revoked->lock);
        has = slot_of(revoked->slots, revoked->room, session)->until != 0;
        pthread_rwlock_unlock(&revoked->lock);
        return has;
}

/* Into a new table of ${room} slots, without what ended before ${now}. */
static bool rebuild(struct revoked *revoked, size_t room, time_ms now)
{
        struct ended *slots = calloc(room, sizeof(*slots));
        size_t count = 0;

        if (!slots)
                return false;
        for (size_t i = 0; i < revoked->room; i++)
                if (revoked->slots[i].until > now) {
                        *slot_of(slots, room, &revoked->slots[i].session) = revoked->slots[i];
                        count++;
                }
        free(revoked->slots);
        revoked->slots = slots;
        revoked->room = room;
        revoked->count = count;
        return true;
}

static bool set_locked(struct revoked *revoked, const struct session_id *session, time_ms until)
{
        struct ended *slot;

        if (revoked->count * 2 >= revoked->room && !rebuild(revoked, revoked->room * 2, 0) &&
            revoked->count + 1 >= revoked->room)
                return false;
        slot = slot_of(revoked->slots, revoked->room, session);
        revoked->count += slot->until == 0;
        *slot = (struct ended){*session, until};
        return true;
}

bool revoked_set(struct revoked *revoked, const struct session_id *session, time_ms until)
{
        bool set;

        pthread_rwlock_rdlock(&revoked->lock);
        set = slot_of(revoked->slots, revoked->room, session)->until == until;
        pthread_rwlock_unlock(&revoked->lock);
        if (set) /* polls mostly bring what is known: readers needn't wait for that */
                return true;
        pthread_rwlock_wrlock(&revoked->lock);
        set = set_locked(revoked, session, until);
        pthread_rwlock_unlock(&revoked->lock);
        return set;
}

static void sweep(struct revoked *revoked, time_ms now)
{
        pthread_rwlock_wrlock(&revoked->lock);
        (void)rebuild(revoked, revoked->room, now);
        pthread_rwlock_unlock(&revoked->lock);
}

enum status revoked_poll(struct revoked *revoked, struct db *db, time_ms since, time_ms now)
{
        const time_ms leeway = AUTH_LEEWAY * 1000; /* tokens are good for so long after their end */
        const time_ms from = since ? since - OVERLAP_MS : 0;
        bool noted = true;
        struct db_rows rows;
        enum status status = db_query(db, &sql_select_recent,
                                      DB_PARAMS(db_time(from), db_time(now - leeway)), &rows);

        while (status == STATUS_OK && db_next(&rows)) {
                const struct session_id session = {db_get_uuid(&rows, 0)};

                noted &= revoked_set(revoked, &session, db_get_time(&rows, 1) + leeway);
        }
        if (status == STATUS_OK)
                status = db_end(&rows);
        if (!since && status == STATUS_OK)
                sweep(revoked, now);
        return status == STATUS_OK && !noted ? STATUS_NOMEM : status;
}
