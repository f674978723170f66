/**
 * num.c: decimal integers, checked.
 */
#include "base/num.h"

bool num_parse(struct str text, int64_t min, int64_t max, int64_t *out)
{
        const bool negative = text.len && text.ptr[0] == '-';
        struct str digits = negative ? str_skip(text, 1) : text;
        int64_t value = 0;

        if (digits.len == 0)
                return false;
        for (size_t i = 0; i < digits.len; i++) {
                int digit = digits.ptr[i] - '0';

                if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
                    __builtin_sub_overflow(value, digit, &value))
                        return false; /* counted downwards: INT64_MIN has no positive twin */
        }
        if (!negative && __builtin_sub_overflow(0, value, &value))
                return false;
        if (value < min || value > max)
                return false;
        *out = value;
        return true;
}
