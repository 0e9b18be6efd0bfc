/* storage/catalogue_documents.c - which pages are one paper: the newest document has a page.
 *
 * Runs of pages, not pages, are rows: a record of a hundred bytes may name thousands of pages that
 * nobody has. */
#include "storage/catalogue_impl.h"

static int run_on_range(struct catalogue *catalogue, enum catalogue_sql which,
                        const struct page_range *range, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, which, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, &range->source) | bind_u64(s, 2, range->first) |
        (which == SQL_RANGE_BEFORE ? SQLITE_OK : bind_u64(s, 3, range->last)))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_run(catalogue, s, "take pages over", err);
}

int catalogue_free_range(struct catalogue *catalogue, const struct page_range *range,
                         struct err *err)
{
    return run_on_range(catalogue, SQL_RANGE_BEHIND, range, err) < 0 ||
                   run_on_range(catalogue, SQL_RANGE_BEFORE, range, err) < 0 ||
                   run_on_range(catalogue, SQL_RANGE_WITHIN, range, err) < 0
               ? -1
               : 0;
}

static int add_part(struct catalogue *catalogue, const struct page_range *range, int64_t document,
                    enum part_role role, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_ADD_PART, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, &range->source) | bind_u64(s, 2, range->first) |
        sqlite3_bind_int64(s, 3, document) | sqlite3_bind_int(s, 4, (int)role) |
        bind_u64(s, 5, range->last))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_run(catalogue, s, "add a part of a document", err);
}

/* place < 0: none. */
static int add_range(struct catalogue *catalogue, const struct page_range *range, int64_t document,
                     int64_t place, struct err *err)
{
    if (catalogue_free_range(catalogue, range, err) < 0 ||
        add_part(catalogue, range, document, place < 0 ? PART_SEPARATOR : PART_PAGE, err) < 0)
        return -1;
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_ADD_RANGE, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, &range->source) | bind_u64(s, 2, range->first) |
        bind_u64(s, 3, range->last) | sqlite3_bind_int64(s, 4, document) |
        (place < 0 ? sqlite3_bind_null(s, 5) : sqlite3_bind_int64(s, 5, place)))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_run(catalogue, s, "add pages of a document", err);
}

static uint64_t count_pages(const struct catalogue_document *document)
{
    uint64_t pages = 0;
    for (size_t i = 0; i < document->part_len; i++)
        pages += document->parts[i].last - document->parts[i].first + UINT64_C(1);
    return pages;
}

int catalogue_add_document(struct catalogue *catalogue, const struct catalogue_document *document,
                           struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_ADD_DOCUMENT, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, &document->id) | bind_text(s, 2, document->dossier) |
        bind_text(s, 3, document->title) | bind_text(s, 4, document->by) |
        bind_text(s, 5, document->batch) | bind_u64(s, 6, count_pages(document)) |
        bind_u64(s, 7, document->sheets_expected) | sqlite3_bind_int64(s, 8, document->made_ns) |
        bind_u64(s, 9, document->retention) |
        bind_text(s, 10, document->hold ? document->hold : ""))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    if (catalogue_run(catalogue, s, "add a document", err) < 0)
        return -1;
    /* It was there already; its pages may be another's by now. */
    if (sqlite3_changes(catalogue->db) == 0)
        return 0;
    int64_t n = sqlite3_last_insert_rowid(catalogue->db), place = 0;
    if (document->separator && add_range(catalogue, document->separator, n, -1, err) < 0)
        return -1;
    if (document->supersedes &&
        add_part(catalogue, document->supersedes, n, PART_SUPERSEDED, err) < 0)
        return -1;
    for (size_t i = 0; i < document->part_len; i++) {
        const struct page_range *part = &document->parts[i];
        if (add_range(catalogue, part, n, place, err) < 0)
            return -1;
        place += part->last - part->first + INT64_C(1);
    }
    return 0;
}
