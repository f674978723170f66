/**
 * open.c: a request: who asks, and what for.
 *
 * Credentials, the first that is there: Authorization: Bearer; the subprotocol
 * almoner.bearer.<token>; a session's cookie, for a socket from our own pages only; a one-time
 * ?ticket=. A token in the query would end up in logs and is refused.
 */
#include <stdlib.h>

#include "base/config.h"
#include "base/num.h"
#include "http/browser.h"
#include "reply.h"

#define BEARER "almoner.bearer."

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
static bool find_token(const struct request_head *head, bool socket, struct str *token)
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
        return !token->ptr || !socket || is_own_page(head);
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

        c->says_hello = c->door->manner == MANNER_STREAM ||
                        list_has(head_get(head, "Sec-WebSocket-Protocol"), PROTOCOL);
        c->has_person = person.ptr != NULL;
        if (person.ptr && !typeid_parse("person", person, &c->person))
                return false;
        job->wants_stream = true;
        if (c->door->manner == MANNER_PAGE && !since.ptr)
                job->wants_replay = true; /* from the oldest on: since 0 */
        return read_since(last.ptr && c->door->manner == MANNER_STREAM ? last : since, job);
}

/* Who has no token, or a bad one, is counted by address: guessing costs as much as asking. */
static bool refuse_stranger(struct pushd *p, struct connection *c, const struct request_head *head,
                            enum problem problem, const char *detail)
{
        char text[64];
        const struct str address = limit_address(head_get(head, "X-Real-IP"), text);
        const struct limit_decision decision = limit_take(p->limits, RATE_ANONYMOUS, address);

        if (decision.allowed)
                reply_problem(p, c, problem, detail);
        else
                reply_limited(p, c, decision.retry_after);
        return false;
}

static bool refuse_token(struct pushd *p, struct connection *c, const struct request_head *head,
                         enum auth_fault fault)
{
        if (fault == AUTH_UNAVAILABLE) {
                reply_problem(p, c, PROBLEM_UNAVAILABLE, auth_fault_text(fault));
                return false;
        }
        return refuse_stranger(p, c, head,
                               fault == AUTH_EXPIRED   ? PROBLEM_TOKEN_EXPIRED
                               : fault == AUTH_REVOKED ? PROBLEM_SESSION_REVOKED
                                                       : PROBLEM_INVALID_TOKEN,
                               auth_fault_text(fault));
}

/* Who it is; false when it has been refused. With a ticket only the reader can tell. */
static bool authenticate(struct pushd *p, struct connection *c, const struct request_head *head,
                         struct job *job)
{
        const struct str ticket = query_get(head->query, "ticket");
        enum auth_fault fault;
        struct str token;

        if (query_get(head->query, "token").ptr || query_get(head->query, "access_token").ptr) {
                reply_problem(p, c, PROBLEM_BAD_REQUEST, "A token in the address would be logged");
                return false;
        }
        if (!find_token(head, c->door->manner == MANNER_SOCKET, &token)) {
                reply_problem(p, c, PROBLEM_ORIGIN_REFUSED,
                              "A socket with a cookie must come from a page of this site");
                return false;
        }
        if (token.ptr) {
                fault = auth_verify(p->auth, token, time_now(), &job->principal);
                return fault == AUTH_OK || refuse_token(p, c, head, fault);
        }
        job->has_ticket = ticket.ptr && digest_sha256(ticket, &job->ticket);
        return job->has_ticket ||
               refuse_stranger(p, c, head, PROBLEM_AUTHENTICATION_REQUIRED, NULL);
}

static bool check_upgrade(struct pushd *p, struct connection *c, const struct request_head *head)
{
        enum status status;

        if (c->door->manner != MANNER_SOCKET)
                return true;
        if (!list_has(head_get(head, "Upgrade"), "websocket") ||
            !list_has(head_get(head, "Connection"), "upgrade") ||
            !str_is(head_get(head, "Sec-WebSocket-Version"), "13")) {
                reply_problem(p, c, PROBLEM_UPGRADE_REQUIRED, "This is a WebSocket (RFC 6455)");
                return false;
        }
        status = websocket_accept(head_get(head, "Sec-WebSocket-Key"), c->asking->accept);
        if (status == STATUS_NOMEM)
                reply_problem(p, c, PROBLEM_UNAVAILABLE, "Not enough memory");
        else if (status != STATUS_OK)
                reply_problem(p, c, PROBLEM_BAD_REQUEST, "Sec-WebSocket-Key is malformed");
        return status == STATUS_OK;
}

/* The tenant in the path must be the caller's; with a ticket that is known later. */
static bool check_tenant(struct pushd *p, struct connection *c, const struct request_head *head,
                         struct job *job)
{
        if (c->kind != KIND_TENANT)
                return true;
        job->has_wanted = true;
        if (uuid_parse(door_parameter(c->door, head->path), &job->wanted.uuid))
                return true;
        reply_problem(p, c, PROBLEM_NOT_FOUND, "There is no such tenant");
        return false;
}

static bool check_wishes(struct pushd *p, struct connection *c, const struct request_head *head,
                         struct job *job)
{
        if (read_wishes(head, c, job))
                return true;
        reply_problem(p, c, PROBLEM_BAD_REQUEST,
                      "since is epoch.seq, person_id the id of a person");
        return false;
}

/* Asks the reader; false when it has been refused. */
static bool ask(struct pushd *p, struct connection *c, const struct request_head *head,
                struct job *job)
{
        job->connection = c->serial;
        job->wants_health = c->door->manner == MANNER_HEALTH;
        if (!job->wants_health && !(authenticate(p, c, head, job) && check_upgrade(p, c, head) &&
                                    check_tenant(p, c, head, job) && check_wishes(p, c, head, job)))
                return false;
        c->state = ASKING;
        c->asked = true;
        mailbox_put(&p->reader.questions, &job->link);
        return true;
}

static void show_counts(struct pushd *p, struct connection *c)
{
        struct buf text;

        buf_init(&text, 65536);
        counts_print(p, &text);
        reply_body(p, c, "text/plain; version=0.0.4; charset=utf-8", buf_view(&text));
        buf_free(&text);
}

static void serve(struct pushd *p, struct connection *c, const struct request_head *head)
{
        struct job *job;

        if (c->door->manner == MANNER_METRICS) {
                show_counts(p, c);
                return;
        }
        job = calloc(1, sizeof(*job));
        if (!job)
                reply_problem(p, c, PROBLEM_UNAVAILABLE, "Not enough memory");
        else if (!ask(p, c, head, job))
                job_free(job);
}

/* What an answer says of the request; false without memory. */
static bool note_asking(struct connection *c, const struct request_head *head)
{
        c->asking = calloc(1, sizeof(*c->asking));
        if (!c->asking)
                return false;
        str_put(c->asking->id, sizeof(c->asking->id), head_get(head, "X-Request-Id"));
        str_put(c->asking->path, sizeof(c->asking->path), head->path);
        str_put(c->asking->origin, sizeof(c->asking->origin), head_get(head, "Origin"));
        c->asking->no_body = str_is(head->method, "HEAD");
        return true;
}

void open_request(struct pushd *p, struct connection *c, struct str text)
{
        struct request_head head;

        if (!head_parse(text, &head)) {
                reply_problem(p, c, PROBLEM_BAD_REQUEST, "The request can't be understood");
                return;
        }
        if (!note_asking(c, &head)) {
                connection_drop(p, c);
                return;
        }
        c->door = door_find(head.path);
        if (!c->door) {
                reply_problem(p, c, PROBLEM_NOT_FOUND, NULL);
        } else if (str_is(head.method, "OPTIONS")) {
                reply_options(p, c, head_get(&head, "Access-Control-Request-Method").ptr);
        } else if (!str_is(head.method, "GET") && !(c->asking->no_body && door_has_head(c->door))) {
                reply_problem(p, c, PROBLEM_METHOD_NOT_ALLOWED, NULL);
        } else {
                c->kind = c->door->kind;
                serve(p, c, &head);
        }
}
