/* ocr/strokes.h - a black-and-white page opened, closed or widened by a straight stroke.
 *
 * To the bit what Leptonica's pixOpenBrick(), pixCloseSafeBrick() and pixDilateBrick() make of a
 * brick one pixel thick, but a stroke of n pixels takes log2(n) passes over the page instead of n:
 * what was moved by 1 covers 2 pixels, moved by 2 it covers 4. All change the page they are given,
 * which is 1 bpp; a stroke has at least one pixel. */
#ifndef OCR_STROKES_H
#define OCR_STROKES_H

#include <leptonica/allheaders.h>

#include "base/err.h"

/* Of the black in each row, or each column, runs of at least so many pixels stay. */
void strokes_open_across(PIX *page, uint32_t length_px);
void strokes_open_down(PIX *page, uint32_t length_px);

/* White between two runs of black in a row becomes black when it is shorter. ERR_SYSTEM: memory. */
MUST_USE int strokes_close_across(PIX *page, uint32_t length_px, struct err *err);

/* Black reaches length / 2 pixels further up, and down as many less one where length is even. */
void strokes_widen_down(PIX *page, uint32_t length_px);

#endif
