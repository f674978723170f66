/**
 * field_fixture.h: one field in a shape of its own, read from JSON or text, for the tests of the
 * field room. What was read is written as JSON again, so that tables hold two texts side by side.
 */
#ifndef ALMONER_TESTS_FIELD_FIXTURE_H
#define ALMONER_TESTS_FIELD_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json/read.h"
#include "field/field.h"

struct fixture {
        struct arena *arena;
        struct faults faults;
        struct buf out;
};

static inline void fixture_open(struct fixture *f)
{
        *f = (struct fixture){.arena = arena_create(8 << 20)};
        assert_non_null(f->arena);
        f->faults.arena = f->arena;
        buf_init(&f->out, 8 << 20);
}

static inline void fixture_close(struct fixture *f)
{
        arena_destroy(f->arena);
        buf_free(&f->out);
}

/** Forget the faults and what was written. */
static inline void fixture_again(struct fixture *f)
{
        arena_reset(f->arena);
        f->faults = (struct faults){.arena = f->arena};
        buf_clear(&f->out);
}

static inline json_t *fixture_json(struct fixture *f, struct str text)
{
        struct json_fault fault;
        json_t *value = NULL;

        if (json_read(f->arena, text, &value, &fault) != STATUS_OK)
                fail_msg("%.*s: %s", STR_ARG(text), fault.reason);
        return value;
}

/** The value as JSON text, until the next call. */
static inline const char *fixture_emitted(struct fixture *f, const struct field *field,
                                          const struct db_value *value)
{
        struct emit e;

        buf_clear(&f->out);
        emit_start(&e, &f->out);
        field_emit(field, value, &e);
        assert_true(emit_finish(&e));
        return f->out.data;
}

/** "code /pointer, code /pointer": every fault, in order. */
static inline const char *fixture_faults(struct fixture *f)
{
        buf_clear(&f->out);
        for (const struct fault *fault = f->faults.first; fault; fault = fault->next)
                buf_printf(&f->out, "%s%s %.*s", f->out.len ? ", " : "", fault->code,
                           STR_ARG(fault->pointer));
        return buf_view(&f->out).ptr;
}

#endif
