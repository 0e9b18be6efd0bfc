/* image/image.h - one page as pixels: what a decoder gives and what layout and OCR read.
 *
 * The only folder that knows Leptonica, libtiff, libjpeg-turbo, libpng, qpdf and zbar. Everything
 * here works on hostile bytes and is meant to run inside a cell. Nothing here keeps global state;
 * one thread at a time per object (Leptonica's reference counts are plain integers). */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>

#include "base/bytes.h"

struct image; /* owns its pixels */
struct Pix;   /* Leptonica's; only image/ and ocr/ look inside */

void image_free(struct image *image); /* NULL is fine */
void image_freep(struct image **image);

/* Takes over a Leptonica picture: 1 bpp (1 is black), 8 bpp grey without colour map, or 32 bpp
 * RGB. dpi 0 means unknown. */
MUST_USE struct image *image_of_pix(struct Pix *pix, struct err *err);
/* The picture inside, borrowed; not to be cloned across threads, not to be written to. */
struct Pix *image_pix(const struct image *image);

uint32_t image_width_px(const struct image *image);
uint32_t image_height_px(const struct image *image);
uint32_t image_depth(const struct image *image); /* bits per pixel: 1, 8 or 32 */
uint32_t image_dpi(const struct image *image);   /* 0: unknown */
void image_set_dpi(struct image *image, uint32_t dpi);

/* A new picture, 1 bpp, for layout: global Otsu on grey, as it is when already bilevel. */
MUST_USE struct image *image_binarise(const struct image *image, struct err *err);

/* A new 8-bit picture of a 32-bit one, for reading: marks in red ink (seals) are left out where the
 * text itself is not red. About 25 ms for A4 at 300 dpi. */
MUST_USE struct image *image_grey_for_reading(const struct image *colour, struct err *err);

/* Clears the paper of a picture, for reading and in place (decision 0046). Where shadows make it
 * less than 70 % as bright as elsewhere it is brightened, and what is lit stays as it is; where
 * pale marks stand apart from ink (the back shines through) all that is paler than ink becomes
 * white. Pages without either stay as they are, and so do pictures of 1 bpp; not for 32 bpp. 0.5 ms
 * for A4 at 300 dpi, 40 ms where there is something to do; takes less than 400 KB. ERR_SYSTEM:
 * memory. */
MUST_USE int image_clear_paper(struct image *image, bool *ret_changed, struct err *err);

struct skew {
    float angle_deg;  /* counter-clockwise positive: how far the content is turned from upright */
    float confidence; /* Leptonica's own scale; 3 is "probably"; 0: nothing to measure */
};
/* Finds the skew of a 1-bpp picture by Leptonica's sweep (reduction 8) and search (reduction 4),
 * +-7 degrees; 2.7 ms for A4 at 300 dpi, error 0.016 degrees. A page with no text has angle 0,
 * confidence 0. */
MUST_USE int image_find_skew(const struct image *bilevel, struct skew *ret_skew, struct err *err);

/* A new picture turned counter-clockwise about its centre, of the same size, corners filled white.
 * To set a page upright: image_rotate(image, -skew.angle_deg). */
MUST_USE struct image *image_rotate(const struct image *image, float angle_deg, struct err *err);

/* A new picture turned clockwise by 1, 2 or 3 quarters. */
MUST_USE struct image *image_turn(const struct image *image, unsigned quarters, struct err *err);

/* Share of the area of a 1-bpp picture that is black and belongs to marks bigger than dust
 * (connected components of at least 3x3 pixels at 300 dpi), 0..1. About 10 ms for A4 at 300 dpi. */
MUST_USE int image_ink(const struct image *bilevel, double *ret_ink, struct err *err);

/* The picture as a file people and programs can open: JPEG (grey or colour; quality 80) or PNG
 * (1 bpp, or when exact pixels are wanted). Appends to out. */
enum image_codec { IMAGE_PNG, IMAGE_JPEG };
MUST_USE int image_encode(const struct image *image, enum image_codec codec, struct bytes *out,
                          struct err *err);

#endif
