/* tests/pages/symbol.h - machine-readable marks on paper: QR code, Code 128, patch code. */
#ifndef TESTS_PAGES_SYMBOL_H
#define TESTS_PAGES_SYMBOL_H

#include <cairo.h>

#include "base/bytes.h"

/* All draw in the present colour, in points; x, y: the upper left corner, without the quiet zone.
 */

/* Any bytes, in byte mode with error correction M. The whole is `side` wide and high. Fails with
 * ERR_INPUT when they do not fit a QR code. */
MUST_USE int symbol_qr(cairo_t *cr, double x, double y, double side, struct span text,
                       struct err *err);

/* Printable ASCII; runs of four digits and more are packed two by two (code set C). Gives the width
 * it took: 11 modules for each character and the check, 13 for the stop. ERR_INPUT: other bytes. */
MUST_USE int symbol_code128(cairo_t *cr, double x, double y, double module, double height,
                            struct span text, double *ret_width, struct err *err);

/* One of Kodak's six patch codes (A-61670, "Bar pattern details"): four bars one above the other,
 * two narrow ones (0.08 inch) and two wide ones (0.20), 0.08 inch apart; `width` long. */
#define PATCH_HIGH_PT (0.80 * 72)
#define PATCH_T       "nwnw"
void symbol_patch(cairo_t *cr, double x, double y, double width, const char bars[4]);

#endif
