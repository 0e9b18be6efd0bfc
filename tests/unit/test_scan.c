/* tests/unit/test_scan.c - TIFF, JPEG, PNG and the small formats, written here and read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <leptonica/allheaders.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <tiffio.h>

#include "image/scan.h"

#define D(text)                                                                                    \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }

static const struct scan_limits limits = {1000000, 5000, 10};

static uint32_t pixel(const struct image *image, uint32_t x, uint32_t y)
{
    l_uint32 value = 0;
    assert_int_equal(pixGetPixel(image_pix(image), (int)x, (int)y, &value), 0);
    return value;
}

static struct image *decode(struct span file, uint32_t index, enum scan_mode mode)
{
    struct err err = {0};
    CLEANUP(scan_closep) struct scan *scan = scan_open(file, &limits, &err);
    if (!scan)
        fail_msg("%s", err.text);
    enum scan_way way = SCAN_RASTERISE;
    uint32_t dpi = 9;
    assert_int_equal(scan_page_way(scan, index, &way, &dpi, &err), 0);
    assert_int_equal(way, SCAN_DECODE);
    struct image *image = scan_decode(scan, index, mode, &err);
    if (!image)
        fail_msg("%s", err.text);
    return image;
}

static enum reason refusal(struct span file, const struct scan_limits *with)
{
    struct err err = {0};
    CLEANUP(scan_closep) struct scan *scan = scan_open(file, with, &err);
    CLEANUP(image_freep) struct image *image = scan ? scan_decode(scan, 0, SCAN_GREY, &err) : NULL;
    assert_null(image);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_true(err.text[0] != '\0');
    return err.reason;
}

/* ---- writing TIFF into memory */

struct sink {
    struct bytes bytes;
    uint64_t at;
};

static tmsize_t sink_read(thandle_t handle, void *to, tmsize_t len)
{
    struct sink *sink = handle;
    if (sink->at >= sink->bytes.len)
        return 0;
    size_t left = sink->bytes.len - sink->at, n = (size_t)len < left ? (size_t)len : left;
    memcpy(to, sink->bytes.data + sink->at, n);
    sink->at += n;
    return (tmsize_t)n;
}

static tmsize_t sink_write(thandle_t handle, void *from, tmsize_t len)
{
    struct sink *sink = handle;
    struct err err = {0};
    size_t end = sink->at + (size_t)len;
    if (end > sink->bytes.len) {
        assert_int_equal(bytes_reserve(&sink->bytes, end - sink->bytes.len, &err), 0);
        memset(sink->bytes.data + sink->bytes.len, 0, end - sink->bytes.len);
        sink->bytes.len = end;
    }
    memcpy(sink->bytes.data + sink->at, from, (size_t)len);
    sink->at = end;
    return len;
}

static toff_t sink_seek(thandle_t handle, toff_t to, int whence)
{
    struct sink *sink = handle;
    return sink->at = (whence == SEEK_CUR   ? sink->at
                       : whence == SEEK_END ? sink->bytes.len
                                            : 0) +
                      to;
}

static int sink_close(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t sink_size(thandle_t handle)
{
    return ((struct sink *)handle)->bytes.len;
}

static void sink_done(struct sink *sink)
{
    bytes_done(&sink->bytes);
}

static TIFF *write_to(struct sink *sink, const char *mode)
{
    TIFF *tif = TIFFClientOpen("sink", mode, sink, sink_read, sink_write, sink_seek, sink_close,
                               sink_size, NULL, NULL);
    assert_non_null(tif);
    return tif;
}

struct tiff_page {
    uint32_t width, height;
    uint16_t bits, per_pixel, photometric, compression;
    uint16_t format, planar, orientation, tile, extra;
    const void *data;
    uint16_t *palette; /* red, green, blue in one run */
};

static void write_page(TIFF *tif, const struct tiff_page *page)
{
    TIFFSetField(tif, TIFFTAG_IMAGEWIDTH, page->width);
    TIFFSetField(tif, TIFFTAG_IMAGELENGTH, page->height);
    TIFFSetField(tif, TIFFTAG_BITSPERSAMPLE, page->bits);
    TIFFSetField(tif, TIFFTAG_SAMPLESPERPIXEL, page->per_pixel);
    TIFFSetField(tif, TIFFTAG_PHOTOMETRIC, page->photometric);
    TIFFSetField(tif, TIFFTAG_COMPRESSION, page->compression ? page->compression : 1);
    TIFFSetField(tif, TIFFTAG_PLANARCONFIG, page->planar ? page->planar : PLANARCONFIG_CONTIG);
    TIFFSetField(tif, TIFFTAG_XRESOLUTION, 300.0);
    TIFFSetField(tif, TIFFTAG_YRESOLUTION, 300.0);
    TIFFSetField(tif, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
    if (page->format)
        TIFFSetField(tif, TIFFTAG_SAMPLEFORMAT, page->format);
    if (page->orientation)
        TIFFSetField(tif, TIFFTAG_ORIENTATION, page->orientation);
    if (page->extra)
        TIFFSetField(tif, TIFFTAG_EXTRASAMPLES, 1, &page->extra);
    if (page->palette) {
        uint32_t n = 1U << page->bits;
        TIFFSetField(tif, TIFFTAG_COLORMAP, page->palette, page->palette + n,
                     page->palette + 2 * n);
    }
    uint16_t planes = page->planar == PLANARCONFIG_SEPARATE ? page->per_pixel : 1;
    const uint8_t *data = page->data;
    if (page->tile) {
        TIFFSetField(tif, TIFFTAG_TILEWIDTH, (uint32_t)page->tile);
        TIFFSetField(tif, TIFFTAG_TILELENGTH, (uint32_t)page->tile);
        for (uint32_t y = 0; y < page->height; y += page->tile)
            for (uint32_t x = 0; x < page->width; x += page->tile) {
                assert_true(TIFFWriteTile(tif, (void *)data, x, y, 0, 0) > 0);
                data += TIFFTileSize(tif);
            }
    } else {
        TIFFSetField(tif, TIFFTAG_ROWSPERSTRIP, 2);
        for (uint16_t plane = 0; plane < planes; plane++)
            for (uint32_t y = 0; y < page->height; y++, data += TIFFScanlineSize(tif))
                assert_int_equal(TIFFWriteScanline(tif, (void *)data, y, plane), 1);
    }
    assert_int_equal(TIFFWriteDirectory(tif), 1);
}

static void write_tiff(struct sink *sink, const struct tiff_page *page)
{
    TIFF *tif = write_to(sink, "w");
    write_page(tif, page);
    TIFFClose(tif);
}

static void tiff_samples_of_every_width_are_read(void **state)
{
    (void)state;
    static const uint16_t shorts[] = {0x1234, 0xfedc}, signed_shorts[] = {0x8000, 0x7fff};
    static const uint32_t words[] = {0x12345678, 0xfedcba98};
    static const float reals[] = {0.25f, 1.0f}, wide_reals[] = {-100, 300};
    static const double doubles[] = {0, 0.5};
    static const uint16_t halves[] = {0x3400, 0x3c00}; /* 0.25, 1 */
    static uint16_t palette16[3 * 16] = {[1] = 0xffff, [16 + 2] = 0xffff};
    enum { BLACK0 = PHOTOMETRIC_MINISBLACK, WHITE0 = PHOTOMETRIC_MINISWHITE };
    static const struct {
        const char *why;
        struct tiff_page page;
        uint32_t depth, first, second;
    } cases[] = {
        {"black is 0", {2, 1, 1, 1, BLACK0, .data = "\x40"}, 1, 1, 0},
        {"white is 0", {2, 1, 1, 1, WHITE0, .data = "\x40"}, 1, 0, 1},
        {"2 bits", {2, 1, 2, 1, BLACK0, .data = "\x60"}, 8, 85, 170},
        {"4 bits, white is 0", {2, 1, 4, 1, WHITE0, .data = "\x1f"}, 8, 238, 0},
        {"8 bits", {2, 1, 8, 1, BLACK0, .data = "\x12\xfe"}, 8, 0x12, 0xfe},
        {"8 bits, white is 0", {2, 1, 8, 1, WHITE0, .data = "\x12\xfe"}, 8, 0xed, 1},
        {"10 bits", {2, 1, 10, 1, BLACK0, .data = "\x80\x3f\xc0"}, 8, 128, 255},
        {"12 bits", {2, 1, 12, 1, BLACK0, .data = "\x12\x3f\xed"}, 8, 0x12, 0xfe},
        {"16 bits", {2, 1, 16, 1, BLACK0, .data = shorts}, 8, 0x12, 0xfe},
        {"16 bits with sign",
         {2, 1, 16, 1, BLACK0, .format = SAMPLEFORMAT_INT, .data = signed_shorts},
         8,
         0,
         255},
        {"32 bits", {2, 1, 32, 1, BLACK0, .data = words}, 8, 0x12, 0xfe},
        {"floats 0 to 1",
         {2, 1, 32, 1, BLACK0, .format = SAMPLEFORMAT_IEEEFP, .data = reals},
         8,
         64,
         255},
        {"wider floats",
         {2, 1, 32, 1, BLACK0, .format = SAMPLEFORMAT_IEEEFP, .data = wide_reals},
         8,
         0,
         255},
        {"doubles",
         {2, 1, 64, 1, BLACK0, .format = SAMPLEFORMAT_IEEEFP, .data = doubles},
         8,
         0,
         128},
        {"halves",
         {2, 1, 16, 1, BLACK0, .format = SAMPLEFORMAT_IEEEFP, .data = halves},
         8,
         64,
         255},
        {"RGB", {2, 1, 8, 3, PHOTOMETRIC_RGB, .data = "abcdef"}, 32, 0x61626300, 0x64656600},
        {"RGB in planes",
         {2, 1, 8, 3, PHOTOMETRIC_RGB, .planar = PLANARCONFIG_SEPARATE, .data = "adbecf"},
         32,
         0x61626300,
         0x64656600},
        {"RGB, alpha apart",
         {2, 1, 8, 4, PHOTOMETRIC_RGB, .extra = EXTRASAMPLE_UNASSALPHA,
          .data = "abc\xff"
                  "def\0"},
         32,
         0x61626300,
         0xffffff00},
        {"RGB, alpha in it",
         {2, 1, 8, 4, PHOTOMETRIC_RGB, .extra = EXTRASAMPLE_ASSOCALPHA,
          .data = "abc\xff"
                  "\0\0\0\0"},
         32,
         0x61626300,
         0xffffff00},
        {"CMYK",
         {2, 1, 8, 4, PHOTOMETRIC_SEPARATED, .data = "\0\0\0\0\0\xff\xff\0"},
         32,
         0xffffff00,
         0xff000000},
        {"palette",
         {2, 1, 4, 1, PHOTOMETRIC_PALETTE, .data = "\x12", .palette = palette16},
         32,
         0xff000000,
         0x00ff0000},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(sink_done) struct sink sink = {0};
        write_tiff(&sink, &cases[i].page);
        CLEANUP(image_freep)
        struct image *image = decode(bytes_span(&sink.bytes), 0, SCAN_COLOUR);
        if (image_depth(image) != cases[i].depth || pixel(image, 0, 0) != cases[i].first ||
            pixel(image, 1, 0) != cases[i].second)
            fail_msg("%s: depth %u, %x %x", cases[i].why, image_depth(image), pixel(image, 0, 0),
                     pixel(image, 1, 0));
        CLEANUP(image_freep)
        struct image *grey = decode(bytes_span(&sink.bytes), 0, SCAN_GREY);
        assert_int_equal(image_depth(grey), cases[i].depth == 1 ? 1 : 8);
        assert_int_equal(image_dpi(grey), 300);
    }
}

/* Pixel (x, y) of a picture whose bits follow from its place. */
static bool black_at(uint32_t x, uint32_t y)
{
    return ((x * 7 + y * 13) >> 3 & 3) == 0 || x == y;
}

static void draw_bits(uint8_t *to, uint32_t x0, uint32_t y0, uint32_t width, uint32_t height)
{
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            if (black_at(x0 + x, y0 + y))
                to[y * ((width + 7) / 8) + x / 8] |= (uint8_t)(0x80 >> x % 8);
}

static void assert_bits(const struct image *image, uint32_t width, uint32_t height)
{
    assert_int_equal(image_depth(image), 1);
    assert_int_equal(image_width_px(image), width);
    assert_int_equal(image_height_px(image), height);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            if (pixel(image, x, y) != black_at(x, y))
                fail_msg("%u, %u", x, y);
}

static void bilevel_survives_every_compression(void **state)
{
    (void)state;
    static const uint16_t compressions[] = {
        COMPRESSION_NONE, COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3,    COMPRESSION_CCITTFAX4,
        COMPRESSION_LZW,  COMPRESSION_PACKBITS, COMPRESSION_ADOBE_DEFLATE};
    uint8_t data[13 * 61] = {0};
    draw_bits(data, 0, 0, 101, 61);
    for (size_t i = 0; i < ARRAY_LEN(compressions); i++) {
        CLEANUP(sink_done) struct sink sink = {0};
        write_tiff(&sink, &(struct tiff_page){101, 61, 1, 1, PHOTOMETRIC_MINISWHITE,
                                              compressions[i], .data = data});
        CLEANUP(image_freep)
        struct image *image = decode(bytes_span(&sink.bytes), 0, SCAN_GREY);
        assert_bits(image, 101, 61);
    }
}

static void tiles_are_put_together(void **state)
{
    (void)state;
    uint8_t bits[12][32] = {0}, grey[12][256];
    for (uint32_t i = 0; i < 12; i++) {
        draw_bits(bits[i], i % 3 * 16, i / 3 * 16, 16, 16);
        for (uint32_t j = 0; j < 256; j++)
            grey[i][j] = (uint8_t)((i % 3 * 16 + j % 16) * 5 + (i / 3 * 16 + j / 16));
    }
    CLEANUP(sink_done) struct sink one = {0}, eight = {0};
    write_tiff(&one, &(struct tiff_page){41, 50, 1, 1, PHOTOMETRIC_MINISWHITE,
                                         COMPRESSION_CCITTFAX4, .tile = 16, .data = bits});
    write_tiff(&eight, &(struct tiff_page){41, 50, 8, 1, PHOTOMETRIC_MINISBLACK, COMPRESSION_LZW,
                                           .tile = 16, .data = grey});
    CLEANUP(image_freep) struct image *image = decode(bytes_span(&one.bytes), 0, SCAN_GREY);
    assert_bits(image, 41, 50);
    CLEANUP(image_freep) struct image *shades = decode(bytes_span(&eight.bytes), 0, SCAN_GREY);
    assert_int_equal(pixel(shades, 40, 49), (uint8_t)(40 * 5 + 49));
    assert_int_equal(pixel(shades, 15, 16), (uint8_t)(15 * 5 + 16));
}

static void many_pages_are_read_in_any_order(void **state)
{
    (void)state;
    static const char *const modes[] = {"wl", "wb", "wl8", "wb8"};
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        CLEANUP(sink_done) struct sink sink = {0};
        struct err err = {0};
        TIFF *tif = write_to(&sink, modes[i]);
        for (uint32_t page = 1; page <= 5; page++) {
            uint8_t data[64] = {0};
            draw_bits(data, 0, 0, 10 * page, 4);
            write_page(tif, &(struct tiff_page){10 * page, 4, 1, 1, PHOTOMETRIC_MINISWHITE,
                                                COMPRESSION_CCITTFAX4, .data = data});
        }
        TIFFClose(tif);
        CLEANUP(scan_closep) struct scan *scan = scan_open(bytes_span(&sink.bytes), &limits, &err);
        assert_non_null(scan);
        assert_string_equal(scan_format(scan), "tiff");
        assert_int_equal(scan_pages(scan), 5);
        static const uint32_t order[] = {4, 0, 2, 2, 1, 3};
        for (size_t j = 0; j < ARRAY_LEN(order); j++) {
            CLEANUP(image_freep) struct image *image = scan_decode(scan, order[j], j % 2, &err);
            assert_bits(image, 10 * (order[j] + 1), 4);
        }
        const struct scan_limits four = {1000000, 5000, 4};
        assert_int_equal(refusal(bytes_span(&sink.bytes), &four), REASON_TOO_MANY_PAGES);
    }
}

static void a_chain_that_loops_or_leaves_the_file_ends(void **state)
{
    (void)state;
    CLEANUP(sink_done) struct sink sink = {0};
    struct err err = {0};
    TIFF *tif = write_to(&sink, "wl");
    for (int page = 0; page < 2; page++)
        write_page(tif, &(struct tiff_page){8, 1, 1, 1, PHOTOMETRIC_MINISWHITE, .data = "\x55"});
    TIFFClose(tif);
    uint8_t *file = sink.bytes.data;
    uint32_t first = get_le32(file + 4), second_at = first + 2 + get_le16(file + first) * 12U;
    uint32_t second = get_le32(file + second_at);
    uint8_t *last = file + second + 2 + get_le16(file + second) * 12U;
    static const struct {
        uint32_t next_is_first, next, pages;
    } cases[] = {{1, 0, 2}, {0, 0xfffffff0, 3}, {0, 0, 2}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        put_le32(last, cases[i].next_is_first ? first : cases[i].next);
        CLEANUP(scan_closep) struct scan *scan = scan_open(bytes_span(&sink.bytes), &limits, &err);
        assert_non_null(scan);
        assert_int_equal(scan_pages(scan), cases[i].pages);
        CLEANUP(image_freep) struct image *image = scan_decode(scan, 1, SCAN_GREY, &err);
        assert_non_null(image);
        if (cases[i].pages == 3) { /* the page that is cut off is missed, not forgotten */
            assert_null(scan_decode(scan, 2, SCAN_GREY, &err));
            assert_int_equal(err.reason, REASON_DAMAGED);
        }
    }
    put_le32(file + 4, 0);
    assert_int_equal(refusal(bytes_span(&sink.bytes), &limits), REASON_NO_PAGES);
}

/* What a 3 x 2 picture "abc/def" looks like upright for each orientation. */
static const struct {
    uint32_t width;
    const char *seen;
} upright[9] = {{3, "abcdef"}, {3, "abcdef"}, {3, "cbafed"}, {3, "fedcba"}, {3, "defabc"},
                {2, "adbecf"}, {2, "daebfc"}, {2, "fcebda"}, {2, "cfbead"}};

static void tiff_orientations_are_applied(void **state)
{
    (void)state;
    for (uint16_t orientation = 1; orientation <= 8; orientation++) {
        CLEANUP(sink_done) struct sink sink = {0};
        write_tiff(&sink, &(struct tiff_page){3, 2, 8, 1, PHOTOMETRIC_MINISBLACK,
                                              .orientation = orientation, .data = "abcdef"});
        CLEANUP(image_freep)
        struct image *image = decode(bytes_span(&sink.bytes), 0, SCAN_GREY);
        uint32_t width = upright[orientation].width;
        assert_int_equal(image_width_px(image), width);
        for (uint32_t i = 0; i < 6; i++)
            assert_int_equal(pixel(image, i % width, i / width), upright[orientation].seen[i]);
    }
}

static void a_page_in_one_strip_is_whole_whatever_it_says(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes file = {0};
    uint8_t bits[13 * 61] = {0}, head[8 + 2 + 8 * 12 + 4] = "II*\0\10\0\0\0\10";
    static const uint32_t tags[8][2] = {{256, 101}, {257, 61},          {259, 1},
                                        {262, 0},   {273, sizeof head}, {277, 1},
                                        {278, 1},   {279, sizeof bits}};
    for (size_t i = 0; i < 8; i++) {
        put_le16(head + 10 + i * 12, (uint16_t)tags[i][0]);
        put_le16(head + 12 + i * 12, 4);
        put_le32(head + 14 + i * 12, 1);
        put_le32(head + 18 + i * 12, tags[i][1]);
    }
    draw_bits(bits, 0, 0, 101, 61);
    assert_int_equal(bytes_append(&file, span_of(head, sizeof head), &err), 0);
    assert_int_equal(bytes_append(&file, span_of(bits, sizeof bits), &err), 0);
    CLEANUP(image_freep) struct image *image = decode(bytes_span(&file), 0, SCAN_GREY);
    assert_bits(image, 101, 61);
}

static void tiff_resolution_knows_its_unit(void **state)
{
    (void)state;
    static const struct {
        uint16_t unit;
        double resolution;
        uint32_t dpi;
    } cases[] = {{RESUNIT_INCH, 200, 200},
                 {RESUNIT_CENTIMETER, 118.11, 300},
                 {RESUNIT_NONE, 72, 0},
                 {RESUNIT_INCH, 1, 0},
                 {RESUNIT_INCH, 1e9, 0}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(sink_done) struct sink sink = {0};
        TIFF *tif = write_to(&sink, "w");
        write_page(tif, &(struct tiff_page){8, 1, 1, 1, PHOTOMETRIC_MINISWHITE, .data = "\x55"});
        TIFFSetDirectory(tif, 0);
        TIFFSetField(tif, TIFFTAG_RESOLUTIONUNIT, cases[i].unit);
        TIFFSetField(tif, TIFFTAG_XRESOLUTION, cases[i].resolution);
        TIFFRewriteDirectory(tif);
        TIFFClose(tif);
        CLEANUP(image_freep)
        struct image *image = decode(bytes_span(&sink.bytes), 0, SCAN_GREY);
        assert_int_equal(image_dpi(image), cases[i].dpi);
    }
}

/* ---- JPEG */

struct jpeg_picture {
    int components;
    J_COLOR_SPACE from, to;
    uint8_t value[4];
    bool adobe, exif_big_endian;
    uint16_t orientation, exif_dpi;
};

static size_t exif_of(const struct jpeg_picture *picture, uint8_t *to)
{
    static const struct {
        uint16_t id, type;
    } tags[] = {{0x112, 3}, {0x11A, 5}, {0x128, 3}};
    const uint32_t values[] = {picture->orientation, 8 + 2 + 3 * 12 + 4, 2};
    uint8_t little[128] = "Exif\0\0II*\0\10\0\0\0\3";
    for (size_t i = 0; i < 3; i++) {
        uint8_t *at = little + 16 + i * 12;
        put_le16(at, tags[i].id);
        put_le16(at + 2, tags[i].type);
        put_le32(at + 4, 1);
        put_le32(at + 8, values[i]);
    }
    put_le32(little + 6 + values[1], picture->exif_dpi);
    put_le32(little + 6 + values[1] + 4, 1);
    memcpy(to, little, sizeof little);
    if (picture->exif_big_endian) {
        memcpy(to + 6, "MM\0*\0\0\0\10\0\3", 10);
        for (size_t i = 0; i < 3; i++) {
            uint8_t *at = to + 16 + i * 12;
            at[0] = (uint8_t)(tags[i].id >> 8), at[1] = (uint8_t)tags[i].id;
            at[2] = 0, at[3] = (uint8_t)tags[i].type;
            memcpy(at + 4, "\0\0\0\1\0\0\0\0", 8);
            at[tags[i].type == 3 ? 9 : 11] = (uint8_t)values[i];
        }
        uint8_t *ratio = to + 6 + values[1];
        memcpy(ratio, "\0\0\0\0\0\0\0\1", 8);
        ratio[2] = (uint8_t)(picture->exif_dpi >> 8), ratio[3] = (uint8_t)picture->exif_dpi;
    }
    return sizeof little;
}

/* 48 x 32, one colour, but 3 x 2 blocks of rising grey when there is one component. */
static void write_jpeg(struct bytes *out, const struct jpeg_picture *picture)
{
    struct err err = {0};
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *file = NULL;
    unsigned long len = 0;
    uint8_t exif[128], row[48 * 4];
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &file, &len);
    jpeg.image_width = 48;
    jpeg.image_height = 32;
    jpeg.input_components = picture->components;
    jpeg.in_color_space = picture->from;
    jpeg_set_defaults(&jpeg);
    jpeg_set_colorspace(&jpeg, picture->to);
    jpeg_set_quality(&jpeg, 100, TRUE);
    jpeg.write_JFIF_header = FALSE;
    jpeg.write_Adobe_marker = picture->adobe;
    jpeg_start_compress(&jpeg, TRUE);
    if (picture->orientation || picture->exif_dpi)
        jpeg_write_marker(&jpeg, JPEG_APP0 + 1, exif, (unsigned)exif_of(picture, exif));
    for (uint32_t y = 0; y < 32; y++) {
        for (uint32_t x = 0; x < 48; x++)
            for (int c = 0; c < picture->components; c++)
                row[x * (uint32_t)picture->components + (uint32_t)c] =
                    picture->components == 1 ? (uint8_t)(20 + 40 * (y / 16 * 3 + x / 16))
                                             : picture->value[c];
        JSAMPROW rows[] = {row};
        jpeg_write_scanlines(&jpeg, rows, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    assert_int_equal(bytes_append(out, span_of(file, len), &err), 0);
    free(file);
}

static void assert_near(uint32_t value, uint32_t wanted, uint32_t by)
{
    assert_in_range(value + 256, wanted + 256 - by, wanted + 256 + by);
}

static void assert_colour(const struct image *image, uint32_t r, uint32_t g, uint32_t b)
{
    uint32_t value = pixel(image, 20, 20);
    assert_int_equal(image_depth(image), 32);
    assert_near(value >> 24, r, 3);
    assert_near(value >> 16 & 255, g, 3);
    assert_near(value >> 8 & 255, b, 3);
}

static void jpeg_colours_are_read(void **state)
{
    (void)state;
    static const struct {
        struct jpeg_picture picture;
        uint32_t r, g, b;
    } cases[] = {
        {{3, JCS_RGB, JCS_YCbCr, .value = {200, 100, 50}}, 200, 100, 50},
        {{3, JCS_RGB, JCS_RGB, .value = {200, 100, 50}, .adobe = true}, 200, 100, 50},
        {{4, JCS_CMYK, JCS_CMYK, .value = {0, 255, 128, 0}}, 255, 0, 127},
        {{4, JCS_CMYK, JCS_CMYK, .value = {255, 0, 127, 255}, .adobe = true}, 255, 0, 127},
        {{4, JCS_CMYK, JCS_YCCK, .value = {255, 0, 127, 255}, .adobe = true}, 255, 0, 127},
        {{4, JCS_CMYK, JCS_CMYK, .value = {0, 0, 0, 255}}, 0, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(bytes_done) struct bytes file = {0};
        write_jpeg(&file, &cases[i].picture);
        CLEANUP(image_freep) struct image *image = decode(bytes_span(&file), 0, SCAN_COLOUR);
        assert_colour(image, cases[i].r, cases[i].g, cases[i].b);
        CLEANUP(image_freep) struct image *grey = decode(bytes_span(&file), 0, SCAN_GREY);
        assert_int_equal(image_depth(grey), 8);
        assert_near(pixel(grey, 20, 20),
                    (299 * cases[i].r + 587 * cases[i].g + 114 * cases[i].b) / 1000, 3);
    }
}

static void paint(PIX *pix, int x, int y, int w, int h, uint32_t colour)
{
    BOX *box = boxCreate(x, y, w, h);
    assert_int_equal(pixSetInRectArbitrary(pix, box, colour), 0);
    boxDestroy(&box);
}

/* Black text and a red seal, or text that is red itself. */
static void write_picture(struct bytes *out, bool red_text, int format)
{
    struct err err = {0};
    l_uint8 *file = NULL;
    size_t len = 0;
    PIX *pix = pixCreate(211, 96, 32);
    (void)pixSetAll(pix);
    paint(pix, 16, 16, 120, 32, red_text ? 0xdc282800 : 0x10101000);
    paint(pix, 152, 32, red_text ? 8 : 48, 32, red_text ? 0x10101000 : 0xdc282800);
    assert_int_equal(pixWriteMem(&file, &len, pix, format), 0);
    assert_int_equal(bytes_append(out, span_of(file, len), &err), 0);
    lept_free(file);
    pixDestroy(&pix);
}

/* However a format comes to it: what is given for reading is the colours without the red ink. */
static void pictures_are_read_without_red_ink(void **state)
{
    (void)state;
    static const int written[] = {IFF_JFIF_JPEG, IFF_PNG, IFF_TIFF_ZIP, IFF_PNM};
    struct err err = {0};
    for (size_t i = 0; i < ARRAY_LEN(written); i++)
        for (int red_text = 0; red_text < 2; red_text++) {
            CLEANUP(bytes_done) struct bytes file = {0};
            write_picture(&file, red_text, written[i]);
            CLEANUP(image_freep) struct image *colour = decode(bytes_span(&file), 0, SCAN_COLOUR);
            CLEANUP(image_freep) struct image *want = image_grey_for_reading(colour, &err);
            CLEANUP(image_freep) struct image *got = decode(bytes_span(&file), 0, SCAN_READ);
            assert_non_null(want);
            assert_int_equal(image_depth(got), 8);
            l_int32 same = 0;
            assert_int_equal(pixEqual(image_pix(want), image_pix(got), &same), 0);
            assert_true(same);
            assert_true((pixel(got, red_text ? 40 : 170, 36) < 0x80) == red_text);
        }
    CLEANUP(bytes_done) struct bytes grey = {0};
    write_jpeg(&grey, &(struct jpeg_picture){1, JCS_GRAYSCALE, JCS_GRAYSCALE, .value = {0}});
    CLEANUP(image_freep) struct image *want = decode(bytes_span(&grey), 0, SCAN_GREY);
    CLEANUP(image_freep) struct image *got = decode(bytes_span(&grey), 0, SCAN_READ);
    l_int32 same = 0;
    assert_int_equal(pixEqual(image_pix(want), image_pix(got), &same), 0);
    assert_true(same);
}

static void exif_is_obeyed(void **state)
{
    (void)state;
    for (uint16_t orientation = 0; orientation <= 9; orientation++)
        for (int big_endian = 0; big_endian < 2; big_endian++) {
            CLEANUP(bytes_done) struct bytes file = {0};
            write_jpeg(&file, &(struct jpeg_picture){1, JCS_GRAYSCALE, JCS_GRAYSCALE,
                                                     .orientation = orientation, .exif_dpi = 300,
                                                     .exif_big_endian = big_endian});
            CLEANUP(image_freep) struct image *image = decode(bytes_span(&file), 0, SCAN_GREY);
            size_t row = orientation <= 8 ? orientation : 1;
            uint32_t width = upright[row].width;
            assert_int_equal(image_dpi(image), 300);
            assert_int_equal(image_width_px(image), width * 16);
            for (uint32_t i = 0; i < 6; i++)
                assert_near(pixel(image, i % width * 16 + 8, i / width * 16 + 8),
                            20 + 40 * (uint32_t)(upright[row].seen[i] - 'a'), 2);
        }
}

static void a_cut_jpeg_is_read_from_half_on(void **state)
{
    (void)state;
    CLEANUP(bytes_done) struct bytes file = {0};
    struct err err = {0};
    l_uint8 *data = NULL;
    size_t len = 0;
    PIX *pix = pixCreate(64, 640, 8);
    for (int i = 0; i < 64 * 640; i++)
        pixSetPixel(pix, i % 64, i / 64, (l_uint32)(i * 7919 >> 3 & 255));
    assert_int_equal(pixWriteMemJpeg(&data, &len, pix, 90, 0), 0);
    pixDestroy(&pix);
    assert_int_equal(bytes_append(&file, span_of(data, len), &err), 0);
    lept_free(data);
    assert_int_equal(refusal(span_of(file.data, len / 3), &limits), REASON_DAMAGED);
    CLEANUP(image_freep)
    struct image *image = decode(span_of(file.data, len * 4 / 5), 0, SCAN_GREY);
    assert_int_equal(image_height_px(image), 640);
}

/* ---- PNG */

struct png_picture {
    int colour, bits, interlace;
    const char *rows[2];
    bool clear; /* tRNS: sample or palette entry 0 */
};

static void append_png(png_structp png, png_bytep data, size_t len)
{
    struct err err = {0};
    assert_int_equal(bytes_append(png_get_io_ptr(png), span_of(data, len), &err), 0);
}

static void write_png(struct bytes *out, const struct png_picture *picture)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, out, append_png, NULL);
    png_set_IHDR(png, info, 2, 2, picture->bits, picture->colour, picture->interlace, 0, 0);
    png_set_pHYs(png, info, 11811, 11811, PNG_RESOLUTION_METER);
    static const png_color palette[] = {{255, 0, 0}, {0, 255, 0}};
    png_byte alpha = 0;
    png_color_16 colour = {0};
    if (picture->colour == PNG_COLOR_TYPE_PALETTE)
        png_set_PLTE(png, info, palette, 2);
    if (picture->clear)
        png_set_tRNS(png, info, &alpha, 1, &colour);
    png_write_info(png, info);
    int passes = png_set_interlace_handling(png);
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < 2; y++)
            png_write_row(png, (png_const_bytep)picture->rows[y]);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
}

static void png_of_every_kind_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct png_picture picture;
        uint32_t depth, seen[4];
    } cases[] = {
        {"bilevel", {0, 1, 0, .rows = {"\x40", "\x80"}}, 1, {1, 0, 0, 1}},
        {"4 bits", {0, 4, 0, .rows = {"\x12", "\x3f"}}, 8, {17, 34, 51, 255}},
        {"grey", {0, 8, 0, .rows = {"ab", "cd"}}, 8, {'a', 'b', 'c', 'd'}},
        {"interlaced", {0, 8, 1, .rows = {"ab", "cd"}}, 8, {'a', 'b', 'c', 'd'}},
        {"bilevel, interlaced", {0, 1, 1, .rows = {"\x40", "\x80"}}, 1, {1, 0, 0, 1}},
        {"16 bits", {0, 16, 0, .rows = {"a\0b\0", "c\0d\0"}}, 8, {'a', 'b', 'c', 'd'}},
        {"grey, clear black",
         {0, 8, 0, .rows = {"\0b", "cd"}, .clear = true},
         8,
         {255, 'b', 'c', 'd'}},
        {"bilevel, clear black",
         {0, 1, 0, .rows = {"\x40", "\x80"}, .clear = true},
         8,
         {255, 255, 255, 255}},
        {"grey and alpha",
         {4, 8, 0,
          .rows = {"a\xff\0\0", "\0\x80"
                                "d\xff"}},
         8,
         {'a', 255, 127, 'd'}},
        {"colour",
         {2, 8, 0, .rows = {"abcdef", "ghijkl"}},
         32,
         {0x61626300, 0x64656600, 0x67686900, 0x6a6b6c00}},
        {"colour, interlaced",
         {2, 8, 1, .rows = {"abcdef", "ghijkl"}},
         32,
         {0x61626300, 0x64656600, 0x67686900, 0x6a6b6c00}},
        {"colour and alpha",
         {6, 8, 0,
          .rows = {"abc\xff"
                   "def\0",
                   "\0\0\0\x80"
                   "jkl\xff"}},
         32,
         {0x61626300, 0xffffff00, 0x7f7f7f00, 0x6a6b6c00}},
        {"palette",
         {3, 1, 0, .rows = {"\x40", "\x80"}},
         32,
         {0xff000000, 0x00ff0000, 0x00ff0000, 0xff000000}},
        {"palette, clear red",
         {3, 8, 0, .rows = {"\0\1", "\1\0"}, .clear = true},
         32,
         {0xffffff00, 0x00ff0000, 0x00ff0000, 0xffffff00}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(bytes_done) struct bytes file = {0};
        write_png(&file, &cases[i].picture);
        CLEANUP(image_freep) struct image *image = decode(bytes_span(&file), 0, SCAN_COLOUR);
        assert_int_equal(image_dpi(image), 300);
        for (uint32_t j = 0; j < 4; j++)
            if (image_depth(image) != cases[i].depth ||
                pixel(image, j % 2, j / 2) != cases[i].seen[j])
                fail_msg("%s: depth %u, pixel %u is %x", cases[i].why, image_depth(image), j,
                         pixel(image, j % 2, j / 2));
        CLEANUP(image_freep) struct image *grey = decode(bytes_span(&file), 0, SCAN_GREY);
        assert_int_equal(image_depth(grey), cases[i].depth == 1 ? 1 : 8);
    }
}

/* ---- the rest */

static void small_formats_are_read(void **state)
{
    (void)state;
    static const struct {
        int format;
        const char *name;
        int depth;
    } cases[] = {{IFF_BMP, "bmp", 8},    {IFF_BMP, "bmp", 1},  {IFF_PNM, "pnm", 1},
                 {IFF_PNM, "pnm", 8},    {IFF_PNM, "pnm", 32}, {IFF_GIF, "gif", 8},
                 {IFF_WEBP, "webp", 32}, {IFF_JP2, "jp2", 8}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};
        l_uint8 *data = NULL;
        size_t len = 0;
        PIX *pix = pixCreate(64, 50, cases[i].depth);
        pixSetBlackOrWhite(pix, L_SET_WHITE);
        BOX *box = boxCreate(0, 0, 32, 25);
        if (cases[i].depth == 1)
            pixSetInRect(pix, box);
        else
            pixClearInRect(pix, box);
        boxDestroy(&box);
        assert_int_equal(pixWriteMem(&data, &len, pix, cases[i].format), 0);
        pixDestroy(&pix);
        CLEANUP(scan_closep) struct scan *scan = scan_open(span_of(data, len), &limits, &err);
        if (!scan)
            fail_msg("%s: %s", cases[i].name, err.text);
        assert_string_equal(scan_format(scan), cases[i].name);
        CLEANUP(image_freep) struct image *image = scan_decode(scan, 0, SCAN_GREY, &err);
        if (!image)
            fail_msg("%s", err.text);
        assert_int_equal(image_width_px(image), 64);
        assert_int_equal(image_height_px(image), 50);
        uint32_t black = pixel(image, 8, 8), white = pixel(image, 50, 40);
        assert_true(image_depth(image) == 1 ? black == 1 && white == 0 : black < 16 && white > 240);
        const struct scan_limits small = {64 * 50 - 1, 5000, 1}, narrow = {1000000, 63, 1};
        assert_int_equal(refusal(span_of(data, len), &small), REASON_PIXEL_LIMIT);
        assert_int_equal(refusal(span_of(data, len), &narrow), REASON_PIXEL_LIMIT);
        lept_free(data);
    }
}

static void limits_are_kept_by_the_large_formats(void **state)
{
    (void)state;
    static const struct scan_limits exact = {101 * 61, 101, 1}, small = {101 * 61 - 1, 101, 1},
                                    narrow = {1000000, 100, 1};
    for (int format = 0; format < 3; format++) {
        struct err err = {0};
        l_uint8 *data = NULL;
        size_t len = 0;
        PIX *pix = pixCreate(101, 61, 8);
        static const int formats[] = {IFF_TIFF_LZW, IFF_JFIF_JPEG, IFF_PNG};
        assert_int_equal(pixWriteMem(&data, &len, pix, formats[format]), 0);
        pixDestroy(&pix);
        CLEANUP(scan_closep) struct scan *scan = scan_open(span_of(data, len), &exact, &err);
        assert_non_null(scan);
        CLEANUP(image_freep) struct image *image = scan_decode(scan, 0, SCAN_GREY, &err);
        assert_non_null(image);
        assert_int_equal(refusal(span_of(data, len), &small), REASON_PIXEL_LIMIT);
        assert_int_equal(refusal(span_of(data, len), &narrow), REASON_PIXEL_LIMIT);
        lept_free(data);
    }
}

static void what_is_no_picture_is_said_to_be_none(void **state)
{
    (void)state;
    static const struct {
        struct span data;
        enum reason reason;
    } cases[] = {
        {{NULL, 0}, REASON_EMPTY},
        {D("x"), REASON_UNKNOWN_FORMAT},
        {D("hello, world"), REASON_UNKNOWN_FORMAT},
        {D("<html>"), REASON_UNKNOWN_FORMAT},
        {D("Perhaps a picture"), REASON_UNKNOWN_FORMAT},
        {D("BMW is a make of car, and the size is text"), REASON_UNKNOWN_FORMAT},
        {D("P5 # no size\n"), REASON_DAMAGED},
        {D("P5 99999999999999999999 1 255\n"), REASON_PIXEL_LIMIT},
        {D("II*\0\0\0\0\0"), REASON_NO_PAGES},
        {D("II*\0\x99\0\0\0"), REASON_DAMAGED},
        {D("\xff\xd8\xff\xd9"), REASON_DAMAGED},
        {D("\x89PNG\r\n\x1a\n"), REASON_DAMAGED},
        {D("%PDF-1.4\n"), REASON_DAMAGED},
        {D("GIF89a\1\0\1\0\0\0\0;"), REASON_DAMAGED},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum reason reason = refusal(cases[i].data, &limits);
        if (reason != cases[i].reason)
            fail_msg("case %zu: %s", i, reason_code(reason));
    }
}

/* Every cut of a small file of each format: read or refused with a reason, never past the end. */
static void every_cut_is_survived(void **state)
{
    (void)state;
    static const int formats[] = {IFF_TIFF_G4, IFF_TIFF_LZW, IFF_JFIF_JPEG, IFF_PNG,
                                  IFF_BMP,     IFF_GIF,      IFF_WEBP,      IFF_PNM};
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        l_uint8 *data = NULL;
        size_t len = 0;
        PIX *pix = pixCreate(33, 21,
                             formats[i] == IFF_TIFF_G4 ? 1
                             : formats[i] == IFF_WEBP  ? 32
                                                       : 8);
        assert_int_equal(pixWriteMem(&data, &len, pix, formats[i]), 0);
        pixDestroy(&pix);
        for (size_t cut = 0; cut < len; cut++) {
            struct err err = {0};
            uint8_t *copy = malloc(cut ? cut : 1);
            memcpy(copy, data, cut);
            CLEANUP(scan_closep) struct scan *scan = scan_open(span_of(copy, cut), &limits, &err);
            CLEANUP(image_freep)
            struct image *image = scan ? scan_decode(scan, 0, SCAN_GREY, &err) : NULL;
            if (!image)
                assert_true(err.kind == ERR_INPUT && err.reason != REASON_NONE);
            scan_close(TAKE(scan));
            free(copy);
        }
        lept_free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiff_samples_of_every_width_are_read),
        cmocka_unit_test(bilevel_survives_every_compression),
        cmocka_unit_test(tiles_are_put_together),
        cmocka_unit_test(many_pages_are_read_in_any_order),
        cmocka_unit_test(a_chain_that_loops_or_leaves_the_file_ends),
        cmocka_unit_test(tiff_orientations_are_applied),
        cmocka_unit_test(a_page_in_one_strip_is_whole_whatever_it_says),
        cmocka_unit_test(tiff_resolution_knows_its_unit),
        cmocka_unit_test(jpeg_colours_are_read),
        cmocka_unit_test(pictures_are_read_without_red_ink),
        cmocka_unit_test(exif_is_obeyed),
        cmocka_unit_test(a_cut_jpeg_is_read_from_half_on),
        cmocka_unit_test(png_of_every_kind_is_read),
        cmocka_unit_test(small_formats_are_read),
        cmocka_unit_test(limits_are_kept_by_the_large_formats),
        cmocka_unit_test(what_is_no_picture_is_said_to_be_none),
        cmocka_unit_test(every_cut_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
