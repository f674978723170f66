/**
 * fault.c: collecting what is wrong with an input.
 */
#include <stdarg.h>
#include <stdio.h>

#include "field/field.h"

enum { DETAIL_SIZE = 300 };

static struct str place(const struct faults *faults, struct str pointer)
{
        if (faults->prefix.len && (pointer.len == 0 || pointer.ptr[0] == '/'))
                return arena_printf(faults->arena, "%.*s%.*s", STR_ARG(faults->prefix),
                                    STR_ARG(pointer));
        return arena_copy(faults->arena, pointer);
}

void fault_add(struct faults *faults, struct str pointer, const char *code, const char *format, ...)
{
        struct fault *fault = arena_new(faults->arena, struct fault, 1);
        char detail[DETAIL_SIZE];
        va_list args;

        faults->count++;
        if (!fault)
                return;
        va_start(args, format);
        vsnprintf(detail, sizeof(detail), format, args);
        va_end(args);
        *fault = (struct fault){
                .pointer = place(faults, pointer),
                .code = code,
                .detail = arena_copy(faults->arena, str_of(detail)),
        };
        if (faults->last)
                faults->last->next = fault;
        else
                faults->first = fault;
        faults->last = fault;
}
