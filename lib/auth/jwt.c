/**
 * jwt.c: a token's text to a principal: libjwt for the signature, our own checks around it.
 */
#include "auth/auth_internal.h"

#include <errno.h>
#include <jwt.h>
#include <stdio.h>

#include "json/read.h"

struct parts {
        struct str header, payload, signature; /* as sent */
        json_t *head, *claims;
};

static bool split(struct str token, struct parts *parts)
{
        return str_cut(&token, '.', &parts->header) && str_cut(&token, '.', &parts->payload) &&
               str_cut(&token, '.', &parts->signature) && !token.ptr && parts->header.len &&
               parts->payload.len && parts->signature.len;
}

static enum auth_fault parse_part(struct arena *arena, struct str part, json_t **out)
{
        const struct str text = base64url_decode(arena, part);
        struct json_fault fault;
        enum status status = STATUS_INVALID;

        if (text.ptr)
                status = json_read(arena, text, out, &fault);
        if (status == STATUS_NOMEM || arena_failed(arena))
                return AUTH_UNAVAILABLE;
        return status == STATUS_OK && json_is_object(*out) ? AUTH_OK : AUTH_MALFORMED;
}

static enum auth_fault parse(struct arena *arena, struct parts *parts)
{
        enum auth_fault fault = parse_part(arena, parts->header, &parts->head);

        if (fault == AUTH_OK)
                fault = parse_part(arena, parts->payload, &parts->claims);
        /* libjwt takes a signature with padding or stray bits for a good one. */
        if (fault == AUTH_OK && !base64url_decode(arena, parts->signature).ptr)
                fault = arena_failed(arena) ? AUTH_UNAVAILABLE : AUTH_MALFORMED;
        return fault;
}

/* Header parameters that would let a token choose its own key, or that we do not understand. */
static bool header_refused(const json_t *head)
{
        static const char *const refused[] = {"crit", "jku", "jwk", "x5u", "x5c"};
        const json_t *typ = json_object_get(head, "typ");
        const struct str text = json_text(typ);

        for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
                if (json_object_get(head, refused[i]))
                        return true;
        return typ && !str_eq_nocase(text, STR("JWT")); /* at+jwt (RFC 9068): libjwt takes none */
}

static struct issuer *issuer_of(struct auth *auth, const json_t *claims)
{
        const struct str name = json_get_text(claims, "iss");

        for (size_t i = 0; i < auth->issuer_count; i++)
                if (str_is(name, auth->issuers[i].name))
                        return &auth->issuers[i];
        return NULL;
}

/* libjwt's yes is not proof: after a failed allocation it returns 0 with nothing decoded, so ask
 * what it decoded. */
static enum auth_fault check_signature(struct arena *arena, struct str token, const struct key *key,
                                       const struct issuer *issuer)
{
        const struct str text = arena_copy(arena, token);
        const char *name;
        jwt_t *jwt = NULL;
        enum auth_fault fault = AUTH_UNTRUSTED;
        int error;

        if (!text.ptr)
                return AUTH_UNAVAILABLE;
        errno = 0; /* what libjwt and OpenSSL make of a failed allocation varies; malloc leaves
                      ENOMEM */
        error = jwt_decode(&jwt, text.ptr, (const unsigned char *)key->pem, key->pem_length);
        if (error == ENOMEM || errno == ENOMEM)
                fault = AUTH_UNAVAILABLE;
        if (error == 0 && jwt) {
                name = jwt_get_grant(jwt, "iss");
                if (strcmp(jwt_alg_str(jwt_get_alg(jwt)), key->alg) == 0 && name &&
                    strcmp(name, issuer->name) == 0)
                        fault = AUTH_OK;
        }
        jwt_free(jwt);
        return fault;
}

static bool audience_names(const json_t *audience, const char *us)
{
        if (json_is_string(audience))
                return str_is(json_text(audience), us);
        for (size_t i = 0; i < json_array_size(audience); i++)
                if (str_is(json_text(json_array_get(audience, i)), us))
                        return true;
        return false;
}

/* Seconds since the epoch as milliseconds; false when it is no sane integer. */
static bool time_claim(const json_t *claims, const char *name, time_ms *out)
{
        const json_t *value = json_object_get(claims, name);
        const json_int_t seconds = json_integer_value(value);

        if (!json_is_integer(value) || seconds < 0 || seconds > 253402300799)
                return false;
        *out = seconds * 1000;
        return true;
}

static enum auth_fault check_times(const json_t *claims, time_ms now, struct principal *out)
{
        const time_ms leeway = AUTH_LEEWAY * 1000;
        time_ms issued, not_before;

        if (!time_claim(claims, "exp", &out->expires) || !time_claim(claims, "iat", &issued))
                return AUTH_UNTRUSTED;
        if (issued > now + leeway)
                return AUTH_UNTRUSTED;
        if (json_object_get(claims, "nbf") &&
            (!time_claim(claims, "nbf", &not_before) || not_before > now + leeway))
                return AUTH_UNTRUSTED;
        out->expires += leeway;
        return out->expires > now ? AUTH_OK : AUTH_EXPIRED;
}

static role_set roles_of(const json_t *claims)
{
        const json_t *list = json_object_get(claims, "roles");
        role_set roles = 0, one;

        for (size_t i = 0; i < json_array_size(list); i++)
                if (role_parse(json_text(json_array_get(list, i)), &one))
                        roles |= one;
        return roles;
}

/* An external subject has no row here: its id is made of issuer and subject (RFC 9562, UUIDv8). */
static bool external_user(struct arena *arena, const struct issuer *issuer, struct str subject,
                          struct uuid *out)
{
        const struct str text = arena_printf(arena, "%s|%.*s", issuer->name, STR_ARG(subject));
        struct digest digest;

        if (!text.ptr || !digest_sha256(text, &digest))
                return false;
        memcpy(out->bytes, digest.bytes, sizeof(out->bytes));
        out->bytes[6] = (uint8_t)(0x80 | (out->bytes[6] & 0x0f));
        out->bytes[8] = (uint8_t)(0x80 | (out->bytes[8] & 0x3f));
        return true;
}

static enum auth_fault check_claims(struct arena *arena, const struct issuer *issuer,
                                    const json_t *claims, time_ms now, struct principal *out)
{
        const bool own = issuer->url == NULL;
        const struct str subject = json_get_text(claims, "sub"),
                         use = json_get_text(claims, "token_use");
        const struct str tenant = json_get_text(claims, own ? "tenant_id" : issuer->tenant_claim);
        const struct str email = json_get_text(claims, "email");

        if (!audience_names(json_object_get(claims, "aud"), issuer->audience) || subject.len == 0 ||
            !uuid_parse(tenant, &out->tenant.uuid))
                return AUTH_UNTRUSTED;
        if (own ? !str_is(use, "access") : str_is(use, "id"))
                return AUTH_UNTRUSTED;
        if (own && (!uuid_parse(subject, &out->user.uuid) ||
                    !uuid_parse(json_get_text(claims, "sid"), &out->session.uuid)))
                return AUTH_UNTRUSTED;
        if (!own && !uuid_parse(json_get_text(claims, "user_id"), &out->user.uuid) &&
            !external_user(arena, issuer, subject, &out->user.uuid))
                return AUTH_UNAVAILABLE;
        out->roles = roles_of(claims);
        snprintf(out->email, sizeof(out->email), "%.*s", STR_ARG(email));
        return check_times(claims, now, out);
}

enum auth_fault jwt_verify(struct auth *auth, struct arena *arena, struct str token, time_ms now,
                           struct principal *out)
{
        struct principal principal = {0};
        struct parts parts;
        struct issuer *issuer;
        struct key key;
        struct str kid;
        enum auth_fault fault;

        if (token.len == 0 || token.len > AUTH_TOKEN_MAX || !split(token, &parts))
                return AUTH_MALFORMED;
        fault = parse(arena, &parts);
        if (fault != AUTH_OK)
                return fault;
        issuer = issuer_of(auth, parts.claims);
        kid = json_get_text(parts.head, "kid");
        if (!issuer || header_refused(parts.head) || !kid_valid(kid))
                return AUTH_UNTRUSTED;
        if (!keys_find(issuer, kid, now, &key)) {
                atomic_store(&issuer->wanted, true);
                return keys_any(issuer) ? AUTH_UNTRUSTED : AUTH_UNAVAILABLE;
        }
        if (!str_is(json_get_text(parts.head, "alg"), key.alg))
                return AUTH_UNTRUSTED;
        fault = check_signature(arena, token, &key, issuer);
        if (fault == AUTH_OK)
                fault = check_claims(arena, issuer, parts.claims, now, &principal);
        if (fault != AUTH_OK)
                return fault;
        if (key.retires && key.retires < principal.expires)
                principal.expires = key.retires;
        *out = principal;
        return AUTH_OK;
}
