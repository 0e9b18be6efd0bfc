/* tests/unit/small_pages.h - small scans to send through cells and pipelines: quick to read. */
#ifndef TESTS_UNIT_SMALL_PAGES_H
#define TESTS_UNIT_SMALL_PAGES_H

#include <tiffio.h>

#include "tests/unit/test.h"

#define SMALL_W 320
#define SMALL_H 200

/* Black bars on white; another seed, another page. Bars are too thick to be letters, so the reader
 * is done soon. */
static inline void small_row(uint8_t row[SMALL_W / 8], unsigned seed, int y)
{
    memset(row, 0, SMALL_W / 8);
    for (unsigned bar = 0; bar < 3; bar++) {
        unsigned top = 20 + bar * 60, left = 5 + (seed * 7 + bar * 11) % 13;
        if (y >= (int)top && y < (int)top + 30)
            memset(row + left, 0xFF, 8 + seed % 9);
    }
}

#define SMALL_ALL_BLANK (-2)

/* A bilevel TIFF of n pages. blank_page: this one is white but for a speck; -1: none. */
static inline void small_tiff(const char *path, unsigned seed, int n, int blank_page)
{
    TIFF *tiff = TIFFOpen(path, "w");
    if (!tiff)
        abort();
    for (int page = 0; page < n; page++) {
        (void)TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, SMALL_W);
        (void)TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, SMALL_H);
        (void)TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 1);
        (void)TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
        (void)TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
        (void)TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
        (void)TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, SMALL_H);
        (void)TIFFSetField(tiff, TIFFTAG_XRESOLUTION, 300.0);
        (void)TIFFSetField(tiff, TIFFTAG_YRESOLUTION, 300.0);
        (void)TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
        for (int y = 0; y < SMALL_H; y++) {
            uint8_t row[SMALL_W / 8] = {0};
            if (page != blank_page && blank_page != SMALL_ALL_BLANK)
                small_row(row, seed + (unsigned)page * 3, y);
            else if (y == 100 + page) /* no two files are the same */
                row[seed % (SMALL_W / 8)] = 1;
            if (TIFFWriteScanline(tiff, row, (uint32_t)y, 0) < 0)
                abort();
        }
        if (!TIFFWriteDirectory(tiff))
            abort();
    }
    TIFFClose(tiff);
}

#endif
