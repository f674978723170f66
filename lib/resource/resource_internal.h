/**
 * resource_internal.h: what the files of the room share: statements, conditions, order, cursors,
 * totals.
 */
#ifndef ALMONER_RESOURCE_INTERNAL_H
#define ALMONER_RESOURCE_INTERNAL_H

#include "base/digest.h"
#include "resource/resource.h"

enum { QUERY_PARAMS_MAX = 96, FIELDS_MAX = 64, CONDITIONS_MAX = 16384, STATEMENT_MAX = 65536 };

/* sql.c: the constant statements of a resource, written once and kept as long as the process. */
struct resource_sql {
        const struct resource *resource;
        struct sql read, lock, insert, remove;
        const char *columns; /* every field's column, then version */
        const char *of_page; /* the same of the table named t */
        struct resource_sql *next;
};

/** resource_statements(resource): its statements; NULL without memory. Thread-safe. */
const struct resource_sql *resource_statements(const struct resource *resource);

/** resource_inserts(field): whether a create writes the field's column. */
bool resource_inserts(const struct field *field);

/** resource_updates(field): whether an update may write it. */
bool resource_updates(const struct field *field);

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
        struct str sort_word; /* canonical: "-created_at" */
};

/** filter_read(r, resource, filter): false when a problem was answered. ${filter}->where is freed
 * with the arena. */
bool filter_read(struct request *r, const struct resource *resource, struct filter *filter);

/** filter_param(filter, value): one more parameter; false when there are too many. */
bool filter_param(struct filter *filter, struct db_value value);

/* sort.c */
/** sort_read(resource, word, filter): the order of ?sort=; false for an unknown word. */
bool sort_read(const struct resource *resource, struct str word, struct filter *filter);

/* cursor.c: where a page ended: order, value, id; opaque outside. */
/** cursor_make(arena, resource, filter, record): absent without memory. */
struct str cursor_make(struct arena *arena, const struct resource *resource,
                       const struct filter *filter, const struct db_value *value,
                       const struct uuid *id);
/** cursor_apply(r, resource, text, filter): add the keyset condition; a fault and false for a
 * cursor that is malformed or of another order. */
bool cursor_apply(struct request *r, const struct resource *resource, struct str text,
                  struct filter *filter);

/* total.c */
/** total_read(r, resource, filter, tally, total): the exact number of rows. ${tally} was read
 * before for a counted resource. */
enum status total_read(struct request *r, const struct resource *resource,
                       const struct filter *filter, const struct tally *tally, int64_t *total);
/** total_like(arena, resource, filter): the LIKE pattern of the buckets that a filter asks for. */
struct str total_like(struct arena *arena, const struct resource *resource,
                      const struct filter *filter);

/* record_row.c */
/** row_to_record(arena, resource, rows, record, version): copy the current row of a statement with
 * all columns. */
enum status row_to_record(struct arena *arena, const struct resource *resource,
                          const struct db_rows *rows, struct record **record, int64_t *version);
/** resource_document(arena, resource, record): the JSON of the record; absent without memory. */
struct str resource_document(struct arena *arena, const struct resource *resource,
                             const struct record *record);
/** value_equal(a, b): the same value. */
bool value_equal(const struct db_value *a, const struct db_value *b);

/* write.c */
/** resource_erase(r, resource, id, version, before): everything a delete does inside the
 * transaction. */
enum status resource_erase(struct request *r, const struct resource *resource,
                           const struct uuid *id, int64_t version, const struct record *before);

#endif
