/**
 * sort.c: the order of a list: a field's name, with "-" for downwards, or one of the resource's
 * words.
 */
#include "resource/resource_internal.h"

static bool take(const struct resource *resource, size_t field, bool descending,
                 struct filter *filter)
{
        filter->sort = field;
        filter->descending = descending;
        filter->sort_word = str_of(resource->shape->fields[field].name);
        return true;
}

bool sort_read(const struct resource *resource, struct str word, struct filter *filter)
{
        const bool descending = word.len && word.ptr[0] == '-';
        size_t field;

        for (size_t i = 0; i < resource->sort_count; i++)
                if (str_is(word, resource->sorts[i].word))
                        return take(resource, resource->sorts[i].field,
                                    resource->sorts[i].descending, filter);
        if (descending)
                word = str_skip(word, 1);
        field = shape_find(resource->shape, word);
        if (field == resource->shape->count || !(resource->shape->fields[field].flags & FIELD_SORT))
                return false;
        return take(resource, field, descending, filter);
}
