/* image/scan.h - a file as it came from the scanner, opened: its format, its pages, each decoded.
 *
 * Reads TIFF (multi-page, tiled, BigTIFF, every compression libtiff has), JPEG (EXIF orientation,
 * CMYK), PNG, PDF whose pages are one image each, and by Leptonica also BMP, GIF, PNM, WebP and
 * JPEG 2000. All input is hostile: every dimension and count is checked against the limits before
 * memory is asked for. */
#ifndef IMAGE_SCAN_H
#define IMAGE_SCAN_H

#include "image/image.h"

struct scan_limits {
    uint64_t pixels_max; /* of one page */
    uint32_t side_max_px;
    uint32_t pages_max; /* of one file */
};

struct scan;

/* Looks at the bytes (never at the name) and opens them. `data` is borrowed until scan_close().
 * Fails with ERR_INPUT and a reason: EMPTY, UNKNOWN_FORMAT, DAMAGED, UNSUPPORTED, ENCRYPTED,
 * NO_PAGES, TOO_MANY_PAGES, PIXEL_LIMIT. */
MUST_USE struct scan *scan_open(struct span data, const struct scan_limits *limits,
                                struct err *err);
void scan_close(struct scan *scan); /* NULL is fine */
void scan_closep(struct scan **scan);

const char *scan_format(const struct scan *scan); /* "tiff" "jpeg" "png" "pdf" "bmp" ...; static */
uint32_t scan_pages(const struct scan *scan);     /* at least 1 */

/* How page `index` (from 0) has to be read. */
enum scan_way {
    SCAN_DECODE,    /* scan_decode() gives it */
    SCAN_RASTERISE, /* a PDF page that is not one image: a renderer must draw it first */
};
/* Also gives the resolution to rasterise at: 300, less when the page would pass the pixel limit.
 * Fails with ERR_INPUT (damaged page, PIXEL_LIMIT below 50 dpi). */
MUST_USE int scan_page_way(struct scan *scan, uint32_t index, enum scan_way *ret_way,
                           uint32_t *ret_dpi, struct err *err);

/* SCAN_GREY: 1 bpp stays, everything else becomes 8-bit grey (JPEG: the luma plane, no colour
 * conversion). SCAN_READ: the same without marks in red ink (image_grey_for_reading()); a page too
 * large for a picture in colour is given as SCAN_GREY. SCAN_COLOUR: as it is, 1, 8 or 32 bpp.
 * Orientation (EXIF, TIFF tag, PDF /Rotate and matrix) is applied: the picture is as a person would
 * see it. Transparent is white. */
enum scan_mode { SCAN_GREY, SCAN_READ, SCAN_COLOUR };
MUST_USE struct image *scan_decode(struct scan *scan, uint32_t index, enum scan_mode mode,
                                   struct err *err);

#endif
