/**
 * roles.c: the table of roles as text.
 */
#include "auth/auth.h"

/* clang-format off */
static const char *const texts[ROLE__N] = {
#define ROLE(name, text, about) [ROLE_##name##_INDEX] = text,
#include "auth/roles.tbl"
#undef ROLE
};
/* clang-format on */

const char *role_text(enum role role)
{
        return texts[role];
}

bool role_parse(struct str text, role_set *out)
{
        for (unsigned role = 0; role < ROLE__N; role++)
                if (str_is(text, texts[role])) {
                        *out = (role_set)1 << role;
                        return true;
                }
        return false;
}

role_set roles_parse(struct str list)
{
        role_set roles = 0, one;
        struct str text;

        while (str_cut(&list, ',', &text))
                if (role_parse(text, &one))
                        roles |= one;
        return roles;
}
