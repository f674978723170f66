/**
 * health.c: GET /health/<name> tells whether this program can do its work now, GET /metrics/<name>
 * what it has done. Both answer without a rate limit; nginx shows metrics to loopback and listed
 * addresses only.
 */
#include "module/module_internal.h"

#include "db/schema.h"

/* Read-only once threads run. */
static struct {
        const char *name;
        struct service *service;
} bound;

/* clang-format off */
static const struct field check_fields[] = {
        {"database", TYPE_TEXT,    .class = PLAIN, .about = "ok when it answered.",       .example = "\"ok\""},
        {"schema",   TYPE_INTEGER, .class = PLAIN, .about = "Newest migration applied.",  .example = "2"},
};
static const struct shape check_shape = SHAPE("HealthChecks", check_fields, "What was looked at.");

static const struct field health_fields[] = {
        {"success",   TYPE_BOOLEAN, .class = PLAIN, .about = "Always true.",              .example = "true"},
        {"message",   TYPE_TEXT,    .class = PLAIN, .about = "A sentence.",               .example = "\"persons is healthy\""},
        {"timestamp", TYPE_TIME,    .class = PLAIN, .about = "When it was looked at.",    .example = "\"2024-01-18T10:30:00Z\""},
        {"service",   TYPE_TEXT,    .class = PLAIN, .about = "The module that answered.", .example = "\"persons\""},
        {"version",   TYPE_TEXT,    .class = PLAIN, .about = "Of the program.",           .example = "\"1.0.0\""},
        {"checks",    TYPE_OBJECT,  .class = PLAIN, .members = &check_shape, .about = "What was looked at.", .example = "{\"database\":\"ok\",\"schema\":2}"},
};
const struct shape health_shape = SHAPE("Health", health_fields, "The state of a module.");
/* clang-format on */

static enum status health(struct request *r)
{
        int64_t version = 0;
        struct emit *e;

        if (schema_version(r->db, &version) != STATUS_OK)
                return problem(r, PROBLEM_UNAVAILABLE, "%s can't reach the database", bound.name);
        if (version < SCHEMA_VERSION)
                return problem(r, PROBLEM_UNAVAILABLE, "%s needs schema %d, the database has %lld",
                               bound.name, SCHEMA_VERSION, (long long)version);
        e = respond_json(r, 200);
        emit_object(e);
        emit_member_bool(e, "success", true);
        emit_member_str(e, "message", arena_printf(r->arena, "%s is healthy", bound.name));
        emit_member_time(e, "timestamp", request_now(r));
        emit_member_text(e, "service", bound.name);
        emit_member_text(e, "version", ALMONER_VERSION);
        emit_key(e, "checks");
        emit_object(e);
        emit_member_text(e, "database", "ok");
        emit_member_int(e, "schema", version);
        emit_object_end(e);
        emit_object_end(e);
        return STATUS_OK;
}

static enum status metrics(struct request *r)
{
        service_metrics(bound.service,
                        respond_bytes(r, 200, "text/plain; version=0.0.4; charset=utf-8"));
        return STATUS_OK;
}

/* "persons" -> "getPersonsHealth" */
static const char *operation_id(struct arena *arena, const char *name, const char *what)
{
        const char first = name[0] >= 'a' && name[0] <= 'z' ? (char)(name[0] - 'a' + 'A') : name[0];

        return arena_printf(arena, "get%c%s%s", first, name + 1, what).ptr;
}

bool health_routes(const char *name, struct arena *arena, struct route out[static HEALTH_ROUTES])
{
        const struct route look = {
                .method = GET,
                .handler = health,
                .dialect = &dialect_c,
                .roles = ANYBODY,
                .rate = RATE_ANONYMOUS,
                .flags = ROUTE_ALWAYS,
                .output = &health_shape,
                .errors = "UNAVAILABLE",
                .summary = "Whether the module can do its work now.",
        };

        bound.name = name;
        for (size_t i = 0; i < HEALTH_ROUTES; i++)
                out[i] = look;
        out[0].path = arena_printf(arena, "/health/%s", name).ptr;
        out[0].id = operation_id(arena, name, "Health");
        out[1].path = "/health";
        out[1].id = operation_id(arena, name, "HealthShort");
        out[2].path = "/api/health";
        out[2].id = operation_id(arena, name, "HealthApi");
        out[3].path = arena_printf(arena, "/metrics/%s", name).ptr;
        out[3].id = operation_id(arena, name, "Metrics");
        out[3].handler = metrics;
        out[3].output = NULL;
        out[3].errors = NULL;
        out[3].produces = "text/plain";
        out[3].summary = "Counters and latencies a route, in Prometheus' text format.";
        return out[0].path && out[0].id && out[1].id && out[2].id && out[3].path && out[3].id;
}

void health_bind(struct service *service)
{
        bound.service = service;
}
