/* image/red.h - inside image/ only: grey for reading out of rows in colour, as they are decoded. */
#ifndef IMAGE_RED_H
#define IMAGE_RED_H

#include "image/canvas.h"

/* Zero-initialise. */
struct red_sieve {
    PIX *luma, *red; /* the page both ways, until it is known which is wanted */
    uint8_t *line;   /* a row of each */
    uint64_t all, red_pixels, black_pixels; /* counted */
};

MUST_USE int red_sieve_start(struct red_sieve *sieve, uint32_t width_px, uint32_t height_px,
                             struct err *err);
/* Row y, from 0: as many RGB words (as Leptonica has them) as the page is wide. Every row once. */
void red_sieve_row(struct red_sieve *sieve, uint32_t y, const uint32_t *row);
/* The page in 8 bpp, the caller's. A fifth of the decoding of a JPEG. */
PIX *red_sieve_take(struct red_sieve *sieve);
void red_sieve_done(struct red_sieve *sieve); /* fits CLEANUP */

#endif
