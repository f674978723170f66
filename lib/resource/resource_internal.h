/**
 * resource_internal.h: what the files of the room share: statements, conditions, order, cursors,
 * totals.
 */
#ifndef ALMONER_RESOURCE_INTERNAL_H
#define ALMONER_RESOURCE_INTERNAL_H

#include "base/digest.h"
#include "resource/resource.h"

enum { FIELDS_MAX = 64, CONDITIONS_MAX = 16384, STATEMENT_MAX = 65536 };

/* Parameters of a filter, and of a whole statement: the cursor's three and the page's two come on
 * top. */
enum { FILTER_PARAMS_MAX = 90, QUERY_PARAMS_MAX = FILTER_PARAMS_MAX + 6 };

/* Bytes of a bucket's name; as wide as its column. */
enum { BUCKET_MAX = 200 };

/* sql.c: the statements of a resource; the constant ones are written once and kept as long as the
 * process. */
struct filter;
struct resource_sql {
        const struct resource *resource;
        struct sql read, lock, insert, remove; /* read and lock take row_params */
        const char *columns;                   /* every field's column, then version */
        const char *of_page;                   /* the same of the table named t */
        struct resource_sql *next;
};

/** resource_statements(resource): its statements; NULL without memory. Thread-safe. */
const struct resource_sql *resource_statements(const struct resource *resource);

/* Statements that depend on the request, in ${arena}; absent without memory. */

/** sql_page(arena, s, more, filter): the first rows of a filter in its order. ${more}: "" or
 * further columns, ", …". Parameters: those of ${more}, the filter's, LIMIT. */
struct str sql_page(struct arena *arena, const struct resource_sql *s, const char *more,
                    const struct filter *filter);
/** sql_far_page(arena, s, more, filter): a page that skips rows. Parameters: the same, and OFFSET.
 */
struct str sql_far_page(struct arena *arena, const struct resource_sql *s, const char *more,
                        const struct filter *filter);
/** sql_count(arena, resource, filter): the number of rows. Parameters: the filter's. */
struct str sql_count(struct arena *arena, const struct resource *resource,
                     const struct filter *filter);
/** sql_update(arena, resource, marks): Parameters: the marked fields, updated_at, id, version. */
struct str sql_update(struct arena *arena, const struct resource *resource, const bool *marks);

/** resource_inserts(field): whether a create writes the field's column. */
bool resource_inserts(const struct field *field);

/** resource_updates(field): whether an update may write it. */
bool resource_updates(const struct field *field);

/* site.c: records that belong to a site */
enum { ROW_PARAMS_MAX = 3 };

/** row_params(r, resource, id, values): the parameters of resource_sql.read and .lock. */
struct db_params row_params(const struct request *r, const struct resource *resource,
                            const struct uuid *id, struct db_value values[static ROW_PARAMS_MAX]);
/** site_named(r, resource): where one record is asked for: STATUS_OK, or 403 answered when the
 * request names a site that the caller does not belong to. */
enum status site_named(struct request *r, const struct resource *resource);
/** site_narrow(r, resource, filter): only the sites that the caller belongs to, or the chosen one.
 */
enum status site_narrow(struct request *r, const struct resource *resource, struct filter *filter);
/** site_settle(r, resource, record): the site of a record to be created: the one given, else the
 * chosen one; its editors may. Faults and refusals are answered or noted. */
enum status site_settle(struct request *r, const struct resource *resource, struct record *record);
/** site_may_change(r, resource, record): STATUS_OK, or 403 answered to who may only read it. */
enum status site_may_change(struct request *r, const struct resource *resource,
                            const struct record *record);

/* filter.c: the query string as conditions. */
struct filter {
        struct buf where; /* " AND …" for each condition */
        struct db_value params[QUERY_PARAMS_MAX];
        size_t param_count;
        struct str tally[RESOURCE_TALLY_DIMENSIONS_MAX]; /* value asked of each dimension; absent:
                                                            any */
        bool only_tally;                                 /* no other condition */
        bool selected[FIELDS_MAX];                       /* fields= */
        size_t sort;                                     /* field index */
        bool descending;
        struct str search; /* words that an indexed resource must have; absent: none */
        bool full;         /* more was asked than a statement takes */
};

/** filter_read(r, resource, filter): false when a problem was answered, or without memory.
 * ${filter} lives as long as the arena, whose reset frees ${filter}->where. */
bool filter_read(struct request *r, const struct resource *resource, struct filter *filter);

/** filter_start(resource, filter): no conditions, all fields, the resource's own order. The caller
 * frees ${filter}->where. */
void filter_start(const struct resource *resource, struct filter *filter);

/** filter_add(r, resource, parameter, filter): what one parameter that is no paging asks for; bad
 * values become r->faults. False when the resource knows no such name. */
bool filter_add(struct request *r, const struct resource *resource,
                const struct parameter *parameter, struct filter *filter);

/** filter_param(filter, value): one more parameter. */
void filter_param(struct filter *filter, struct db_value value);

/** filter_condition_param(filter, value): the same for a condition: the places of the cursor and
 * the page stay free. */
void filter_condition_param(struct filter *filter, struct db_value value);

/** resource_searches(resource): whether ?q= looks anywhere. */
bool resource_searches(const struct resource *resource);

/* indexed.c */
struct search_document;
struct search_owner;
/** index_change(r, change): what a change of a record means for the index; for every resource. */
enum status index_change(struct request *r, const struct resource_change *change);
/** record_texts(resource, record, document): what is searchable of ${record}; false for NULL. */
bool record_texts(const struct resource *resource, const struct record *record,
                  struct search_document *document);
/** record_owner(resource, id, record, owner): whose document it is. */
void record_owner(const struct resource *resource, const struct uuid *id,
                  const struct record *record, struct search_owner *owner);

/* search.c */
/** search_narrow(r, resource, filter): only records that have the words of ?search=. */
enum status search_narrow(struct request *r, const struct resource *resource,
                          struct filter *filter);

/* sort.c */
/** sort_read(resource, word, filter): the order of ?sort=; false for an unknown word. */
bool sort_read(const struct resource *resource, struct str word, struct filter *filter);

/* cursor.c: where a page ended: order, value, id; opaque outside. */
struct cursor {
        struct db_value value; /* of the field that was sorted by; may be NULL */
        struct uuid id;
};
/** cursor_make(arena, resource, filter, cursor): its text; absent without memory. */
struct str cursor_make(struct arena *arena, const struct resource *resource,
                       const struct filter *filter, const struct cursor *cursor);
/** cursor_read(r, resource, text, filter, cursor): a fault and false when ${text} is malformed or
 * of another order. */
bool cursor_read(struct request *r, const struct resource *resource, struct str text,
                 const struct filter *filter, struct cursor *cursor);
/** cursor_apply(resource, cursor, filter): add the condition: what comes after it. */
void cursor_apply(const struct resource *resource, const struct cursor *cursor,
                  struct filter *filter);

/* total.c */
/** filter_digest(r, filter, table, out): names what is asked of whom; false without memory. */
bool filter_digest(const struct request *r, const struct filter *filter, const char *table,
                   struct digest *out);
/** total_read(r, resource, filter, tally, total): the exact number of rows. ${tally} was read
 * before for a counted resource. */
enum status total_read(struct request *r, const struct resource *resource,
                       const struct filter *filter, const struct tally *tally, int64_t *total);
/** total_of_state(r, resource, like, state, tally): the total of a list that is only filtered by
 * counted fields, with TALLY_STATE's text from its page: the base is read when a fold has changed
 * it since it was read last. */
enum status total_of_state(struct request *r, const struct resource *resource, struct str like,
                           struct str state, struct tally *tally);
/** total_like(arena, resource, filter): the LIKE pattern of the buckets that a filter asks for. */
struct str total_like(struct arena *arena, const struct resource *resource,
                      const struct filter *filter);

/* record_row.c */
/** row_to_record(arena, resource, rows, record, version): copy the current row of a statement with
 * all columns. */
enum status row_to_record(struct arena *arena, const struct resource *resource,
                          const struct db_rows *rows, struct record **record, int64_t *version);
/** resource_removal_event(r, resource, id, before): what subscribers learn of a removal: the id; of
 * a site's record also the site, which decides who they are. Absent without memory. */
struct str resource_removal_event(struct request *r, const struct resource *resource,
                                  const struct uuid *id, const struct record *before);

/** resource_document(arena, resource, record): the JSON of the record; absent without memory. */
struct str resource_document(struct arena *arena, const struct resource *resource,
                             const struct record *record);
/** value_equal(a, b): the same value. */
bool value_equal(const struct db_value *a, const struct db_value *b);

/* history.c */
/** history_admits(r, resource, id, admitted): whether the caller belongs to the site of a record,
 * living or deleted. */
enum status history_admits(struct request *r, const struct resource *resource,
                           const struct uuid *id, bool *admitted);

/* change.c */
/** record_merge(r, before, given): ${given} over ${before}: all fields as they will be, given[]
 * where something changes. */
struct record *record_merge(struct request *r, const struct record *before,
                            const struct record *given);
/** change_answer(r, status, version, document): the record in its family's envelope. */
void change_answer(struct request *r, unsigned http, int64_t version, struct str document);
/** change_check(r, resource, change): the resource's cross-field check, and all faults at once. */
enum status change_check(struct request *r, const struct resource *resource,
                         struct resource_change *change);
/** change_any(record): whether anything differs. */
bool change_any(const struct record *record);

/* read.c */
/** resource_not_found(r, resource, text): answer the 404 of the family. */
enum status resource_not_found(struct request *r, const struct resource *resource, struct str text);
/** route_success(route): the status of its success. */
unsigned route_success(const struct route *route);
/** route_plural(route): envelope key of its list. */
const char *route_plural(const struct route *route);
/** resource_key(resource): envelope key of one record. */
const char *resource_key(const struct resource *resource);
/** resource_open(r, e), resource_close(r, e): around the answered record of the route, as its
 * family wants it. */
void resource_open(const struct request *r, struct emit *e);
void resource_close(const struct request *r, struct emit *e);
/** resource_path_id(r, resource, text, id): the id in the path; false with the problem answered:
 * 404 for what can't be one, 422 in family R. */
bool resource_path_id(struct request *r, const struct resource *resource, struct str text,
                      struct uuid *id);

/* write.c */
/** resource_put(r, resource, record, id, version, document): resource_insert under a known id; with
 * a version above 1 for a record that comes back. */
enum status resource_put(struct request *r, const struct resource *resource, struct record *record,
                         const struct uuid *id, int64_t version, struct str *document);
/** note_update(r, resource, id, version, before, stored, document): the audit and the event of an
 * update that led to ${version}: the fields that differ, and updated_at, which says when. */
enum status note_update(struct request *r, const struct resource *resource, const struct uuid *id,
                        int64_t version, const struct record *before, const struct record *stored,
                        struct str document);
/** resource_erase(r, resource, id, version, before): everything a delete does inside the
 * transaction. */
enum status resource_erase(struct request *r, const struct resource *resource,
                           const struct uuid *id, int64_t version, const struct record *before);

#endif
