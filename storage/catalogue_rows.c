/* storage/catalogue_rows.c - what goes into the catalogue and what comes out. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "storage/catalogue_impl.h"

/* --- writing --- */

int catalogue_begin(struct catalogue *catalogue, struct err *err)
{
    assert(catalogue->mode == ARCHIVE_WRITE);
    if (!catalogue->sum_removed && catalogue_sum_remove(catalogue->dir, err) < 0)
        return -1;
    catalogue->sum_removed = true;
    return catalogue_run(catalogue, catalogue_sql(catalogue, SQL_BEGIN, err), "begin", err);
}

int catalogue_end(struct catalogue *catalogue, struct place mark, uint64_t group_seq,
                  struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_SET_MARK, err);
    if (!s)
        return -1;
    if (bind_u64(s, 1, mark.segment) | bind_u64(s, 2, mark.off) | bind_u64(s, 3, group_seq))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    if (catalogue_run(catalogue, s, "note the mark", err) < 0)
        return -1;
    return catalogue_run(catalogue, catalogue_sql(catalogue, SQL_COMMIT, err), "commit", err);
}

void catalogue_abandon(struct catalogue *catalogue)
{
    struct err ignored = {0};
    /* SQLite may have rolled back already: then there is nothing to abandon. */
    if (!sqlite3_get_autocommit(catalogue->db))
        (void)!catalogue_run(catalogue, catalogue_sql(catalogue, SQL_ROLLBACK, &ignored),
                             "roll back", &ignored);
}

int catalogue_mark(struct catalogue *catalogue, struct place *ret_mark, uint64_t *ret_group_seq,
                   struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_GET_MARK, err);
    int rc = s ? catalogue_step(catalogue, s, "read the mark", err) : -1;
    if (rc < 0)
        return -1;
    *ret_mark = (struct place){0};
    *ret_group_seq = 0;
    if (rc > 0) {
        *ret_mark = (struct place){(uint64_t)sqlite3_column_int64(s, 0),
                                   (uint64_t)sqlite3_column_int64(s, 1)};
        *ret_group_seq = (uint64_t)sqlite3_column_int64(s, 2);
        (void)sqlite3_reset(s);
    }
    return 0;
}

int catalogue_add_object(struct catalogue *catalogue, const struct group_entry *entry,
                         struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_ADD_OBJECT, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, &entry->id) | sqlite3_bind_int(s, 2, (int)entry->type) |
        sqlite3_bind_int(s, 3, (int)entry->codec) | bind_u64(s, 4, entry->raw_bytes) |
        bind_u64(s, 5, entry->stored_bytes) | bind_u64(s, 6, entry->place.segment) |
        bind_u64(s, 7, entry->place.off))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_run(catalogue, s, "add an object", err);
}

int catalogue_add_source(struct catalogue *catalogue, const struct catalogue_source *source,
                         struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_ADD_SOURCE, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, &source->id) | bind_digest(s, 2, &source->record) |
        bind_text(s, 3, source->path) | bind_text(s, 4, source->format) |
        bind_u64(s, 5, source->size_bytes) | bind_u64(s, 6, source->pages) |
        sqlite3_bind_int64(s, 7, source->archived_ns))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_run(catalogue, s, "add a source", err);
}

static int bind_page(sqlite3_stmt *s, const struct catalogue_page *page)
{
    return bind_text(s, 1, page->id) | bind_digest(s, 2, &page->source) |
           bind_digest(s, 3, &page->record) | bind_digest(s, 4, &page->alto) |
           bind_digest(s, 5, &page->image) | bind_u64(s, 6, page->index) |
           bind_u64(s, 7, page->width_px) | bind_u64(s, 8, page->height_px) |
           bind_u64(s, 9, page->dpi) | sqlite3_bind_double(s, 10, page->skew_deg) |
           sqlite3_bind_double(s, 11, page->confidence) | bind_text(s, 12, page->status) |
           bind_text(s, 13, page->reason_code) | bind_text(s, 14, page->reason_detail) |
           bind_text(s, 15, page->engine) | bind_text(s, 16, page->doubt) |
           bind_text(s, 17, page->separator) | bind_text(s, 18, page->separator_text) |
           bind_text(s, 19, page->separator_code);
}

int catalogue_add_page(struct catalogue *catalogue, const struct catalogue_page *page,
                       struct span toned, struct span folded, struct err *err)
{
    if (strlen(page->id) >= PAGE_ID_MAX)
        return err_set(err, ERR_INPUT, "page id is too long: '%s'", page->id);
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_ADD_PAGE, err);
    if (!s)
        return -1;
    if (bind_page(s, page))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    if (catalogue_run(catalogue, s, "add a page", err) < 0)
        return -1;
    /* It was there already, and so were its words: a contentless index cannot take them twice. */
    if (sqlite3_changes(catalogue->db) == 0)
        return 0;
    s = catalogue_sql(catalogue, SQL_ADD_WORDS, err);
    if (!s)
        return -1;
    if (sqlite3_bind_int64(s, 1, sqlite3_last_insert_rowid(catalogue->db)) |
        sqlite3_bind_text64(s, 2, toned.len ? (const char *)toned.data : "", toned.len,
                            SQLITE_STATIC, SQLITE_UTF8) |
        sqlite3_bind_text64(s, 3, folded.len ? (const char *)folded.data : "", folded.len,
                            SQLITE_STATIC, SQLITE_UTF8))
        return catalogue_fail(catalogue, "bind the words", err);
    return catalogue_run(catalogue, s, "add the words", err);
}

/* --- reading --- */

/* 1 a row to be read, then reset by the caller. */
static int find_by_digest(struct catalogue *catalogue, enum catalogue_sql which,
                          const struct digest *id, sqlite3_stmt **ret_statement, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, which, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, id))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    *ret_statement = s;
    return catalogue_step(catalogue, s, "find", err);
}

int catalogue_find_object(struct catalogue *catalogue, const struct digest *id,
                          struct group_entry *ret_entry, struct err *err)
{
    sqlite3_stmt *s = NULL;
    int rc = find_by_digest(catalogue, SQL_FIND_OBJECT, id, &s, err);
    if (rc <= 0)
        return rc;
    *ret_entry = (struct group_entry){
        .id = *id,
        .type = (enum object_type)sqlite3_column_int(s, 0),
        .codec = (enum object_codec)sqlite3_column_int(s, 1),
        .raw_bytes = (uint64_t)sqlite3_column_int64(s, 2),
        .stored_bytes = (uint64_t)sqlite3_column_int64(s, 3),
        .place = {(uint64_t)sqlite3_column_int64(s, 4), (uint64_t)sqlite3_column_int64(s, 5)},
    };
    (void)sqlite3_reset(s);
    return 1;
}

int catalogue_find_source(struct catalogue *catalogue, const struct digest *id, struct err *err)
{
    sqlite3_stmt *s = NULL;
    int rc = find_by_digest(catalogue, SQL_FIND_SOURCE, id, &s, err);
    if (s)
        (void)sqlite3_reset(s);
    return rc;
}

/* A number that SQLite computed from columns that may be anybody's. */
static bool column_place(sqlite3_stmt *s, int at, int64_t *ret_n)
{
    *ret_n = sqlite3_column_int64(s, at);
    return *ret_n >= -1 && *ret_n <= UINT32_MAX;
}

bool column_u32(sqlite3_stmt *s, int at, uint32_t *ret_n)
{
    sqlite3_int64 n = sqlite3_column_int64(s, at);
    *ret_n = (uint32_t)n;
    return n >= 0 && n <= UINT32_MAX;
}

/* The columns of PAGE_COLUMNS, a score, and how many were counted. The file may be anybody's:
 * shapes are checked. */
static bool read_row(sqlite3_stmt *s, struct page_row *row)
{
    struct catalogue_page *page = &row->page;
    page->skew_deg = sqlite3_column_double(s, 9);
    page->confidence = sqlite3_column_double(s, 10);
    row->archived_ns = sqlite3_column_int64(s, 20);
    row->score = sqlite3_column_double(s, 27);
    return column_text(s, 0, &page->id) && strlen(page->id) < PAGE_ID_MAX &&
           column_digest(s, 1, &page->source) && column_digest(s, 2, &page->record) &&
           column_digest(s, 3, &page->alto) && column_digest(s, 4, &page->image) &&
           column_u32(s, 5, &page->index) && column_u32(s, 6, &page->width_px) &&
           column_u32(s, 7, &page->height_px) && column_u32(s, 8, &page->dpi) &&
           column_text(s, 11, &page->status) && column_text(s, 12, &page->reason_code) &&
           column_text(s, 13, &page->reason_detail) && column_text(s, 14, &page->engine) &&
           column_text(s, 15, &page->doubt) && column_text(s, 16, &page->separator) &&
           column_text(s, 17, &page->separator_text) && column_text(s, 18, &page->separator_code) &&
           column_text(s, 19, &row->source_path) && column_digest(s, 21, &row->document) &&
           column_text(s, 22, &row->dossier) && column_text(s, 23, &row->title) &&
           column_place(s, 24, &row->place) && column_u32(s, 25, &row->retention) &&
           column_text(s, 26, &row->hold) && column_u32(s, 28, &row->counted);
}

int catalogue_visit_rows(struct catalogue *catalogue, sqlite3_stmt *s, page_visit *visit,
                         void *self, struct err *err)
{
    int visited = 0, rc = 0;
    while ((rc = catalogue_step(catalogue, s, "read pages", err)) > 0) {
        struct page_row row = {0};
        rc = read_row(s, &row) ? visit(self, &row, err) : catalogue_damaged_row("a page", err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}

int catalogue_pages_by_id(struct catalogue *catalogue, const char *page_id, page_visit *visit,
                          void *self, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_PAGE_BY_ID, err);
    if (!s)
        return -1;
    if (bind_text(s, 1, page_id))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_visit_rows(catalogue, s, visit, self, err);
}

static int visit_by_digest(struct catalogue *catalogue, enum catalogue_sql which,
                           const struct digest *id, page_visit *visit, void *self, struct err *err)
{
    sqlite3_stmt *s = catalogue_sql(catalogue, which, err);
    if (!s)
        return -1;
    if (bind_digest(s, 1, id))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    return catalogue_visit_rows(catalogue, s, visit, self, err);
}

int catalogue_pages_of(struct catalogue *catalogue, const struct digest *source, page_visit *visit,
                       void *self, struct err *err)
{
    return visit_by_digest(catalogue, SQL_PAGES_OF, source, visit, self, err);
}

int catalogue_pages_of_document(struct catalogue *catalogue, const struct digest *document,
                                page_visit *visit, void *self, struct err *err)
{
    return visit_by_digest(catalogue, SQL_PAGES_OF_DOCUMENT, document, visit, self, err);
}

int catalogue_texts(struct catalogue *catalogue, uint32_t n_max, text_visit *visit, void *self,
                    struct err *err)
{
    int visited = 0, rc = 0;
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_TEXTS, err);
    if (!s)
        return -1;
    if (bind_u64(s, 1, n_max))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    while ((rc = catalogue_step(catalogue, s, "read texts", err)) > 0) {
        struct digest alto;
        rc = column_digest(s, 0, &alto) ? visit(self, &alto, err)
                                        : catalogue_damaged_row("a page", err);
        if (rc < 0)
            break;
        visited++;
    }
    (void)sqlite3_reset(s);
    return rc < 0 ? -1 : visited;
}

static int one_row(struct catalogue *catalogue, enum catalogue_sql which, sqlite3_stmt **ret_row,
                   struct err *err)
{
    *ret_row = catalogue_sql(catalogue, which, err);
    int rc = *ret_row ? catalogue_step(catalogue, *ret_row, "count", err) : -1;
    if (rc == 0)
        return err_set(err, ERR_SYSTEM, "catalogue: nothing was counted"); /* UNTESTED: cannot be */
    return rc < 0 ? -1 : 0;
}

static int count_doubts(struct catalogue *catalogue, struct catalogue_stats *stats, struct err *err)
{
    const char *code = NULL;
    int rc = 0;
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_STATS_DOUBTS, err);
    if (!s)
        return -1;
    if (sqlite3_bind_int(s, 1, DOUBT_KINDS_MAX))
        return catalogue_fail(catalogue, "bind", err); /* UNTESTED: no memory */
    while ((rc = catalogue_step(catalogue, s, "count", err)) > 0 && column_text(s, 0, &code)) {
        struct catalogue_doubt *doubt = &stats->doubts[stats->doubt_len++];
        (void)snprintf(doubt->code, sizeof doubt->code, "%s", code);
        doubt->pages = (uint64_t)sqlite3_column_int64(s, 1);
        doubt->second = (uint64_t)sqlite3_column_int64(s, 2);
    }
    (void)sqlite3_reset(s);
    return rc <= 0 ? rc : catalogue_damaged_row("a page", err);
}

static const char *const kind_names[KIND_COUNT] = {
    [KIND_SOURCE] = "source",         [KIND_ALTO] = "alto",
    [KIND_IMAGE] = "image",           [KIND_RECORD] = "record",
    [KIND_DICTIONARY] = "dictionary", [KIND_OTHER] = "other",
};

const char *catalogue_kind_name(enum catalogue_kind kind)
{
    return kind_names[kind];
}

/* KIND_COUNT: none, which a row of the statement cannot be as long as there is memory. */
static int kind_of_row(sqlite3_stmt *s)
{
    const char *name = NULL;
    int kind = column_text(s, 0, &name) ? 0 : KIND_COUNT;
    while (kind < KIND_COUNT && strcmp(name, kind_names[kind]) != 0)
        kind++;
    return kind;
}

/* Every object is of one kind, so that their sum is all there is. */
static int count_objects(struct catalogue *catalogue, struct catalogue_stats *stats,
                         struct err *err)
{
    int rc = 0, kind = 0;
    sqlite3_stmt *s = catalogue_sql(catalogue, SQL_STATS_KINDS, err);
    if (!s)
        return -1;
    while ((rc = catalogue_step(catalogue, s, "count", err)) > 0 &&
           (kind = kind_of_row(s)) < KIND_COUNT) {
        struct catalogue_bytes *bytes = &stats->kinds[kind];
        bytes->objects = (uint64_t)sqlite3_column_int64(s, 1);
        bytes->raw = (uint64_t)sqlite3_column_int64(s, 2);
        bytes->stored = (uint64_t)sqlite3_column_int64(s, 3);
        stats->objects += bytes->objects;
        stats->bytes_raw += bytes->raw;
        stats->bytes_stored += bytes->stored;
    }
    (void)sqlite3_reset(s);
    return rc <= 0 ? rc : catalogue_damaged_row("an object", err); /* UNTESTED: no memory */
}

int catalogue_stats(struct catalogue *catalogue, struct catalogue_stats *ret_stats, struct err *err)
{
    struct catalogue_stats stats = {0};
    sqlite3_stmt *s = NULL;
    if (one_row(catalogue, SQL_STATS_PAGES, &s, err) < 0)
        return -1;
    stats.pages = (uint64_t)sqlite3_column_int64(s, 0);
    stats.pages_failed = (uint64_t)sqlite3_column_int64(s, 1);
    stats.pages_blank = (uint64_t)sqlite3_column_int64(s, 2);
    (void)sqlite3_reset(s);
    if (one_row(catalogue, SQL_STATS_SOURCES, &s, err) < 0)
        return -1;
    stats.sources = (uint64_t)sqlite3_column_int64(s, 0);
    stats.bytes_in = (uint64_t)sqlite3_column_int64(s, 1);
    stats.oldest_ns = sqlite3_column_int64(s, 2);
    stats.newest_ns = sqlite3_column_int64(s, 3);
    (void)sqlite3_reset(s);
    if (count_doubts(catalogue, &stats, err) < 0 || count_objects(catalogue, &stats, err) < 0)
        return -1;
    *ret_stats = stats;
    return 0;
}

/* The database, and what waits beside it to be written into it. */
uint64_t catalogue_file_bytes(const struct catalogue *catalogue)
{
    static const char *const names[] = {CATALOGUE_NAME, CATALOGUE_NAME "-wal"};
    uint64_t bytes = 0;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[CATALOGUE_PATH_MAX];
        struct stat st;
        if (catalogue_path(catalogue->dir, names[i], path) && stat(path, &st) == 0)
            bytes += (uint64_t)st.st_size;
    }
    return bytes;
}
