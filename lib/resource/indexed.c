/**
 * indexed.c: resources whose texts are in the search index: every change of a record changes it, in
 * the same transaction.
 */
#include "resource/resource_internal.h"

#include "search/search.h"

bool record_texts(const struct resource *resource, const struct record *record,
                  struct search_document *document)
{
        const struct shape *shape = resource->shape;

        *document = (struct search_document){.title = {NULL, 0}};
        for (size_t i = 0; record && i < shape->count; i++) {
                if (!(shape->fields[i].flags & FIELD_SEARCH))
                        continue;
                if (i == resource->title)
                        document->title = record_str(record, i);
                else if (document->count < SEARCH_TEXTS_MAX)
                        document->texts[document->count++] = record_str(record, i);
        }
        return record != NULL;
}

void record_owner(const struct resource *resource, const struct uuid *id,
                  const struct record *record, struct search_owner *owner)
{
        *owner = (struct search_owner){.kind = resource->name, .id = *id};
        if (resource->of_site)
                owner->site = record->values[resource->site].uuid;
}

static bool changes_texts(const struct resource_change *change)
{
        const struct shape *shape = change->resource->shape;

        if (change->op != CHANGE_UPDATE)
                return true;
        for (size_t i = 0; i < shape->count; i++)
                if (change->after->given[i] && (shape->fields[i].flags & FIELD_SEARCH))
                        return true;
        return false;
}

enum status index_change(struct request *r, const struct resource_change *change)
{
        const struct resource *resource = change->resource;
        struct search_document before, after;
        struct search_owner owner;
        bool was, is;

        if (!resource->indexed || !changes_texts(change))
                return STATUS_OK;
        was = record_texts(resource, change->before, &before);
        is = record_texts(resource, change->after, &after);
        record_owner(resource, &change->id, is ? change->after : change->before, &owner);
        return search_store(r->db, r->arena, &owner, was ? &before : NULL, is ? &after : NULL);
}
