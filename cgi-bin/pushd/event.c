/**
 * event.c: see event.h.
 */
#include "event.h"

#include <stdlib.h>

#include <jansson.h>

#include "websocket/frame.h"
#include "json/emit.h"

enum { FRAME_MAX = 24 << 20 };

#define READERS (ADMIN | MANAGER | STAFF | CLINICIAN | VIEWER)

/* Who may read what: as the lists of the same records. A channel that is not here is for admins. */
static const struct {
        const char *channel;
        role_set readers;
} channels[] = {
        {"persons", READERS},
        {"interactions", READERS},
        {"cases", READERS},
        {"reports", READERS},
        {"site_interactions", EVERY_ROLE & ~(role_set)KIOSK},
        {"people", READERS},
        {"procedures", READERS},
        {"credentials", READERS},
        {"blocks", READERS},
        {"assignments", READERS},
        {"sites", EVERY_ROLE & ~(role_set)KIOSK},
};

struct event *event_of(const struct event_row *row)
{
        struct event *event = calloc(1, sizeof(*event) + row->body.len + 1);

        if (!event)
                return NULL;
        event->tenant = row->tenant;
        event->seq = row->seq;
        event->epoch = row->epoch;
        event->record = row->record;
        event->at = row->at;
        str_put(event->channel, sizeof(event->channel), row->channel);
        str_put(event->type, sizeof(event->type), row->type);
        str_put(event->resource, sizeof(event->resource), row->resource);
        str_put(event->op, sizeof(event->op), row->op);
        event->length = row->body.len;
        memcpy(event->body, row->body.ptr, row->body.len);
        return event;
}

void event_json(const struct event *event, struct buf *out)
{
        struct emit e;

        emit_start(&e, out);
        emit_object(&e);
        emit_member_int(&e, "seq", event->seq);
        emit_member_int(&e, "epoch", event->epoch);
        emit_member_text(&e, "channel", event->channel);
        emit_member_text(&e, "type", event->type);
        emit_member_text(&e, "resource", event->resource);
        emit_member_text(&e, "op", event->op);
        emit_member_uuid(&e, "record_id", &event->record);
        emit_member_time(&e, "at", event->at);
        emit_key(&e, "doc");
        emit_raw(&e, (struct str){event->body, event->length});
        emit_object_end(&e);
}

static role_set readers_of(const char *channel)
{
        for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++)
                if (strcmp(channels[i].channel, channel) == 0)
                        return channels[i].readers;
        return ADMIN;
}

static bool read_id(const json_t *doc, const char *name, const char *prefix, struct uuid *out)
{
        const char *text = json_string_value(json_object_get(doc, name));

        if (!text)
                return false;
        return prefix ? typeid_parse(prefix, str_of(text), out) : uuid_parse(str_of(text), out);
}

struct node *node_new(struct event *event)
{
        struct node *node = calloc(1, sizeof(*node));
        json_t *doc;

        if (!node) {
                free(event);
                return NULL;
        }
        node->event = event;
        node->holders = 1;
        if (!event)
                return node;
        doc = json_loadb(event->body, event->length, 0, NULL);
        if (strcmp(event->type, EVENT_ERASED) != 0)
                node->readers = readers_of(event->channel);
        node->site = event->record;
        node->of_site = strcmp(event->channel, "sites") == 0;
        if (strcmp(event->channel, "site_interactions") == 0) {
                node->of_site = true;
                (void)read_id(doc, "site_id", NULL, &node->site);
        }
        node->moves_all = strcmp(event->type, "site_deleted") == 0;
        node->moves_user = strcmp(event->channel, "site_members") == 0 &&
                           read_id(doc, "user_id", NULL, &node->user);
        node->of_person = read_id(doc, "person_id", "person", &node->person);
        if (!node->of_person && strcmp(event->resource, "person") == 0) {
                node->of_person = true;
                node->person = event->record;
        }
        json_decref(doc);
        return node;
}

struct node *node_hold(struct node *node)
{
        node->holders++;
        return node;
}

void node_release(struct node *node)
{
        while (node && --node->holders == 0) {
                struct node *next = node->next;

                for (size_t i = 0; i < KIND__N; i++)
                        free((void *)(uintptr_t)node->frames[i].ptr);
                free(node->event);
                free(node);
                node = next;
        }
}

/* The members of a small body, as members of the message itself. */
static void emit_members(struct emit *e, const struct event *event)
{
        json_t *doc = json_loadb(event->body, event->length, 0, NULL);
        const char *name;
        json_t *value;

        json_object_foreach(doc, name, value)
        {
                emit_key(e, name);
                emit_parsed(e, value);
        }
        json_decref(doc);
}

/* Seed 000: {"type": …, "person": {…}}; what is gone tells only its id. */
static void put_message(const struct event *event, const char *key, struct buf *out)
{
        const size_t length = strlen(event->type);
        const bool gone = length > 8 && strcmp(event->type + length - 8, "_deleted") == 0;
        struct emit e;

        emit_start(&e, out);
        emit_object(&e);
        emit_member_text(&e, "type", event->type);
        if (gone) {
                emit_members(&e, event);
        } else {
                emit_key(&e, key);
                emit_raw(&e, (struct str){event->body, event->length});
        }
        emit_member_int(&e, "seq", event->seq);
        emit_object_end(&e);
}

static void put_interaction(const struct node *node, struct buf *out)
{
        const struct event *event = node->event;
        char text[TYPEID_TEXT_SIZE];
        struct emit e;

        if (strcmp(event->type, "interaction_deleted") == 0 || !node->of_person) {
                put_message(event, "interaction", out);
                return;
        }
        emit_start(&e, out);
        emit_object(&e);
        emit_member_text(&e, "type", event->type);
        emit_member_str(&e, "person_id", typeid_format("person", &node->person, text));
        emit_key(&e, "interaction");
        emit_raw(&e, (struct str){event->body, event->length});
        emit_member_int(&e, "seq", event->seq);
        emit_object_end(&e);
}

/* Seed 002: {"type": resource, "op": "insert", "doc": {…}}. */
static void put_tenant(const struct event *event, struct buf *out)
{
        const char *op = strcmp(event->op, "create") == 0 ? "insert" : event->op;
        struct emit e;

        emit_start(&e, out);
        emit_object(&e);
        emit_member_text(&e, "type", event->resource[0] ? event->resource : event->type);
        emit_member_text(&e, "op", op[0] ? op : "notify");
        emit_key(&e, "doc");
        emit_raw(&e, (struct str){event->body, event->length});
        emit_member_text(&e, "event", event->type);
        emit_member_int(&e, "seq", event->seq);
        emit_object_end(&e);
}

static void put_sse(const struct event *event, struct buf *out)
{
        buf_printf(out, "id: %lld.%lld\nevent: %s\ndata: ", (long long)event->epoch,
                   (long long)event->seq, event->type);
        event_json(event, out);
        buf_text(out, "\n\n");
}

static bool put_text(const struct node *node, enum kind kind, struct buf *out)
{
        const struct event *event = node->event;

        switch (kind) {
        case KIND_PERSONS:
                if (strcmp(event->channel, "persons") != 0)
                        return false;
                put_message(event, "person", out);
                return true;
        case KIND_INTERACTIONS:
                if (strcmp(event->channel, "interactions") != 0)
                        return false;
                put_interaction(node, out);
                return true;
        case KIND_TENANT:
                put_tenant(event, out);
                return true;
        default:
                put_sse(event, out);
                return true;
        }
}

static bool make_frame(const struct node *node, enum kind kind, struct str *out)
{
        struct buf text, frame;
        bool good = true;

        buf_init(&text, FRAME_MAX);
        buf_init(&frame, FRAME_MAX);
        if (put_text(node, kind, &text)) {
                if (kind == KIND_SSE)
                        buf_str(&frame, buf_view(&text));
                else
                        frame_put(&frame, OPCODE_TEXT, buf_view(&text));
                good = buf_ok(&text) && buf_ok(&frame);
        }
        if (good && frame.len) {
                char *copy = malloc(frame.len);

                good = copy != NULL;
                if (good)
                        *out = (struct str){memcpy(copy, frame.data, frame.len), frame.len};
        }
        buf_free(&text);
        buf_free(&frame);
        return good;
}

bool node_frame(struct node *node, enum kind kind, struct str *frame)
{
        if (!node->made[kind] && !make_frame(node, kind, &node->frames[kind]))
                return false;
        node->made[kind] = true;
        *frame = node->frames[kind];
        return true;
}
