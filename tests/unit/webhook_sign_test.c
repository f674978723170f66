/**
 * Goal: signatures are those of Standard Webhooks, secrets are taken in one form only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "webhook/webhook.h"

/* The example of the specification's reference libraries. */
static void signs_the_known_example(void **state)
{
        char signature[WEBHOOK_SIGNATURE_SIZE];

        (void)state;
        assert_true(webhook_sign(STR("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                                 STR("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
                                 STR("{\"test\": 2432232314}"), signature));
        assert_string_equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void every_part_counts(void **state)
{
        static const struct {
                const char *secret, *id;
                int64_t at;
                const char *body;
        } rows[] = {
                {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a", 1, "x"},
                {"whsec_NfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a", 1, "x"},
                {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "b", 1, "x"},
                {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a", 2, "x"},
                {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a", 1, "y"},
        };
        char out[sizeof(rows) / sizeof(rows[0])][WEBHOOK_SIGNATURE_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                assert_true(webhook_sign(str_of(rows[i].secret), str_of(rows[i].id), rows[i].at,
                                         str_of(rows[i].body), out[i]));
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(out[i], out[k]);
        }
}

#define BYTES_24 "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
#define BYTES_64 BYTES_24 BYTES_24 "QUFBQUFBQUFBQUFBQUFBQQ=="

static void secrets_have_one_form(void **state)
{
        static const struct {
                const char *secret;
                bool want;
        } rows[] = {
                {"whsec_" BYTES_24, true},
                {"whsec_" BYTES_24 "QQ==", true},
                {"whsec_" BYTES_64, true},
                {"whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=", false},              /* 23 bytes */
                {"whsec_" BYTES_24 BYTES_24 "QUFBQUFBQUFBQUFBQUFBQUE=", false}, /* 65 */
                {"whsec_" BYTES_24 "QR==", false},                              /* bits left over */
                {"whsec_" BYTES_24 "QQ=", false},
                {"whsec_" BYTES_24 "====", false},
                {"whsec_" BYTES_24 "\n", false},
                {" whsec_" BYTES_24, false},
                {"whsec_"
                 "-_-_QUFBQUFBQUFBQUFBQUFBQUFBQUFB",
                 false},
                {"WHSEC_" BYTES_24, false},
                {BYTES_24, false},
                {"whsec_", false},
                {"", false},
        };
        char made[WEBHOOK_SECRET_SIZE], other[WEBHOOK_SECRET_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (webhook_secret_valid(str_of(rows[i].secret)) != rows[i].want)
                        fail_msg("%s", rows[i].secret);
        assert_true(webhook_secret_make(made) && webhook_secret_make(other));
        assert_true(webhook_secret_valid(str_of(made)));
        assert_int_equal(strlen(made), WEBHOOK_SECRET_SIZE - 1);
        assert_string_not_equal(made, other);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(signs_the_known_example),
                cmocka_unit_test(every_part_counts),
                cmocka_unit_test(secrets_have_one_form),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
