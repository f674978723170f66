/**
 * admit.c: what the reader found: a connection is let in, goes on, or gets its page.
 */
#include <stdlib.h>

#include "base/config.h"
#include "db/schema.h"
#include "http/browser.h"
#include "json/emit.h"
#include "module/module.h"
#include "reply.h"

enum { SECOND = 1000000, SITES_US = 30 * SECOND, AGAIN_US = 2 * SECOND };

static void put_upgrade(struct connection *c)
{
        buf_printf(&c->out,
                   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
                   c->asking->accept,
                   c->says_hello ? "Sec-WebSocket-Protocol: " PROTOCOL "\r\n" : "");
}

static void put_stream_head(struct connection *c)
{
        buf_printf(&c->out,
                   "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                   "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\nX-Request-Id: %s\r\n",
                   c->asking->id);
        (void)cors_headers(str_of(c->asking->origin), &c->out);
        buf_text(&c->out, "Connection: close\r\n\r\nretry: 3000\n\n");
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
        if (!c->upgraded)
                buf_printf(&c->out, "event: hello\ndata: %s\n\n", text.data);
        else
                frame_put(&c->out, OPCODE_TEXT, buf_view(&text));
        buf_free(&text);
}

/* The next event of an answer; NULL without memory. */
static struct node *take_node(struct job *job)
{
        struct letter *letter = job->events;

        job->events = letter->next;
        return node_new((struct event *)letter);
}

/* What was missed, as far as it is for this connection; false without memory. */
static bool put_missed(struct connection *c, struct job *job)
{
        while (job->events) {
                struct node *node = take_node(job);
                struct str frame = {NULL, 0};
                const bool good =
                        node && (!connection_wants(c, node) || node_frame(node, c->kind, &frame));

                if (frame.ptr)
                        buf_str(&c->out, frame);
                if (good)
                        c->after = node->event->seq;
                node_release(node);
                if (!good)
                        return false;
        }
        return buf_ok(&c->out);
}

static bool put_page_items(struct connection *c, struct job *job, struct buf *text)
{
        const char *between = "";

        while (job->events) {
                struct node *node = take_node(job);

                if (!node)
                        return false;
                if (connection_wants(c, node)) {
                        buf_text(text, between);
                        event_json(node->event, text);
                        between = ",";
                }
                c->after = node->event->seq;
                node_release(node);
        }
        return true;
}

/* The page of /api/v1/changes: items, and where to go on. */
static void answer_page(struct pushd *p, struct connection *c, struct job *job)
{
        const bool recovered = job->wants_replay && job->recovered;
        struct buf text;

        buf_init(&text, PENDING_MAX);
        c->after = recovered ? job->since_seq : job->head;
        buf_printf(&text, "{\"recovered\":%s,\"changes\":[", recovered ? "true" : "false");
        if (put_page_items(c, job, &text)) {
                buf_printf(&text, "],\"next_since\":\"%lld.%lld\",\"more\":%s}",
                           (long long)job->epoch, (long long)c->after,
                           job->more ? "true" : "false");
                reply_body(p, c, "application/json", buf_view(&text));
        } else {
                reply_problem(p, c, PROBLEM_UNAVAILABLE, "Not enough memory");
        }
        buf_free(&text);
}

static void answer_health(struct pushd *p, struct connection *c, const struct job *job)
{
        char time[TIME_TEXT_SIZE];
        struct buf text;

        if (job->status != STATUS_OK || job->schema < SCHEMA_VERSION) {
                reply_problem(p, c, PROBLEM_UNAVAILABLE,
                              job->status != STATUS_OK ? "pushd can't reach the database"
                                                       : "the schema of the database is too old");
                return;
        }
        buf_init(&text, 1024);
        buf_printf(&text,
                   "{\"success\":true,\"message\":\"pushd is healthy\",\"timestamp\":\"%s\","
                   "\"service\":\"pushd\",\"version\":\"%s\","
                   "\"checks\":{\"database\":\"ok\",\"schema\":%lld}}",
                   time_format(time_now() / 1000 * 1000, time).ptr, ALMONER_VERSION,
                   (long long)job->schema);
        reply_body(p, c, "application/json", buf_view(&text));
        buf_free(&text);
}

static struct connection *find(const struct pushd *p, uint64_t serial)
{
        const size_t fd = serial & 0xFFFFFF;
        struct connection *c = fd < p->connection_room ? p->connections[fd] : NULL;

        return c && c->serial == serial ? c : NULL;
}

static void take_sites(struct connection *c, struct job *job)
{
        free(c->sites);
        c->sites = job->sites;
        c->site_count = job->site_count;
        c->everywhere = job->everywhere;
        c->ask_us = time_monotonic_us() + SITES_US;
        job->sites = NULL;
}

static void take_principal(struct connection *c, const struct principal *principal)
{
        c->who.user = principal->user;
        c->who.session = principal->session;
        c->who.roles = principal->roles;
        c->who.expires_s = principal->expires / 1000;
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

/* Whether it may come in; else it has been refused. */
static bool check(struct pushd *p, struct connection *c, const struct job *job)
{
        const struct {
                struct tenant_id tenant;
                struct user_id user;
        } subject = {job->principal.tenant, job->principal.user};
        struct limit_decision decision;

        if (job->status == STATUS_DENIED)
                reply_problem(p, c, PROBLEM_INVALID_TOKEN, "The ticket is void");
        else if (job->status != STATUS_OK)
                reply_problem(p, c, PROBLEM_UNAVAILABLE, NULL);
        else if (job->has_wanted && !uuid_eq(&job->wanted.uuid, &job->principal.tenant.uuid))
                reply_problem(p, c, PROBLEM_TENANT_MISMATCH,
                              "This is not the tenant of your token");
        else if (count_of(p, &job->principal.user) >= (size_t)config_int(CONFIG_PUSH_USER_MAX))
                reply_limited(p, c, AGAIN_US / SECOND);
        else {
                decision = limit_take(p->limits, RATE_USER,
                                      (struct str){(const char *)&subject, sizeof(subject)});
                if (decision.allowed)
                        return true;
                reply_limited(p, c, decision.retry_after);
        }
        return false;
}

/* Its place is the end of the list, and what follows ${after} until there is read from the stream.
 */
static void let_in(struct pushd *p, struct connection *c, const struct job *job)
{
        if (!tenant_join(p, c, &job->principal.tenant)) {
                connection_drop(p, c);
                return;
        }
        c->at = node_hold(c->tenant->last);
        c->after = job->wants_replay && job->recovered ? job->since_seq : job->head;
        c->upgraded = c->door->manner == MANNER_SOCKET;
        c->state = OPEN;
        c->behind = true;
        c->pinged_us = time_monotonic_us();
        p->counts.opened[c->kind]++;
        p->counts.open[c->kind]++;
        if (c->upgraded)
                put_upgrade(c);
        else
                put_stream_head(c);
        if (c->says_hello)
                put_hello(c, job);
        buf_free(&c->in);
        free(c->asking);
        c->asking = NULL;
        c->ask_us = 0;
        connection_flush(p, c);
}

/* The first answer. */
static void admit(struct pushd *p, struct connection *c, struct job *job)
{
        if (job->wants_health) {
                answer_health(p, c, job);
                return;
        }
        if (!check(p, c, job))
                return;
        take_principal(c, &job->principal);
        take_sites(c, job);
        if (c->door->manner == MANNER_PAGE)
                answer_page(p, c, job);
        else
                let_in(p, c, job);
}

void admit_ask(struct pushd *p, struct connection *c, int64_t now_us)
{
        const bool for_sites = !c->everywhere && (c->held || now_us >= c->ask_us);
        struct job *job;

        if (c->asked || now_us < (c->held ? 0 : c->ask_us) || !(c->behind || for_sites))
                return;
        job = calloc(1, sizeof(*job));
        if (!job)
                return; /* asked again when it is tended */
        job->connection = c->serial;
        job->principal.tenant = c->tenant->id;
        job->principal.user = c->who.user;
        job->principal.roles = c->who.roles;
        job->wants_stream = job->wants_replay = c->behind;
        job->since_seq = c->after;
        if (c->behind) { /* so that nothing falls between the page and the list */
                node_release(c->at);
                c->at = node_hold(c->tenant->last);
        }
        c->asked = true;
        mailbox_put(&p->reader.questions, &job->link);
}

/* A later answer: what followed, and the sites anew. */
static void go_on(struct pushd *p, struct connection *c, struct job *job)
{
        if (job->status !=
            STATUS_OK) { /* the database is away: nothing is lost, it is asked again */
                c->ask_us = time_monotonic_us() + AGAIN_US;
                return;
        }
        take_sites(c, job);
        c->held = c->again;
        c->again = false;
        if (job->wants_replay && (!job->recovered || !put_missed(c, job))) {
                connection_close(p, c, CLOSE_GOING_AWAY, "connect again with since");
                return;
        }
        c->behind = job->wants_replay && job->more;
        if (c->behind)
                c->ask_us = 0;
        connection_say(p, c);
}

void admit_answer(struct pushd *p, struct job *job)
{
        struct connection *c = find(p, job->connection);

        if (c)
                c->asked = false;
        if (c && c->state == ASKING)
                admit(p, c, job);
        else if (c && c->state == OPEN)
                go_on(p, c, job);
        job_free(job);
}
