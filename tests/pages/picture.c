/* tests/pages/picture.c - pixels as files: JPEG, PNG, TIFF; the same pixels give the same bytes. */
#include "tests/pages/picture.h"

#include <assert.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>
#include <tiffio.h>

#define BLACK_BELOW                                                                                \
    144 /* grey that still counts as ink: a little above half keeps thin strokes                   \
         */
#define INCHES_PER_M    39.3701
#define PNG_QUICK_LEVEL 2

struct jpeg_trap {
    struct jpeg_error_mgr manager; /* first: libjpeg hands back a pointer to it */
    jmp_buf back;
};

static void jpeg_failed(j_common_ptr codec)
{
    struct jpeg_trap *trap = (struct jpeg_trap *)(void *)codec->err;
    longjmp(trap->back, 1);
}

static void jpeg_write(struct jpeg_compress_struct *codec, const struct raster *raster)
{
    codec->image_width = raster->width;
    codec->image_height = raster->height;
    codec->input_components = (int)raster->channels;
    codec->in_color_space = raster->channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(codec);
    jpeg_set_quality(codec, PICTURE_JPEG_QUALITY, TRUE);
    codec->density_unit = 1; /* per inch */
    codec->X_density = codec->Y_density = (UINT16)raster->dpi;
    jpeg_start_compress(codec, TRUE);
    while (codec->next_scanline < codec->image_height) {
        JSAMPROW row = raster->px + (size_t)codec->next_scanline * raster->width * raster->channels;
        (void)jpeg_write_scanlines(codec, &row, 1);
    }
    jpeg_finish_compress(codec);
}

int picture_jpeg(const struct raster *raster, struct bytes *out, struct err *err)
{
    struct jpeg_compress_struct codec;
    struct jpeg_trap trap;
    unsigned char *data = NULL;
    unsigned long len = 0;

    codec.err = jpeg_std_error(&trap.manager);
    trap.manager.error_exit = jpeg_failed;
    if (setjmp(trap.back) != 0) {
        jpeg_destroy_compress(&codec);
        return err_set(err, ERR_SYSTEM, "make a JPEG"); /* UNTESTED: no memory */
    }
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, &data, &len);
    jpeg_write(&codec, raster);
    jpeg_destroy_compress(&codec);
    int rc = bytes_append(out, span_of(data, len), err);
    free(data);
    return rc;
}

struct png_target {
    struct bytes *out;
    struct err *err;
};

static void png_put(png_structp png, png_bytep data, size_t len)
{
    struct png_target *target = png_get_io_ptr(png);
    if (bytes_append(target->out, span_of(data, len), target->err) < 0)
        png_error(png, "no memory"); /* UNTESTED: no memory */
}

static void png_flush_nothing(png_structp png)
{
    (void)png;
}

static void png_fill(png_structp png, png_infop info, const struct raster *raster)
{
    png_uint_32 per_m = (png_uint_32)(raster->dpi * INCHES_PER_M + 0.5);
    png_set_compression_level(png, PNG_QUICK_LEVEL);
    png_set_filter(png, 0, PNG_FILTER_SUB);
    png_set_IHDR(png, info, raster->width, raster->height, 8,
                 raster->channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_pHYs(png, info, per_m, per_m, PNG_RESOLUTION_METER);
    png_write_info(png, info);
    for (uint32_t y = 0; y < raster->height; y++)
        png_write_row(png, raster->px + (size_t)y * raster->width * raster->channels);
    png_write_end(png, info);
}

int picture_png(const struct raster *raster, struct bytes *out, struct err *err)
{
    struct png_target target = {out, err};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info || setjmp(png_jmpbuf(png)) != 0) {
        png_destroy_write_struct(&png, &info); /* UNTESTED: no memory */
        return err_set(err, ERR_SYSTEM, "make a PNG");
    }
    png_set_write_fn(png, &target, png_put, png_flush_nothing);
    png_fill(png, info, raster);
    png_destroy_write_struct(&png, &info);
    return 0;
}

/* libtiff's idea of a file, in memory. */
struct tiff_memory {
    struct bytes bytes;
    size_t at;
    struct err *err;
};

static tmsize_t memory_read(thandle_t handle, void *data, tmsize_t want)
{
    struct tiff_memory *memory = handle;
    size_t left = memory->at < memory->bytes.len ? memory->bytes.len - memory->at : 0;
    size_t len = (size_t)want < left ? (size_t)want : left;
    if (len > 0)
        memcpy(data, memory->bytes.data + memory->at, len);
    memory->at += len;
    return (tmsize_t)len;
}

static tmsize_t memory_write(thandle_t handle, void *data, tmsize_t want)
{
    struct tiff_memory *memory = handle;
    size_t end = memory->at + (size_t)want;
    if (end > memory->bytes.len) {
        size_t more = end - memory->bytes.len;
        if (bytes_reserve(&memory->bytes, more, memory->err) < 0)
            return 0; /* UNTESTED: no memory */
        memset(memory->bytes.data + memory->bytes.len, 0, more);
        memory->bytes.len = end;
    }
    memcpy(memory->bytes.data + memory->at, data, (size_t)want);
    memory->at = end;
    return want;
}

static toff_t memory_seek(thandle_t handle, toff_t offset, int whence)
{
    struct tiff_memory *memory = handle;
    size_t base = whence == SEEK_CUR ? memory->at : whence == SEEK_END ? memory->bytes.len : 0;
    memory->at = base + (size_t)offset;
    return memory->at;
}

static int memory_close(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t memory_size(thandle_t handle)
{
    const struct tiff_memory *memory = handle;
    return memory->bytes.len;
}

static TIFF *memory_open(struct tiff_memory *memory, const char *mode)
{
    return TIFFClientOpen("page", mode, memory, memory_read, memory_write, memory_seek,
                          memory_close, memory_size, NULL, NULL);
}

static void pack_row(const uint8_t *grey, uint8_t *bits, uint32_t width)
{
    memset(bits, 0, (width + 7) / 8);
    for (uint32_t x = 0; x < width; x++)
        if (grey[x] < BLACK_BELOW)
            bits[x / 8] |= (uint8_t)(0x80 >> x % 8);
}

static void tiff_tags(TIFF *tiff, const struct raster *page, bool bilevel)
{
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, page->width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, page->height);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bilevel ? 1 : 8);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
    TIFFSetField(tiff, TIFFTAG_XRESOLUTION, (double)page->dpi);
    TIFFSetField(tiff, TIFFTAG_YRESOLUTION, (double)page->dpi);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, bilevel ? COMPRESSION_CCITTFAX4 : COMPRESSION_LZW);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC,
                 bilevel ? PHOTOMETRIC_MINISWHITE : PHOTOMETRIC_MINISBLACK);
    if (bilevel) /* one strip: as scanners write G4, and what a PDF can take as it is */
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, page->height);
    else
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, TIFFDefaultStripSize(tiff, 0));
}

static int tiff_page(TIFF *tiff, const struct raster *page, bool bilevel, struct err *err)
{
    assert(page->channels == 1);
    uint8_t *row = malloc(page->width);
    bool fine = row != NULL;
    tiff_tags(tiff, page, bilevel);
    for (uint32_t y = 0; fine && y < page->height; y++) {
        const uint8_t *grey = page->px + (size_t)y * page->width;
        if (bilevel)
            pack_row(grey, row, page->width);
        else
            memcpy(row, grey, page->width);
        fine = TIFFWriteScanline(tiff, row, y, 0) == 1;
    }
    free(row);
    if (!fine || !TIFFWriteDirectory(tiff))
        return err_set(err, ERR_SYSTEM, "make a TIFF"); /* UNTESTED: no memory */
    return 0;
}

int picture_tiff(const struct raster *pages, size_t len, bool bilevel, struct bytes *out,
                 struct err *err)
{
    struct tiff_memory memory = {.err = err};
    TIFF *tiff = memory_open(&memory, "w");
    int rc = 0;
    if (!tiff)
        return err_set(err, ERR_SYSTEM, "make a TIFF"); /* UNTESTED: no memory */
    for (size_t i = 0; rc == 0 && i < len; i++)
        rc = tiff_page(tiff, &pages[i], bilevel, err);
    TIFFClose(tiff);
    if (rc == 0)
        rc = bytes_append(out, bytes_span(&memory.bytes), err);
    bytes_done(&memory.bytes);
    return rc;
}

static int read_strip(TIFF *tiff, struct bytes *out, struct err *err)
{
    tmsize_t size = tiff ? TIFFRawStripSize(tiff, 0) : -1;
    if (size <= 0 || bytes_reserve(out, (size_t)size, err) < 0 ||
        TIFFReadRawStrip(tiff, 0, out->data + out->len, size) != size)
        return err_set(err, ERR_SYSTEM, "take the strip of a TIFF"); /* UNTESTED: no memory */
    out->len += (size_t)size;
    return 0;
}

int picture_g4(const struct raster *raster, struct bytes *out, struct err *err)
{
    struct tiff_memory memory = {.err = err};
    if (picture_tiff(raster, 1, true, &memory.bytes, err) < 0)
        return -1; /* UNTESTED: no memory */
    TIFF *tiff = memory_open(&memory, "r");
    int rc = read_strip(tiff, out, err);
    if (tiff)
        TIFFClose(tiff);
    bytes_done(&memory.bytes);
    return rc;
}
