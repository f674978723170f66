/**
 * restore.c: a record as it was at an earlier version, put back as a new version; also one that was
 * deleted, under its old id.
 */
#include "base/num.h"
#include "json/read.h"
#include "resource/resource_internal.h"

enum { VERSION_LAST = 1 << 30 };

static const struct sql sql_select_versions =
        SQL("SELECT op, version, before_doc, after_doc FROM audit WHERE tenant_id = :tenant"
            " AND resource = ? AND record_id = ? AND op <> 'access' ORDER BY id");

struct past {
        json_t *state; /* as it was at the version asked for; NULL: there was no such version */
        bool deleted;  /* by now */
        int64_t last;  /* version of the last change */
};

/* A create tells the whole record, an update what it changed. */
static enum status take_change(struct request *r, const struct db_rows *rows, int64_t wanted,
                               struct past *past)
{
        const bool gone = str_is(db_get_str(rows, 0), "delete");
        const struct str text = db_get_str(rows, gone ? 2 : 3);
        struct json_fault fault;
        json_t *change;
        enum status status;

        past->deleted = gone;
        past->last = db_get_int(rows, 1);
        if (gone || past->last > wanted)
                return STATUS_OK;
        status = json_read(r->arena, text, &change, &fault);
        if (status != STATUS_OK)
                return status;
        if (!past->state || str_is(db_get_str(rows, 0), "create"))
                past->state = change;
        else if (json_object_update(past->state, change) != 0)
                return STATUS_NOMEM;
        return STATUS_OK;
}

static enum status read_past(struct request *r, const struct resource *resource,
                             const struct uuid *id, int64_t wanted, struct past *past)
{
        struct db_rows rows;
        enum status status =
                db_query(r->db, &sql_select_versions,
                         DB_PARAMS(db_text(str_of(resource->name)), db_uuid(id)), &rows);

        while (status == STATUS_OK && db_next(&rows))
                status = take_change(r, &rows, wanted, past);
        if (status == STATUS_OK)
                return db_end(&rows);
        (void)db_end(&rows);
        return status;
}

/* Members that nobody may write, but that a record which comes back keeps. */
static void keep_origin(struct request *r, const json_t *state, struct record *record)
{
        struct faults ignored = {.arena = r->arena};

        for (size_t i = 1; i < record->shape->count; i++) {
                const struct field *field = &record->shape->fields[i];
                const json_t *value = json_object_get(state, field->name);

                if ((field->flags & FIELD_READ_ONLY) && !(field->flags & FIELD_COMPUTED) && value &&
                    strcmp(field->name, "updated_at") != 0)
                        record->given[i] = field->type->read(field, value, STR(""), &ignored,
                                                             &record->values[i]);
        }
}

static enum status put_back(struct request *r, const struct resource *resource,
                            const struct uuid *id, const struct past *past)
{
        struct record *record = record_new(r->arena, resource->shape);
        struct resource_change change = {.resource = resource,
                                         .op = CHANGE_CREATE,
                                         .id = *id,
                                         .after = record,
                                         .restores = true};
        struct str document;
        enum status status;

        if (!record)
                return STATUS_NOMEM;
        (void)record_read(record, past->state, READ_CREATE, STR(""), &r->faults);
        keep_origin(r, past->state, record);
        status = site_settle(r, resource, record);
        if (status == STATUS_OK)
                status = change_check(r, resource, &change);
        if (status == STATUS_OK)
                status = resource_put(r, resource, record, id, past->last + 1, &document);
        if (status == STATUS_OK)
                change_answer(r, 200, past->last + 1, document);
        return status;
}

static enum status turn_back(struct request *r, const struct resource *resource,
                             const struct past *past)
{
        struct resource_change change = {
                .resource = resource, .op = CHANGE_UPDATE, .restores = true};
        struct record *before, *after, *given = record_new(r->arena, resource->shape);
        struct str document;
        int64_t version;
        enum status status =
                resource_load(r, resource, r->arguments[0], true, &change.id, &before, &version);

        if (status == STATUS_OK)
                status = site_may_change(r, resource, before);
        if (status == STATUS_OK)
                status = given ? condition_check(r, version) : STATUS_NOMEM;
        if (status != STATUS_OK)
                return status;
        (void)record_read(given, past->state, READ_PATCH, STR(""), &r->faults);
        after = record_merge(r, before, given);
        if (!after)
                return STATUS_NOMEM;
        change.before = before;
        change.after = after;
        status = change_check(r, resource, &change);
        if (status != STATUS_OK)
                return status;
        if (change_any(after))
                status = resource_modify(r, resource, &change.id, version, before, after, &version,
                                         &document);
        else
                document = resource_document(r->arena, resource, before);
        if (status == STATUS_OK)
                change_answer(r, 200, version, document);
        return status;
}

enum status resource_restore(struct request *r)
{
        const struct resource *resource = r->route->resource;
        struct past past = {0};
        struct uuid id;
        int64_t wanted;
        bool admitted = true;
        enum status status;

        if (!resource_path_id(r, resource, r->arguments[0], &id))
                return STATUS_NOT_FOUND;
        status = history_admits(r, resource, &id, &admitted);
        if (status == STATUS_NOT_FOUND || (status == STATUS_OK && !admitted))
                return resource_not_found(r, resource, r->arguments[0]);
        if (status != STATUS_OK)
                return status;
        if (!num_parse(r->arguments[1], 1, VERSION_LAST, &wanted))
                return problem(r, PROBLEM_VERSION_NOT_FOUND, "There is no such version");
        status = read_past(r, resource, &id, wanted, &past);
        if (status != STATUS_OK)
                return status;
        if (!past.state || wanted > past.last || (past.deleted && wanted == past.last))
                return problem(r, PROBLEM_VERSION_NOT_FOUND, "There is no version %lld",
                               (long long)wanted);
        return past.deleted ? put_back(r, resource, &id, &past) : turn_back(r, resource, &past);
}
