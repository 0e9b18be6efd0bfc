/* ocr/hocr.h - the text of pages as hOCR 1.2, for programs that want HTML with boxes. */
#ifndef OCR_HOCR_H
#define OCR_HOCR_H

#include "ocr/page_text.h"

struct hocr_page {
    const char *id;     /* of the page in the archive; goes into image */
    const char *engine; /* "sohoa 0.1.0": what gave the text */
    uint32_t number;    /* in the document, from 0 */
    uint32_t width_px, height_px;
    uint32_t dpi;        /* 0: unknown */
    uint32_t turned_deg; /* clockwise, what sets the page upright; 0 is left out */
};

/* A document is a beginning, any number of pages, an end. Boxes are those of the ALTO; the same
 * input gives the same bytes. Fail without memory only. */
MUST_USE int hocr_begin(const char *title, struct bytes *out, struct err *err);
MUST_USE int hocr_page(const struct page_text *text, const struct hocr_page *page,
                       struct bytes *out, struct err *err);
MUST_USE int hocr_end(struct bytes *out, struct err *err);

#endif
