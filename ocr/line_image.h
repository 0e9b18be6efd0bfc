/* ocr/line_image.h - a line of the page as the recogniser wants it: 36 rows, contrast normalised.
 *
 * Scaling and the levels of black and white are Tesseract's (pixScale; the quartiles of the minima
 * and maxima along the middle row), so that both engines see the same picture. On a page that lies
 * askew each column of a line is taken a little higher or lower: cheaper than turning the page, and
 * the letters lean by less than the network minds. */
#ifndef OCR_LINE_IMAGE_H
#define OCR_LINE_IMAGE_H

#include <stdbool.h>

#include "image/image.h"
#include "ocr/network.h"
#include "ocr/page_text.h"

/* Cuts `box` out of an 8-bpp or 1-bpp image. skew_deg: the box is one of image_rotate(image,
 * -skew_deg) and lies inside it. inverse: it is white on black, and comes out as what would be cut
 * out of the page's negative. ret_line->pixels is malloc()ed and the caller's; width_px 0: the
 * box is too narrow or too wide to be a line, and there are none. */
MUST_USE int line_image_make(const struct image *image, struct text_box box, float skew_deg,
                             bool inverse, struct line_image *ret_line, struct err *err);

/* How far one step of the network reaches, in such a picture of `box`. */
static inline double line_image_px_per_step(struct text_box box)
{
    return (double)NETWORK_POOL * box.h / NETWORK_HEIGHT;
}

#endif
