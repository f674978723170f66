/**
 * field.h: what a field is, and what a list of fields (a shape) can do.
 *
 * A field row says everything once: name, type, bounds, column, what it may be used for, how
 * personal it is. From it come validation, SQL columns, JSON, CSV, filters and the OpenAPI schema.
 * A type is a const struct of functions, one file a type (type_*.c); there is no switch over types
 * anywhere.
 *
 *     static const struct field person_fields[PERSON__N] = {
 *             [PERSON_FIRST_NAME] = {"first_name", TYPE_TEXT, .max = 100, .flags = FIELD_REQUIRED |
 * FIELD_SORT, .class = PERSONAL, .about = "Given name.", .example = "\"Jane\""},
 */
#ifndef ALMONER_FIELD_FIELD_H
#define ALMONER_FIELD_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "base/str.h"
#include "db/db.h"
#include "db/schema.h"
#include "json/emit.h"

enum field_flag {
        FIELD_REQUIRED = 1 << 0,   /* must be in a create body, and not null */
        FIELD_READ_ONLY = 1 << 1,  /* never taken from a body (ignored there) */
        FIELD_WRITE_ONCE = 1 << 2, /* taken on create only */
        FIELD_NULLABLE = 1 << 3,   /* null is a value */
        FIELD_FILTER = 1 << 4,     /* ?name=value, several by comma for enums */
        FIELD_RANGE = 1 << 5,  /* ?min_name= ?max_name= for numbers, ?name_from= ?name_to= for times
                                  and dates */
        FIELD_SORT = 1 << 6,   /* ?sort=name or -name */
        FIELD_SEARCH = 1 << 7, /* ?q= looks here */
        FIELD_COMPUTED = 1 << 8, /* the database makes the value; never in INSERT or UPDATE */
        FIELD_HOOK =
                1 << 10, /* of a read-only field: a hook or handler sets it before it is stored */
        FIELD_WRITE_ONLY =
                1 << 9, /* in a body, never in an answer, a log or the audit (passwords) */
};

/** How personal a value is; every row of a resource says it, the start-up check refuses none. */
enum data_class { CLASS_NONE, PLAIN, PERSONAL, SENSITIVE };

struct shape;
struct field_type;

struct field {
        const char *name;
        const struct field_type *type;
        const char *column; /* NULL: as the name */
        const char *reads;  /* constant SQL that its value is read by, of columns without table;
                               NULL: the column */
        int64_t min, max;   /* in the type's unit: characters, number, items; 0 and 0: the type's
                               default */
        const char *const *choices; /* NULL-terminated, for TYPE_ENUM */
        const char *range_fault; /* fault code of a number beyond min and max; NULL: out_of_range */
        unsigned flags;          /* enum field_flag */
        enum data_class class;
        const char *otherwise; /* JSON text used when a create body lacks it; NULL: null (or the
                                  column's default) */
        const char *prefix;    /* TypeID prefix, for TYPE_ID; NULL: UUID */
        int64_t item_max; /* for TYPE_LIST of texts: characters of each, at least 1; 0: 0 to 255 */
        const struct shape *members; /* for TYPE_OBJECT and TYPE_LIST of objects */
        const char *about;           /* sentence for the API description */
        const char *example;         /* JSON text */
};

struct shape {
        const char *name; /* of the schema in the API description, e.g. "LoginRequest" */
        const struct field *fields;
        size_t count;
        const char *about;
};

#define ONE_OF(...) ((const char *const[]){__VA_ARGS__, NULL})
/** SHAPE(name, fields, about): a shape of a whole array of rows. */
#define SHAPE(title, rows, text)                                    \
        {                                                           \
                title, rows, sizeof(rows) / sizeof((rows)[0]), text \
        }

/** What is wrong with an input: collected, all at once. */
struct fault {
        struct str pointer; /* RFC 6901 into the body ("/email"), or the parameter's name for a
                               query */
        const char *code;   /* required type too_short too_long out_of_range not_in_list format
                               unknown duplicate …; or a problem's: then that is answered */
        struct str detail;  /* a sentence naming the field */
        struct fault *next;
};

struct faults {
        struct arena *arena;
        struct fault *first, *last;
        size_t count;
        struct str prefix; /* put before pointers into the body, of one of many records */
};

/** fault_add(faults, pointer, code, format, ...): note one; never fails (without memory only the
 * count grows). */
void fault_add(struct faults *faults, struct str pointer, const char *code, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/** What a type does. ${where} is the pointer to name in faults; functions that return bool have
 * noted a fault when false. */
struct field_type {
        const char *name;
        enum db_type stored; /* how a value travels to and from the database */
        bool (*read)(const struct field *field, const json_t *in, struct str where,
                     struct faults *faults, struct db_value *out);
        bool (*parse)(const struct field *field, struct str in, struct str where,
                      struct faults *faults,
                      struct db_value *out); /* query parameter or CSV cell */
        void (*emit)(const struct field *field, const struct db_value *value, struct emit *e);
        void (*text)(const struct field *field, const struct db_value *value,
                     struct buf *out); /* CSV cell */
        void (*schema)(const struct field *field,
                       struct emit *e); /* members of its JSON Schema (2020-12) */
        bool (*fits)(const struct field *field,
                     const struct schema_column *column); /* may the column hold it? */
};

/* clang-format off */
extern const struct field_type type_text;    /* TEXT: min..max code points (default 0..255), trimmed;
                                                where max is above 255 also with \n \r \t */
extern const struct field_type type_email;   /* TEXT: addr-spec (RFC 5321, 6531), at most 254 bytes */
extern const struct field_type type_enum;    /* TEXT: one of .choices, exactly as written */
extern const struct field_type type_integer; /* INT: min..max (default int32); 50.0 is 50 */
extern const struct field_type type_boolean; /* INT 0 or 1 */
extern const struct field_type type_time;    /* TIME: RFC 3339 */
extern const struct field_type type_date;    /* DATE */
extern const struct field_type type_id;      /* UUID: TypeID with .prefix, else UUID */
extern const struct field_type type_tags;    /* TEXT: comma string outward, array accepted; trimmed,
                                                no empty, no repeats, at most 50 of 100 code points */
extern const struct field_type type_list;    /* array of texts (0..255) or of .members, as JSON text */
extern const struct field_type type_object;  /* .members, as JSON text; nested input and answers */
extern const struct field_type type_any;     /* any JSON, as text; null only with FIELD_NULLABLE */
extern const struct field_type type_timezone; /* TEXT: a zone of the IANA database, as the system has it */
extern const struct field_type type_secret;  /* TEXT: password, not trimmed, min..max bytes (8..128) */
/* clang-format on */

#define TYPE_TEXT &type_text
#define TYPE_EMAIL &type_email
#define TYPE_ENUM &type_enum
#define TYPE_INTEGER &type_integer
#define TYPE_BOOLEAN &type_boolean
#define TYPE_TIME &type_time
#define TYPE_DATE &type_date
#define TYPE_ID &type_id
#define TYPE_TAGS &type_tags
#define TYPE_LIST &type_list
#define TYPE_OBJECT &type_object
#define TYPE_ANY &type_any
#define TYPE_SECRET &type_secret
#define TYPE_TIMEZONE &type_timezone

/** The values of a shape, in its order. */
struct record {
        const struct shape *shape;
        struct db_value *values;
        bool *given; /* in the input (or, on create, from the row's default) */
};

enum read_mode {
        READ_CREATE, /* required fields must be there, defaults fill in, read-only ones are ignored
                      */
        READ_UPDATE, /* only what is given counts; write-once ones are ignored */
        READ_PATCH,  /* as UPDATE, and null means "back to the default", if any (RFC 7396) */
        READ_INPUT,  /* an action's input: as CREATE */
};

/** record_new(arena, shape): nothing given; values NULL. NULL without memory. */
struct record *record_new(struct arena *arena, const struct shape *shape);

/**
 * record_read(record, body, mode, where, faults): take the members of the JSON object ${body}.
 * Unknown members are ignored. All faults are noted, each with a pointer below ${where} ("" for the
 * body itself). True when none was.
 */
bool record_read(struct record *record, const json_t *body, enum read_mode mode, struct str where,
                 struct faults *faults);

/** record_complete(record, where, faults): what a create needs besides the values parsed: required
 * fields that are missing are faults, defaults fill in. */
bool record_complete(struct record *record, struct str where, struct faults *faults);

/** record_parse(record, index, text, where, faults): take one value from text (query, CSV). */
bool record_parse(struct record *record, size_t index, struct str text, struct str where,
                  struct faults *faults);

/** Access by the shape's enum. Absent and NULL values read as absent slice, 0, zero id. */
struct str record_str(const struct record *record, size_t index);
int64_t record_int(const struct record *record, size_t index);
bool record_has(const struct record *record, size_t index); /* given and not null */

/** field_column(field): its column's name. field_reads(field): the SQL that reads it. */
const char *field_column(const struct field *field);
const char *field_reads(const struct field *field);

/** shape_find(shape, name): index of the field, or shape->count. */
size_t shape_find(const struct shape *shape, struct str name);

/** field_cell(field, rows, column): the value of a result column; borrowed like db_get_str. */
struct db_value field_cell(const struct field *field, const struct db_rows *rows, unsigned column);

/** field_emit(field, value, e): the value as JSON; DB_NULL as null. */
void field_emit(const struct field *field, const struct db_value *value, struct emit *e);

/** field_schema(field, e): the field's JSON Schema as one object. shape_schema(shape, e): of a
 * whole shape. Nested shapes are written as "$ref": "#/components/schemas/<name>". ${answer}: what
 * comes out (no write-only, required = all not nullable), else what goes in. */
void field_schema(const struct field *field, struct emit *e);
void shape_schema(const struct shape *shape, bool answer, struct emit *e);

#endif
