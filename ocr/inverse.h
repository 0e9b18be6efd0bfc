/* ocr/inverse.h - white letters on black: headings and heads of tables printed as bars. */
#ifndef OCR_INVERSE_H
#define OCR_INVERSE_H

#include <leptonica/allheaders.h>

#include "ocr/page_text.h"

#define INVERSE_MAX 64u /* bars of one page that are turned over; more is no text */

/* Finds black bars with white letters in a 1-bpp page of about 150 dpi and turns them over in
 * place: the letters become black, the bar white. A page that is mostly black stays. ret_bars
 * receives the box of each, ret_len how many. 0.05 ms for A4 without anything solid, 1 ms with
 * bars. ERR_SYSTEM: memory. */
MUST_USE int inverse_turn_over(PIX *page, struct text_box ret_bars[INVERSE_MAX], size_t *ret_len,
                               struct err *err);

#endif
