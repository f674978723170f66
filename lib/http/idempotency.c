/**
 * idempotency.c: Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07). The key's row is
 * the first statement of the same transaction as the change, so that both happen or neither; the
 * answer is stored in it before the commit. Whoever comes second waits for nobody: a row that is
 * not committed yet is 409, a committed one is replayed.
 */
#include "http/http_internal.h"

enum { KEY_MAX = 255, BODY_STORED_MAX = 1 << 20 };

static const struct sql sql_claim =
        SQL("SET STATEMENT innodb_lock_wait_timeout = 0 FOR"
            " INSERT INTO idempotency (tenant_id, key_hash, fingerprint, status, created_at)"
            " VALUES (:tenant, ?, ?, 0, ?)");

static const struct sql sql_store =
        SQL("UPDATE idempotency SET status = ?, content_type = ?, location = ?, etag = ?, phi = ?,"
            " body = ?"
            " WHERE tenant_id = :tenant AND key_hash = ?");

static const struct sql sql_select =
        SQL("SELECT fingerprint, status, content_type, location, etag, phi, body FROM idempotency"
            " WHERE tenant_id = :tenant AND key_hash = ?");

static const struct sql sql_select_committed =
        SQL("SELECT 1 FROM idempotency WHERE tenant_id = :tenant AND key_hash = ?"
            " LOCK IN SHARE MODE");

static bool printable(struct str key)
{
        for (size_t i = 0; i < key.len; i++)
                if (key.ptr[i] < '!' || key.ptr[i] > '~')
                        return false;
        return key.len > 0 && key.len <= KEY_MAX;
}

/* SHA-256 over pieces, each ended by a NUL, which none of them contains (the last may). */
static bool digest_pieces(struct arena *arena, const struct str *pieces, size_t count,
                          struct digest *out)
{
        size_t length = count;
        char *text, *at;

        for (size_t i = 0; i < count; i++)
                length += pieces[i].len;
        text = at = arena_alloc(arena, length);
        if (!text)
                return false;
        for (size_t i = 0; i < count; i++) {
                if (pieces[i].len)
                        memcpy(at, pieces[i].ptr, pieces[i].len);
                at += pieces[i].len + 1;
        }
        return digest_sha256((struct str){text, length}, out);
}

bool idempotency_read(struct exchange *x)
{
        struct request *r = &x->request;
        struct str key = x->params[PARAM_HTTP_IDEMPOTENCY_KEY];
        char user[UUID_TEXT_SIZE];
        bool made;

        if (!key.ptr || r->method != POST || !r->authenticated ||
            r->route->flags & ROUTE_NO_TRANSACTION)
                return true;
        if (key.len >= 2 && key.ptr[0] == '"' && key.ptr[key.len - 1] == '"')
                key = (struct str){key.ptr + 1, key.len - 2}; /* the draft's structured string */
        if (!printable(key)) {
                problem(r, PROBLEM_BAD_REQUEST,
                        "Idempotency-Key must be 1 to %d printable ASCII characters", KEY_MAX);
                return false;
        }
        made = digest_pieces(r->arena,
                             (struct str[]){uuid_format(&r->principal.user.uuid, user), key}, 2,
                             &x->idempotency.key) &&
               digest_pieces(r->arena,
                             (struct str[]){x->params[PARAM_REQUEST_METHOD], r->path,
                                            x->params[PARAM_QUERY_STRING], x->body},
                             4, &x->idempotency.fingerprint);
        if (!made)
                problem_of_status(r, STATUS_NOMEM);
        x->idempotency.wanted = made;
        return made;
}

static struct db_value digest_value(const struct digest *digest)
{
        return db_bytes(digest->bytes, sizeof(digest->bytes));
}

enum status idempotency_claim(struct exchange *x)
{
        enum { LOCK_WAIT_TIMEOUT = 1205 };
        struct db *db = x->request.db;
        enum status status;

        status = db_run(db, &sql_claim,
                        DB_PARAMS(digest_value(&x->idempotency.key),
                                  digest_value(&x->idempotency.fingerprint),
                                  db_time(x->request.now)),
                        NULL);
        x->idempotency.replay = status == STATUS_CONFLICT;
        x->idempotency.running = status == STATUS_BUSY && db_errno(db) == LOCK_WAIT_TIMEOUT;
        return x->idempotency.running ? STATUS_CONFLICT : status;
}

/* The columns are NOT NULL: what is absent is stored empty, and read back as absent. */
static struct db_value stored(struct str text)
{
        return db_text(text.ptr ? text : STR(""));
}

static struct str restored(struct arena *arena, struct str text)
{
        return text.len ? arena_copy(arena, text) : (struct str){NULL, 0};
}

enum status idempotency_store(struct exchange *x)
{
        const struct response *response = &x->request.response;
        const struct str body = buf_view(response->body);

        if (body.len > BODY_STORED_MAX)
                return STATUS_NOMEM;
        return db_later(x->request.db, &sql_store,
                        DB_PARAMS(db_int(response->status), stored(str_of(response->content_type)),
                                  stored(response_find(&x->request, "Location")),
                                  stored(response_find(&x->request, "ETag")),
                                  stored(response_find(&x->request, "X-PHI-Fields")),
                                  db_bytes(body.ptr, body.len), digest_value(&x->idempotency.key)));
}

static void replay_row(struct request *r, const struct db_rows *rows)
{
        const struct str type = restored(r->arena, db_get_str(rows, 2));
        const struct str location = restored(r->arena, db_get_str(rows, 3));
        const struct str etag = restored(r->arena, db_get_str(rows, 4));
        const struct str phi = restored(r->arena, db_get_str(rows, 5));

        if (type.ptr)
                buf_str(respond_bytes(r, (unsigned)db_get_int(rows, 1), type.ptr),
                        db_get_str(rows, 6));
        else
                respond(r, (unsigned)db_get_int(rows, 1));
        if (location.ptr)
                response_header(r, "Location", location);
        if (etag.ptr)
                response_header(r, "ETag", etag);
        if (phi.ptr) {
                response_header(r, "X-Contains-PHI", STR("true"));
                response_header(r, "X-PHI-Fields", phi);
        }
        response_header(r, "Idempotency-Replayed", STR("true"));
}

enum status idempotency_replay(struct exchange *x)
{
        struct request *r = &x->request;
        struct db_rows rows;
        struct str fingerprint;
        enum status status, end;

        response_reset(r);
        status = db_row(r->db, &sql_select, DB_PARAMS(digest_value(&x->idempotency.key)), &rows);
        if (status != STATUS_OK)
                return status;
        fingerprint = db_get_str(&rows, 0);
        if (fingerprint.len == sizeof(x->idempotency.fingerprint.bytes) &&
            bytes_equal(fingerprint.ptr, x->idempotency.fingerprint.bytes, fingerprint.len))
                replay_row(r, &rows);
        else
                problem(r, PROBLEM_IDEMPOTENCY_KEY_REUSED,
                        "This Idempotency-Key was used for another request");
        end = db_end(&rows);
        return end;
}

enum status idempotency_committed(struct exchange *x)
{
        struct db_rows rows;
        const enum status status = db_row(x->request.db, &sql_select_committed,
                                          DB_PARAMS(digest_value(&x->idempotency.key)), &rows);

        return status == STATUS_OK ? db_end(&rows) : status;
}
