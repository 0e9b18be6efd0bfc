/* records/page_record.h - what is known of one page, as the metadata object the archive keeps.
 *
 * Canonical JSON, docs/format-records.md. It holds nothing that depends on when or how often a page
 * was read, so reading a page again gives the same object and stores nothing twice. */
#ifndef RECORDS_PAGE_RECORD_H
#define RECORDS_PAGE_RECORD_H

#include <stdbool.h>

#include "base/digest.h"
#include "storage/catalogue.h"

enum page_status { PAGE_OK, PAGE_FAILED, PAGE_BLANK };

#define REASON_DETAIL_MAX 200 /* bytes with NUL */

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
};

const char *page_status_name(enum page_status status); /* "ok" "failed" "blank" */

/* The page's id: 32 hex digits of the source's digest, a dot, the index. */
void page_id_make(const struct digest *source, uint32_t index, char ret_id[PAGE_ID_MAX]);

MUST_USE int page_record_write(const struct page_record *record, struct bytes *out,
                               struct err *err);
/* ERR_CORRUPT when it is not a page record of a version we know. */
MUST_USE int page_record_parse(struct span json, struct page_record *ret_record, struct err *err);

#endif
