/**
 * door.c: see door.h.
 */
#include "door.h"

#include "module/module.h"
#include "resource/print.h"

#define COUNT_MAX 9007199254740991 /* what a JSON reader keeps exact */

/* clang-format off */
static const struct field wish_fields[] = {
        {"since",     TYPE_TEXT, .class = PLAIN, .about = "epoch.seq of the last event that was seen: what followed comes first.", .example = "\"1705574100000.41\""},
        {"person_id", TYPE_TEXT, .class = PLAIN, .about = "Only what is about this person.", .example = "\"person_01h455vb4pex5vsknk084sn02q\""},
        {"ticket",    TYPE_TEXT, .class = PLAIN, .about = "One-time ticket of POST /api/v1/auth/ws-ticket, for who can't set headers.", .example = "\"Zk3vYQ\""},
};
static const struct shape wishes = SHAPE("EventWishes", wish_fields, "Which events.");

static const struct field event_fields[] = {
        {"seq",       TYPE_INTEGER, .max = COUNT_MAX, .class = PLAIN, .about = "Counts the tenant's events, without gaps.", .example = "42"},
        {"epoch",     TYPE_INTEGER, .max = COUNT_MAX, .class = PLAIN, .about = "Changes when seq begins anew.", .example = "1705574100000"},
        {"channel",   TYPE_TEXT,    .class = PLAIN, .about = "Kind of records.", .example = "\"persons\""},
        {"type",      TYPE_TEXT,    .class = PLAIN, .about = "What happened.", .example = "\"person_updated\""},
        {"resource",  TYPE_TEXT,    .class = PLAIN, .about = "Kind of record.", .example = "\"person\""},
        {"op",        TYPE_TEXT,    .class = PLAIN, .about = "create, update, delete, or empty: no change of a record.", .example = "\"update\""},
        {"record_id", TYPE_ID,      .class = PLAIN, .about = "Which record, as a UUID.", .example = "\"018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d\""},
        {"at",        TYPE_TIME,    .class = PLAIN, .about = "When it was put into the stream.", .example = "\"2024-01-18T10:35:00Z\""},
        {"doc",       TYPE_ANY,     .class = PERSONAL, .about = "The record as it was then; of a deletion its id.", .example = "{\"id\":\"person_01h455vb4pex5vsknk084sn02q\"}"},
};
static const struct shape event_shape = SHAPE("ChangeEvent", event_fields, "A committed event.");

static const struct field page_fields[] = {
        {"recovered",  TYPE_BOOLEAN, .class = PLAIN, .about = "False: something after since is gone; read the records anew, then go on from next_since.", .example = "true"},
        {"changes",    TYPE_LIST, .members = &event_shape, .class = PERSONAL, .about = "Oldest first; only what the caller may read.", .example = "[]"},
        {"next_since", TYPE_TEXT,    .class = PLAIN, .about = "Send as since next time.", .example = "\"1705574100000.42\""},
        {"more",       TYPE_BOOLEAN, .class = PLAIN, .about = "There are more already.", .example = "false"},
};
static const struct shape page_shape = SHAPE("ChangePage", page_fields, "A page of events.");

#define LISTEN(where, name, text) \
        .method = GET, .path = where, .dialect = &dialect_i, .roles = EVERY_ROLE, .rate = RATE_USER, .query = &wishes, .id = name, .summary = text
#define SOCKET(where, name, text) \
        LISTEN(where, name, text " A WebSocket (RFC 6455); protocol almoner.v1 says hello first; {\"type\":\"ping\"} is answered."), .success = 101, \
        .errors = "UPGRADE_REQUIRED ORIGIN_REFUSED"
#define LOOK(where, name, text) \
        .method = GET, .path = where, .dialect = &dialect_c, .roles = ANYBODY, .rate = RATE_ANONYMOUS, .flags = ROUTE_ALWAYS, .id = name, .summary = text

static const struct door doors[] = {
        {{SOCKET("/ws/persons", "watchPersons", "Persons as they change: person_updated, person_deleted.")}, KIND_PERSONS, MANNER_SOCKET},
        {{SOCKET("/ws/interactions", "watchInteractions", "Interactions as they happen: new_interaction.")}, KIND_INTERACTIONS, MANNER_SOCKET},
        {{SOCKET("/ws/tenant/{tenant_id}", "watchTenant", "Every change that the caller may read, as {type, op, doc}; the tenant must be the caller's.")}, KIND_TENANT, MANNER_SOCKET},
        {{LISTEN("/api/v1/events/stream", "streamEvents", "Every change that the caller may read, as Server-Sent Events; Last-Event-ID catches up."), .produces = "text/event-stream"}, KIND_SSE, MANNER_STREAM},
        {{LISTEN("/api/v1/changes", "listChanges", "The same as pages, for who polls."), .output = &page_shape}, KIND_SSE, MANNER_PAGE},
        {{LOOK("/health/pushd", "getPushdHealth", "Whether the program can do its work now."), .output = &health_shape, .errors = "UNAVAILABLE"}, KIND_SSE, MANNER_HEALTH},
        {{LOOK("/metrics/pushd", "getPushdMetrics", "Counters, in Prometheus' text format."), .produces = "text/plain"}, KIND_SSE, MANNER_METRICS},
};
/* clang-format on */
enum { DOORS = sizeof(doors) / sizeof(doors[0]) };

static bool matches(const char *pattern, struct str path)
{
        const size_t fixed = strcspn(pattern, "{");

        if (!pattern[fixed])
                return str_is(path, pattern);
        return str_starts(path, (struct str){pattern, fixed});
}

const struct door *door_find(struct str path)
{
        for (size_t i = 0; i < DOORS; i++)
                if (matches(doors[i].route.path, path))
                        return &doors[i];
        return NULL;
}

struct str door_parameter(const struct door *door, struct str path)
{
        return str_skip(path, strcspn(door->route.path, "{"));
}

bool door_has_head(const struct door *door)
{
        return door->manner != MANNER_SOCKET && door->manner != MANNER_STREAM;
}

int doors_print(const char *option)
{
        struct route routes[DOORS];
        const struct module_tables tables = {
                .name = "pushd",
                .title = "Live updates",
                .about = "What was committed, to who may read it.",
                .routes = routes,
                .route_count = DOORS,
        };

        for (size_t i = 0; i < DOORS; i++)
                routes[i] = doors[i].route;
        return tables_print(&tables, option);
}
