/**
 * people_batch.c: many people in one request: all of it happens, or nothing. A dry run does the
 * whole and takes it back. Each item is tried, so that a refusal names all that fail, by their
 * place.
 */
#include "people.h"

#include "json/read.h"

enum { ITEMS, DRY_RUN };
enum { ITEMS_MAX = 100 };

typedef enum status item_fn(struct request *r, const json_t *item, struct uuid *id);
typedef struct str str_of_item(const json_t *item);

static void stand_at(struct request *r, const char *list, size_t index)
{
        r->faults.prefix = arena_printf(r->arena, "/%s/%zu", list, index);
}

/* The list of the body: an array of 1 to 100 of a kind. */
static const json_t *read_items(struct request *r, const char *list, json_type kind)
{
        const json_t *items = json_object_get(r->body, list);
        const size_t count = json_array_size(items);

        if (!json_is_array(items) || count < 1 || count > ITEMS_MAX) {
                fault_add(&r->faults, arena_printf(r->arena, "/%s", list), "out_of_range",
                          "%s must be an array of 1 to %d", list, ITEMS_MAX);
                return NULL;
        }
        for (size_t i = 0; i < count; i++)
                if (json_typeof(json_array_get(items, i)) != kind) {
                        stand_at(r, list, i);
                        fault_add(&r->faults, STR(""), "type", "an item must be %s",
                                  kind == JSON_OBJECT ? "an object" : "a string");
                }
        r->faults.prefix = (struct str){NULL, 0};
        return r->faults.count ? NULL : items;
}

static void emit_result(struct emit *e, size_t index, const struct uuid *id)
{
        emit_object(e);
        emit_member_int(e, "index", (int64_t)index);
        emit_member_bool(e, "success", true);
        emit_member_uuid(e, "person_id", id);
        emit_member_null(e, "error");
        emit_object_end(e);
}

static enum status answer(struct request *r, const char *operation, const struct uuid *ids,
                          size_t count)
{
        struct emit *e;

        r->undo = record_int(r->input, DRY_RUN) != 0;
        e = respond_json(r, 200);
        emit_object(e);
        emit_member_text(e, "operation_type", operation);
        emit_member_int(e, "total", (int64_t)count);
        emit_member_int(e, "succeeded", (int64_t)count);
        emit_member_int(e, "failed", 0);
        emit_member_bool(e, "dry_run", r->undo);
        emit_key(e, "results");
        emit_array(e);
        for (size_t i = 0; i < count; i++)
                emit_result(e, i, &ids[i]);
        emit_array_end(e);
        emit_object_end(e);
        return STATUS_OK;
}

/* What became of the items so far. */
struct outcome {
        struct faults faults;
        enum problem problem; /* of those that failed: theirs, or that it is various */
        unsigned status;
        bool failed;
};

/* An item that failed has answered: take that back and note it down. */
static void note_failure(struct request *r, struct outcome *o)
{
        const struct problem_body *p = &r->response.problem;

        if (r->faults.count == 0)
                fault_add(&r->faults, STR(""), problem_code(p->problem), "%.*s",
                          STR_ARG(p->detail));
        if (o->failed && o->problem != p->problem) {
                o->problem = PROBLEM_VALIDATION_ERROR;
                o->status = r->dialect->invalid_status;
        } else {
                o->problem = p->problem;
                o->status = p->status;
        }
        o->failed = true;
        o->faults.count += r->faults.count;
        if (o->faults.last)
                o->faults.last->next = r->faults.first;
        else
                o->faults.first = r->faults.first;
        o->faults.last = r->faults.last;
        response_reset(r);
}

static enum status refuse(struct request *r, const struct outcome *o)
{
        const struct fault *first = o->faults.first;
        const size_t others = o->faults.count - 1;
        enum status status;

        if (!first)
                return STATUS_NOMEM;
        status = others ? problem(r, o->problem, "%.*s (and %zu more)", STR_ARG(first->detail),
                                  others)
                        : problem(r, o->problem, "%.*s", STR_ARG(first->detail));
        r->response.problem.faults = first;
        r->response.status = r->response.problem.status = o->status;
        return status;
}

/* Each item in turn; when one fails, everything is taken back at the end. */
static enum status run(struct request *r, const json_t *items, const char *list, item_fn *one,
                       const char *operation)
{
        struct uuid *ids = arena_new(r->arena, struct uuid, ITEMS_MAX);
        const size_t count = json_array_size(items);
        struct outcome outcome = {.failed = false};
        enum status status = ids ? STATUS_OK : STATUS_NOMEM;

        for (size_t i = 0; i < count && status == STATUS_OK; i++) {
                stand_at(r, list, i);
                status = one(r, json_array_get(items, i), &ids[i]);
                if (status != STATUS_OK && r->response.status && r->response.status < 500) {
                        note_failure(r, &outcome);
                        status = STATUS_OK;
                }
                r->faults = (struct faults){.arena = r->arena};
        }
        if (status != STATUS_OK)
                return status;
        return outcome.failed ? refuse(r, &outcome) : answer(r, operation, ids, count);
}

/* In the order of their ids, so that two batches wait for each other in one direction only. */
#define TEN "?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
static const struct sql sql_lock_people = SQL(
        "SELECT id FROM people WHERE tenant_id = :tenant AND id IN (" TEN ", " TEN ", " TEN ", " TEN
        ", " TEN ", " TEN ", " TEN ", " TEN ", " TEN ", " TEN ") ORDER BY id FOR UPDATE");

static enum status lock(struct request *r, const json_t *items, str_of_item *id_of)
{
        struct db_value ids[ITEMS_MAX];
        struct uuid id = {{0}};
        struct db_rows rows;
        enum status status;

        for (size_t i = 0; i < ITEMS_MAX; i++) {
                (void)uuid_parse(id_of(json_array_get(items, i)), &id);
                ids[i] = db_uuid(&id);
        }
        status = db_query(r->db, &sql_lock_people, (struct db_params){ids, ITEMS_MAX}, &rows);
        while (status == STATUS_OK && db_next(&rows))
                continue;
        return status == STATUS_OK ? db_end(&rows) : status;
}

static enum status create_one(struct request *r, const json_t *item, struct uuid *id)
{
        struct record *record = record_new(r->arena, practitioner.shape);
        struct resource_change change = {
                .resource = &practitioner, .op = CHANGE_CREATE, .after = record};
        enum status status;

        if (!record)
                return STATUS_NOMEM;
        (void)record_read(record, item, READ_CREATE, STR(""), &r->faults);
        status = resource_check(r, &practitioner, &change);
        if (r->faults.count)
                return problem_invalid(r);
        return status == STATUS_OK ? resource_insert(r, &practitioner, record, id, NULL) : status;
}

enum status people_batch_create(struct request *r)
{
        const json_t *items = read_items(r, "people", JSON_OBJECT);

        if (!items)
                return problem_invalid(r);
        return run(r, items, "people", create_one, "create");
}

static struct str id_of(const json_t *item)
{
        const struct str id = json_get_text(item, "id");

        return id.ptr ? id : json_get_text(item, "person_id");
}

static enum status update_one(struct request *r, const json_t *item, struct uuid *id)
{
        struct str document;
        int64_t version;

        if (!uuid_parse(id_of(item), id)) {
                fault_add(&r->faults, STR("/id"), "format", "id must be a UUID");
                return problem_invalid(r);
        }
        return resource_apply(r, &practitioner, id_of(item), item, READ_UPDATE, &version,
                              &document);
}

enum status people_batch_update(struct request *r)
{
        const json_t *items = read_items(r, "people", JSON_OBJECT);
        enum status status;

        if (!items)
                return problem_invalid(r);
        status = lock(r, items, id_of);
        return status == STATUS_OK ? run(r, items, "people", update_one, "update") : status;
}

static enum status delete_one(struct request *r, const json_t *item, struct uuid *id)
{
        if (!uuid_parse(json_text(item), id)) {
                fault_add(&r->faults, STR(""), "format", "an id must be a UUID");
                return problem_invalid(r);
        }
        return resource_take_away(r, &practitioner, json_text(item), id);
}

enum status people_batch_delete(struct request *r)
{
        const json_t *items = read_items(r, "person_ids", JSON_STRING);
        enum status status;

        if (!items)
                return problem_invalid(r);
        status = lock(r, items, json_text);
        return status == STATUS_OK ? run(r, items, "person_ids", delete_one, "delete") : status;
}

/* clang-format off */
#define EXAMPLE_UUID "\"550e8400-e29b-41d4-a716-446655440000\""
static const struct field in_fields[] = {
        [ITEMS] = {"people", TYPE_ANY, .flags = FIELD_REQUIRED, .class = PERSONAL, .about = "1 to 100 people, each as in the single request; of a change also its id.",
                .example = "[{\"id\":" EXAMPLE_UUID ",\"name\":\"PGY1-04\",\"type\":\"resident\",\"pgy_level\":1}]"},
        [DRY_RUN] = {"dry_run", TYPE_BOOLEAN, .otherwise = "false", .class = PLAIN, .about = "Only tell what would happen.", .example = "false"},
};
const struct shape batch_in = SHAPE("PeopleBatch", in_fields, "Many people at once.");
static const struct field delete_fields[] = {
        [ITEMS] = {"person_ids", TYPE_ANY, .flags = FIELD_REQUIRED, .class = PLAIN, .about = "1 to 100 ids.", .example = "[" EXAMPLE_UUID "]"},
        [DRY_RUN] = {"dry_run", TYPE_BOOLEAN, .otherwise = "false", .class = PLAIN, .about = "Only tell what would happen.", .example = "false"},
};
const struct shape batch_delete_in = SHAPE("PeopleBatchDelete", delete_fields, "Many people to delete.");

static const struct field result_fields[] = {
        {"index", TYPE_INTEGER, .class = PLAIN, .about = "Place in the request, from 0.", .example = "0"},
        {"success", TYPE_BOOLEAN, .class = PLAIN, .about = "Always true: one failure refuses the whole.", .example = "true"},
        {"person_id", TYPE_ID, .class = PLAIN, .about = "Whose record.", .example = EXAMPLE_UUID},
        {"error", TYPE_TEXT, .flags = FIELD_NULLABLE, .class = PLAIN, .about = "Always null; see success.", .example = "null"},
};
static const struct shape result_shape = SHAPE("PeopleBatchResult", result_fields, "What became of one.");
static const struct field out_fields[] = {
        {"operation_type", TYPE_ENUM, .choices = ONE_OF("create", "update", "delete"), .class = PLAIN, .about = "What was done.", .example = "\"create\""},
        {"total", TYPE_INTEGER, .class = PLAIN, .about = "Items.", .example = "1"},
        {"succeeded", TYPE_INTEGER, .class = PLAIN, .about = "The same.", .example = "1"},
        {"failed", TYPE_INTEGER, .class = PLAIN, .about = "Always 0.", .example = "0"},
        {"dry_run", TYPE_BOOLEAN, .class = PLAIN, .about = "Nothing was kept.", .example = "false"},
        {"results", TYPE_LIST, .members = &result_shape, .class = PLAIN, .about = "Each item.", .example = "[]"},
};
const struct shape batch_out = SHAPE("PeopleBatchDone", out_fields, "What was done.");
/* clang-format on */
