/* ocr/train/scribble.h - draws digits as clerks write them, and what is none.
 *
 * Strokes of the ways digits are taught and written in Vietnam (and France), slanted, bent,
 * narrow, with thick and thin pens, gaps, dust and rests of neighbours. The same seed draws the
 * same. */
#ifndef OCR_TRAIN_SCRIBBLE_H
#define OCR_TRAIN_SCRIBBLE_H

#include "base/bytes.h"

#define SCRIBBLE_SIDE 128u

struct scribble {
    uint64_t state; /* the seed */
    uint8_t pixels[SCRIBBLE_SIDE * SCRIBBLE_SIDE];
};

/* How many ways there are to write a digit. */
size_t scribble_styles(unsigned digit);

/* Evenly in 0 .. 1. */
float scribble_random(struct scribble *scribble);

/* Both draw over what was there. */
void scribble_digit(struct scribble *scribble, unsigned digit, size_t style);
void scribble_none(struct scribble *scribble);

#endif
