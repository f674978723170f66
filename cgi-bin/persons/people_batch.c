/**
 * people_batch.c: many people in one request: all of it happens, or nothing. A dry run does the
 * whole and takes it back.
 */
#include "people.h"

#include "json/read.h"

enum { ITEMS, DRY_RUN };
enum { ITEMS_MAX = 100 };

typedef enum status item_fn(struct request *r, const json_t *item, struct uuid *id);

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
        char text[UUID_TEXT_SIZE];

        emit_object(e);
        emit_member_int(e, "index", (int64_t)index);
        emit_member_bool(e, "success", true);
        emit_member_str(e, "person_id", uuid_format(id, text));
        emit_member_null(e, "error");
        emit_object_end(e);
}

static enum status answer(struct request *r, const char *operation, const struct uuid *ids,
                          size_t count)
{
        struct emit *e;

        r->undo = record_int(r->input, DRY_RUN) != 0;
        e = respond_json(r, 200);
        resource_mark_phi(r, &practitioner);
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

/* Each item in turn; the first that fails has answered, and everything is taken back. */
static enum status run(struct request *r, const json_t *items, const char *list, item_fn *one,
                       const char *operation)
{
        struct uuid *ids = arena_new(r->arena, struct uuid, ITEMS_MAX);
        const size_t count = json_array_size(items);
        enum status status = ids ? STATUS_OK : STATUS_NOMEM;

        for (size_t i = 0; i < count && status == STATUS_OK; i++) {
                stand_at(r, list, i);
                status = one(r, json_array_get(items, i), &ids[i]);
        }
        r->faults.prefix = (struct str){NULL, 0};
        return status == STATUS_OK ? answer(r, operation, ids, count) : status;
}

static enum status read_new(struct request *r, const json_t *item, struct record **record)
{
        struct resource_change change = {.resource = &practitioner, .op = CHANGE_CREATE};

        *record = change.after = record_new(r->arena, practitioner.shape);
        if (!*record)
                return STATUS_NOMEM;
        (void)record_read(*record, item, READ_CREATE, STR(""), &r->faults);
        return resource_check(r, &practitioner, &change);
}

static enum status create_one(struct request *r, const json_t *item, struct uuid *id)
{
        struct record *record;
        const enum status status = read_new(r, item, &record);

        return status == STATUS_OK ? resource_insert(r, &practitioner, record, id, NULL) : status;
}

/* All that is wrong with any of them is told at once. */
static enum status check_all_new(struct request *r, const json_t *items)
{
        enum status status = STATUS_OK;

        for (size_t i = 0; i < json_array_size(items) && status == STATUS_OK; i++) {
                struct record *record;

                stand_at(r, "people", i);
                status = read_new(r, json_array_get(items, i), &record);
        }
        r->faults.prefix = (struct str){NULL, 0};
        return status;
}

enum status people_batch_create(struct request *r)
{
        const json_t *items = read_items(r, "people", JSON_OBJECT);
        enum status status = items ? check_all_new(r, items) : STATUS_OK;

        if (r->faults.count)
                return problem_invalid(r);
        return status == STATUS_OK ? run(r, items, "people", create_one, "create") : status;
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
        const enum status status = resource_apply(r, &practitioner, id_of(item), item, READ_UPDATE,
                                                  &version, &document);

        return status == STATUS_OK && !uuid_parse(id_of(item), id) ? STATUS_BUG : status;
}

static void check_changes(struct request *r, const json_t *items)
{
        for (size_t i = 0; i < json_array_size(items); i++) {
                struct record *given = record_new(r->arena, practitioner.shape);
                struct uuid id;

                stand_at(r, "people", i);
                if (!uuid_parse(id_of(json_array_get(items, i)), &id))
                        fault_add(&r->faults, STR("/id"), "format", "id must be a UUID");
                if (given)
                        (void)record_read(given, json_array_get(items, i), READ_UPDATE, STR(""),
                                          &r->faults);
        }
        r->faults.prefix = (struct str){NULL, 0};
}

enum status people_batch_update(struct request *r)
{
        const json_t *items = read_items(r, "people", JSON_OBJECT);

        if (items)
                check_changes(r, items);
        if (r->faults.count)
                return problem_invalid(r);
        return run(r, items, "people", update_one, "update");
}

static enum status delete_one(struct request *r, const json_t *item, struct uuid *id)
{
        return resource_take_away(r, &practitioner, json_text(item), id);
}

static void check_ids(struct request *r, const json_t *items)
{
        for (size_t i = 0; i < json_array_size(items); i++) {
                struct uuid id;

                stand_at(r, "person_ids", i);
                if (!uuid_parse(json_text(json_array_get(items, i)), &id))
                        fault_add(&r->faults, STR(""), "format", "an id must be a UUID");
        }
        r->faults.prefix = (struct str){NULL, 0};
}

enum status people_batch_delete(struct request *r)
{
        const json_t *items = read_items(r, "person_ids", JSON_STRING);

        if (items)
                check_ids(r, items);
        if (r->faults.count)
                return problem_invalid(r);
        return run(r, items, "person_ids", delete_one, "delete");
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
