/* tests/pages/picture.h - pixels as files: JPEG, PNG, TIFF; the same pixels give the same bytes. */
#ifndef TESTS_PAGES_PICTURE_H
#define TESTS_PAGES_PICTURE_H

#include "base/bytes.h"
#include "tests/pages/scanner.h"

#define PICTURE_JPEG_QUALITY 75

/* All append to out and fail with ERR_SYSTEM. */
MUST_USE int picture_jpeg(const struct raster *raster, struct bytes *out, struct err *err);
MUST_USE int picture_png(const struct raster *raster, struct bytes *out, struct err *err);

/* A file of `len` pages (grey). Bilevel pages are cut at a fixed grey and packed as CCITT G4,
 * the others by LZW. */
MUST_USE int picture_tiff(const struct raster *pages, size_t len, bool bilevel, struct bytes *out,
                          struct err *err);

/* Only the CCITT G4 code of a grey page, as a PDF wants it (1 in the code is black). */
MUST_USE int picture_g4(const struct raster *raster, struct bytes *out, struct err *err);

#endif
