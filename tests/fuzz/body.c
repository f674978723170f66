/**
 * body.c: fuzz target: bodies and parameters through every type. What a record took from JSON must
 * be taken again from its own JSON, and what a field took from text again from its own CSV cell,
 * each to the same value.
 */
#include <stdint.h>
#include <stdlib.h>

#include "json/read.h"
#include "field/field.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct field inner_fields[] = {
        {"n", TYPE_INTEGER, .min = -5, .max = 5, .flags = FIELD_REQUIRED},
        {"note", TYPE_TEXT, .max = 20, .flags = FIELD_NULLABLE},
        {"more", TYPE_ANY, .flags = FIELD_NULLABLE},
};
static const struct shape inner = SHAPE("Inner", inner_fields, NULL);

/* clang-format off */
static const struct field fields[] = {
        {"text", TYPE_TEXT, .min = 1, .max = 20},
        {"name", TYPE_TEXT, .max = 20, .flags = FIELD_REQUIRED},
        {"notes", TYPE_TEXT, .max = 1000, .flags = FIELD_NULLABLE, .otherwise = "\"\""},
        {"email", TYPE_EMAIL, .flags = FIELD_NULLABLE},
        {"kind", TYPE_ENUM, .choices = ONE_OF("a", "b", "in between"), .otherwise = "\"a\""},
        {"score", TYPE_INTEGER, .max = 100, .otherwise = "50"},
        {"wide", TYPE_INTEGER, .min = INT64_MIN, .max = INT64_MAX},
        {"truth", TYPE_BOOLEAN, .otherwise = "false"},
        {"at", TYPE_TIME, .flags = FIELD_NULLABLE},
        {"day", TYPE_DATE, .flags = FIELD_WRITE_ONCE},
        {"uuid", TYPE_ID, .class = PLAIN},
        {"person", TYPE_ID, .prefix = "person"},
        {"tags", TYPE_TAGS, .max = 200, .otherwise = "\"\""},
        {"texts", TYPE_LIST, .max = 5, .otherwise = "[]"},
        {"objects", TYPE_LIST, .members = &inner},
        {"object", TYPE_OBJECT, .members = &inner, .flags = FIELD_NULLABLE},
        {"plain", TYPE_OBJECT, .class = PLAIN},
        {"any", TYPE_ANY, .flags = FIELD_NULLABLE},
        {"secret", TYPE_SECRET, .min = 1, .max = 20, .flags = FIELD_WRITE_ONLY},
        {"made", TYPE_TIME, .flags = FIELD_READ_ONLY},
};
/* clang-format on */
static const struct shape shape = SHAPE("Everything", fields, NULL);

enum { FIELDS = sizeof(fields) / sizeof(fields[0]), ARENA = 16 << 20, TEXT = 4 << 20 };

static void expect(bool truth)
{
        if (!truth)
                abort();
}

static bool same(const struct db_value *a, const struct db_value *b)
{
        if (a->type != b->type)
                return false;
        switch (a->type) {
        case DB_NULL:
                return true;
        case DB_TEXT:
                return str_eq(a->text, b->text);
        case DB_UUID:
                return uuid_eq(&a->uuid, &b->uuid);
        case DB_DATE:
                return a->day == b->day;
        default:
                return a->integer == b->integer; /* integers and times */
        }
}

static bool comes_out(const struct record *record, size_t i)
{
        return record->given[i] && !(record->shape->fields[i].flags & FIELD_WRITE_ONLY);
}

static void emit_record(const struct record *record, struct buf *out)
{
        struct emit e;

        emit_start(&e, out);
        emit_object(&e);
        for (size_t i = 0; i < record->shape->count; i++) {
                if (!comes_out(record, i))
                        continue;
                emit_key(&e, record->shape->fields[i].name);
                field_emit(&record->shape->fields[i], &record->values[i], &e);
        }
        emit_object_end(&e);
        expect(emit_finish(&e));
}

/* The same members again, all of them taken. */
static void check_again(struct arena *arena, const struct record *record)
{
        struct record *again = record_new(arena, record->shape);
        struct faults faults = {.arena = arena};
        struct json_fault fault;
        json_t *body;
        struct buf out;

        if (!again)
                return;
        buf_init(&out, TEXT);
        emit_record(record, &out);
        expect(json_read(arena, buf_view(&out), &body, &fault) == STATUS_OK);
        (void)record_read(again, body, READ_CREATE, STR(""), &faults);
        if (!arena_failed(arena))
                for (size_t i = 0; i < record->shape->count; i++)
                        expect(!comes_out(record, i) ||
                               (again->given[i] && same(&record->values[i], &again->values[i])));
        buf_free(&out);
}

static void check_body(struct arena *arena, const json_t *body, enum read_mode mode)
{
        struct record *record = record_new(arena, &shape);
        struct faults faults = {.arena = arena};
        bool good;

        if (!record)
                return;
        good = record_read(record, body, mode, STR(""), &faults);
        if (arena_failed(arena))
                return;
        expect(good == (faults.count == 0));
        for (const struct fault *fault = faults.first; fault; fault = fault->next)
                expect(fault->code && fault->detail.len && str_utf8_valid(fault->detail));
        for (size_t i = 0; i < FIELDS; i++)
                expect(!record->given[i] || !(fields[i].flags & FIELD_READ_ONLY));
        check_again(arena, record);
}

static void check_text(struct arena *arena, size_t index, struct str text)
{
        struct record *record = record_new(arena, &shape), *again = record_new(arena, &shape);
        struct faults faults = {.arena = arena};
        struct buf cell;

        if (!record || !again || !record_parse(record, index, text, STR("x"), &faults))
                return;
        if (fields[index].flags & FIELD_WRITE_ONLY)
                return;
        buf_init(&cell, TEXT);
        fields[index].type->text(&fields[index], &record->values[index], &cell);
        if (!arena_failed(arena))
                expect(record_parse(again, index, buf_view(&cell), STR("x"), &faults) &&
                       same(&record->values[index], &again->values[index]));
        buf_free(&cell);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct str text = {(const char *)data, size};
        struct arena *arena = arena_create(ARENA);
        struct json_fault fault;
        json_t *body;

        if (!arena)
                return 0;
        if (json_read(arena, text, &body, &fault) == STATUS_OK)
                for (int mode = READ_CREATE; mode <= READ_INPUT; mode++)
                        check_body(arena, body, (enum read_mode)mode);
        for (size_t i = 0; i < FIELDS; i++)
                check_text(arena, i, text);
        arena_destroy(arena);
        return 0;
}
