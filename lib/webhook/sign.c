/**
 * sign.c: secrets and signatures (Standard Webhooks 1.0.0).
 */
#include "webhook/webhook.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/id.h"

enum { KEY_LEAST = 24, KEY_MOST = 64, KEY_MADE = 32, MAC = 32 };

static const struct str prefix = {"whsec_", 6};

/* The key's length; 0 when malformed. What decodes must encode to the same text. */
static size_t key_of(struct str secret, uint8_t key[static KEY_MOST + 3])
{
        char back[WEBHOOK_SECRET_MAX];
        struct str text;
        size_t length;
        int decoded;

        if (!str_starts(secret, prefix) || secret.len > WEBHOOK_SECRET_MAX - 6)
                return 0;
        text = str_skip(secret, prefix.len);
        if (text.len % 4 || text.len > (size_t)(KEY_MOST + 2) / 3 * 4)
                return 0;
        decoded = EVP_DecodeBlock(key, (const unsigned char *)text.ptr, (int)text.len);
        length = decoded < 0 ? 0 : (size_t)decoded;
        for (size_t i = text.len; i > 0 && length > 0 && text.ptr[i - 1] == '='; i--)
                length--;
        if (length < KEY_LEAST || length > KEY_MOST)
                return 0;
        EVP_EncodeBlock((unsigned char *)back, key, (int)length);
        return str_eq(str_of(back), text) ? length : 0;
}

bool webhook_secret_valid(struct str secret)
{
        uint8_t key[KEY_MOST + 3];
        const size_t length = key_of(secret, key);

        OPENSSL_cleanse(key, sizeof(key));
        return length > 0;
}

bool webhook_secret_make(char text[static WEBHOOK_SECRET_SIZE])
{
        uint8_t key[KEY_MADE];

        if (!random_bytes(key, sizeof(key)))
                return false;
        memcpy(text, prefix.ptr, prefix.len);
        EVP_EncodeBlock((unsigned char *)text + prefix.len, key, sizeof(key));
        OPENSSL_cleanse(key, sizeof(key));
        return true;
}

bool webhook_sign(struct str secret, struct str id, int64_t seconds, struct str body,
                  char out[static WEBHOOK_SIGNATURE_SIZE])
{
        uint8_t key[KEY_MOST + 3], mac[MAC];
        const size_t length = key_of(secret, key);
        unsigned mac_length = 0;
        struct buf text;
        bool done;

        buf_init(&text, SIZE_MAX / 2);
        buf_str(&text, id);
        buf_printf(&text, ".%lld.", (long long)seconds);
        buf_str(&text, body);
        done = length > 0 && buf_ok(&text) &&
               HMAC(EVP_sha256(), key, (int)length, (const unsigned char *)text.data, text.len, mac,
                    &mac_length) != NULL;
        buf_free(&text);
        OPENSSL_cleanse(key, sizeof(key));
        if (!done)
                return false;
        memcpy(out, "v1,", 3);
        EVP_EncodeBlock((unsigned char *)out + 3, mac, MAC);
        return true;
}
