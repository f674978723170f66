/**
 * head.h: the head of an HTTP/1.1 request (RFC 9112) as nginx sends it; a body is never read.
 * Slices point into the text that was parsed.
 */
#ifndef ALMONER_WEBSOCKET_HEAD_H
#define ALMONER_WEBSOCKET_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/str.h"

enum { REQUEST_HEAD_MAX = 12288, REQUEST_HEADERS_MAX = 64, WEBSOCKET_ACCEPT_SIZE = 29 };

struct request_head {
        struct str method;
        struct str path;  /* without query */
        struct str query; /* without "?"; empty when there is none */
        struct {
                struct str name, value;
        } headers[REQUEST_HEADERS_MAX];
        size_t count;
};

/** head_length(text): bytes of the head with its blank line; 0 when it has not ended yet. */
size_t head_length(struct str text);

/** head_parse(text, head): false for anything that is not well formed. */
bool head_parse(struct str text, struct request_head *head);

/** head_get(head, name): a header's value, trimmed; absent when missing. */
struct str head_get(const struct request_head *head, const char *name);

/** query_get(query, name): a parameter's raw value; absent when missing. */
struct str query_get(struct str query, const char *name);

/** list_has(list, token): whether a comma-separated header value names ${token}, in any case. */
bool list_has(struct str list, const char *token);

/** websocket_accept(key, out): Sec-WebSocket-Accept (RFC 6455 section 4.2.2); STATUS_INVALID when
 * ${key} is not 16 bytes as base64, STATUS_NOMEM. */
enum status websocket_accept(struct str key, char out[static WEBSOCKET_ACCEPT_SIZE]);

#endif
