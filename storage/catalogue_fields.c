/* storage/catalogue_fields.c - what was found on pages, and who was shown it.
 *
 * fields_record has a row for each record; page_fields and field have what the newest of them says,
 * once its page is visible: of a file that never came to its end no text is in the catalogue. */
#include "storage/catalogue_fields.h"

#include "storage/catalogue_impl.h"

/* --- writing --- */

int catalogue_add_fields(struct catalogue *catalogue, const struct catalogue_fields *fields,
                         struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_ADD_FIELDS_RECORD, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, &fields->id) | bind_digest(s, 2, &fields->source) |
        bind_u64(s, 3, fields->index) | bind_digest(s, 4, &fields->rules) |
        bind_text(s, 5, fields->engine) | bind_text(s, 6, fields->person) |
        bind_u64(s, 7, fields->field_len) | sqlite3_bind_int64(s, 8, fields->made_ns))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    if (catalogue_run(catalogue, s, "add fields", err) < 0)
        return -1;
    return sqlite3_changes(catalogue->db) > 0;
}

static sqlite3_stmt *sql_of_page(struct catalogue *catalogue, enum catalogue_sql which,
                                 const struct digest *source, uint32_t index, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, which, err);
    if (s && (bind_digest(s, 1, source) | bind_u64(s, 2, index))) {
        catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
        return NULL;
    }
    return s;
}

int catalogue_newest_fields(struct catalogue *catalogue, const struct digest *source,
                            uint32_t index, struct digest *ret_id, struct err *err)
{
    sqlite3_stmt *s = sql_of_page(catalogue, SQL_NEWEST_FIELDS, source, index, err);
    int rc = s ? catalogue_step(catalogue, s, "find fields", err) : -1;
    if (rc > 0 && !column_digest(s, 0, ret_id))
        rc = catalogue_damaged_row("a fields", err);
    if (s)
        (void)sqlite3_reset(s);
    return rc;
}

/* The page of the record and the number of the record: 1, 0 it is not visible, -1. */
static int find_page(struct catalogue *catalogue, const struct digest *id, int64_t *ret_page,
                     int64_t *ret_record, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_PAGE_OF_FIELDS, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, id))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    int rc = catalogue_step(catalogue, s, "find the page of fields", err);
    if (rc > 0) {
        *ret_page = sqlite3_column_int64(s, 0);
        *ret_record = sqlite3_column_int64(s, 1);
    }
    (void)sqlite3_reset(s);
    return rc;
}

static const struct catalogue_field *first_of(const struct catalogue_field fields[], size_t n,
                                              const char *name)
{
    static const struct catalogue_field none = {.value = "", .key = ""};
    for (size_t i = 0; i < n; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return &none;
}

static int put_page(struct catalogue *catalogue, int64_t page, int64_t record,
                    const struct catalogue_field fields[], size_t n, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_PUT_PAGE_FIELDS, err);
    if (!s)
        return -1;
    if (sqlite3_bind_int64(s, 1, page) | sqlite3_bind_int64(s, 2, record) |
        bind_text(s, 3, first_of(fields, n, "type")->key) |
        bind_text(s, 4, first_of(fields, n, "number")->key) |
        bind_text(s, 5, first_of(fields, n, "issuer")->key) |
        bind_text(s, 6, first_of(fields, n, "date")->value))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_run(catalogue, s, "put the fields of a page", err);
}

static int add_field(struct catalogue *catalogue, int64_t page, size_t at,
                     const struct catalogue_field *field, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_ADD_FIELD, err);
    if (!s)
        return -1;
    if (sqlite3_bind_int64(s, 1, page) | bind_u64(s, 2, at) | bind_text(s, 3, field->name) |
        bind_text(s, 4, field->value) | bind_text(s, 5, field->key) | bind_text(s, 6, field->rule) |
        bind_u64(s, 7, field->confidence))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_run(catalogue, s, "add a field", err);
}

int catalogue_put_fields(struct catalogue *catalogue, const struct digest *id,
                         const struct catalogue_field fields[], size_t n, struct err *err)
{
    int64_t page = 0, record = 0;
    int found = find_page(catalogue, id, &page, &record, err);
    if (found <= 0)
        return found;
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_DROP_FIELDS, err);
    if (!s)
        return -1;
    if (sqlite3_bind_int64(s, 1, page))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    if (catalogue_run(catalogue, s, "drop fields", err) < 0 ||
        put_page(catalogue, page, record, fields, n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (add_field(catalogue, page, i, &fields[i], err) < 0)
            return -1;
    return 0;
}

int catalogue_forget_fields(struct catalogue *catalogue, int64_t page, struct err *err)
{
    static const enum catalogue_sql each[] = {SQL_DROP_FIELDS, SQL_FORGET_PAGE_FIELDS,
                                              SQL_FORGET_FIELDS_RECORDS};
    for (size_t i = 0; i < ARRAY_LEN(each); i++) {
        sqlite3_stmt *s = catalogue_sql(catalogue, each[i], err);
        if (!s)
            return -1;
        if (sqlite3_bind_int64(s, 1, page))
            return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
        if (catalogue_run(catalogue, s, "forget fields", err) < 0)
            return -1;
    }
    return 0;
}

int catalogue_add_access(struct catalogue *catalogue, const struct catalogue_access *access,
                         struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_ADD_ACCESS, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, &access->id) | bind_digest(s, 2, &access->source) |
        bind_u64(s, 3, access->index) | sqlite3_bind_int64(s, 4, access->at_ns) |
        bind_text(s, 5, access->by) | bind_text(s, 6, access->because))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_run(catalogue, s, "add an access", err);
}

/* --- reading --- */

int catalogue_fields_of(struct catalogue *catalogue, const char *page_id, field_visit *visit,
                        void *self, struct err *err)
{
    int visited = 0, rc = 0;
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_FIELDS_OF, err);
    if (!s)
        return -1;
    if (bind_text(s, 1, page_id))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    while ((rc = catalogue_step(catalogue, s, "read fields", err)) > 0) {
        struct catalogue_field row = {.key = NULL};
        bool fine = column_text(s, 0, &row.name) && column_text(s, 1, &row.value) &&
                    column_text(s, 2, &row.rule) && column_u32(s, 3, &row.confidence);
        rc = fine ? visit(self, &row, err) : catalogue_damaged_row("a field", err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}

int catalogue_fields_history(struct catalogue *catalogue, const struct digest *source,
                             uint32_t index, fields_visit *visit, void *self, struct err *err)
{
    int visited = 0, rc = 0;
    sqlite3_stmt *s = sql_of_page(catalogue, SQL_FIELDS_HISTORY, source, index, err);
    if (!s)
        return -1;
    while ((rc = catalogue_step(catalogue, s, "read fields", err)) > 0) {
        struct catalogue_fields row = {.source = *source,
                                       .index = index,
                                       .made_ns = sqlite3_column_int64(s, 5),
                                       .in_force = sqlite3_column_int(s, 6) != 0};
        bool fine = column_digest(s, 0, &row.id) && column_digest(s, 1, &row.rules) &&
                    column_text(s, 2, &row.engine) && column_text(s, 3, &row.person) &&
                    column_u32(s, 4, &row.field_len);
        rc = fine ? visit(self, &row, err) : catalogue_damaged_row("a fields", err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}

int catalogue_stale_fields(struct catalogue *catalogue, const struct stale_query *query,
                           stale_visit *visit, void *self, struct err *err)
{
    int visited = 0, rc = 0;
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_STALE_FIELDS, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, &query->rules) | bind_text(s, 2, query->engine) |
        sqlite3_bind_int64(s, 3, query->after) | bind_u64(s, 4, query->limit))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    while ((rc = catalogue_step(catalogue, s, "find pages", err)) > 0) {
        struct stale_page page = {.n = sqlite3_column_int64(s, 0)};
        bool fine = column_digest(s, 1, &page.source) && column_u32(s, 2, &page.index) &&
                    column_digest(s, 3, &page.alto) && column_u32(s, 4, &page.width_px) &&
                    column_u32(s, 5, &page.height_px) && column_digest(s, 6, &page.replaces);
        rc = fine ? visit(self, &page, err) : catalogue_damaged_row("a page", err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}

int catalogue_list_access(struct catalogue *catalogue, const struct digest *source, uint32_t index,
                          access_visit *visit, void *self, struct err *err)
{
    int visited = 0, rc = 0;
    sqlite3_stmt *s = sql_of_page(catalogue, SQL_LIST_ACCESS, source, index, err);
    if (!s)
        return -1;
    while ((rc = catalogue_step(catalogue, s, "read accesses", err)) > 0) {
        struct catalogue_access row = {
            .source = *source, .index = index, .at_ns = sqlite3_column_int64(s, 1)};
        bool fine = column_digest(s, 0, &row.id) && column_text(s, 2, &row.by) &&
                    column_text(s, 3, &row.because);
        rc = fine ? visit(self, &row, err) : catalogue_damaged_row("an access", err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}
