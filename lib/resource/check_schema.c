/**
 * check_schema.c: a program's tables against the database's: every row has a column that can hold
 * it, and the columns that the library itself needs are there.
 */
#include "resource/resource_internal.h"

#include "resource/print.h"

/* What every table of a resource has beside its rows. */
static const char *const standard[] = {"tenant_id", "id", "version", "created_at", "updated_at"};

enum { STANDARD = sizeof(standard) / sizeof(standard[0]) };

struct visit {
        const struct resource *resource;
        bool seen[FIELDS_MAX], has[STANDARD];
        int faults;
        FILE *out;
};

static void complain(struct visit *v, const char *column, const char *why)
{
        fprintf(v->out, "%s: %s: %s\n", v->resource->table, column, why);
        v->faults++;
}

static void compare(struct visit *v, const struct field *field, const struct schema_column *column)
{
        const unsigned finds = FIELD_FILTER | FIELD_SORT | FIELD_RANGE;

        if (!field->type->fits(field, column))
                complain(v, field->name, "the column can't hold it");
        if ((field->flags & FIELD_NULLABLE) && !column->nullable)
                complain(v, field->name, "the column refuses NULL");
        if (!(field->flags & FIELD_NULLABLE) && column->nullable && !column->generated)
                complain(v, field->name, "the column takes NULL, the row does not");
        if ((field->flags & finds) && !column->indexed)
                complain(v, field->name, "has no index to filter or sort by");
        if (column->generated != ((field->flags & FIELD_COMPUTED) != 0))
                complain(v, field->name, "computed here, or there, but not both");
}

static void visit_column(const struct schema_column *column, void *context)
{
        struct visit *v = context;

        for (size_t i = 0; i < STANDARD; i++)
                v->has[i] = v->has[i] || str_is(column->name, standard[i]);
        for (size_t i = 0; i < v->resource->shape->count; i++) {
                const struct field *field = &v->resource->shape->fields[i];

                if (!str_is(column->name, field_column(field)))
                        continue;
                v->seen[i] = true;
                compare(v, field, column);
        }
}

static int check_table(const struct resource *resource, struct db *db, FILE *out)
{
        struct visit v = {.resource = resource, .out = out};

        if (schema_columns(db, resource->table, visit_column, &v) != STATUS_OK) {
                complain(&v, "database", "can't be read");
                return v.faults;
        }
        for (size_t i = 0; i < resource->shape->count; i++)
                if (!v.seen[i] && !resource->shape->fields[i].reads)
                        complain(&v, resource->shape->fields[i].name, "there is no such column");
        for (size_t i = 0; i < STANDARD; i++)
                if (!v.has[i])
                        complain(&v, standard[i], "every table of a resource has it");
        return v.faults;
}

int tables_check_schema(const struct module_tables *tables, struct db *db, FILE *out)
{
        int faults = 0;

        for (size_t i = 0; i < tables->resource_count; i++)
                faults += check_table(tables->resources[i], db, out);
        return faults;
}
