/**
 * type_timezone.c: the name of a zone of the IANA time zone database ("Europe/Berlin"), as the
 * system's copy has it (package tzdata).
 */
#include <stdio.h>
#include <sys/stat.h>

#include "field/field_internal.h"

enum { NAME_MAX_BYTES = 64 };

#define ZONES "/usr/share/zoneinfo"

static bool is_name_character(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               strchr("_+-/", c) != NULL;
}

/* A file there that is no zone of the database; "posix/…" and "right/…" are copies. */
static bool is_reserved(struct str name)
{
        static const char *const reserved[] = {"localtime", "posixrules", "Factory"};

        for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
                if (str_is(name, reserved[i]))
                        return true;
        return str_starts(name, STR("posix/")) || str_starts(name, STR("right/"));
}

static bool zone_exists(struct str name)
{
        char path[sizeof(ZONES) + 1 + NAME_MAX_BYTES];
        struct stat about;

        if (name.len == 0 || name.len >= NAME_MAX_BYTES ||
            !(name.ptr[0] >= 'A' && name.ptr[0] <= 'Z'))
                return false;
        for (size_t i = 0; i < name.len; i++)
                if (!is_name_character(name.ptr[i]))
                        return false;
        snprintf(path, sizeof(path), ZONES "/%.*s", STR_ARG(name));
        return !is_reserved(name) && stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

static bool parse(const struct field *field, struct str in, struct str where, struct faults *faults,
                  struct db_value *out)
{
        const struct str text = str_trim(in);

        if (!zone_exists(text)) {
                fault_add(faults, where, "format", "%s must name a zone of the IANA database",
                          field->name);
                return false;
        }
        *out = db_text(text);
        return true;
}

static void schema(const struct field *field, struct emit *e)
{
        emit_type(field, e, "string");
        emit_member_int(e, "maxLength", NAME_MAX_BYTES - 1);
}

static bool fits(const struct field *field, const struct schema_column *column)
{
        (void)field;
        return column_is(column, "varchar") && column->length >= NAME_MAX_BYTES - 1;
}

const struct field_type type_timezone = {
        "timezone", DB_TEXT, read_through_parse, parse, emit_value_text, put_value_text,
        schema,     fits,
};
