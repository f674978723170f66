/**
 * openapi.c: the document (OpenAPI 3.1.0) from the tables: the same rows that route, validate and
 * write SQL.
 */
#include "resource/openapi_internal.h"

enum { DOCUMENT_MAX = 16 << 20 };

static void emit_info(const struct module_tables *tables, struct emit *e)
{
        emit_key(e, "info");
        emit_object(e);
        emit_member_text(e, "title", tables->title);
        emit_member_text(e, "version", "1.0.0");
        emit_member_text(e, "description", tables->about);
        emit_key(e, "license");
        emit_object(e);
        emit_member_text(e, "name", "Proprietary");
        emit_member_text(e, "identifier", "LicenseRef-Proprietary");
        emit_object_end(e);
        emit_key(e, "contact");
        emit_object(e);
        emit_member_text(e, "name", "Almoner");
        emit_member_text(e, "email", "support@almoner.local");
        emit_object_end(e);
        emit_object_end(e);
}

static void emit_security(struct emit *e)
{
        static const char *const schemes[] = {"bearer", "cookie"};

        emit_key(e, "security");
        emit_array(e);
        for (size_t i = 0; i < 2; i++) {
                emit_object(e);
                emit_key(e, schemes[i]);
                emit_array(e);
                emit_array_end(e);
                emit_object_end(e);
        }
        emit_array_end(e);
}

static void emit_tags(const struct module_tables *tables, struct emit *e)
{
        emit_key(e, "tags");
        emit_array(e);
        emit_object(e);
        emit_member_text(e, "name", tables->name);
        emit_member_text(e, "description", tables->about);
        emit_object_end(e);
        emit_array_end(e);
}

static bool seen_before(const struct module_tables *tables, size_t index)
{
        for (size_t i = 0; i < index; i++)
                if (strcmp(tables->routes[i].path, tables->routes[index].path) == 0)
                        return true;
        return false;
}

static void emit_path(const struct module_tables *tables, size_t first, struct emit *e)
{
        static const char *const words[METHOD__N] = {"get", "post", "put", "patch", "delete"};

        emit_key(e, tables->routes[first].path);
        emit_object(e);
        for (size_t i = first; i < tables->route_count; i++) {
                const struct route *route = &tables->routes[i];

                if (strcmp(route->path, tables->routes[first].path) != 0)
                        continue;
                emit_key(e, words[route->method]);
                openapi_operation(tables, route, e);
        }
        emit_object_end(e);
}

int openapi_print(const struct module_tables *tables, FILE *out)
{
        struct buf text;
        struct emit e;
        bool good;

        buf_init(&text, DOCUMENT_MAX);
        emit_start(&e, &text);
        emit_object(&e);
        emit_member_text(&e, "openapi", "3.1.0");
        emit_info(tables, &e);
        emit_key(&e, "servers");
        emit_raw(&e, STR("[{\"url\":\"/\",\"description\":\"This installation.\"}]"));
        emit_tags(tables, &e);
        emit_security(&e);
        emit_key(&e, "paths");
        emit_object(&e);
        for (size_t i = 0; i < tables->route_count; i++)
                if (!seen_before(tables, i))
                        emit_path(tables, i, &e);
        emit_object_end(&e);
        openapi_components(tables, &e);
        emit_object_end(&e);
        good = emit_finish(&e) && fwrite(text.data, 1, text.len, out) == text.len &&
               fputc('\n', out) != EOF;
        buf_free(&text);
        return good ? 0 : 1;
}
