/* storage/catalogue.h - the derived index: where objects stand, which pages there are, their text.
 *
 * SQLite (WAL) with FTS5. Rebuilt from the segments at any time; never asked for truth. One writing
 * connection in one process; readers open read-only and never block it. A second implementation
 * (PostgreSQL) goes behind this header. */
#ifndef STORAGE_CATALOGUE_H
#define STORAGE_CATALOGUE_H

#include "storage/archive.h"

struct catalogue; /* one thread at a time */

/* `dir` is the archive directory; the file is catalogue.db. WRITE creates it when missing. A file
 * that is damaged or of another schema version is ERR_CORRUPT ("run sohoa reindex"). */
MUST_USE struct catalogue *catalogue_open(const char *dir, enum archive_mode mode, struct err *err);
void catalogue_close(struct catalogue *catalogue);
void catalogue_closep(struct catalogue **catalogue);
/* Deletes catalogue.db and its side files: the first step of reindex. */
MUST_USE int catalogue_remove(const char *dir, struct err *err);

/* --- writing: begin, any number of adds, end. A crash leaves all of it or nothing. --- */

MUST_USE int catalogue_begin(struct catalogue *catalogue, struct err *err);
/* Notes how far the segments have been taken in, and commits. */
MUST_USE int catalogue_end(struct catalogue *catalogue, struct place mark, uint64_t group_seq,
                           struct err *err);
void catalogue_abandon(struct catalogue *catalogue); /* rolls back */
MUST_USE int catalogue_mark(struct catalogue *catalogue, struct place *ret_mark,
                            uint64_t *ret_group_seq, struct err *err); /* {0,0} when new */

MUST_USE int catalogue_add_object(struct catalogue *catalogue, const struct group_entry *entry,
                                  struct err *err);

#define PAGE_ID_MAX    64 /* "0123456789abcdef0123456789abcdef.17" and its NUL fit */
#define DOUBT_CODE_MAX 32 /* bytes with NUL */
/* Bytes with NUL: as long as the field MaHoSo of the one-stop systems. */
#define DOSSIER_CODE_MAX 51

/* What is known of a dossier, beside its pages. */
enum dossier_fact {
    FACT_PROCEDURE, /* code of the administrative procedure */
    FACT_PROCEDURE_NAME,
    FACT_FIELD, /* code of the field it is of (linh vuc) */
    FACT_FIELD_NAME,
    FACT_LEVEL,     /* "province" "commune" */
    FACT_HELPED,    /* three organisations, none of which follows from another: where the citizen */
    FACT_RECEIVED,  /* was helped, where the dossier was officially received, */
    FACT_DECIDES,   /* which agency decides */
    FACT_RETURN_TO, /* where the result goes to */
    FACT_DUE,       /* "2026-11-30" */
    DOSSIER_FACTS
};
const char *dossier_fact_name(enum dossier_fact fact); /* "procedure" "return_to" ... */

/* A run of pages of one source. */
struct page_range {
    struct digest source;
    uint32_t first, last; /* from 0; last is one of them */
};

struct catalogue_source {
    struct digest id;     /* of the source object */
    struct digest record; /* of the source record */
    const char *path;     /* as ingested, displayable UTF-8 */
    const char *format;   /* "tiff" ... */
    uint64_t size_bytes;
    uint32_t pages;
    int64_t archived_ns; /* time of the group that holds the record */
};
struct catalogue_page {
    const char *id; /* page id, at most PAGE_ID_MAX with NUL */
    struct digest source, record;
    struct digest alto, image; /* all zero: none */
    uint32_t index;            /* in the source, from 0 */
    uint32_t width_px, height_px, dpi;
    double skew_deg, confidence;
    const char *status;         /* "ok" "failed" "blank" */
    const char *reason_code;    /* "" when there is none */
    const char *reason_detail;  /* "" when there is none */
    const char *engine;         /* what gave the text */
    const char *doubt;          /* why the first reader was in doubt, a code; "" when it was not */
    const char *separator;      /* kind of sign by which the page parts its stack; "" for none */
    const char *separator_text; /* what the sign says; "" when nothing */
    const char *separator_code; /* of the dossier it names; "" when none */
};

#define TICKET_MAX 33 /* bytes with NUL: 32 hex digits */

/* A line of the ledger: one file that came through a hot folder. */
struct catalogue_intake {
    const char *ticket; /* at most TICKET_MAX with NUL */
    struct digest record;
    const char *folder, *path, *batch;
    struct digest source; /* all zero: never read */
    uint64_t size_bytes;
    int64_t mtime_ns, taken_ns;
    int64_t told_ns;                         /* time of the group that holds the record */
    const char *outcome;                     /* "archived" "duplicate" "quarantined" */
    const char *reason_code, *reason_detail; /* "" when there is none */
};

/* Adding a source or page that is there already changes nothing. toned, folded: text_key() of the
 * page's text. */
MUST_USE int catalogue_add_source(struct catalogue *catalogue,
                                  const struct catalogue_source *source, struct err *err);
MUST_USE int catalogue_add_page(struct catalogue *catalogue, const struct catalogue_page *page,
                                struct span toned, struct span folded, struct err *err);
MUST_USE int catalogue_add_intake(struct catalogue *catalogue,
                                  const struct catalogue_intake *intake, struct err *err);

struct catalogue_document {
    struct digest id;    /* of the document record */
    const char *dossier; /* "": to be assigned; never with a byte above 0x7E */
    const char *title;   /* displayable UTF-8; "" when there is none */
    const char *by;      /* how it is known */
    const char *batch;   /* "" when there is none */
    uint32_t sheets_expected;
    int64_t made_ns;                /* time of the group that holds the record */
    const struct page_range *parts; /* in reading order, no page twice */
    size_t part_len;
    const struct page_range *separator;  /* a sheet that is none of its pages; NULL: none */
    const struct page_range *supersedes; /* older pages it takes the place of; NULL: none */
    uint32_t retention;                  /* years, the longest is the greatest; 0: not said */
    const char *hold;                    /* why it must not be destroyed now; NULL or "": it may */
};
/* Adds a document and takes its pages over from the documents that had them: the last one added
 * has a page. One that is there already changes nothing, takes nothing. O(log n) a part. */
MUST_USE int catalogue_add_document(struct catalogue *catalogue,
                                    const struct catalogue_document *document, struct err *err);

/* --- reading. "find": 1 found, 0 not, -1 error. Texts given to callbacks live during the call. ---
 */

MUST_USE int catalogue_find_object(struct catalogue *catalogue, const struct digest *id,
                                   struct group_entry *ret_entry, struct err *err);
MUST_USE int catalogue_find_source(struct catalogue *catalogue, const struct digest *id,
                                   struct err *err);

/* A row of ls, show and find. */
struct page_row {
    struct catalogue_page page;
    const char *source_path;
    int64_t archived_ns;
    double score;           /* how well it fits, higher is better; 0 outside search */
    uint32_t counted;       /* pages the search matches, RANKED_MAX: or more; 0 outside search */
    struct digest document; /* the record of the document the page is in; all zero: none */
    const char *dossier;    /* its code; "" while there is none */
    const char *title;      /* of the document; "" when there is none */
    int64_t place;          /* of the page in the document, from 0; -1: none, or its separator */
    uint32_t retention;     /* of the document, as in struct catalogue_document */
    const char *hold;
};
typedef int page_visit(void *self, const struct page_row *row, struct err *err);

/* The page with this id, or (several rows) the pages of the source with this digest. Returns how
 * many were visited, or -1. */
MUST_USE int catalogue_pages_by_id(struct catalogue *catalogue, const char *page_id,
                                   page_visit *visit, void *self, struct err *err);
MUST_USE int catalogue_pages_of(struct catalogue *catalogue, const struct digest *source,
                                page_visit *visit, void *self, struct err *err);

/* The pages that the document of this record has now, its separator first. */
MUST_USE int catalogue_pages_of_document(struct catalogue *catalogue, const struct digest *document,
                                         page_visit *visit, void *self, struct err *err);

/* --- lawful destruction: storage/catalogue_destroyed.c --- */

struct catalogue_destruction {
    struct digest id; /* of the destruction record */
    const char *basis, *person, *decided;
    int64_t made_ns; /* time of the group that holds the record */
};
/* *ret_n: what the two below take. 1 added, 0 it was there already, -1. */
MUST_USE int catalogue_add_destruction(struct catalogue *catalogue,
                                       const struct catalogue_destruction *destruction,
                                       int64_t *ret_n, struct err *err);
struct gone_page {
    const char *id;
    struct digest source;
    uint32_t index;
};
/* Removes a page with its words, which must be those it was added with, out of its document, too,
 * and remembers that it was there. */
MUST_USE int catalogue_destroy_page(struct catalogue *catalogue, int64_t destruction,
                                    const struct gone_page *page, struct span toned,
                                    struct span folded, struct err *err);
/* Removes an object, and the source or document it is (or is the record of), and remembers its
 * place. */
MUST_USE int catalogue_destroy_object(struct catalogue *catalogue, int64_t destruction,
                                      const struct digest *id, struct err *err);
/* Removes the lines of the ledger whose records are among the objects of this destruction: call it
 * behind the last of them. */
MUST_USE int catalogue_destroy_intake(struct catalogue *catalogue, int64_t destruction,
                                      struct err *err);
/* Nothing of what was removed can be found in the file any more: words are merged, free pages given
 * back, everything is durable. Between transactions. Reads and writes all of the catalogue. */
MUST_USE int catalogue_scrub(struct catalogue *catalogue, struct err *err);

typedef int gone_visit(void *self, const struct digest *id, struct place place, struct err *err);
/* Every place whose bytes were to be taken away. Returns how many, or -1. */
MUST_USE int catalogue_list_gone(struct catalogue *catalogue, gone_visit *visit, void *self,
                                 struct err *err);
typedef int destroyed_visit(void *self, const struct gone_page *page,
                            const struct catalogue_destruction *destruction, struct err *err);
/* Destroyed pages: the one with this id, those of this source, or (both NULL) all, oldest first. */
MUST_USE int catalogue_list_destroyed(struct catalogue *catalogue, const char *page_id,
                                      const struct digest *source, destroyed_visit *visit,
                                      void *self, struct err *err);
/* The newest destruction of this object: 1 (page is NULL), 0, -1. */
MUST_USE int catalogue_find_destroyed(struct catalogue *catalogue, const struct digest *id,
                                      destroyed_visit *visit, void *self, struct err *err);

/* The page of this source was destroyed once: 1, 0, -1. */
MUST_USE int catalogue_was_destroyed(struct catalogue *catalogue, const struct digest *source,
                                     uint32_t index, struct err *err);

/* What has to be known before something is destroyed. */
struct source_facts {
    struct digest record;
    uint32_t pages;     /* as its record says */
    uint32_t listed;    /* of them in the catalogue */
    uint32_t destroyed; /* of them destroyed, and not archived again */
};
MUST_USE int catalogue_source_facts(struct catalogue *catalogue, const struct digest *id,
                                    struct source_facts *ret_facts, struct err *err); /* 1, 0, -1 */
struct retention_facts {
    uint32_t years;      /* the longest of its dossier's documents; 0: none was set */
    char hold[2001];     /* of one of them; "": none is held */
    int64_t archived_ns; /* when the newest file of the dossier came */
};
/* Of the dossier the document is in, or of the document alone while it is in none: 1, 0, -1. */
MUST_USE int catalogue_retention(struct catalogue *catalogue, const struct digest *document,
                                 struct retention_facts *ret_facts, struct err *err);
/* Which objects the pages need, one call for each page. */
struct page_use {
    struct digest source, alto, image;
    uint32_t index;
};
typedef int use_visit(void *self, const struct page_use *use, struct err *err);
MUST_USE int catalogue_list_uses(struct catalogue *catalogue, use_visit *visit, void *self,
                                 struct err *err);

/* A document record that names a page, in force or not. */
enum part_role { PART_PAGE, PART_SEPARATOR, PART_SUPERSEDED };
struct history_row {
    struct digest document;
    const char *dossier, *title, *by, *hold;
    uint32_t retention;
    int64_t made_ns;
    enum part_role role; /* what the page is in it */
    bool in_force;       /* it has the page now */
};
typedef int history_visit(void *self, const struct history_row *row, struct err *err);
/* In the order they came. Returns how many, or -1. */
MUST_USE int catalogue_history(struct catalogue *catalogue, const struct digest *source,
                               uint32_t index, history_visit *visit, void *self, struct err *err);
typedef int part_visit(void *self, const struct page_range *range, enum part_role role,
                       struct err *err);
/* The runs of pages that a document record names. Returns how many, or -1. */
MUST_USE int catalogue_parts_of(struct catalogue *catalogue, const struct digest *document,
                                part_visit *visit, void *self, struct err *err);

/* What was found on a page, its dossier, and how it came; what is NULL, 0 or false is not asked
 * for. Keys are those of text_key(TEXT_FOLDED). */
struct paper_filter {
    const char *type;                   /* key */
    const char *number;                 /* key: the number's, or the first words of it */
    const char *issuer;                 /* key: words that stand in it side by side */
    const char *dated_from, *dated_to;  /* "2026-04-28", both included; 00 is any day, any month */
    const char *field_name, *field_key; /* a field of this name has these words side by side */
    bool repeated;                      /* number, issuer and date are those of another page, too */
    const char *unit;                   /* one of the organisations of its dossier */
    const char *step;                   /* the status of its dossier */
    const char *station;                /* the hot folder its file came through */
    const char *status;                 /* of the page */
    double confidence_from, confidence_below; /* of the page, percent: [from, below) */
};
enum find_sort {
    SORT_DEFAULT,
    SORT_DATE,
    SORT_DATE_DOWN,
    SORT_ARCHIVED,
    SORT_ARCHIVED_DOWN,
    SORT_NUMBER,
    SORT_SOURCE,
    SORT_CONFIDENCE,
    SORT_CONFIDENCE_DOWN,
    FIND_SORTS
};
const char *find_sort_name(enum find_sort sort); /* "-date"; "" for the default */

/* A search. match is an FTS5 expression over the columns toned and folded, made by records/ and
 * trusted (never raw user input); NULL or "" matches every page. */
struct catalogue_query {
    const char *match;
    const char *source_like;           /* substring of the source path, case-sensitive; NULL: any */
    int64_t from_ns, to_ns;            /* archived_ns in [from, to); 0: open */
    const char *dossier;               /* a code, or how codes begin and a '*'; NULL: any page */
    bool unassigned;                   /* only pages of no dossier; not together with a dossier */
    const struct paper_filter *papers; /* NULL: any page */
    enum find_sort sort;
    uint32_t limit, offset;
};
/* Pages of a search that are put in order of how well they fit. */
#define RANKED_MAX 2000u
/* The newest RANKED_MAX pages that match come first, the best of them first; of equals the older.
 * Those before them follow, newest first. Without words by source path, source digest, index, with
 * a dossier in that of its documents (as they came) and of their pages; with a filter of papers the
 * newest paper first (repeated ones beside each other), where none of its fields is asked for the
 * page that was archived last. A sort other than the default comes before all that. */
MUST_USE int catalogue_search(struct catalogue *catalogue, const struct catalogue_query *query,
                              page_visit *visit, void *self, struct err *err);

typedef int intake_visit(void *self, const struct catalogue_intake *row, struct err *err);

/* Texts of pages, spread evenly over all there are, at most n_max; each text once or, if pages
 * share it, more often. Returns how many were visited, or -1. */
typedef int text_visit(void *self, const struct digest *alto, struct err *err);
MUST_USE int catalogue_texts(struct catalogue *catalogue, uint32_t n_max, text_visit *visit,
                             void *self, struct err *err);

/* The ledger's line with this ticket: 1 visited, 0 there is none, -1. */
MUST_USE int catalogue_find_intake(struct catalogue *catalogue, const char *ticket,
                                   intake_visit *visit, void *self, struct err *err);

/* The newest line of a path below a hot folder, both as the ledger has them: 1, 0, -1. O(log n). */
MUST_USE int catalogue_newest_intake(struct catalogue *catalogue, const char *folder,
                                     const char *path, intake_visit *visit, void *self,
                                     struct err *err);

/* Which lines of the ledger; what is NULL or 0 is not asked for. */
struct intake_query {
    const char *path_like; /* substring of folder/path, case-sensitive */
    const char *batch, *outcome;
    int64_t from_ns, to_ns; /* told_ns in [from, to) */
};
/* Oldest first. Returns how many were visited, or -1. */
MUST_USE int catalogue_list_intake(struct catalogue *catalogue, const struct intake_query *query,
                                   intake_visit *visit, void *self, struct err *err);

/* What became of the files of one batch: files = archived + duplicate + quarantined. */
struct batch_row {
    const char *batch;
    uint64_t files, archived, duplicate, quarantined;
    uint64_t pages, pages_failed; /* of the archived files */
    uint64_t size_bytes;
    int64_t first_ns, last_ns; /* taken first, told of last */
};
typedef int batch_visit(void *self, const struct batch_row *row, struct err *err);
/* Every batch, or the one of this name, oldest first. Returns how many, or -1. */
MUST_USE int catalogue_list_batches(struct catalogue *catalogue, const char *batch,
                                    batch_visit *visit, void *self, struct err *err);

/* From now until the catalogue is closed everything that is read is of one moment, whatever a
 * writer does meanwhile. For readers. */
MUST_USE int catalogue_hold(struct catalogue *catalogue, struct err *err);

/* Why files of the batch were quarantined: how many for each reason, most frequent first. */
typedef int reason_visit(void *self, const char *reason_code, uint64_t files, struct err *err);
MUST_USE int catalogue_list_reasons(struct catalogue *catalogue, const char *batch,
                                    reason_visit *visit, void *self, struct err *err);

/* A page that could not be read, of a file that was archived. */
struct failed_page_row {
    const char *folder, *path, *page_id;
    uint32_t index;
    const char *reason_code, *reason_detail;
};
typedef int failed_page_visit(void *self, const struct failed_page_row *row, struct err *err);
/* Those of the batch, in the order of the ledger. Both return how many were visited, or -1. */
MUST_USE int catalogue_list_failed_pages(struct catalogue *catalogue, const char *batch,
                                         failed_page_visit *visit, void *self, struct err *err);

#define DOUBT_KINDS_MAX 16 /* codes that are told apart; there are fewer */

struct catalogue_doubt { /* pages the first reader was in doubt of, for one reason */
    char code[DOUBT_CODE_MAX];
    uint64_t pages, second; /* of them: the text is Tesseract's */
};

/* What objects are for. */
enum catalogue_kind {
    KIND_SOURCE,
    KIND_ALTO,
    KIND_IMAGE, /* a page that had to be drawn */
    KIND_RECORD,
    KIND_DICTIONARY,
    KIND_OTHER, /* texts and pictures of files that were never finished */
    KIND_COUNT,
};
const char *catalogue_kind_name(enum catalogue_kind kind); /* "source" "alto" ... */

struct catalogue_bytes {
    uint64_t objects, raw, stored;
};

struct catalogue_stats {
    uint64_t pages, pages_failed, pages_blank, sources, objects;
    uint64_t bytes_in;                              /* sum of the sources' sizes */
    uint64_t bytes_raw, bytes_stored;               /* of objects: before and after compression */
    struct catalogue_bytes kinds[KIND_COUNT];       /* the same by kind */
    int64_t oldest_ns, newest_ns;                   /* 0 when empty */
    struct catalogue_doubt doubts[DOUBT_KINDS_MAX]; /* ordered by code */
    size_t doubt_len;
};
MUST_USE int catalogue_stats(struct catalogue *catalogue, struct catalogue_stats *ret_stats,
                             struct err *err);
/* Of its own files, as they are now. */
uint64_t catalogue_file_bytes(const struct catalogue *catalogue);

/* Every source, by path; of the row: path, id, record. */
typedef int source_visit(void *self, const struct catalogue_source *row, struct err *err);
MUST_USE int catalogue_list_sources(struct catalogue *catalogue, source_visit *visit, void *self,
                                    struct err *err);
/* Every object that stands in the segments [first, last], in order of place. O(objects). */
typedef int object_visit(void *self, const struct digest *id, struct place place, struct err *err);
MUST_USE int catalogue_objects_in(struct catalogue *catalogue, uint64_t first, uint64_t last,
                                  object_visit *visit, void *self, struct err *err);

/* Looks for damage in the file itself (SQLite's and FTS5's own checks). ERR_CORRUPT says what. */
MUST_USE int catalogue_check(struct catalogue *catalogue, struct err *err);

#endif
