/**
 * Goal: buffers: what is appended is there, the maximum holds to the byte, failures stick until
 * cleared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>

#include "base/buf.h"

static void appends_every_kind(void **state)
{
        struct buf buf;

        (void)state;
        buf_init(&buf, 1000);
        assert_int_equal(buf_view(&buf).len, 0);
        assert_non_null(buf_view(&buf).ptr);
        buf_text(&buf, "n=");
        buf_int(&buf, LLONG_MIN);
        buf_char(&buf, ' ');
        buf_printf(&buf, "%s-%d", "x", 7);
        buf_str(&buf, (struct str){"yz", 1});
        buf_put(&buf, NULL, 0);
        buf_int(&buf, 0);
        assert_string_equal(buf.data, "n=-9223372036854775808 x-7y0");
        assert_int_equal(buf.len, strlen(buf.data));
        buf_free(&buf);
}

static void holds_its_maximum_and_no_more(void **state)
{
        struct buf buf;

        (void)state;
        buf_init(&buf, 1000);
        for (size_t i = 0; i < 1000; i++)
                buf_char(&buf, 'y');
        assert_true(buf_ok(&buf));
        buf_char(&buf, 'y');
        assert_false(buf_ok(&buf));
        buf_put(&buf, NULL, 0);
        assert_null(buf_reserve(&buf, 0));
        assert_int_equal(buf.len, 1000);
        assert_int_equal(buf.data[1000], 0);
        buf_clear(&buf);
        assert_true(buf_ok(&buf));
        assert_string_equal(buf.data, "");
        buf_printf(&buf, "%1001d", 1);
        assert_false(buf_ok(&buf));
        assert_int_equal(buf.len, 0);
        buf_free(&buf);
        buf_text(&buf, "again");
        assert_true(buf_ok(&buf));
        buf_free(&buf);
}

static void reserves(void **state)
{
        struct buf buf;
        char *to;

        (void)state;
        buf_init(&buf, SIZE_MAX);
        to = buf_reserve(&buf, 600);
        assert_non_null(to);
        assert_string_equal(buf.data, "");
        assert_true(buf.cap > 600);
        assert_null(buf_reserve(&buf, SIZE_MAX - 1));
        assert_false(buf_ok(&buf));
        buf_free(&buf);
}

static void keeps_its_memory_when_cleared(void **state)
{
        struct buf buf;
        const char *before;

        (void)state;
        buf_init(&buf, 10000);
        buf_printf(&buf, "%5000d", 1);
        before = buf.data;
        buf_clear(&buf);
        buf_printf(&buf, "%5000d", 2);
        assert_ptr_equal(buf.data, before);
        buf_free(&buf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(appends_every_kind),
                cmocka_unit_test(holds_its_maximum_and_no_more),
                cmocka_unit_test(reserves),
                cmocka_unit_test(keeps_its_memory_when_cleared),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
