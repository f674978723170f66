/**
 * schema.c: reading schema_migrations and information_schema.
 */
#include "db/schema.h"

static const struct sql sql_select_version =
        SQL_GLOBAL("SELECT COALESCE(MAX(version), 0) FROM schema_migrations");

static const struct sql sql_select_columns = SQL_GLOBAL(
        "SELECT c.COLUMN_NAME, c.DATA_TYPE, c.IS_NULLABLE = 'YES', c.EXTRA LIKE '%GENERATED%',"
        " COALESCE(c.CHARACTER_MAXIMUM_LENGTH, 0),"
        " EXISTS (SELECT 1 FROM information_schema.STATISTICS AS s"
        "  WHERE s.TABLE_SCHEMA = c.TABLE_SCHEMA AND s.TABLE_NAME = c.TABLE_NAME"
        "  AND s.COLUMN_NAME = c.COLUMN_NAME AND (s.SEQ_IN_INDEX = 1 OR s.SEQ_IN_INDEX = 2"
        "   AND EXISTS (SELECT 1 FROM information_schema.STATISTICS AS f"
        "    WHERE f.TABLE_SCHEMA = s.TABLE_SCHEMA AND f.TABLE_NAME = s.TABLE_NAME"
        "    AND f.INDEX_NAME = s.INDEX_NAME AND f.SEQ_IN_INDEX = 1"
        "    AND f.COLUMN_NAME = 'tenant_id')))"
        " FROM information_schema.COLUMNS AS c"
        " WHERE c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME = ? ORDER BY c.ORDINAL_POSITION");

enum status schema_version(struct db *db, int64_t *version)
{
        struct db_rows rows;
        enum status status = db_row(db, &sql_select_version, DB_NO_PARAMS, &rows);

        if (status != STATUS_OK)
                return status;
        *version = db_get_int(&rows, 0);
        return db_end(&rows);
}

enum status schema_columns(struct db *db, const char *table, schema_column_fn *visit, void *context)
{
        struct db_rows rows;
        enum status status =
                db_query(db, &sql_select_columns, DB_PARAMS(db_text(str_of(table))), &rows);

        while (status == STATUS_OK && db_next(&rows)) {
                const struct schema_column column = {
                        .name = db_get_str(&rows, 0),
                        .type = db_get_str(&rows, 1),
                        .nullable = db_get_int(&rows, 2) != 0,
                        .generated = db_get_int(&rows, 3) != 0,
                        .length = db_get_int(&rows, 4),
                        .indexed = db_get_int(&rows, 5) != 0,
                };

                visit(&column, context);
        }
        return status == STATUS_OK ? db_end(&rows) : status;
}
