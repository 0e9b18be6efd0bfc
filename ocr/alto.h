/* ocr/alto.h - the text of a page as ALTO 4 (Library of Congress, alto-4-4.xsd), both ways. */
#ifndef OCR_ALTO_H
#define OCR_ALTO_H

#include "ocr/page_text.h"

struct alto_page {
    const char *source_name; /* file name for <fileName>; NULL leaves it out */
    const char *engine;      /* "tesseract 5.3.0" */
    const char *language;    /* "vie" */
    uint32_t width_px, height_px;
    float skew_deg; /* ROTATION of the text blocks when not 0; counter-clockwise positive */
};

/* Appends the ALTO document: measurement unit pixel, TextBlock / TextLine / String with HPOS VPOS
 * WIDTH HEIGHT WC (0..1, two decimals), SP between words. The same input gives the same bytes: no
 * dates inside. */
MUST_USE int alto_write(const struct page_text *text, const struct alto_page *page,
                        struct bytes *out, struct err *err);

#define ALTO_MAX_BYTES (64u << 20)

/* Reads what alto_write() wrote. No network, no entities, no DTD; anything odd is ERR_CORRUPT. */
MUST_USE int alto_read(struct span alto, struct page_text *ret_text, struct err *err);

#endif
