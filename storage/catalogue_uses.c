/* storage/catalogue_uses.c - what the catalogue knows of objects and sources, all of them in order:
 * from damage to the files it hits. */
#include "storage/catalogue_impl.h"

int catalogue_list_sources(struct catalogue *catalogue, source_visit *visit, void *self,
                           struct err *err)
{
    int rc = 0;
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_LIST_SOURCES, err);
    if (!s)
        return -1;
    while (rc == 0 && (rc = catalogue_step(catalogue, s, "read sources", err)) > 0) {
        struct catalogue_source row = {.pages = 0};
        bool fine = column_text(s, 0, &row.path) && column_digest(s, 1, &row.id) &&
                    column_digest(s, 2, &row.record);
        rc = fine ? visit(self, &row, err) : catalogue_damaged_row("a source", err);
    }
    (void)sqlite3_reset(s);
    return rc;
}

int catalogue_objects_in(struct catalogue *catalogue, uint64_t first, uint64_t last,
                         object_visit *visit, void *self, struct err *err)
{
    int rc = 0;
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_OBJECTS_IN, err);
    if (!s)
        return -1;
    if (bind_u64(s, 1, first) | bind_u64(s, 2, last))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    while (rc == 0 && (rc = catalogue_step(catalogue, s, "read objects", err)) > 0) {
        struct digest id;
        struct place place = {(uint64_t)sqlite3_column_int64(s, 1),
                              (uint64_t)sqlite3_column_int64(s, 2)};
        rc = column_digest(s, 0, &id) ? visit(self, &id, place, err)
                                      : catalogue_damaged_row("an object", err);
    }
    (void)sqlite3_reset(s);
    return rc;
}
