/**
 * open.c: from a request to an open connection: who it is, what it wants, what it has missed.
 *
 * Credentials, the first that is there: Authorization: Bearer; the subprotocol
 * almoner.bearer.<token>; a one-time ?ticket=; a session's cookie, from our own pages only. A token
 * in the query would end up in logs and is refused.
 */
#include <stdlib.h>

#include "base/config.h"
#include "base/num.h"
#include "http/browser.h"
#include "json/emit.h"
#include "pushd.h"

#define BEARER "almoner.bearer."
#define PROTOCOL "almoner.v1"

/* nginx shows what a program says; the members are those of every problem (RFC 9457). */
static void refuse(struct pushd *p, struct connection *c, unsigned status, const char *code,
                   const char *detail)
{
        static const struct {
                unsigned status;
                const char *title, *header;
        } rows[] = {
                {400, "Bad Request", ""},
                {401, "Unauthorized", "WWW-Authenticate: Bearer realm=\"almoner\"\r\n"},
                {403, "Forbidden", ""},
                {404, "Not Found", ""},
                {426, "Upgrade Required", "Upgrade: websocket\r\n"},
                {429, "Too Many Requests", "Retry-After: 10\r\n"},
                {503, "Service Unavailable", "Retry-After: 2\r\n"},
        };
        struct buf text;
        struct emit e;
        size_t row = 0;

        while (rows[row].status != status)
                row++;
        buf_init(&text, 4096);
        emit_start(&e, &text);
        emit_object(&e);
        emit_member_text(&e, "type", "about:blank");
        emit_member_text(&e, "title", rows[row].title);
        emit_member_int(&e, "status", status);
        emit_member_text(&e, "detail", detail);
        emit_member_text(&e, "code", code);
        emit_object_end(&e);
        buf_printf(&c->out,
                   "HTTP/1.1 %u %s\r\nContent-Type: application/problem+json\r\nContent-Length: "
                   "%zu\r\nCache-Control: no-store\r\n%sConnection: close\r\n\r\n",
                   status, rows[row].title, text.len, rows[row].header);
        buf_str(&c->out, buf_view(&text));
        buf_free(&text);
        c->is_sse = true; /* no frames: end when it is said */
        connection_close(p, c, CLOSE_GOING_AWAY, "");
}

static const struct {
        const char *path;
        enum kind kind;
        bool upgrade, poll;
} doors[] = {
        {"/ws/persons", KIND_PERSONS, true, false},
        {"/ws/interactions", KIND_INTERACTIONS, true, false},
        {"/ws/tenant/", KIND_TENANT, true, false},
        {"/api/v1/events/stream", KIND_SSE, false, false},
        {"/api/v1/changes", KIND_SSE, false, true},
};
enum { DOORS = sizeof(doors) / sizeof(doors[0]) };

static size_t find_door(struct str path)
{
        size_t i = 0;

        while (i < DOORS && !(doors[i].kind == KIND_TENANT ? str_starts(path, str_of(doors[i].path))
                                                           : str_is(path, doors[i].path)))
                i++;
        return i;
}

/* A token offered as a subprotocol, as browsers can't set headers. */
static struct str offered_token(struct str protocols)
{
        struct str item;

        while (protocols.ptr && str_cut(&protocols, ',', &item)) {
                item = str_trim(item);
                if (str_starts(item, STR(BEARER)))
                        return str_skip(item, sizeof(BEARER) - 1);
        }
        return (struct str){NULL, 0};
}

static bool is_own_page(const struct request_head *head)
{
        const struct site site = {
                .host = head_get(head, "Host"),
                .port = head_get(head, "X-Forwarded-Port"),
                .public_url = str_of(config_text(CONFIG_PUBLIC_URL)),
                .origins = str_of(config_text(CONFIG_CORS_ORIGINS)),
        };
        const struct str origin = head_get(head, "Origin");

        return origin.len && origin_trusted(origin, &site);
}

/* The token text; false when the cookie came from another site's page. */
static bool find_token(const struct request_head *head, bool upgrade, struct str *token)
{
        const struct str bearer = head_get(head, "Authorization");

        if (bearer.len > 7 && str_eq_nocase((struct str){bearer.ptr, 7}, STR("Bearer "))) {
                *token = str_trim(str_skip(bearer, 7));
                return true;
        }
        *token = offered_token(head_get(head, "Sec-WebSocket-Protocol"));
        if (token->ptr)
                return true;
        *token = cookie_token(head_get(head, "Cookie"));
        return !token->ptr || !upgrade || is_own_page(head);
}

static void take_principal(struct connection *c, const struct principal *principal)
{
        c->who.user = principal->user;
        c->who.session = principal->session;
        c->who.roles = principal->roles;
        c->who.expires_s = principal->expires / 1000;
        c->everywhere = (principal->roles & ADMIN) != 0;
}

/* "epoch.seq", or "seq" alone; what can't be read is a fault. */
static bool read_since(struct str text, struct job *job)
{
        struct str epoch = {NULL, 0};

        if (!text.ptr)
                return true;
        job->wants_replay = true;
        if (memchr(text.ptr, '.', text.len)) {
                (void)str_cut(&text, '.', &epoch);
                if (!num_parse(epoch, 0, INT64_MAX, &job->since_epoch))
                        return false;
        }
        return text.ptr && num_parse(text, 0, INT64_MAX, &job->since_seq);
}

/* Its own words of the query and headers; false when one is malformed. */
static bool read_wishes(const struct request_head *head, struct connection *c, struct job *job)
{
        const struct str person = query_get(head->query, "person_id");
        const struct str last = head_get(head, "Last-Event-ID");
        const struct str since = query_get(head->query, "since");

        c->says_hello = list_has(head_get(head, "Sec-WebSocket-Protocol"), PROTOCOL) ||
                        (c->is_sse && !c->is_poll);
        c->has_person = person.ptr != NULL;
        if (person.ptr && !typeid_parse("person", person, &c->person))
                return false;
        if (c->is_poll && !since.ptr)
                job->wants_replay = true; /* from the oldest on: since 0 */
        return read_since(last.ptr && c->is_sse ? last : since, job);
}

static size_t count_of(const struct pushd *p, const struct user_id *user)
{
        size_t count = 0;

        for (size_t fd = 0; fd < p->connection_room; fd++)
                if (p->connections[fd] && p->connections[fd]->state == OPEN &&
                    uuid_eq(&p->connections[fd]->who.user.uuid, &user->uuid))
                        count++;
        return count;
}

static struct job *new_job(const struct connection *c)
{
        struct job *job = calloc(1, sizeof(*job));

        if (job)
                job->connection = c->serial;
        return job;
}

/* Who it is; false when it has been refused. With a ticket only the reader can tell. */
static bool authenticate(struct pushd *p, struct connection *c, const struct request_head *head,
                         bool upgrade, struct job *job)
{
        const struct str ticket = query_get(head->query, "ticket");
        enum auth_fault fault = AUTH_MALFORMED;
        struct str token;

        if (query_get(head->query, "token").ptr || query_get(head->query, "access_token").ptr) {
                refuse(p, c, 400, "BAD_REQUEST", "A token in the address would be logged");
                return false;
        }
        if (!find_token(head, upgrade, &token)) {
                refuse(p, c, 403, "ORIGIN_REFUSED", "A session's page must be one of this site");
                return false;
        }
        if (!token.ptr && ticket.ptr) {
                job->has_ticket = true;
                if (digest_sha256(ticket, &job->ticket))
                        return true;
        }
        if (token.ptr)
                fault = auth_verify(p->auth, token, time_now(), &job->principal);
        if (fault == AUTH_OK)
                return true;
        refuse(p, c, fault == AUTH_UNAVAILABLE ? 503 : 401,
               token.ptr ? "INVALID_TOKEN" : "AUTHENTICATION_REQUIRED",
               token.ptr ? auth_fault_text(fault) : "Authentication required");
        return false;
}

static bool check_upgrade(struct pushd *p, struct connection *c, const struct request_head *head)
{
        enum status status;

        if (!list_has(head_get(head, "Upgrade"), "websocket") ||
            !list_has(head_get(head, "Connection"), "upgrade") ||
            !str_is(head_get(head, "Sec-WebSocket-Version"), "13")) {
                refuse(p, c, 426, "UPGRADE_REQUIRED", "This is a WebSocket (RFC 6455)");
                return false;
        }
        status = websocket_accept(head_get(head, "Sec-WebSocket-Key"), c->accept);
        if (status == STATUS_NOMEM)
                refuse(p, c, 503, "UNAVAILABLE", "Not enough memory");
        else if (status != STATUS_OK)
                refuse(p, c, 400, "BAD_REQUEST", "Sec-WebSocket-Key is malformed");
        return status == STATUS_OK;
}

static void ask(struct pushd *p, struct connection *c, const struct request_head *head, size_t door)
{
        struct job *job = new_job(c);

        c->kind = doors[door].kind;
        c->is_sse = !doors[door].upgrade;
        c->is_poll = doors[door].poll;
        if (!job) {
                refuse(p, c, 503, "UNAVAILABLE", "Not enough memory");
                return;
        }
        job->wants_sites = true;
        if (!authenticate(p, c, head, doors[door].upgrade, job)) {
                free(job);
                return;
        }
        if (c->kind == KIND_TENANT &&
            !uuid_parse(str_skip(head->path, sizeof("/ws/tenant/") - 1), &job->wanted.uuid)) {
                free(job);
                refuse(p, c, 404, "NOT_FOUND", "There is no such tenant");
                return;
        }
        job->has_wanted = c->kind == KIND_TENANT;
        if (!read_wishes(head, c, job)) {
                free(job);
                refuse(p, c, 400, "BAD_REQUEST", "since is epoch.seq, person_id a person's id");
                return;
        }
        c->state = ASKING;
        mailbox_put(&p->reader.questions, &job->link);
}

void open_request(struct pushd *p, struct connection *c, struct str text)
{
        struct request_head head;
        size_t door;

        if (!head_parse(text, &head)) {
                refuse(p, c, 400, "BAD_REQUEST", "The request can't be understood");
                return;
        }
        door = find_door(head.path);
        if (door == DOORS)
                refuse(p, c, 404, "NOT_FOUND", "There is no such thing");
        else if (!doors[door].upgrade || check_upgrade(p, c, &head))
                ask(p, c, &head, door);
}

static void put_welcome(struct connection *c)
{
        if (c->is_sse)
                buf_text(&c->out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                  "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n"
                                  "Connection: close\r\n\r\nretry: 3000\n\n");
        else
                buf_printf(&c->out,
                           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                           "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
                           c->accept,
                           c->says_hello ? "Sec-WebSocket-Protocol: " PROTOCOL "\r\n" : "");
}

static void put_hello(struct connection *c, const struct job *job)
{
        struct buf text;
        struct emit e;

        buf_init(&text, 1024);
        emit_start(&e, &text);
        emit_object(&e);
        emit_member_text(&e, "type", "hello");
        emit_member_int(&e, "epoch", job->epoch);
        emit_member_int(&e, "seq",
                        job->wants_replay && job->recovered ? job->since_seq : job->head);
        emit_member_bool(&e, "recovered", job->wants_replay && job->recovered);
        emit_object_end(&e);
        if (c->is_sse)
                buf_printf(&c->out, "event: hello\ndata: %s\n\n", text.data);
        else
                frame_put(&c->out, OPCODE_TEXT, buf_view(&text));
        buf_free(&text);
}

/* What was missed, as far as it is for this connection. */
static void put_missed(struct connection *c, struct job *job)
{
        struct letter *next, *letter = job->events;

        job->events = NULL;
        for (; letter; letter = next) {
                struct node *node = node_new((struct event *)letter);

                next = letter->next;
                if (!node)
                        continue;
                if (connection_wants(c, node))
                        buf_str(&c->out, node_frame(node, c->kind));
                c->after = node->event->seq;
                node_release(node);
        }
        c->replaying = job->event_count == REPLAY_PAGE;
}

/* The page of /api/v1/changes: items, and where to go on. */
static void answer_poll(struct pushd *p, struct connection *c, struct job *job)
{
        struct buf text;

        buf_init(&text, PENDING_MAX);
        c->after = job->recovered ? job->since_seq : job->head;
        buf_printf(&text, "{\"recovered\":%s,\"changes\":[", job->recovered ? "true" : "false");
        for (struct letter *letter = job->events, *next; letter; letter = next) {
                struct node *node = node_new((struct event *)letter);

                next = letter->next;
                if (!node)
                        break;
                if (connection_wants(c, node)) {
                        buf_text(&text, text.data[text.len - 1] == '[' ? "" : ",");
                        event_json(node->event, &text);
                }
                c->after = node->event->seq;
                node_release(node);
        }
        job->events = NULL;
        buf_printf(&text, "],\"next_since\":\"%lld.%lld\",\"more\":%s}", (long long)job->epoch,
                   (long long)c->after, job->event_count == REPLAY_PAGE ? "true" : "false");
        buf_printf(&c->out,
                   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                   "Cache-Control: no-store\r\nConnection: close\r\n\r\n",
                   text.len);
        buf_str(&c->out, buf_view(&text));
        buf_free(&text);
        connection_close(p, c, CLOSE_GOING_AWAY, "");
}

static struct connection *find(const struct pushd *p, uint64_t serial)
{
        const size_t fd = serial & 0xFFFFFF;
        struct connection *c = fd < p->connection_room ? p->connections[fd] : NULL;

        return c && c->serial == serial ? c : NULL;
}

/* Its place is the end of the list before the reader looks, so that nothing falls between. */
static bool stand_at_end(struct pushd *p, struct connection *c, const struct tenant_id *tenant)
{
        if (!c->tenant)
                c->tenant = tenant_join(p, tenant);
        if (!c->tenant)
                return false;
        if (c->at)
                node_release(c->at);
        c->at = node_hold(c->tenant->last);
        return true;
}

static void take_sites(struct connection *c, struct job *job)
{
        free(c->sites);
        c->sites = job->sites;
        c->site_count = job->site_count;
        c->everywhere = job->everywhere;
        c->sites_us = time_monotonic_us();
        job->sites = NULL;
}

/* The first answer: in, or refused. */
static void admit(struct pushd *p, struct connection *c, struct job *job)
{
        const struct principal *who = &job->principal;

        if (job->status != STATUS_OK) {
                refuse(p, c, job->status == STATUS_DENIED ? 401 : 503,
                       job->status == STATUS_DENIED ? "INVALID_TOKEN" : "UNAVAILABLE",
                       job->status == STATUS_DENIED ? "The ticket is void"
                                                    : "The service is not available at the moment");
                return;
        }
        if (job->has_wanted && !uuid_eq(&job->wanted.uuid, &who->tenant.uuid)) {
                refuse(p, c, 403, "TENANT_MISMATCH", "This is not the tenant of your token");
                return;
        }
        if (count_of(p, &who->user) >= (size_t)config_int(CONFIG_PUSH_USER_MAX)) {
                refuse(p, c, 429, "RATE_LIMITED", "You have too many connections open");
                return;
        }
        take_principal(c, who);
        take_sites(c, job);
        if (c->is_poll) {
                answer_poll(p, c, job);
                return;
        }
        if (!c->tenant) { /* the list begins now: ask once more for what came meanwhile */
                c->since_epoch = job->since_epoch;
                c->after = job->wants_replay && job->recovered ? job->since_seq : job->head;
                c->state = OPEN;
                put_welcome(c);
                if (c->says_hello)
                        put_hello(c, job);
                c->replaying = true;
                if (!stand_at_end(p, c, &who->tenant)) {
                        connection_drop(p, c);
                        return;
                }
                buf_free(&c->in);
                c->pinged_us = time_monotonic_us();
                connection_flush(p, c);
        }
}

void open_ask(struct pushd *p, struct connection *c)
{
        struct job *job = new_job(c);

        if (!job || !stand_at_end(p, c, &c->tenant->id)) {
                free(job);
                return;
        }
        job->principal.tenant = c->tenant->id;
        job->principal.user = c->who.user;
        job->principal.roles = c->who.roles;
        job->wants_sites = true;
        job->wants_replay = true;
        job->since_seq = c->after;
        c->asked = true;
        c->replaying = true;
        mailbox_put(&p->reader.questions, &job->link);
}

/* A later answer: what followed, and the sites anew. */
static void go_on(struct pushd *p, struct connection *c, struct job *job)
{
        c->asked = false;
        if (job->status != STATUS_OK || !job->recovered) { /* it may resume from where it was */
                connection_close(p, c, CLOSE_GOING_AWAY, "connect again with since");
                return;
        }
        take_sites(c, job);
        put_missed(c, job);
        connection_flush(p, c);
}

void open_answer(struct pushd *p, struct job *job)
{
        struct connection *c = find(p, job->connection);

        if (c && c->state == ASKING)
                admit(p, c, job);
        else if (c && c->state == OPEN)
                go_on(p, c, job);
        job_free(job);
}
