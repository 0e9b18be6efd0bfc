/* image/canvas.h - inside image/ only: drawing decoded samples into Leptonica pictures.
 *
 * Leptonica keeps rows as 32-bit words, first pixel in the highest bits; everything here hides that
 * from the decoders. */
#ifndef IMAGE_CANVAS_H
#define IMAGE_CANVAS_H

#include <leptonica/allheaders.h>

#include "image/scan.h"

#define DPI_MIN 20 /* a resolution outside of this is a mistake of the writer: unknown */
#define DPI_MAX 9600

void canvas_freep(PIX **pix);

/* Leptonica and the libraries under it print on stderr unless told not to. Leptonica's switch is a
 * global of that library; setting it to the same value again is harmless. */
void canvas_quiet(void);

/* ERR_INPUT PIXEL_LIMIT, or DAMAGED when a side is 0. No overflow whatever the sides are. */
MUST_USE int canvas_check(const struct scan_limits *limits, uint64_t width_px, uint64_t height_px,
                          struct err *err);

/* count * size bytes, zeroed, for free(); NULL with *err when there is no memory. */
MUST_USE void *canvas_memory(uint64_t count, size_t size, struct err *err);

/* A white picture of depth 1, 8 or 32. The sides must have passed canvas_check(). */
MUST_USE PIX *canvas_new(uint32_t width_px, uint32_t height_px, int depth, struct err *err);

/* The words of row y. */
static inline uint32_t *canvas_row(PIX *pix, uint32_t y)
{
    return pixGetData(pix) + (size_t)y * (size_t)pixGetWpl(pix);
}

/* Copies `len` bytes into a row from byte x on: 8-bit pixels, or 8 bilevel pixels each. Bytes past
 * the row are ignored. `flip` is XORed onto each. */
void canvas_put_bytes(PIX *pix, uint32_t y, uint32_t x, struct span bytes, uint8_t flip);

static inline uint32_t canvas_rgb(uint32_t r, uint32_t g, uint32_t b)
{
    return r << 24 | g << 16 | b << 8;
}

/* Luma of Rec. 601, as JPEG has it. */
static inline uint8_t canvas_luma(uint32_t r, uint32_t g, uint32_t b)
{
    return (uint8_t)((r * 19595 + g * 38470 + b * 7471 + 32768) >> 16);
}

/* What the four bytes of a 32-bit word hold before canvas_settle(), highest byte first. */
enum lanes {
    LANES_RGB,
    LANES_RGBA, /* alpha apart: composed on white */
    LANES_RGBA_PREMULTIPLIED,
    LANES_GREY_ALPHA,
    LANES_CMYK, /* 255 is full ink */
};
/* Turns lanes into plain RGB (or 8-bit grey when mode is SCAN_GREY or nothing but grey can be in
 * there). Takes the picture, gives the picture: the same one or a smaller one. NULL: no memory. */
MUST_USE PIX *canvas_settle(PIX *pix, enum lanes lanes, enum scan_mode mode, struct err *err);

/* Turns the picture so that a viewer sees it upright. `orientation` is that of TIFF and EXIF, 1..8;
 * anything else does nothing. Takes the picture. */
MUST_USE PIX *canvas_orient(PIX *pix, uint32_t orientation, struct err *err);

#define CANVAS_LEVELS 256
/* How often each level is in an 8-bpp picture. */
void canvas_count_levels(PIX *grey, uint32_t levels[CANVAS_LEVELS]);
/* Otsu: pixels of a lower level are ink. 0 when the classes are too alike to be ink and paper. */
int canvas_threshold(const uint32_t levels[CANVAS_LEVELS]);

/* Both ways. Unlike pixSetResolution() this can also say "unknown" (0). */
void canvas_set_dpi(PIX *pix, int dpi);

/* Wraps a finished picture; takes it. dpi out of range counts as unknown. */
MUST_USE struct image *canvas_finish(PIX *pix, double dpi, struct err *err);

#endif
