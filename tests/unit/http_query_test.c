/* Goal: query strings are read exactly or refused. */
#include "http_fixture.h"

struct row {
        const char *text;
        enum status status;
        const char *want; /* "name=value;name=value" decoded */
};

/* clang-format off */
static const struct row rows[] = {
        {"",                      STATUS_OK,      ""},
        {"a=1",                   STATUS_OK,      "a=1;"},
        {"a=1&b=2",               STATUS_OK,      "a=1;b=2;"},
        {"a",                     STATUS_OK,      "a=;"},
        {"a=&b",                  STATUS_OK,      "a=;b=;"},
        {"&a=1&&b=2&",            STATUS_OK,      "a=1;b=2;"},
        {"q=Jane+Doe",            STATUS_OK,      "q=Jane Doe;"},
        {"q=a%20b%2Bc%26d%3De",   STATUS_OK,      "q=a b+c&d=e;"},
        {"q=%C3%A9&r=%e2%82%ac",  STATUS_OK,      "q=é;r=€;"},
        {"a=b=c",                 STATUS_OK,      "a=b=c;"},
        {"%61=1",                 STATUS_OK,      "a=1;"},
        {"=x",                    STATUS_OK,      "=x;"},
        {"a=1&a=2",               STATUS_INVALID, NULL},
        {"a=1&%61=2",             STATUS_INVALID, NULL},
        {"a=%",                   STATUS_INVALID, NULL},
        {"a=%4",                  STATUS_INVALID, NULL},
        {"a=%zz",                 STATUS_INVALID, NULL},
        {"a=%00",                 STATUS_INVALID, NULL},
        {"a=%ff",                 STATUS_INVALID, NULL},
        {"a=%C3",                 STATUS_INVALID, NULL},
        {"a=%ED%A0%80",           STATUS_INVALID, NULL},
        {"%zz=1",                 STATUS_INVALID, NULL},
};
/* clang-format on */

static void reads_or_refuses(void **state)
{
        struct arena *arena = arena_create(1 << 16);

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct parameter *out;
                size_t count;
                struct buf got;

                assert_int_equal(query_parse(arena, str_of(rows[i].text), &out, &count),
                                 rows[i].status);
                if (rows[i].status != STATUS_OK)
                        continue;
                buf_init(&got, 1024);
                buf_text(&got, "");
                for (size_t p = 0; p < count; p++) {
                        buf_str(&got, out[p].name);
                        buf_char(&got, '=');
                        buf_str(&got, out[p].value);
                        buf_char(&got, ';');
                }
                assert_string_equal(got.data, rows[i].want);
                buf_free(&got);
        }
        arena_destroy(arena);
}

static void refuses_too_many(void **state)
{
        struct arena *arena = arena_create(1 << 16);
        struct parameter *out;
        struct buf text;
        size_t count;

        (void)state;
        buf_init(&text, 4096);
        for (int i = 0; i < 64; i++)
                buf_printf(&text, "%sp%d=1", i ? "&" : "", i);
        assert_int_equal(query_parse(arena, buf_view(&text), &out, &count), STATUS_OK);
        assert_int_equal(count, 64);
        buf_text(&text, "&more=1");
        assert_int_equal(query_parse(arena, buf_view(&text), &out, &count), STATUS_INVALID);
        buf_free(&text);
        arena_destroy(arena);
}

static void says_when_memory_is_short(void **state)
{
        struct arena *arena = arena_create(16);
        struct parameter *out;
        size_t count;

        (void)state;
        assert_int_equal(query_parse(arena, STR("a=1&b=2"), &out, &count), STATUS_NOMEM);
        arena_destroy(arena);
}

static void encodes_what_it_decodes(void **state)
{
        struct arena *arena = arena_create(1 << 16);
        const struct str text = STR("a b+c/é?&=~._-");
        char to[64];
        struct str back, encoded = {to, 0};

        (void)state;
        encoded.len = (size_t)(percent_encode(to, text) - to);
        assert_true(str_is(encoded, "a%20b%2Bc%2F%C3%A9%3F%26%3D~._-"));
        assert_int_equal(percent_decode(arena, encoded, true, &back), STATUS_OK);
        assert_true(str_eq(back, text));
        arena_destroy(arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_or_refuses),
                cmocka_unit_test(refuses_too_many),
                cmocka_unit_test(says_when_memory_is_short),
                cmocka_unit_test(encodes_what_it_decodes),
        };

        return cmocka_run_group_tests_name("http query", tests, NULL, NULL);
}
