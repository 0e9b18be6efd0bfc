/* ocr/digit_row.h - a few digits written by hand in a gap of a printed line. */
#ifndef OCR_DIGIT_ROW_H
#define OCR_DIGIT_ROW_H

#include "image/image.h"
#include "ocr/digits.h"
#include "ocr/page_text.h"

#define DIGIT_ROW_MAX 6u /* digits */

/* Where to look, in pixels of the page, and what makes sense there. */
struct digit_place {
    int32_t left, right;    /* the gap: from the letter before it to the one after it */
    int32_t base, x_height; /* of the printed line */
    uint32_t digits_max;    /* 1 .. DIGIT_ROW_MAX */
    uint32_t value_max;     /* 1 .. value_max */
};

struct digit_row {
    char text[DIGIT_ROW_MAX + 1]; /* "": nothing that is sure */
    float confidence;             /* 0 .. 100 */
    struct text_box box;          /* the ink */
};

/* Reads what stands in the gap of an upright 1-bpp page. Where pieces of ink can be put together in
 * two ways that make sense, or one piece is no digit for sure, nothing is read. ERR_SYSTEM: memory.
 * About 0.1 ms for each way to put two or three pieces together. */
MUST_USE int digit_row_read(const struct digits_net *net, const struct image *bilevel,
                            const struct digit_place *place, struct digit_row *ret_row,
                            struct err *err);

#endif
