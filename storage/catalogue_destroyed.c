/* storage/catalogue_destroyed.c - what was destroyed lawfully, and what stands in the way of it. */
#include <stdio.h>

#include "storage/catalogue_impl.h"

int catalogue_run_on(struct catalogue *catalogue, enum catalogue_sql which, const struct digest *id,
                     struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, which, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, id))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_run(catalogue, s, "forget what was destroyed", err);
}

/* --- writing --- */

int catalogue_add_destruction(struct catalogue *catalogue,
                              const struct catalogue_destruction *destruction, int64_t *ret_n,
                              struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_ADD_DESTRUCTION, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, &destruction->id) | bind_text(s, 2, destruction->basis) |
        bind_text(s, 3, destruction->person) | bind_text(s, 4, destruction->decided) |
        sqlite3_bind_int64(s, 5, destruction->made_ns))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    if (catalogue_run(catalogue, s, "add a destruction", err) < 0)
        return -1;
    *ret_n = sqlite3_last_insert_rowid(catalogue->db);
    return sqlite3_changes(catalogue->db) > 0;
}

static int bind_words(sqlite3_stmt *s, int at, struct span words)
{
    return sqlite3_bind_text64(s, at, words.len ? (const char *)words.data : "", words.len,
                               SQLITE_STATIC, SQLITE_UTF8);
}

static int forget_page(struct catalogue *catalogue, int64_t n, struct span toned,
                       struct span folded, struct err *err)
{
    if (catalogue_forget_fields(catalogue, n, err) < 0)
        return -1;
    sqlite3_stmt *words = catalogue_sql(catalogue, SQL_FORGET_WORDS, err);
    sqlite3_stmt *page = words ? catalogue_sql(catalogue, SQL_FORGET_PAGE, err) : NULL;
    if (!page)
        return -1;
    if (sqlite3_bind_int64(words, 1, n) | bind_words(words, 2, toned) |
        bind_words(words, 3, folded) | sqlite3_bind_int64(page, 1, n))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    if (catalogue_run(catalogue, words, "forget words", err) < 0)
        return -1;
    return catalogue_run(catalogue, page, "forget a page", err);
}

int catalogue_destroy_page(struct catalogue *catalogue, int64_t destruction,
                           const struct gone_page *page, struct span toned, struct span folded,
                           struct err *err)
{
    const struct page_range range = {page->source, page->index, page->index};
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_PAGE_NUMBER, err);
    if (!s)
        return -1;
    if (bind_text(s, 1, page->id))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    int rc = catalogue_step(catalogue, s, "find a page", err);
    int64_t n = rc > 0 ? sqlite3_column_int64(s, 0) : 0;
    (void)sqlite3_reset(s);
    if (rc < 0 || (rc > 0 && forget_page(catalogue, n, toned, folded, err) < 0) ||
        catalogue_free_range(catalogue, &range, err) < 0)
        return -1;
    s = catalogue_sql(catalogue, SQL_ADD_GONE_PAGE, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, &page->source) | bind_u64(s, 2, page->index) |
        sqlite3_bind_int64(s, 3, destruction) | bind_text(s, 4, page->id))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_run(catalogue, s, "note a destroyed page", err);
}

int catalogue_destroy_object(struct catalogue *catalogue, int64_t destruction,
                             const struct digest *id, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_ADD_GONE, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, id) | sqlite3_bind_int64(s, 2, destruction))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    if (catalogue_run(catalogue, s, "note a destroyed object", err) < 0 ||
        catalogue_run_on(catalogue, SQL_FORGET_OBJECT, id, err) < 0 ||
        catalogue_run_on(catalogue, SQL_FORGET_SOURCE, id, err) < 0 ||
        catalogue_run_on(catalogue, SQL_FORGET_PARTS, id, err) < 0)
        return -1;
    return catalogue_run_on(catalogue, SQL_FORGET_DOCUMENT, id, err);
}

int catalogue_destroy_intake(struct catalogue *catalogue, int64_t destruction, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_FORGET_INTAKE, err);
    if (!s)
        return -1;
    if (sqlite3_bind_int64(s, 1, destruction))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_run(catalogue, s, "forget lines of the ledger", err);
}

int catalogue_scrub(struct catalogue *catalogue, struct err *err)
{
    int left = 0, moved = 0;
    if (catalogue_begin(catalogue, err) < 0)
        return -1;
    /* FTS5 keeps removed words beside a mark until it merges; VACUUM leaves no free page, and works
     * through a database of its own, which is not allowed otherwise. */
    int rc = sqlite3_exec(catalogue->db, "INSERT INTO words(words) VALUES ('optimize'); COMMIT",
                          NULL, NULL, NULL);
    if (rc != SQLITE_OK) {
        catalogue_fail(catalogue, "merge words", err);
        catalogue_abandon(catalogue);
        return -1;
    }
    (void)sqlite3_limit(catalogue->db, SQLITE_LIMIT_ATTACHED, 1);
    rc = sqlite3_exec(catalogue->db, "VACUUM", NULL, NULL, NULL);
    (void)sqlite3_limit(catalogue->db, SQLITE_LIMIT_ATTACHED, 0);
    if (rc != SQLITE_OK)
        return catalogue_fail(catalogue, "give free pages back", err);
    rc = sqlite3_wal_checkpoint_v2(catalogue->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, &left, &moved);
    return rc == SQLITE_OK ? 0 : catalogue_fail(catalogue, "empty the log", err);
}

/* --- reading --- */

static int damaged(const char *what, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "catalogue: a row of %s is damaged: run sohoa reindex", what);
}

int catalogue_list_gone(struct catalogue *catalogue, gone_visit *visit, void *self, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_LIST_GONE, err);
    int visited = 0, rc = s ? 0 : -1;
    while (s && (rc = catalogue_step(catalogue, s, "list destroyed objects", err)) > 0) {
        struct digest id;
        struct place place = {(uint64_t)sqlite3_column_int64(s, 1),
                              (uint64_t)sqlite3_column_int64(s, 2)};
        rc = column_digest(s, 0, &id) ? visit(self, &id, place, err)
                                      : damaged("destroyed objects", err);
        if (rc < 0)
            break;
        visited++;
    }
    if (s)
        (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}

static bool read_destruction(sqlite3_stmt *s, struct catalogue_destruction *row)
{
    row->made_ns = sqlite3_column_int64(s, 4);
    return column_digest(s, 0, &row->id) && column_text(s, 1, &row->basis) &&
           column_text(s, 2, &row->person) && column_text(s, 3, &row->decided);
}

int catalogue_list_destroyed(struct catalogue *catalogue, const char *page_id,
                             const struct digest *source, destroyed_visit *visit, void *self,
                             struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_LIST_DESTROYED, err);
    int visited = 0, rc = 0;
    if (!s)
        return -1;
    if (bind_text(s, 1, page_id) | (source ? bind_digest(s, 2, source) : SQLITE_OK))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    while ((rc = catalogue_step(catalogue, s, "list destroyed pages", err)) > 0) {
        struct catalogue_destruction row;
        struct gone_page page;
        bool fine = read_destruction(s, &row) && column_text(s, 5, &page.id) &&
                    column_digest(s, 6, &page.source) && column_u32(s, 7, &page.index);
        rc = fine ? visit(self, &page, &row, err) : damaged("destroyed pages", err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}

/* One row to be read, then reset by the caller: 1, 0, -1. */
static int ask(struct catalogue *catalogue, enum catalogue_sql which, const struct digest *id,
               sqlite3_stmt **ret_statement, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, which, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, id))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    *ret_statement = s;
    return catalogue_step(catalogue, s, "ask", err);
}

int catalogue_find_destroyed(struct catalogue *catalogue, const struct digest *id,
                             destroyed_visit *visit, void *self, struct err *err)
{
    sqlite3_stmt *s = NULL;
    struct catalogue_destruction row;
    int rc = ask(catalogue, SQL_FIND_DESTROYED, id, &s, err);
    if (rc > 0 && (read_destruction(s, &row) ? visit(self, NULL, &row, err)
                                             : damaged("destructions", err)) < 0)
        rc = -1;
    if (s)
        (void)sqlite3_reset(s);
    return rc;
}

int catalogue_was_destroyed(struct catalogue *catalogue, const struct digest *source,
                            uint32_t index, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_WAS_DESTROYED, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, source) | bind_u64(s, 2, index))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    int rc = catalogue_step(catalogue, s, "find a destroyed page", err);
    (void)sqlite3_reset(s);
    return rc;
}

int catalogue_source_facts(struct catalogue *catalogue, const struct digest *id,
                           struct source_facts *ret_facts, struct err *err)
{
    sqlite3_stmt *s = NULL;
    struct source_facts facts;
    int rc = ask(catalogue, SQL_SOURCE_FACTS, id, &s, err);
    if (rc > 0 && !(column_digest(s, 0, &facts.record) && column_u32(s, 1, &facts.pages) &&
                    column_u32(s, 2, &facts.listed) && column_u32(s, 3, &facts.destroyed)))
        rc = damaged("sources", err);
    if (s)
        (void)sqlite3_reset(s);
    if (rc > 0)
        *ret_facts = facts;
    return rc;
}

int catalogue_retention(struct catalogue *catalogue, const struct digest *document,
                        struct retention_facts *ret_facts, struct err *err)
{
    sqlite3_stmt *s = NULL;
    struct retention_facts facts = {.hold = ""};
    const char *hold = NULL;
    int rc = ask(catalogue, SQL_RETENTION, document, &s, err);
    if (rc > 0 && !(column_u32(s, 0, &facts.years) && column_text(s, 1, &hold)))
        rc = damaged("documents", err);
    if (rc > 0) {
        (void)snprintf(facts.hold, sizeof facts.hold, "%s", hold);
        facts.archived_ns = sqlite3_column_int64(s, 2);
        *ret_facts = facts;
    }
    if (s)
        (void)sqlite3_reset(s);
    return rc;
}

int catalogue_list_uses(struct catalogue *catalogue, use_visit *visit, void *self, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_LIST_USES, err);
    int rc = s ? 0 : -1;
    while (s && (rc = catalogue_step(catalogue, s, "list pages", err)) > 0) {
        struct page_use use;
        rc = column_digest(s, 0, &use.source) && column_digest(s, 1, &use.alto) &&
                     column_digest(s, 2, &use.image) && column_u32(s, 3, &use.index)
                 ? visit(self, &use, err)
                 : damaged("pages", err);
        if (rc < 0)
            break;
    }
    if (s)
        (void)sqlite3_reset(s);
    return rc < 0 ? -1 : 0;
}

int catalogue_history(struct catalogue *catalogue, const struct digest *source, uint32_t index,
                      history_visit *visit, void *self, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_HISTORY, err);
    int visited = 0, rc = 0;
    if (!s)
        return -1;
    if (bind_digest(s, 1, source) | bind_u64(s, 2, index))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    while ((rc = catalogue_step(catalogue, s, "list documents", err)) > 0) {
        struct history_row row;
        uint32_t role = 0;
        row.made_ns = sqlite3_column_int64(s, 6);
        row.in_force = sqlite3_column_int(s, 8) != 0;
        bool fine = column_digest(s, 0, &row.document) && column_text(s, 1, &row.dossier) &&
                    column_text(s, 2, &row.title) && column_text(s, 3, &row.by) &&
                    column_text(s, 4, &row.hold) && column_u32(s, 5, &row.retention) &&
                    column_u32(s, 7, &role) && role <= PART_SUPERSEDED;
        row.role = (enum part_role)role;
        rc = fine ? visit(self, &row, err) : damaged("documents", err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}

int catalogue_parts_of(struct catalogue *catalogue, const struct digest *document,
                       part_visit *visit, void *self, struct err *err)
{
    sqlite3_stmt *s = NULL;
    int visited = 0, rc = ask(catalogue, SQL_PARTS_OF, document, &s, err);
    while (rc > 0) {
        struct page_range range;
        uint32_t role = 0;
        rc = column_digest(s, 0, &range.source) && column_u32(s, 1, &range.first) &&
                     column_u32(s, 2, &range.last) && column_u32(s, 3, &role) &&
                     role <= PART_SUPERSEDED
                 ? visit(self, &range, (enum part_role)role, err)
                 : damaged("documents", err);
        if (rc < 0)
            break;
        visited++;
        rc = catalogue_step(catalogue, s, "list parts", err);
    }
    if (s)
        (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}
