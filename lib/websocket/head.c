/**
 * head.c: see head.h.
 */
#include "websocket/head.h"

#include <openssl/evp.h>

size_t head_length(struct str text)
{
        for (size_t i = 0; i + 3 < text.len; i++)
                if (memcmp(text.ptr + i, "\r\n\r\n", 4) == 0)
                        return i + 4;
        return 0;
}

/* The next line, without its end; false when there is none. */
static bool cut_line(struct str *rest, struct str *line)
{
        for (size_t i = 0; i + 1 < rest->len; i++)
                if (rest->ptr[i] == '\r' && rest->ptr[i + 1] == '\n') {
                        *line = (struct str){rest->ptr, i};
                        *rest = str_skip(*rest, i + 2);
                        return true;
                }
        return false;
}

static bool is_token(struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                if (text.ptr[i] <= ' ' || text.ptr[i] >= 127 ||
                    strchr("()<>@,;:\\\"/[]?={}", text.ptr[i]))
                        return false;
        return text.len > 0;
}

/* No control bytes: a value is never more than one line. */
static bool is_plain(struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                if (((unsigned char)text.ptr[i] < ' ' && text.ptr[i] != '\t') || text.ptr[i] == 127)
                        return false;
        return true;
}

static bool parse_start(struct str line, struct request_head *head)
{
        const struct str end = STR(" HTTP/1.1");
        struct str target, path;

        if (line.len < end.len || !str_eq(str_skip(line, line.len - end.len), end))
                return false;
        target = (struct str){line.ptr, line.len - end.len};
        (void)str_cut(&target, ' ', &head->method);
        if (!is_token(head->method) || !target.ptr || !str_starts(target, STR("/")) ||
            !is_plain(target) || memchr(target.ptr, ' ', target.len))
                return false;
        head->query = target;
        (void)str_cut(&head->query, '?', &path);
        head->path = path;
        if (!head->query.ptr)
                head->query = STR("");
        return true;
}

bool head_parse(struct str text, struct request_head *head)
{
        struct str line, name;

        head->count = 0;
        if (!cut_line(&text, &line) || !parse_start(line, head))
                return false;
        while (cut_line(&text, &line) && line.len) {
                if (head->count == REQUEST_HEADERS_MAX || !is_plain(line) ||
                    !memchr(line.ptr, ':', line.len))
                        return false;
                (void)str_cut(&line, ':', &name);
                if (!is_token(name))
                        return false;
                head->headers[head->count].name = name;
                head->headers[head->count++].value = line.ptr ? str_trim(line) : STR("");
        }
        return true;
}

struct str head_get(const struct request_head *head, const char *name)
{
        for (size_t i = 0; i < head->count; i++)
                if (str_eq_nocase(head->headers[i].name, str_of(name)))
                        return head->headers[i].value;
        return (struct str){NULL, 0};
}

struct str query_get(struct str query, const char *name)
{
        struct str pair, key;

        while (str_cut(&query, '&', &pair)) {
                (void)str_cut(&pair, '=', &key);
                if (str_is(key, name))
                        return pair.ptr ? pair : STR("");
        }
        return (struct str){NULL, 0};
}

bool list_has(struct str list, const char *token)
{
        struct str item;

        while (list.ptr && str_cut(&list, ',', &item))
                if (str_eq_nocase(str_trim(item), str_of(token)))
                        return true;
        return false;
}

enum status websocket_accept(struct str key, char out[static WEBSOCKET_ACCEPT_SIZE])
{
        enum { KEY_SIZE = 24, SHA1_SIZE = 20 };
        static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
        unsigned char bytes[KEY_SIZE], hash[EVP_MAX_MD_SIZE];
        char text[KEY_SIZE + sizeof(guid)];
        unsigned size = 0;

        if (key.len != KEY_SIZE || !str_eq(str_skip(key, KEY_SIZE - 2), STR("==")) ||
            EVP_DecodeBlock(bytes, (const unsigned char *)key.ptr, KEY_SIZE) != 18)
                return STATUS_INVALID;
        memcpy(text, key.ptr, KEY_SIZE);
        memcpy(text + KEY_SIZE, guid, sizeof(guid));
        if (!EVP_Digest(text, KEY_SIZE + sizeof(guid) - 1, hash, &size, EVP_sha1(), NULL) ||
            size != SHA1_SIZE)
                return STATUS_NOMEM;
        EVP_EncodeBlock((unsigned char *)out, hash, SHA1_SIZE);
        return STATUS_OK;
}
