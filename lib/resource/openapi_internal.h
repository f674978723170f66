/**
 * openapi_internal.h: the parts of an API description.
 */
#ifndef ALMONER_RESOURCE_OPENAPI_INTERNAL_H
#define ALMONER_RESOURCE_OPENAPI_INTERNAL_H

#include "resource/print.h"
#include "resource/resource_internal.h"

/** How a family's list looks around its items. */
struct envelope {
        const char *items; /* member that holds them; NULL: named after the resource; "": a bare
                              array */
        bool success;      /* with "success": true */
};

const struct envelope *openapi_envelope(const struct dialect *dialect);

/** openapi_operation(tables, route, e): one operation object. */
void openapi_operation(const struct module_tables *tables, const struct route *route,
                       struct emit *e);

/** openapi_responses(route, e): its responses object. */
void openapi_responses(const struct route *route, struct emit *e);

/** openapi_problems(route, e): the members of that object for every problem it may answer. */
void openapi_problems(const struct route *route, struct emit *e);

/** openapi_components(tables, e): schemas, headers and security schemes. */
void openapi_components(const struct module_tables *tables, struct emit *e);

/** openapi_example(shape, hidden, e): an object made of the examples of the rows without any of the
 * flags ${hidden}. */
void openapi_example(const struct shape *shape, unsigned hidden, struct emit *e);
/** openapi_example_members(shape, hidden, e): the same inside an object that is open. */
void openapi_example_members(const struct shape *shape, unsigned hidden, struct emit *e);

/* Rows that do not stand in an answer, in the body of a create or action, in the body of a change.
 */
enum {
        HIDDEN_OUT = FIELD_WRITE_ONLY,
        HIDDEN_IN = FIELD_READ_ONLY | FIELD_COMPUTED,
        HIDDEN_CHANGE = HIDDEN_IN | FIELD_WRITE_ONCE,
};

/** openapi_reference(e, kind, name, suffix): {"$ref": "#/components/<kind>/<name><suffix>"}. */
void openapi_reference(struct emit *e, const char *kind, const char *name, const char *suffix);

/** Facts about a route. */
bool route_is_list(const struct route *route);
bool route_is_history(const struct route *route);
bool route_is_record(const struct route *route); /* answers or takes the resource's own shape */
bool route_takes_body(const struct route *route);
bool route_has_tag(const struct route *route); /* answers an ETag */

/** openapi_input(route): the shape of its body; NULL when it takes none. */
const struct shape *openapi_input(const struct route *route);

#endif
