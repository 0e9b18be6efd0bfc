/* records/document_record.h - which pages are one paper, and of which dossier, as the metadata
 * object the archive keeps.
 *
 * Canonical JSON, docs/format-records.md. It holds nothing that depends on when or how often it is
 * made: its time is that of its commit group, and the same record twice is one object. Of two
 * records that name a page, the one of the later group has it. */
#ifndef RECORDS_DOCUMENT_RECORD_H
#define RECORDS_DOCUMENT_RECORD_H

#include <stdbool.h>

#include "base/digest.h"
#include "records/retention.h"
#include "storage/catalogue.h"

#define DOCUMENT_PAGES_MAX    20000u /* of one document */
#define DOCUMENT_TITLE_CHARS  500u   /* Decree 30/2020, Annex VI: Subject */
#define DOCUMENT_TITLE_MAX    2001   /* bytes with NUL: 500 characters of any kind */
#define DOCUMENT_BATCH_CHARS  100u
#define DOCUMENT_BATCH_MAX    401 /* bytes with NUL */
#define DOCUMENT_HOLD_CHARS   500u
#define DOCUMENT_HOLD_MAX     2001 /* bytes with NUL */
#define DOCUMENT_SHEETS_MAX   20000u
#define DOCUMENT_RECORD_BYTES (4 * MIB) /* a longer text is no document record */

/* How it is known which pages these are. */
enum document_by {
    DOCUMENT_BY_SIDECAR,   /* the scanning station wrote it beside the scans */
    DOCUMENT_BY_NAME,      /* from the names of files and folders */
    DOCUMENT_BY_SEPARATOR, /* a separator sheet was between the papers */
    DOCUMENT_BY_SOURCE,    /* nothing said otherwise: one file, one paper */
    DOCUMENT_BY_PERSON,    /* sohoa assign */
};
const char *document_by_name(enum document_by by); /* "sidecar" "name" ... */

/* Zero-initialise; document_record_done() releases it. */
struct document_record {
    char dossier[DOSSIER_CODE_MAX]; /* "": to be assigned */
    char title[DOCUMENT_TITLE_MAX]; /* NFC; "": none */
    char batch[DOCUMENT_BATCH_MAX]; /* NFC; "": none */
    enum document_by by;
    uint32_t sheets_expected; /* sheets of paper; 0: nobody said */
    struct page_range *parts; /* in reading order; owned */
    uint32_t part_len, part_cap;
    uint32_t page_len; /* of all parts */
    /* The sheet before the paper that told it from the last one. Kept: its pages are among the
     * parts, too. Dropped: they are archived like any page, but are none of the paper's. */
    bool has_separator, separator_kept;
    struct page_range separator;
    /* The record that had one of these pages when this was made. With it a record that goes back
     * to what an older one said is another object, and so a newer one. */
    bool has_replaces;
    struct digest replaces;
    uint32_t retention_years;     /* records/retention.h; RETENTION_UNSET: nobody has said */
    char hold[DOCUMENT_HOLD_MAX]; /* why it must not be destroyed now, NFC; "": it may */
    /* Pages of an older scan that this one takes the place of; they stay as they are. */
    bool has_supersedes;
    struct page_range supersedes;
};
void document_record_done(struct document_record *record); /* fits CLEANUP */

/* Appends pages; a run that goes on where the last one ends becomes one with it, so that the same
 * pages give the same record however they were added. ERR_INPUT past DOCUMENT_PAGES_MAX. */
MUST_USE int document_record_add(struct document_record *record, struct page_range pages,
                                 struct err *err);
/* Set the texts, composed (NFC). ERR_INPUT: not UTF-8, a control character, too long. */
MUST_USE int document_record_title(struct document_record *record, const char *title,
                                   struct err *err);
MUST_USE int document_record_batch(struct document_record *record, const char *batch,
                                   struct err *err);

MUST_USE int document_record_hold(struct document_record *record, const char *hold,
                                  struct err *err);
/* The same for any text of a record: composed, at most chars_max characters; out has 4 bytes for
 * each of them and one more. `what` names it in errors. */
MUST_USE int record_text(const char *what, const char *text, size_t chars_max, char *out,
                         struct err *err);

/* Whether it may be written: 1 to DOCUMENT_PAGES_MAX pages, none twice, a plain dossier code, a
 * separator that fits the parts. ERR_INPUT says what is wrong. O(n log n) of the parts. */
MUST_USE int document_record_check(const struct document_record *record, struct err *err);

/* Checks, then appends the canonical JSON. */
MUST_USE int document_record_write(const struct document_record *record, struct bytes *out,
                                   struct err *err);
/* ERR_CORRUPT when it is not a document record of a version we know. */
MUST_USE int document_record_parse(struct span json, struct document_record *ret_record,
                                   struct err *err);

#endif
