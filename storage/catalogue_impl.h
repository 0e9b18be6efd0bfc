/* storage/catalogue_impl.h - what the files behind storage/catalogue.h share. */
#ifndef STORAGE_CATALOGUE_IMPL_H
#define STORAGE_CATALOGUE_IMPL_H

#include <sqlite3.h>
#include <string.h>

#include "base/text.h"
#include "storage/catalogue.h"

#define CATALOGUE_NAME     "catalogue.db"
#define CATALOGUE_SUM_NAME "catalogue.sum" /* the sum of its pages, when a writer has closed it */
#define CATALOGUE_VFS_NAME "sohoa"
#define CATALOGUE_PATH_MAX 4096u

/* Every statement is prepared once, when first needed. */
enum catalogue_sql {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_SET_MARK,
    SQL_GET_MARK,
    SQL_ADD_OBJECT,
    SQL_ADD_SOURCE,
    SQL_ADD_PAGE,
    SQL_ADD_WORDS,
    SQL_FIND_OBJECT,
    SQL_FIND_SOURCE,
    SQL_PAGE_BY_ID,
    SQL_PAGES_OF,
    SQL_TEXTS,
    SQL_PAGE_BY_N,
    SQL_MATCH,
    SQL_MATCH_FILTERED,
    SQL_BROWSE,
    SQL_BROWSE_DOSSIER,
    SQL_ADD_DOCUMENT,
    SQL_RANGE_BEHIND,
    SQL_RANGE_BEFORE,
    SQL_RANGE_WITHIN,
    SQL_ADD_RANGE,
    SQL_STATS_PAGES,
    SQL_STATS_DOUBTS,
    SQL_STATS_SOURCES,
    SQL_STATS_KINDS,
    SQL_ADD_INTAKE,
    SQL_FIND_INTAKE,
    SQL_NEWEST_INTAKE,
    SQL_LIST_INTAKE,
    SQL_LIST_BATCHES,
    SQL_LIST_REASONS,
    SQL_LIST_FAILED_PAGES,
    SQL_HOLD,
    SQL_LIST_SOURCES,
    SQL_OBJECTS_IN,
    SQL_PAGES_OF_DOCUMENT,
    SQL_ADD_PART,
    SQL_ADD_DESTRUCTION,
    SQL_PAGE_NUMBER,
    SQL_FORGET_WORDS,
    SQL_FORGET_PAGE,
    SQL_ADD_GONE_PAGE,
    SQL_ADD_GONE,
    SQL_FORGET_OBJECT,
    SQL_FORGET_SOURCE,
    SQL_FORGET_PARTS,
    SQL_FORGET_DOCUMENT,
    SQL_FORGET_INTAKE,
    SQL_LIST_GONE,
    SQL_LIST_DESTROYED,
    SQL_FIND_DESTROYED,
    SQL_WAS_DESTROYED,
    SQL_SOURCE_FACTS,
    SQL_RETENTION,
    SQL_LIST_USES,
    SQL_HISTORY,
    SQL_PARTS_OF,
    SQL_ADD_EVENT,
    SQL_SET_COMPONENT,
    SQL_SET_DOSSIER,
    SQL_LIST_EVENTS,
    SQL_LIST_DOSSIERS,
    SQL_LIST_COMPONENTS,
    SQL_REPORT_DIGITISATION,
    SQL_REPORT_EXEMPTIONS,
    SQL_REPORT_WAITING,
    SQL_REPORT_STAFF,
    SQL_REPORT_REUSE,
    SQL_REPORT_FEES,
    SQL_REPORT_CUSTODY,
    SQL_REPORT_STANDING,
    SQL_REPORT_COMPLAINTS,
    SQL_REPORT_DELIVERY,
    SQL_ADD_FIELDS_RECORD,
    SQL_NEWEST_FIELDS,
    SQL_PAGE_OF_FIELDS,
    SQL_DROP_FIELDS,
    SQL_PUT_PAGE_FIELDS,
    SQL_ADD_FIELD,
    SQL_FORGET_PAGE_FIELDS,
    SQL_FORGET_FIELDS_RECORDS,
    SQL_FIELDS_OF,
    SQL_FIELDS_HISTORY,
    SQL_STALE_FIELDS,
    SQL_UNSURE_FIELDS,
    SQL_ADD_ACCESS,
    SQL_LIST_ACCESS,
    SQL_COUNT,
};

/* From a page p to its file s, and to the document d it is in: the run r a page is in is the last
 * that begins at or before it, if it reaches it. */
#define OF_SOURCES " LEFT JOIN source s ON s.id = p.source"
#define OF_DOCUMENTS                                                                               \
    " LEFT JOIN document_range r ON r.source = p.source AND r.last >= p.idx AND r.first ="         \
    " (SELECT max(q.first) FROM document_range q WHERE q.source = p.source AND q.first <= p.idx)"  \
    " LEFT JOIN document d ON d.n = r.document"
#define FILTERS                                                                                    \
    " (?1 IS NULL OR instr(s.path, ?1) > 0) AND (?2 = 0 OR s.archived_ns >= ?2)"                   \
    " AND (?3 = 0 OR s.archived_ns < ?3)"
#define IN_DOSSIER " d.dossier BETWEEN ?7 AND ?8 AND d.dossier <> ''"

#define SUM_PAGE_BYTES 4096

/* What all pages of the file say together: the sum of their hashes, so that one page can be
 * replaced without reading the others. A page of zeros counts nothing. */
struct page_sum {
    uint64_t lanes[4];
    bool known; /* false: only the whole file can tell */
};

struct catalogue {
    sqlite3 *db;
    struct page_sum sum; /* of a writer: follows what is written to the file */
    sqlite3_stmt *statements[SQL_COUNT];
    char *dir;
    enum archive_mode mode;
    bool sum_removed; /* by this writer, before its first transaction */
};

/* Turns the last SQLite error into one of ours; -1. */
int catalogue_fail(struct catalogue *catalogue, const char *what, struct err *err);
/* "a page", "an object": its row is of another shape. ERR_CORRUPT; -1. */
int catalogue_damaged_row(const char *what, struct err *err);
/* The statement, reset and without bindings; NULL with *err. */
sqlite3_stmt *catalogue_sql(struct catalogue *catalogue, enum catalogue_sql which, struct err *err);
/* Runs a statement that gives no rows. */
MUST_USE int catalogue_run(struct catalogue *catalogue, sqlite3_stmt *statement, const char *what,
                           struct err *err);
/* Steps: 1 a row, 0 the end, -1. At the end the statement is reset. */
MUST_USE int catalogue_step(struct catalogue *catalogue, sqlite3_stmt *statement, const char *what,
                            struct err *err);

/* Visits the rows of a statement over PAGE_COLUMNS, and resets it. How many, or -1. */
MUST_USE int catalogue_visit_rows(struct catalogue *catalogue, sqlite3_stmt *s, page_visit *visit,
                                  void *self, struct err *err);
/* Makes fit(words) known to a connection; SQLite's code. */
MUST_USE int catalogue_rank_register(sqlite3 *db);
/* Takes these pages away from the documents that have them. */
MUST_USE int catalogue_free_range(struct catalogue *catalogue, const struct page_range *range,
                                  struct err *err);
/* Removes what was found on the page of this number, with its records. Before the page goes. */
MUST_USE int catalogue_forget_fields(struct catalogue *catalogue, int64_t page, struct err *err);
/* A statement with one digest to bind, run for no rows. */
MUST_USE int catalogue_run_on(struct catalogue *catalogue, enum catalogue_sql which,
                              const struct digest *id, struct err *err);
/* A number of a column; false when it is none of 32 bits. */
bool column_u32(sqlite3_stmt *s, int at, uint32_t *ret_n);

/* dir + "/" + name; false when it is too long. */
MUST_USE bool catalogue_path(const char *dir, const char *name, char ret_path[CATALOGUE_PATH_MAX]);
/* catalogue.sum: written behind a clean close, removed (durably) before the first change. Reading
 * it costs nothing; writing it the whole file where the sum is not known. */
MUST_USE int catalogue_sum_read(const char *dir, struct page_sum *ret_sum, struct err *err);
MUST_USE int catalogue_sum_write(const char *dir, struct page_sum *sum, struct err *err);
MUST_USE int catalogue_sum_remove(const char *dir, struct err *err);
/* Reads the whole file. ERR_CORRUPT when the sum is there and does not fit. */
MUST_USE int catalogue_sum_check(const char *dir, struct err *err);
/* page: SUM_PAGE_BYTES at this offset of the file. */
void page_sum_add(struct page_sum *sum, uint64_t off, const uint8_t *page);
void page_sum_take(struct page_sum *sum, uint64_t off, const uint8_t *page);

/* A statement over the pages of a query, of its own: the caller finalizes it. Columns: number of
 * the page, how well it fits. Words without a sort: newest first, all of them; else in the order of
 * the query, from offset on, at most limit. */
sqlite3_stmt *catalogue_compose(struct catalogue *catalogue, const struct catalogue_query *query,
                                struct err *err);

/* Parameters 7 and 8: the codes from first to last of IN_DOSSIER. */
int catalogue_bind_dossier(sqlite3_stmt *s, const char *dossier);

/* The VFS that follows what is written; once is enough, from any thread. */
void catalogue_file_register(void);
/* From now on writes to the main file of a connection opened with it change the sum, which must
 * outlive the connection. SQLite's code. */
MUST_USE int catalogue_file_watch(sqlite3 *db, struct page_sum *sum);

/* Every value is bound. A failed bind means no memory, and the step after it would bind NULL where
 * the schema says NOT NULL: so the codes are collected and looked at once. */
static inline int bind_digest(sqlite3_stmt *s, int at, const struct digest *digest)
{
    return sqlite3_bind_blob(s, at, digest->b, DIGEST_BYTES, SQLITE_STATIC);
}

static inline int bind_u64(sqlite3_stmt *s, int at, uint64_t n)
{
    return sqlite3_bind_int64(s, at, (sqlite3_int64)n);
}

static inline int bind_text(sqlite3_stmt *s, int at, const char *text)
{
    return sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

static inline bool column_digest(sqlite3_stmt *s, int at, struct digest *ret_digest)
{
    const void *blob = sqlite3_column_blob(s, at);
    if (!blob || sqlite3_column_bytes(s, at) != DIGEST_BYTES)
        return false;
    memcpy(ret_digest->b, blob, DIGEST_BYTES);
    return true;
}

static inline bool column_text(sqlite3_stmt *s, int at, const char **ret_text)
{
    *ret_text = (const char *)sqlite3_column_text(s, at);
    /* The file may be anybody's. */
    return *ret_text && text_plain(span_of_text(*ret_text));
}

#endif
