/* records/sidecar.h - what a scanning station says of its scans: a file of JSON beside them.
 *
 * docs/format-sidecar.md. The text comes from outside and is believed in nothing; a complaint names
 * the line, so that whoever made the file finds it: "batch.json:12: 'sheets' must be ...". */
#ifndef RECORDS_SIDECAR_H
#define RECORDS_SIDECAR_H

#include <stdbool.h>

#include "base/json.h"

#define SIDECAR_VERSION        1
#define SIDECAR_BYTES_MAX      MIB
#define SIDECAR_DOCUMENTS_MAX  5000u
#define SIDECAR_FILES_MAX      5000u /* of all documents */
#define SIDECAR_STATION_CHARS  64u
#define SIDECAR_OPERATOR_CHARS 64u
#define SIDECAR_PATH_BYTES_MAX 1000u /* of a file's name with its folders */
#define SIDECAR_NAME_BYTES_MAX 255u  /* of each part of it */

/* How the pages of a document's files become one order. */
enum sidecar_collate {
    SIDECAR_COLLATE_NONE,     /* file after file */
    SIDECAR_ODD_EVEN,         /* two files: fronts, then backs in the same order */
    SIDECAR_ODD_EVEN_REVERSED /* two files: fronts, then backs from the last sheet to the first */
};

struct sidecar_document {
    const char *title;   /* "" when there is none */
    const char *dossier; /* its own, or the batch's; "": to be assigned */
    const char **files;  /* below the sidecar's folder, parts joined by '/' */
    uint32_t file_len;   /* at least 1; 2 unless collate is none */
    uint32_t sheets;     /* of paper; 0: not told */
    enum sidecar_collate collate;
    uint32_t line; /* where it begins in the text */
};

/* Zero-initialise; sidecar_done() releases it, and with it every text. Texts are UTF-8 without
 * control characters. */
struct sidecar {
    const char *batch, *station;
    const char *operator_id; /* "" when there is none; not looked into */
    struct sidecar_document *documents;
    uint32_t document_len;
    bool closed; /* the batch is complete: nothing more will come */
    json_t *json;
    const char **files;
};
void sidecar_done(struct sidecar *sidecar); /* fits CLEANUP */

/* Parses and checks all of it. `name` is what complaints begin with, before the line. ERR_INPUT.
 * Pure: looks at no file. Costs one pass and a sort of the names. */
MUST_USE int sidecar_parse(struct span json, const char *name, struct sidecar *ret_sidecar,
                           struct err *err);

struct sidecar_page {
    uint32_t file; /* 0: the first file, 1: the second */
    uint32_t page; /* in it, from 0 */
};
/* The order in which the pages of two files are read. ret_pages has room for fronts + backs. Both
 * sides of every sheet must be there unless kind is none: ERR_INPUT says how many are missing; so
 * does it past DOCUMENT_PAGES_MAX pages. */
MUST_USE int sidecar_page_order(uint32_t fronts, uint32_t backs, enum sidecar_collate kind,
                                struct sidecar_page ret_pages[], struct err *err);

/* Whether so many pages can be the sheets that were told: one side of each was scanned, or both
 * (always both where fronts and backs are put together). True when nothing was told. */
MUST_USE bool sidecar_sheets_fit(const struct sidecar_document *document, uint32_t pages);

#endif
