/**
 * webhook.h: the rules of webhooks: where they may go, how they are signed, when they are tried
 * again, which events they want. No input or output of its own.
 *
 * Addresses. An installation must not be made to call what only it can reach (OWASP ASVS 1.3.6):
 * only global unicast addresses are good (IANA special-purpose registries, RFC 6890), the IPv4
 * address inside a mapped, NAT64 or 6to4 one counts, and the operator's list of networks goes
 * before. The address of each connection is judged, not the name: what a name resolves to may
 * change between two questions.
 *
 * Signatures: Standard Webhooks 1.0.0, HMAC-SHA256.
 */
#ifndef ALMONER_WEBHOOK_WEBHOOK_H
#define ALMONER_WEBHOOK_WEBHOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include <jansson.h>

#include "base/str.h"

enum {
        WEBHOOK_URL_MAX = 2000,
        WEBHOOK_EVENT_MAX = 40,   /* characters of a channel or type */
        WEBHOOK_SECRET_MAX = 100, /* characters: "whsec_" and base64 of at most 64 bytes */
        WEBHOOK_SECRET_SIZE = 51, /* of one that is made: 32 bytes */
        WEBHOOK_SIGNATURE_SIZE = 48,
        WEBHOOK_NETWORKS_MAX = 32,
};

/** A network: an IPv4 one is mapped (::ffff:0:0/96). */
struct webhook_network {
        uint8_t bytes[16];
        unsigned bits;
};

struct webhook_allow {
        struct webhook_network networks[WEBHOOK_NETWORKS_MAX];
        size_t count;
};

/** webhook_allow_parse(text, out): CIDR networks or single addresses, comma separated; false when
 * one is malformed, has bits beyond its length, or there are too many. Empty: none. */
bool webhook_allow_parse(struct str text, struct webhook_allow *out);

/** webhook_address_listed(allow, address): whether an AF_INET or AF_INET6 address is of a listed
 * network. webhook_address_good(allow, address): listed, or global unicast. */
bool webhook_address_listed(const struct webhook_allow *allow, const struct sockaddr *address);
bool webhook_address_good(const struct webhook_allow *allow, const struct sockaddr *address);

/**
 * webhook_url_fault(url, allow): NULL when deliveries may go to ${url}, else what is wrong with it
 * ("must use https"): https, or http to a listed literal address; no user, no fragment; a literal
 * address must be good. Names are judged when they are connected to. Read by libcurl, as deliveries
 * are. ${plain} (may be NULL): it is http.
 */
const char *webhook_url_fault(const char *url, const struct webhook_allow *allow, bool *plain);

/** webhook_secret_valid(secret): "whsec_" and base64 of 24 to 64 bytes. */
bool webhook_secret_valid(struct str secret);

/** webhook_secret_make(text): a new one; false without randomness. */
bool webhook_secret_make(char text[static WEBHOOK_SECRET_SIZE]);

/** webhook_sign(secret, id, seconds, body, out): "v1,…" over "id.seconds.body"; false when the
 * secret is malformed or without memory. */
bool webhook_sign(struct str secret, struct str id, int64_t seconds, struct str body,
                  char out[static WEBHOOK_SIGNATURE_SIZE]);

/**
 * webhook_pause(base, tries, random): milliseconds until the next try after ${tries} failed ones:
 * anything from 0 to the bound, told by ${random} (full jitter). The bound is ${base}, doubled with
 * each try, at most 4320 times ${base}: from 5 s up to 6 h, 19 pauses are 24 h on average.
 */
int64_t webhook_pause(int64_t base, int64_t tries, uint64_t random);

/** webhook_event_valid(name): "*", or a channel or type: [a-z0-9_.-]. */
bool webhook_event_valid(struct str name);

/** webhook_wants(events, channel, type): whether an array of names holds the channel, the type or
 * "*". */
bool webhook_wants(const json_t *events, struct str channel, struct str type);

#endif
