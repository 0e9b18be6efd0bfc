/* ocr/train/scribble.h - draws digits as clerks write them, and what is none.
 *
 * Strokes of the ways digits are taught and written in Vietnam (and France), slanted, bent,
 * narrow, with thick and thin pens, gaps, dust and rests of neighbours; or pictures of digits,
 * bent in the same ways. The same seed draws the same. */
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

/* All draw over what was there. */
void scribble_digit(struct scribble *scribble, unsigned digit, size_t style);
void scribble_none(struct scribble *scribble);
/* Somebody's digit, side x side pixels, 0 paper .. 255 ink: slanted, stretched, thicker or thinner.
 */
void scribble_picture(struct scribble *scribble, const uint8_t grey[], unsigned side);

#endif
