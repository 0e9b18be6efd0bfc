/* ocr/forward.h - one forward pass, compiled once for every kind of processor. */
#ifndef OCR_FORWARD_H
#define OCR_FORWARD_H

#include "ocr/network.h"

/* A weight matrix ready for the kernels: blocks of OUTS outputs; within a block, for every pair of
 * inputs, OUTS x 2 weights. For an LSTM a block is 8 units: 8 outputs of each of the 4 gates. */
#define FORWARD_OUTS 32u
struct packed {
    uint32_t blocks, pairs; /* pairs of inputs: half of the (even) number of inputs */
    int8_t *weights;        /* blocks x pairs x OUTS x 2 */
    int32_t *bias;          /* blocks x OUTS; already times 127 */
    float *scale;           /* blocks x OUTS */
};

#define FORWARD_LAYERS 4u
#define CONV_OUTS      16u
#define CONV_INPUTS    12u /* 3 columns of 3 rows and a row of weight 0 */
#define POOLED_ROWS    (NETWORK_HEIGHT / NETWORK_POOL)

struct network {
    struct packed conv, layers[FORWARD_LAYERS], out;
    uint32_t units[FORWARD_LAYERS];
    uint32_t classes, null_class;
    int8_t *noise; /* what Tesseract's generator puts outside the line's border */
};

/* Border pixels take at most 6 values a column and 3 a row at each end. */
#define NOISE_LEN (6u * NETWORK_WIDTH_MAX + 6u * NETWORK_HEIGHT + 16u)

/* Where in the noise the values of border pixel (x, y) begin: Tesseract draws them row by row, for
 * each pixel as many as of its 3 x 3 surroundings lie outside. width is at least 2. */
static inline size_t noise_offset(uint32_t x, uint32_t y, uint32_t width)
{
    const size_t edge_row = (size_t)(width - 2) * 3 + 10;
    size_t at = y > 0 ? edge_row + (size_t)(y - 1) * 6 : 0;
    if (y == 0 || y == NETWORK_HEIGHT - 1)
        return x > 0 ? at + 5 + (size_t)(x - 1) * 3 : at;
    return x > 0 ? at + 3 : at;
}

struct forward {
    const struct network *network;
    const struct line_image *lines; /* widest first */
    size_t len;
    size_t offset[NETWORK_BATCH + 1]; /* of each line's first step */
    int16_t *columns;                 /* a line turned: width x NETWORK_HEIGHT, and 2 of padding */
    int16_t *pooled;                  /* steps x POOLED_ROWS x CONV_OUTS */
    int16_t *hidden[FORWARD_LAYERS];  /* steps x units */
    int16_t *input;                   /* FORWARD_COLUMNS x inputs, twice */
    float *state;                     /* FORWARD_COLUMNS x units */
    float *probabilities;             /* steps x out.blocks x OUTS */
    uint32_t *best;                   /* steps */
};
#define FORWARD_COLUMNS    24u /* steps that go through the vertical layer together */
#define FORWARD_INPUTS_MAX (2u * NETWORK_UNITS_MAX)

/* Fills probabilities and best. No allocation, no failure. */
void forward_portable(struct forward *forward);
void forward_avx2(struct forward *forward);
void forward_avx512(struct forward *forward);

#endif
