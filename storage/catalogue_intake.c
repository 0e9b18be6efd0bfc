/* storage/catalogue_intake.c - the ledger of intake, and its sums by batch. */
#include "storage/catalogue_impl.h"

int catalogue_add_intake(struct catalogue *catalogue, const struct catalogue_intake *intake,
                         struct err *err)
{
    if (strlen(intake->ticket) >= TICKET_MAX)
        return err_set(err, ERR_INPUT, "ticket is too long: '%s'", intake->ticket);
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_ADD_INTAKE, err);
    if (!s)
        return -1;
    if (bind_text(s, 1, intake->ticket) | bind_digest(s, 2, &intake->record) |
        bind_text(s, 3, intake->folder) | bind_text(s, 4, intake->path) |
        bind_text(s, 5, intake->batch) | bind_digest(s, 6, &intake->source) |
        bind_u64(s, 7, intake->size_bytes) | sqlite3_bind_int64(s, 8, intake->mtime_ns) |
        sqlite3_bind_int64(s, 9, intake->taken_ns) | sqlite3_bind_int64(s, 10, intake->told_ns) |
        bind_text(s, 11, intake->outcome) | bind_text(s, 12, intake->reason_code) |
        bind_text(s, 13, intake->reason_detail))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_run(catalogue, s, "add to the ledger", err);
}

static bool read_intake(sqlite3_stmt *s, struct catalogue_intake *row)
{
    row->size_bytes = (uint64_t)sqlite3_column_int64(s, 6);
    row->mtime_ns = sqlite3_column_int64(s, 7);
    row->taken_ns = sqlite3_column_int64(s, 8);
    row->told_ns = sqlite3_column_int64(s, 9);
    return column_text(s, 0, &row->ticket) && strlen(row->ticket) < TICKET_MAX &&
           column_digest(s, 1, &row->record) && column_text(s, 2, &row->folder) &&
           column_text(s, 3, &row->path) && column_text(s, 4, &row->batch) &&
           column_digest(s, 5, &row->source) && column_text(s, 10, &row->outcome) &&
           column_text(s, 11, &row->reason_code) && column_text(s, 12, &row->reason_detail);
}

static int damaged(struct err *err)
{
    return err_set(err, ERR_CORRUPT,
                   "catalogue: a line of the ledger is damaged: run sohoa reindex");
}

static int visit_intake(struct catalogue *catalogue, sqlite3_stmt *s, intake_visit *visit,
                        void *self, struct err *err)
{
    int visited = 0, rc = 0;
    while ((rc = catalogue_step(catalogue, s, "read the ledger", err)) > 0) {
        struct catalogue_intake row;
        rc = read_intake(s, &row) ? visit(self, &row, err) : damaged(err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}

static sqlite3_stmt *with_text(struct catalogue *catalogue, enum catalogue_sql which,
                               const char *text, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, which, err);
    if (s && bind_text(s, 1, text)) {
        catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
        return NULL;
    }
    return s;
}

int catalogue_find_intake(struct catalogue *catalogue, const char *ticket, intake_visit *visit,
                          void *self, struct err *err)
{
    sqlite3_stmt *s = with_text(catalogue, SQL_FIND_INTAKE, ticket, err);
    return s ? visit_intake(catalogue, s, visit, self, err) : -1;
}

int catalogue_newest_intake(struct catalogue *catalogue, const char *folder, const char *path,
                            intake_visit *visit, void *self, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_NEWEST_INTAKE, err);
    if (!s)
        return -1;
    if (bind_text(s, 1, folder) | bind_text(s, 2, path))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return visit_intake(catalogue, s, visit, self, err);
}

int catalogue_list_intake(struct catalogue *catalogue, const struct intake_query *query,
                          intake_visit *visit, void *self, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_LIST_INTAKE, err);
    if (!s)
        return -1;
    if (bind_text(s, 1, query->path_like) | bind_text(s, 2, query->batch) |
        bind_text(s, 3, query->outcome) | sqlite3_bind_int64(s, 4, query->from_ns) |
        sqlite3_bind_int64(s, 5, query->to_ns))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return visit_intake(catalogue, s, visit, self, err);
}

static bool read_batch(sqlite3_stmt *s, struct batch_row *row)
{
    uint64_t *const numbers[] = {&row->files,       &row->archived, &row->duplicate,
                                 &row->quarantined, &row->pages,    &row->pages_failed,
                                 &row->size_bytes};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        *numbers[i] = (uint64_t)sqlite3_column_int64(s, (int)i + 1);
    row->first_ns = sqlite3_column_int64(s, 8);
    row->last_ns = sqlite3_column_int64(s, 9);
    return column_text(s, 0, &row->batch);
}

int catalogue_list_batches(struct catalogue *catalogue, const char *batch, batch_visit *visit,
                           void *self, struct err *err)
{
    int visited = 0, rc = -1;
    sqlite3_stmt *s = with_text(catalogue, SQL_LIST_BATCHES, batch, err);
    while (s && (rc = catalogue_step(catalogue, s, "read the batches", err)) > 0) {
        struct batch_row row;
        rc = read_batch(s, &row) ? visit(self, &row, err) : damaged(err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}

int catalogue_hold(struct catalogue *catalogue, struct err *err)
{
    return catalogue_run(catalogue, catalogue_sql(catalogue, SQL_HOLD, err), "hold", err);
}

int catalogue_list_reasons(struct catalogue *catalogue, const char *batch, reason_visit *visit,
                           void *self, struct err *err)
{
    int visited = 0, rc = -1;
    sqlite3_stmt *s = with_text(catalogue, SQL_LIST_REASONS, batch, err);
    while (s && (rc = catalogue_step(catalogue, s, "read the reasons", err)) > 0) {
        const char *code;
        rc = column_text(s, 0, &code) ? visit(self, code, (uint64_t)sqlite3_column_int64(s, 1), err)
                                      : damaged(err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}

static bool read_failed_page(sqlite3_stmt *s, struct failed_page_row *row)
{
    row->index = (uint32_t)sqlite3_column_int64(s, 3);
    return column_text(s, 0, &row->folder) && column_text(s, 1, &row->path) &&
           column_text(s, 2, &row->page_id) && column_text(s, 4, &row->reason_code) &&
           column_text(s, 5, &row->reason_detail);
}

int catalogue_list_failed_pages(struct catalogue *catalogue, const char *batch,
                                failed_page_visit *visit, void *self, struct err *err)
{
    int visited = 0, rc = -1;
    sqlite3_stmt *s = with_text(catalogue, SQL_LIST_FAILED_PAGES, batch, err);
    while (s && (rc = catalogue_step(catalogue, s, "read the failed pages", err)) > 0) {
        struct failed_page_row row;
        rc = read_failed_page(s, &row) ? visit(self, &row, err) : damaged(err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}
