/**
 * keys.c: GET /.well-known/jwks.json: the public keys that verify our tokens (RFC 7517).
 */
#include "auth_module.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/config.h"

enum { KEY_SET_MAX = 65536 };

static bool read_file(const char *path, struct buf *out)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = -1;
        char *room;

        if (fd < 0)
                return false;
        while ((room = buf_reserve(out, 4096)) && (n = read(fd, room, 4096)) > 0)
                out->len += (size_t)n;
        close(fd);
        return n == 0 && buf_ok(out);
}

enum status auth_key_set(struct request *r)
{
        char path[512];
        struct buf text;
        bool whole;

        snprintf(path, sizeof(path), "%s/keys/jwks.json", config_text(CONFIG_VAR));
        buf_init(&text, KEY_SET_MAX);
        whole = read_file(path, &text);
        if (whole) {
                response_header(r, "Cache-Control", STR("public, max-age=300"));
                buf_str(respond_bytes(r, 200, "application/jwk-set+json"), buf_view(&text));
        }
        buf_free(&text);
        return whole ? STATUS_OK : STATUS_UNAVAILABLE;
}
