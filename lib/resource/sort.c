/**
 * sort.c: the order of a list: a field's name, or one of the resource's words; with "-" the other
 * way round.
 */
#include "resource/resource_internal.h"

static void take(size_t field, bool descending, struct filter *filter)
{
        filter->sort = field;
        filter->descending = descending;
}

bool sort_read(const struct resource *resource, struct str word, struct filter *filter)
{
        const bool minus = word.len && word.ptr[0] == '-';
        size_t field;

        if (minus)
                word = str_skip(word, 1);
        for (size_t i = 0; i < resource->sort_count; i++)
                if (str_is(word, resource->sorts[i].word)) {
                        take(resource->sorts[i].field, resource->sorts[i].descending != minus,
                             filter);
                        return true;
                }
        field = shape_find(resource->shape, word);
        if (field == resource->shape->count || !(resource->shape->fields[field].flags & FIELD_SORT))
                return false;
        take(field, minus, filter);
        return true;
}
