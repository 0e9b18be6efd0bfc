/* records/page_record.h - what is known of one page, as the metadata object the archive keeps.
 *
 * Canonical JSON, docs/format-records.md. It holds nothing that depends on when or how often a page
 * was read, so reading a page again gives the same object and stores nothing twice. */
#ifndef RECORDS_PAGE_RECORD_H
#define RECORDS_PAGE_RECORD_H

#include <stdbool.h>

#include "base/digest.h"
#include "records/dossier_code.h"
#include "storage/catalogue.h"

enum page_status { PAGE_OK, PAGE_FAILED, PAGE_BLANK };

#define REASON_DETAIL_MAX 200 /* bytes with NUL */

enum separator_kind {
    SEPARATOR_NONE,
    SEPARATOR_QR,
    SEPARATOR_CODE128,
    SEPARATOR_PATCH_T,
    SEPARATOR_KINDS
};
#define SEPARATOR_TEXT_MAX 256 /* bytes with NUL */

/* The sign by which a page parts its stack into dossiers. Plain numbers and bytes: it crosses from
 * cell to keeper. */
struct page_separator {
    uint32_t kind;                 /* enum separator_kind; NONE: the page parts nothing */
    uint32_t x, y, w, h;           /* pixels of the page, inside of it */
    char text[SEPARATOR_TEXT_MAX]; /* what it says, at most so much of it; "" for a patch */
    char code[DOSSIER_CODE_MAX];   /* of the dossier it names; "": none */
};

/* Does it keep what is promised of it, on a page of this size? */
bool page_separator_valid(const struct page_separator *separator, uint32_t width_px,
                          uint32_t height_px);
const char *separator_kind_name(enum separator_kind kind); /* "" "qr" "code128" "patch-t" */

struct page_record {
    struct digest source; /* SHA-256 of the file the page is in */
    uint32_t index;       /* in that file, from 0 */
    enum page_status status;
    enum reason reason; /* why it failed */
    char reason_detail[REASON_DETAIL_MAX];
    uint32_t width_px, height_px; /* as a person sees it: orientation tags applied, skew not */
    uint32_t dpi;                 /* 0: unknown */
    float skew_deg;               /* counter-clockwise positive, as found */
    uint32_t turned_deg;          /* 0, 90, 180, 270: clockwise, what sets the page upright */
    float ink;                    /* share of black, 0..1 */
    float confidence;             /* mean of the words, 0..100 */
    bool rasterised;              /* drawn by a renderer, not taken as embedded */
    bool has_alto, has_image;
    struct digest alto, image;     /* objects: the text; the picture that was read if rasterised */
    char engine[48], language[48]; /* what gave the text */
    char doubt[DOUBT_CODE_MAX]; /* why the first reader was in doubt of its text; "": it was not */
    struct page_separator separator;
};

const char *page_status_name(enum page_status status); /* "ok" "failed" "blank" */

/* The page's id: 32 hex digits of the source's digest, a dot, the index. */
void page_id_make(const struct digest *source, uint32_t index, char ret_id[PAGE_ID_MAX]);

MUST_USE int page_record_write(const struct page_record *record, struct bytes *out,
                               struct err *err);
/* ERR_CORRUPT when it is not a page record of a version we know. */
MUST_USE int page_record_parse(struct span json, struct page_record *ret_record, struct err *err);

#endif
