/* tests/pages/stamp.h - what hands put on paper: the seal, a signature, the urgency stamp. */
#ifndef TESTS_PAGES_STAMP_H
#define TESTS_PAGES_STAMP_H

#include <cairo.h>

#include "tests/pages/prng.h"

/* Ink lies over what is there and lets black show through. x, y: the middle, in points.
 *   words  set round the seal, capitals already or not; short enough for its ring */
void stamp_seal(cairo_t *cr, double x, double y, const char *words, struct prng *prng);
void stamp_signature(cairo_t *cr, double x, double y, struct prng *prng);
void stamp_urgency(cairo_t *cr, double x, double y, struct prng *prng);

#endif
