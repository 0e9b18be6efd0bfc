/* ocr/handwritten.h - the number and the date of a letterhead, where they were written in by hand.
 *
 * Clerks print "Số:      /QĐ-TTg" and "Hà Nội, ngày     tháng 4 năm 2026" and fill in the rest with
 * a pen (Decree 30/2020/ND-CP, annex I, boxes 3 and 4). The network for print reads that as
 * nonsense or runs it into its neighbours. So the gap is found by the printed words around it, and
 * what stands there is read as handwritten digits (ocr/digit_row.h); where those are not sure, the
 * line stays as it is. */
#ifndef OCR_HANDWRITTEN_H
#define OCR_HANDWRITTEN_H

#include "ocr/decode.h"
#include "ocr/layout.h"
#include "ocr/sift.h"

#define HANDWRITTEN_LINES_MAX 4u /* of one page */

struct handwritten {
    const struct network *network;
    struct network_work *work;
    struct decoder decoder;
    const struct image *image;   /* what the lines are cut out of */
    const struct image *bilevel; /* upright */
    float skew_deg;              /* as of line_image_make() */
    struct decoded_words *words;
    struct bytes *letters;
};

/* Changes the readings of lines with such a gap; readings[i] belongs to lines[i]. Lines whose
 * number or date was read as printed digits cost nothing, others about 1 ms. ERR_SYSTEM: memory. */
MUST_USE int handwritten_lines(const struct handwritten *with, const struct layout *layout,
                               struct reading readings[], struct err *err);

#endif
