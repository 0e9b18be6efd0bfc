/* pipeline/page.h - a page inside a cell: what the stages hand to each other. */
#ifndef PIPELINE_PAGE_H
#define PIPELINE_PAGE_H

#include "image/image.h"
#include "image/scan.h"
#include "ocr/page_text.h"
#include "ocr/reader.h"
#include "records/page_record.h"

/* Why our reader is in doubt of what it has read. */
enum page_doubt { DOUBT_NONE, DOUBT_LOW_CONFIDENCE, DOUBT_MOSTLY_BLACK, DOUBT_COUNT };

/* What was found, as plain numbers: this struct crosses from cell to keeper. */
struct page_found {
    uint32_t status; /* enum page_status */
    uint32_t width_px, height_px, dpi;
    float skew_deg, ink, confidence;
    uint32_t turned_deg; /* 0, 90, 180, 270: clockwise, what sets the page upright */
    uint32_t text_bytes; /* of all words */
    uint32_t doubt;      /* enum page_doubt */
    struct page_separator separator;
    uint32_t rasterise_dpi; /* not 0: a renderer must draw the page first, at this resolution */
};

/* One owner: the cell working on it. Stages change only what their row lists. */
struct page {
    struct scan *scan;     /* borrowed */
    struct reader *reader; /* borrowed */
    const struct scan_limits *limits;
    uint32_t index;
    struct span raster; /* the page as a renderer drew it (an image file); empty otherwise */
    uint32_t raster_dpi;

    struct image *image;     /* DATA_IMAGE, owned */
    bool cleared;            /* image is not as it was decoded: its paper was cleared for reading */
    struct image *bilevel;   /* DATA_BILEVEL, owned */
    struct image *upright;   /* DATA_UPRIGHT, owned; NULL: the page is read as it lies */
    float lean_deg;          /* bilevel was turned by image_rotate(-lean_deg), image was not */
    struct page_text text;   /* DATA_TEXT */
    struct bytes access;     /* DATA_ACCESS */
    struct page_found found; /* turned_deg is set from the start where the page was read before */
};

/* What the renderer drew, which there must be; owned by the caller. */
MUST_USE struct image *page_as_drawn(const struct page *page, struct err *err);

int decode_run(struct page *page, struct err *err);
int blank_run(struct page *page, struct err *err);
int separator_run(struct page *page, struct err *err);
int deskew_run(struct page *page, struct err *err);
int recognise_run(struct page *page, struct err *err);
int encode_run(struct page *page, struct err *err);

/* Is our reader in doubt of what it has read? The code the record has for it ("": none). Is what
 * Tesseract read to be taken for it? */
enum page_doubt page_doubt(const struct page_found *found);
const char *page_doubt_code(enum page_doubt doubt);
bool page_second_is_better(const struct page_found *first, const struct page_found *second);

void page_done(struct page *page); /* releases everything owned; fits CLEANUP */

#endif
