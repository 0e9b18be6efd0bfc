/* ocr/network.h - the line recogniser of Tesseract's fast models, run by our own kernels.
 *
 * One shape: [1,36,0,1 Ct3,3,16 Mp3,3 Lfys<a> Lfx<b> Lrx<c> Lfx<d> O1c<n>], int8 weights. The
 * integer arithmetic is Tesseract's exactly (its border noise and its rounding included); tanh is
 * a rational approximation (error 3.3e-7) where Tesseract looks it up in a table of 4096. */
#ifndef OCR_NETWORK_H
#define OCR_NETWORK_H

#include <stdbool.h>

#include "base/bytes.h"

#define NETWORK_HEIGHT      36u    /* rows of a line image */
#define NETWORK_POOL        3u     /* columns of a line image in one step */
#define NETWORK_WIDTH_MAX   12288u /* columns of a line image; wider ones are refused */
#define NETWORK_BATCH       8u     /* lines in one forward pass */
#define NETWORK_UNITS_MAX   512u   /* of one layer */
#define NETWORK_CLASSES_MAX 4096u

struct network; /* immutable after loading: may be shared by threads */

/* Parses the TRAINEDDATA_LSTM component. ERR_INPUT with what is different when the network is of
 * another shape; nothing outside `part` is read. */
MUST_USE struct network *network_load(struct span part, struct err *err);
void network_free(struct network *network); /* NULL is fine */
void network_freep(struct network **network);

uint32_t network_classes(const struct network *network);
uint32_t network_null(const struct network *network); /* the class of "no letter here" */
double network_macs_per_step(const struct network *network);

/* Which kernels a forward pass uses. All give bit-identical results. */
enum network_kernels { KERNELS_PORTABLE, KERNELS_AVX2, KERNELS_AVX512, KERNELS_BEST };
bool network_has_kernels(enum network_kernels kernels);
const char *network_kernels_name(enum network_kernels kernels);
enum network_kernels network_best_kernels(void);

/* A line ready for the network: NETWORK_HEIGHT rows of width_px bytes, contrast normalised to
 * -127 .. 127 (black to white), width_px 3 .. NETWORK_WIDTH_MAX. */
struct line_image {
    uint32_t width_px;
    const int8_t *pixels;
};
#define LINE_STEPS(width_px) ((width_px) / NETWORK_POOL)

/* What the network says of a line: for each step the probability of every class. */
struct line_scores {
    uint32_t steps, stride;     /* stride: floats from one step to the next */
    const float *probabilities; /* steps x stride, of which network_classes() are used */
    const uint32_t *best;       /* per step the likeliest class */
};

/* Buffers of one thread, grown as needed and kept. The kernels must be there. */
struct network_work;
MUST_USE struct network_work *network_work_new(enum network_kernels kernels, struct err *err);
enum network_kernels network_work_kernels(const struct network_work *work); /* never BEST */
void network_work_free(struct network_work *work);                          /* NULL is fine */
void network_work_freep(struct network_work **work);

/* Runs len lines (1 .. NETWORK_BATCH), widest first. ret_scores[i] belongs to lines[i] and points
 * into work until the next call. About 560 000 multiply-adds per step with the `vie` model. */
MUST_USE int network_run(const struct network *network, struct network_work *work,
                         const struct line_image lines[], size_t len,
                         struct line_scores ret_scores[], struct err *err);

#endif
