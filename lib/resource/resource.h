/**
 * resource.h: records declared as tables, and the handlers that interpret them.
 *
 * A resource is a table of fields over one database table that has the columns tenant_id, id,
 * version, created_at and updated_at. From the rows come validation, every SQL statement (always
 * with tenant_id = :tenant), JSON streamed from the result buffers, filters, sorting, CSV, the
 * audit's before and after, and the OpenAPI document. The generic handler is named in the route's
 * row: deleting the row deletes the endpoint. Three hooks, one signature, carry what is special.
 *
 *     static const struct route routes[] = {
 *             LIST  (person, "/api/persons",      READERS, "List persons."),
 *             CREATE(person, "/api/persons",      WRITERS, "Add a person."),
 *             READ  (person, "/api/persons/{id}", READERS, "Get a person."),
 */
#ifndef ALMONER_RESOURCE_RESOURCE_H
#define ALMONER_RESOURCE_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "field/field.h"
#include "http/http.h"

/** A change as hooks see it. */
struct resource_change {
        const struct resource *resource;
        enum change_op op;
        struct uuid id;
        const struct record *before; /* NULL on create */
        struct record *after; /* NULL on delete; on update holds all fields as they will be, given[]
                                 = changed */
        bool restores;        /* ${after} is an earlier version: what it names may be gone */
};

/** A hook: STATUS_OK to go on; anything else ends the request (after problem(), or adding to
 * r->faults and STATUS_INVALID). An import calls them for each row, before() perhaps twice; its
 * check's faults are the row's. */
typedef enum status resource_hook(struct request *r, struct resource_change *change);

/** A filter that is no column: ?name=value adds ${sql}, a constant condition with one "?" for each
 * time ${uses}. */
struct resource_filter {
        struct field field; /* name, type, bounds, about, example */
        const char *sql;
        unsigned uses; /* 0 means 1 */
        bool until;    /* an upper bound of a time: a bare date means the end of that day, not its
                          start */
};

/** A word for ?sort= that is no field name; "-word" is the other way round. */
struct resource_sort {
        const char *word;
        size_t field; /* index in the shape */
        bool descending;
};

/** What a violated unique index means. */
struct resource_unique {
        const char *index;
        size_t field;
        enum problem problem;
        unsigned status; /* 0: the problem's */
        const char *detail;
};

/** A field that names a record of another table: 422 or 400 when there is none. */
struct resource_reference {
        size_t field;
        const char *table;
        const char *condition; /* " AND …": constant SQL it must fulfil too; NULL: none */
        const char *detail;    /* "faculty_id must name a faculty member" */
};

enum { RESOURCE_TALLY_DIMENSIONS_MAX = 4 };

struct resource {
        const char *name; /* "person": audit, totals, hooks */
        const char *key;  /* envelope key of one record, where the family has one; NULL: as name */
        const char *plural; /* "persons": envelope key */
        const char *label;  /* "Person": texts */
        const char *noun; /* "SitePerson": in the names of operations, where the label is not unique
                             in the product; NULL: label and plural */
        const char *table;
        const struct dialect *dialect;
        const struct shape *shape; /* row 0 is the id (TYPE_ID, read-only) */
        enum problem not_found;
        const struct resource_unique *uniques;
        size_t unique_count;
        const struct resource_filter *filters;
        size_t filter_count;
        const struct resource_reference *references;
        size_t reference_count;
        const struct resource_sort *sorts;
        size_t sort_count;
        const char *default_sort; /* as in ?sort=, e.g. "-created_at" */
        bool of_site; /* only members of a record's site see it, editors change it (site/site.h) */
        size_t site;  /* the field that names the site, of such a resource */
        size_t tally[RESOURCE_TALLY_DIMENSIONS_MAX]; /* enum fields (and the site) whose
                                                        combinations are counted exactly */
        size_t tally_count;
        bool daily;     /* what is read depends on the day too: nothing is answered 304 */
        bool marks_phi; /* answers say X-Contains-PHI and which fields are personal */
        bool indexed;   /* texts with FIELD_SEARCH are in the search index (search/search.h) */
        size_t title;   /* the field whose words weigh more, of such a resource */
        resource_hook *check, *before, *after;
        const char *channel;                     /* of events; NULL: no events */
        const char *created, *updated, *deleted; /* event types */
};

/* The generic handlers. Path parameter 0 is the id where there is one. */
handler_fn resource_list, resource_read, resource_create, resource_update, resource_replace,
        resource_remove, resource_history;

/**
 * resource_search: ?query=: a page of an indexed resource's records, the best first, each with
 * "highlights": its texts as HTML with the found words in <mark>. The total is exact up to
 * a bound (search/search.h); then "total_is_minimum" is true.
 */
handler_fn resource_search;
extern const struct shape search_query;

/** resource_reindex(db, resource): make the index of an indexed resource anew, for all tenants;
 * searches find less meanwhile. */
enum status resource_reindex(struct db *db, const struct resource *resource);

/**
 * resource_restore: path parameters id and version: the record as it was at that version, told by
 * the audit, becomes its newest version; one that was deleted comes back under its old id. 404
 * VERSION_NOT_FOUND for a version that never was.
 */
handler_fn resource_restore;

/**
 * resource_import: many records from a streamed body, CSV or NDJSON, in constant memory. ?mode=all
 * keeps all rows or none (422 IMPORT_REFUSED with a fault a bad row), ?mode=good keeps the good
 * ones and reports the bad ones; ?dry_run=true only tells. At most IMPORT_REPORT_MAX bad rows are
 * listed, the others counted. resource_export: the records of a filter, streamed as CSV or NDJSON
 * (?format= or Accept), formulas defused.
 */
handler_fn resource_import, resource_export;
extern const struct shape import_query, import_out, export_query;
enum { IMPORT_REPORT_MAX = 1000 };

/* clang-format off */
#define IMPORT(res, where, who, text) \
        {.method = POST, .path = where, .handler = resource_import, .roles = who, .rate = RATE_BULK, .resource = &res, .query = &import_query, .output = &import_out, \
         .flags = ROUTE_STREAM_BODY | ROUTE_NO_TRANSACTION, .consumes = "text/csv application/x-ndjson", .success = 200, .errors = "IMPORT_REFUSED", .summary = text}
#define EXPORT(res, where, who, text) \
        {.method = GET, .path = where, .handler = resource_export, .roles = who, .rate = RATE_BULK, .resource = &res, .produces = "text/csv application/x-ndjson", .flags = ROUTE_ANY_QUERY, .query = &export_query, .summary = text}
#define RECORD_ROUTE(verb, res, where, who, does, text) \
        {.method = verb, .path = where, .handler = does, .roles = who, .rate = RATE_USER, .resource = &res, .summary = text}
#define LIST(res, path, roles, text)    RECORD_ROUTE(GET,    res, path, roles, resource_list,    text)
#define READ(res, path, roles, text)    RECORD_ROUTE(GET,    res, path, roles, resource_read,    text)
#define CREATE(res, path, roles, text)  RECORD_ROUTE(POST,   res, path, roles, resource_create,  text)
#define UPDATE(res, path, roles, text)  RECORD_ROUTE(PUT,    res, path, roles, resource_replace, text)
#define MERGE(res, path, roles, text)   RECORD_ROUTE(PATCH,  res, path, roles, resource_update,  text)
#define REMOVE(res, path, roles, text)  RECORD_ROUTE(DELETE, res, path, roles, resource_remove,  text)
#define RESTORE(res, where, who, text) \
        {.method = POST, .path = where, .handler = resource_restore, .roles = who, .rate = RATE_USER, .resource = &res, .flags = ROUTE_EMPTY_BODY, .success = 200, \
         .errors = "VERSION_NOT_FOUND", .summary = text}
#define HISTORY(res, path, roles, text) RECORD_ROUTE(GET,    res, path, roles, resource_history, text)
/* clang-format on */

/** resource_id_parse(resource, text, out): the id's text form; false when malformed. */
bool resource_id_parse(const struct resource *resource, struct str text, struct uuid *out);

/** resource_id_format(arena, resource, id): its text. */
struct str resource_id_format(struct arena *arena, const struct resource *resource,
                              const struct uuid *id);

/**
 * resource_load(r, resource, text, lock, id, record, version): the record named by the path
 * argument ${text}, all fields, in r->arena; with ${lock} FOR UPDATE. On failure the problem has
 * been answered: the handler just returns the status.
 */
enum status resource_load(struct request *r, const struct resource *resource, struct str text,
                          bool lock, struct uuid *id, struct record **record, int64_t *version);

/** resource_emit(resource, record, e): the record as its JSON object. */
void resource_emit(const struct resource *resource, const struct record *record, struct emit *e);

/** resource_emit_members(resource, record, e): the same inside an object that is open. */
void resource_emit_members(const struct resource *resource, const struct record *record,
                           struct emit *e);

/** resource_mark_phi(r, resource): X-Contains-PHI and X-PHI-Fields, if the resource marks. */
void resource_mark_phi(struct request *r, const struct resource *resource);

/** resource_mark_shape(r, shape): the same for an answer of another shape, if it has any. */
void resource_mark_shape(struct request *r, const struct shape *shape);

/** What a handler of its own asks of a list. */
struct resource_question {
        struct str where; /* " AND …" for each condition; constant text with "?" */
        const struct db_value *params;
        size_t param_count;
        const char *sort;   /* as in ?sort=; NULL: the resource's */
        int64_t limit;      /* only the first rows; 0: pages as the query string asks */
        int64_t page, size; /* of a page that the body asks for; 0: as the query string asks */
};

/** resource_answer(r, resource, question): answer a list as resource_list does: sites, totals,
 * pages and links. The route has the flag ROUTE_LIST. */
enum status resource_answer(struct request *r, const struct resource *resource,
                            const struct resource_question *question);

/**
 * resource_insert(r, resource, record, id, document): everything a create does inside the
 * transaction (hooks, INSERT … RETURNING, tally, audit, event) without answering; ${document} (may
 * be NULL) gets the JSON in r->arena. resource_modify does the same for updates by handlers of
 * verbs: writes the given fields of ${after}; ${version} is the one that ${before} was read with:
 * STATUS_BUSY (the transaction is repeated) when the record has moved on since.
 *
 * Who changes a counted resource's rows with SQL of its own calls tally_add(db, name, bucket, 0)
 * beside: lists are answered 304, and totals from memory, until the resource's number moves.
 */
enum status resource_insert(struct request *r, const struct resource *resource,
                            struct record *record, struct uuid *id, struct str *document);
enum status resource_modify(struct request *r, const struct resource *resource,
                            const struct uuid *id, int64_t version, const struct record *before,
                            struct record *after, int64_t *new_version, struct str *document);

/** resource_check(r, resource, change): what a change must fulfil beyond its fields (references,
 * the resource's check): faults are noted, not answered. */
enum status resource_check(struct request *r, const struct resource *resource,
                           struct resource_change *change);

/** resource_apply(r, resource, text, body, mode, version, document): everything a PUT or PATCH of
 * the record named ${text} does, without answering; problems are answered. */
enum status resource_apply(struct request *r, const struct resource *resource, struct str text,
                           const json_t *body, enum read_mode mode, int64_t *version,
                           struct str *document);

/** record_with(arena, record, field, value): a copy in which one field, where it differs, is
 * changed and given. NULL without memory. */
struct record *record_with(struct arena *arena, const struct record *record, size_t field,
                           struct db_value value);

/** resource_set(r, field, value, may): the whole of a verb like POST …/{id}/suspend: one field of
 * the route's resource gets ${value}, the record is answered. ${may} (NULL: always) has the record
 * as it is in change->before, and answers what it refuses. */
enum status resource_set(struct request *r, size_t field, struct db_value value,
                         resource_hook *may);

/** resource_take_away(r, resource, text, id): everything a DELETE does, without answering; problems
 * are answered. */
enum status resource_take_away(struct request *r, const struct resource *resource, struct str text,
                               struct uuid *id);

/** resource_insert_as(r, resource, record, id): resource_insert under an id that the caller has
 * made. */
enum status resource_insert_as(struct request *r, const struct resource *resource,
                               struct record *record, const struct uuid *id);

/** resource_cascade(r, resource, field, owner): delete all records whose ${field} is ${owner}, for
 * a hook of the owner's deletion: with audit and totals, without hooks and events of their own. */
enum status resource_cascade(struct request *r, const struct resource *resource, size_t field,
                             const struct uuid *owner);

/** resource_set_null(r, resource, field, owner): all records whose ${field} is ${owner} name
 * nothing instead, for a hook of the owner's deletion: with audit and events, without hooks of
 * their own.
 */
enum status resource_set_null(struct request *r, const struct resource *resource, size_t field,
                              const struct uuid *owner);

/** resource_tally_bucket(arena, resource, record): "status=active|risk_level=high"; for bulk
 * writers. */
struct str resource_tally_bucket(struct arena *arena, const struct resource *resource,
                                 const struct record *record);

#endif
