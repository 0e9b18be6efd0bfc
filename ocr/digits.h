/* ocr/digits.h - which digit a piece of handwriting is, or none: a small network of our own.
 *
 * Two convolutions and two dense layers, about 21 000 weights of 8 bits (ocr/digits_weights.h),
 * trained on digits that ocr/train/scribble.c draws and that people wrote (decision 0071). */
#ifndef OCR_DIGITS_H
#define OCR_DIGITS_H

#include <stdbool.h>

#include "base/bytes.h"

#define DIGITS_SIDE    24u /* pixels of a picture, each way */
#define DIGITS_INK     20u /* of which so many hold ink: two are white all around */
#define DIGITS_CLASSES 11u
#define DIGITS_NONE    10u /* the class of what is no digit */

#define DIGITS_KERNEL1  5u
#define DIGITS_MAPS1    8u
#define DIGITS_KERNEL2  3u
#define DIGITS_MAPS2    24u
#define DIGITS_CONV1    (DIGITS_SIDE - DIGITS_KERNEL1 + 1)
#define DIGITS_POOL1    (DIGITS_CONV1 / 2)
#define DIGITS_CONV2    (DIGITS_POOL1 - DIGITS_KERNEL2 + 1)
#define DIGITS_POOL2    (DIGITS_CONV2 / 2)
#define DIGITS_FEATURES (DIGITS_POOL2 * DIGITS_POOL2 * DIGITS_MAPS2)
#define DIGITS_HIDDEN   48u

/* The weights; floats and nothing else. */
struct digits_net {
    float conv1[DIGITS_KERNEL1 * DIGITS_KERNEL1][DIGITS_MAPS1];
    float bias1[DIGITS_MAPS1];
    float conv2[DIGITS_KERNEL2 * DIGITS_KERNEL2 * DIGITS_MAPS1][DIGITS_MAPS2];
    float bias2[DIGITS_MAPS2];
    float dense[DIGITS_FEATURES][DIGITS_HIDDEN];
    float bias3[DIGITS_HIDDEN];
    float out[DIGITS_HIDDEN][DIGITS_CLASSES];
    float bias4[DIGITS_CLASSES];
};

/* What a picture becomes on its way through the network; training looks at all of it. */
struct digits_pass {
    float in[DIGITS_SIDE * DIGITS_SIDE]; /* 0 paper .. 1 ink */
    float conv1[DIGITS_CONV1 * DIGITS_CONV1][DIGITS_MAPS1];
    float pool1[DIGITS_POOL1 * DIGITS_POOL1][DIGITS_MAPS1];
    float conv2[DIGITS_CONV2 * DIGITS_CONV2][DIGITS_MAPS2];
    float pool2[DIGITS_POOL2 * DIGITS_POOL2][DIGITS_MAPS2];
    float hidden[DIGITS_HIDDEN];
    float probabilities[DIGITS_CLASSES];
};

/* The trained weights. */
void digits_net_load(struct digits_net *ret_net);

/* Fills pass->in with the ink of a mask (width x height bytes, 0 is paper), centred and as large as
 * fits. False: there is none. */
bool digits_shrink(const uint8_t mask[], uint32_t width, uint32_t height, struct digits_pass *pass);

/* From pass->in to pass->probabilities. About 0.05 ms. */
void digits_run(const struct digits_net *net, struct digits_pass *pass);

#endif
