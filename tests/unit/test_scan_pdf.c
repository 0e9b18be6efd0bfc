/* tests/unit/test_scan_pdf.c - PDFs written by hand: which pages are one image, and how they lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <leptonica/allheaders.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#include "image/scan.h"

static const struct scan_limits limits = {1000000, 5000, 10};

/* 4 x 2 samples of grey: the corners tell which way the picture lies. */
#define CORNERS "4 2 0 0 \x10\x40\x40\x60\xa0\x40\x40\xe0"
enum { TL = 0x10, TR = 0x60, BL = 0xa0, BR = 0xe0 };

struct page {
    const char *content;
    const char *page;      /* more keys of the page */
    const char *dict;      /* of the image, without Length */
    struct span data;      /* of the image */
    const char *resources; /* more keys of the resources */
    const char *objects;   /* more objects, whole */
};

static void add(struct bytes *out, const char *text)
{
    struct err err = {0};
    assert_int_equal(bytes_append(out, span_of_text(text), &err), 0);
}

/* No cross-reference table: qpdf rebuilds it, as it does for many a scanner's file. */
static void write_pdf(struct bytes *out, const struct page *page)
{
    struct err err = {0};
    add(out, "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
             "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 400 200]/Resources"
             "<</XObject<</Im 5 0 R/Fm 6 0 R>>");
    add(out, page->resources ? page->resources : "");
    add(out, ">>>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R");
    add(out, page->page ? page->page : "");
    assert_int_equal(bytes_printf(out, &err, ">>endobj\n4 0 obj<</Length %zu>>stream\n%s\n",
                                  strlen(page->content), page->content),
                     0);
    add(out, "endstream endobj\n");
    assert_int_equal(bytes_printf(out, &err,
                                  "5 0 obj<</Type/XObject/Subtype/Image%s/Length %zu>>stream\n",
                                  page->dict, page->data.len),
                     0);
    assert_int_equal(bytes_append(out, page->data, &err), 0);
    add(out, "\nendstream endobj\n");
    add(out, page->objects ? page->objects : "");
    add(out, "trailer<</Root 1 0 R/Size 9>>\n%%EOF\n");
}

#define GREY_DICT "/Width 4/Height 2/BitsPerComponent 8/ColorSpace/DeviceGray"
static const struct span corners = {(const uint8_t *)CORNERS + 8, 8};

struct opened {
    struct bytes file;
    struct scan *scan;
};

static void opened_done(struct opened *opened)
{
    scan_close(opened->scan);
    bytes_done(&opened->file);
}

static void open_page(struct opened *opened, const struct page *page)
{
    struct err err = {0};
    write_pdf(&opened->file, page);
    opened->scan = scan_open(bytes_span(&opened->file), &limits, &err);
    if (!opened->scan)
        fail_msg("%s", err.text);
    assert_int_equal(scan_pages(opened->scan), 1);
}

static enum scan_way way_of(const struct page *page)
{
    struct err err = {0};
    enum scan_way way = 99;
    uint32_t dpi = 0;
    CLEANUP(opened_done) struct opened opened = {0};
    open_page(&opened, page);
    assert_int_equal(scan_page_way(opened.scan, 0, &way, &dpi, &err), 0);
    if (way == SCAN_RASTERISE)
        assert_in_range(dpi, 50, 300);
    return way;
}

static struct image *decode(const struct page *page, enum scan_mode mode)
{
    struct err err = {0};
    assert_int_equal(way_of(page), SCAN_DECODE);
    CLEANUP(opened_done) struct opened opened = {0};
    open_page(&opened, page);
    struct image *image = scan_decode(opened.scan, 0, mode, &err);
    if (!image)
        fail_msg("%s", err.text);
    return image;
}

static uint32_t pixel(const struct image *image, uint32_t x, uint32_t y)
{
    l_uint32 value = 0;
    assert_int_equal(pixGetPixel(image_pix(image), (int)x, (int)y, &value), 0);
    return value;
}

#define FULL "q 400 0 0 200 0 0 cm /Im Do Q"

static void a_page_counts_as_one_image_or_not(void **state)
{
    (void)state;
    static const struct {
        const char *why, *content, *page;
        enum scan_way way;
    } cases[] = {
        {"nothing else", FULL, NULL, SCAN_DECODE},
        {"without q", "400 0 0 200 0 0 cm /Im Do", NULL, SCAN_DECODE},
        {"two matrices", "q .5 0 0 .5 0 0 cm q 800 0 0 400 0 0 cm/Im Do Q Q", NULL, SCAN_DECODE},
        {"comment and marks", "%x\n/OC /MC0 BDC q 400 0 0 200 0 0 cm /I#6d Do Q EMC", NULL,
         SCAN_DECODE},
        {"invisible text", FULL " BT 3 Tr /F1 9 Tf (hidden) Tj ET", NULL, SCAN_DECODE},
        {"invisible text in hex", FULL " BT 3 Tr [<48> 20 <5d3e>] TJ ET", NULL, SCAN_DECODE},
        {"a white ground below", "1 g 0 0 400 200 re f " FULL, NULL, SCAN_DECODE},
        {"text below", "BT (under) Tj ET " FULL, NULL, SCAN_DECODE},
        {"a clip", "0 0 400 200 re W n " FULL, NULL, SCAN_DECODE},
        {"a margin", "q 380 0 0 190 10 5 cm /Im Do Q", NULL, SCAN_DECODE},
        {"cropped page", "q 100 0 0 50 50 50 cm /Im Do Q", "/CropBox[50 50 150 100]", SCAN_DECODE},
        {"in a form", "q 2 0 0 2 0 0 cm /Fm Do Q", NULL, SCAN_DECODE},
        {"visible text", FULL " BT /F1 9 Tf (seen) Tj ET", NULL, SCAN_RASTERISE},
        {"text mode restored", "q BT 3 Tr ET Q " FULL " BT (seen) Tj ET", NULL, SCAN_RASTERISE},
        {"text only", "BT /F1 9 Tf (seen) Tj ET", NULL, SCAN_RASTERISE},
        {"a line drawn", FULL " 0 0 m 9 9 l S", NULL, SCAN_RASTERISE},
        {"ground below a small image", "0 0 400 200 re f q 380 0 0 190 10 5 cm /Im Do Q", NULL,
         SCAN_RASTERISE},
        {"image twice", FULL " " FULL, NULL, SCAN_RASTERISE},
        {"small image", "q 200 0 0 200 0 0 cm /Im Do Q", NULL, SCAN_RASTERISE},
        {"image off the page", "q 400 0 0 200 300 0 cm /Im Do Q", NULL, SCAN_RASTERISE},
        {"image larger than the page", "q 800 0 0 400 0 0 cm /Im Do Q", NULL, SCAN_RASTERISE},
        {"leaning", "q 400 20 -10 200 0 0 cm /Im Do Q", NULL, SCAN_RASTERISE},
        {"no extent", "q 0 0 0 0 0 0 cm /Im Do Q", NULL, SCAN_RASTERISE},
        {"inline image", "q 400 0 0 200 0 0 cm BI /W 1 /H 1 ID x EI Q", NULL, SCAN_RASTERISE},
        {"no such image", "q 400 0 0 200 0 0 cm /Nope Do Q", NULL, SCAN_RASTERISE},
        {"nothing", "", NULL, SCAN_RASTERISE},
        {"unbalanced", "(((( " FULL, NULL, SCAN_RASTERISE},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum scan_way way = way_of(&(struct page){
            .content = cases[i].content,
            .page = cases[i].page,
            .dict = GREY_DICT,
            .data = corners,
            .objects = "6 0 obj<</Subtype/Form/BBox[0 0 9 9]/Matrix[.5 0 0 .5 0 0]/Length 30>>"
                       "stream\nq 400 0 0 200 0 0 cm /Im Do Q \nendstream endobj\n"});
        if (way != cases[i].way)
            fail_msg("%s: %d", cases[i].why, way);
    }
}

static void what_is_not_understood_is_rasterised(void **state)
{
    (void)state;
    static const char *const dicts[] = {
        GREY_DICT "/SMask 6 0 R",
        GREY_DICT "/Mask[0 1]",
        GREY_DICT "/Filter/JPXDecode",
        GREY_DICT "/Filter/JBIG2Decode",
        GREY_DICT "/Decode[.2 .8]",
        "/Width 4/Height 2/BitsPerComponent 8/ColorSpace[/Separation/x/DeviceGray 6 0 R]",
        "/Width 4/Height 2/BitsPerComponent 3/ColorSpace/DeviceGray",
        "/Width 0/Height 2/BitsPerComponent 8/ColorSpace/DeviceGray",
        "/Width 4/BitsPerComponent 8/ColorSpace/DeviceGray",
        "/Width 4/Height 2/BitsPerComponent 8",
        GREY_DICT "/Filter/Nonsense",
        "/Width 4/Height 2/BitsPerComponent 1/ColorSpace/DeviceGray/Filter/CCITTFaxDecode",
    };
    for (size_t i = 0; i < ARRAY_LEN(dicts); i++)
        if (way_of(&(struct page){.content = FULL,
                                  .dict = dicts[i],
                                  .data = corners,
                                  .objects = "6 0 obj<<>>endobj\n"}) != SCAN_RASTERISE)
            fail_msg("%s", dicts[i]);
}

static void every_way_to_lie_is_set_upright(void **state)
{
    (void)state;
    static const struct {
        const char *content, *page;
        uint32_t wide;
        uint32_t corners[4]; /* as seen: top left, top right, bottom left, bottom right */
    } cases[] = {
        {"400 0 0 200 0 0 cm /Im Do", NULL, 4, {TL, TR, BL, BR}},
        {"-400 0 0 200 400 0 cm /Im Do", NULL, 4, {TR, TL, BR, BL}},
        {"400 0 0 -200 0 200 cm /Im Do", NULL, 4, {BL, BR, TL, TR}},
        {"-400 0 0 -200 400 200 cm /Im Do", NULL, 4, {BR, BL, TR, TL}},
        {"0 200 -400 0 400 0 cm /Im Do", NULL, 2, {TR, BR, TL, BL}}, /* quarter turn left */
        {"0 -200 400 0 0 200 cm /Im Do", NULL, 2, {BL, TL, BR, TR}}, /* and right */
        {"0 200 400 0 0 0 cm /Im Do", NULL, 2, {BR, TR, BL, TL}},
        {"0 -200 -400 0 400 200 cm /Im Do", NULL, 2, {TL, BL, TR, BR}},
        {"400 0 0 200 0 0 cm /Im Do", "/Rotate 90", 2, {BL, TL, BR, TR}},
        {"400 0 0 200 0 0 cm /Im Do", "/Rotate 180", 4, {BR, BL, TR, TL}},
        {"400 0 0 200 0 0 cm /Im Do", "/Rotate -90", 2, {TR, BR, TL, BL}},
        {"400 0 0 200 0 0 cm /Im Do", "/Rotate 450", 2, {BL, TL, BR, TR}},
        {"0 200 -400 0 400 0 cm /Im Do", "/Rotate 90", 4, {TL, TR, BL, BR}}, /* cancels */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(image_freep)
        struct image *image = decode(&(struct page){.content = cases[i].content,
                                                    .page = cases[i].page,
                                                    .dict = GREY_DICT,
                                                    .data = corners},
                                     SCAN_GREY);
        uint32_t w = image_width_px(image), h = image_height_px(image);
        const uint32_t seen[] = {pixel(image, 0, 0), pixel(image, w - 1, 0), pixel(image, 0, h - 1),
                                 pixel(image, w - 1, h - 1)};
        if (w != cases[i].wide || memcmp(seen, cases[i].corners, sizeof seen) != 0)
            fail_msg("%s %s: %u wide, %x %x %x %x", cases[i].content,
                     cases[i].page ? cases[i].page : "", w, seen[0], seen[1], seen[2], seen[3]);
    }
}

static void samples_of_every_kind_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *dict;
        struct span data;
        uint32_t depth, first, last; /* pixels (0,0) and (1,0) in colour mode */
    } cases[] = {
#define D(text) {(const uint8_t *)(text), sizeof(text) - 1}
        {"/BitsPerComponent 1/ColorSpace/DeviceGray", D("\x40"), 1, 1, 0},
        {"/BitsPerComponent 1/ColorSpace/DeviceGray/Decode[1 0]", D("\x40"), 1, 0, 1},
        {"/ImageMask true", D("\x40"), 1, 1, 0},
        {"/ImageMask true/Decode[1 0]", D("\x40"), 1, 0, 1},
        {"/BitsPerComponent 1/ColorSpace[/Indexed/DeviceRGB 1<000000ffffff>]", D("\x40"), 1, 1, 0},
        {"/BitsPerComponent 1/ColorSpace[/Indexed/DeviceGray 1<ff00>]", D("\x40"), 1, 0, 1},
        {"/BitsPerComponent 1/ColorSpace[/Indexed/DeviceRGB 1<ff000000ff00>]", D("\x40"), 32,
         0xff000000, 0x00ff0000},
        {"/BitsPerComponent 2/ColorSpace/DeviceGray", D("\x60"), 8, 85, 170},
        {"/BitsPerComponent 4/ColorSpace/DeviceGray", D("\x1f"), 8, 17, 255},
        {"/BitsPerComponent 8/ColorSpace/DeviceGray/Decode[1 0]", D("\x01\xff"), 8, 254, 0},
        {"/BitsPerComponent 16/ColorSpace/DeviceGray", D("\x12\x34\xfe\xdc"), 8, 0x12, 0xfe},
        {"/BitsPerComponent 8/ColorSpace/DeviceRGB", D("abcdef"), 32, 0x61626300, 0x64656600},
        {"/BitsPerComponent 8/ColorSpace[/ICCBased 6 0 R]", D("abcdef"), 32, 0x61626300,
         0x64656600},
        {"/BitsPerComponent 8/ColorSpace/DeviceCMYK", D("\0\0\0\0\0\xff\xff\0"), 32, 0xffffff00,
         0xff000000},
        {"/BitsPerComponent 8/ColorSpace[/Indexed/DeviceCMYK 1<000000ff ff000000>]", D("\0\1"), 32,
         0, 0x00ffff00},
        {"/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/ASCIIHexDecode", D("1234>"), 8, 0x12,
         0x34},
        {"/BitsPerComponent 8/ColorSpace/DeviceGray/Filter[/ASCIIHexDecode/RunLengthDecode]",
         D("01 1234 80>"), 8, 0x12, 0x34},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char dict[256];
        snprintf(dict, sizeof dict, "/Width 2/Height 1%s", cases[i].dict);
        CLEANUP(image_freep)
        struct image *image =
            decode(&(struct page){.content = FULL,
                                  .dict = dict,
                                  .data = cases[i].data,
                                  .objects = "6 0 obj<</N 3/Length 0>>stream\nendstream endobj\n"},
                   SCAN_COLOUR);
        if (image_depth(image) != cases[i].depth || pixel(image, 0, 0) != cases[i].first ||
            pixel(image, 1, 0) != cases[i].last)
            fail_msg("%s: depth %u, %x %x", cases[i].dict, image_depth(image), pixel(image, 0, 0),
                     pixel(image, 1, 0));
        CLEANUP(image_freep)
        struct image *grey =
            decode(&(struct page){.content = FULL,
                                  .dict = dict,
                                  .data = cases[i].data,
                                  .objects = "6 0 obj<</N 3/Length 0>>stream\nendstream endobj\n"},
                   SCAN_GREY);
        assert_int_equal(image_depth(grey), cases[i].depth == 1 ? 1 : 8);
    }
}

static PIX *drawing(void)
{
    PIX *pix = pixCreate(200, 100, 1);
    BOX *box = boxCreate(20, 30, 77, 13);
    pixSetInRect(pix, box);
    boxDestroy(&box);
    pixSetPixel(pix, 199, 0, 1);
    return pix;
}

/* The bare code of a fax TIFF made by libtiff. */
static void encode_fax(struct bytes *out, int format)
{
    struct err err = {0};
    l_uint8 *file = NULL;
    size_t len = 0;
    PIX *pix = drawing();
    assert_int_equal(pixWriteMemTiff(&file, &len, pix, format), 0);
    uint32_t off = get_le32(file + 4), strip = 0, bytes = 0;
    for (uint32_t i = 0; i < get_le16(file + off); i++) {
        const uint8_t *tag = file + off + 2 + i * 12;
        uint32_t value = get_le16(tag + 2) == 3 ? get_le16(tag + 8) : get_le32(tag + 8);
        strip = get_le16(tag) == TIFFTAG_STRIPOFFSETS ? value : strip;
        bytes = get_le16(tag) == TIFFTAG_STRIPBYTECOUNTS ? value : bytes;
    }
    assert_true(strip > 0 && bytes > 0 && strip + bytes <= len);
    assert_int_equal(bytes_append(out, span_of(file + strip, bytes), &err), 0);
    lept_free(file);
    pixDestroy(&pix);
}

static void assert_drawing(const struct image *image, bool inverted)
{
    PIX *pix = drawing();
    if (inverted)
        pixInvert(pix, pix);
    l_int32 same = 0;
    pixEqual(pix, image_pix(image), &same);
    pixDestroy(&pix);
    assert_true(same);
}

static void fax_pages_are_taken_bit_by_bit(void **state)
{
    (void)state;
    static const struct {
        int format;
        const char *parms, *more;
        bool inverted;
    } cases[] = {
        {IFF_TIFF_G4, "/K -1/Columns 200/Rows 100", "/ColorSpace/DeviceGray", false},
        {IFF_TIFF_G4, "/K -1/Columns 200", "/ColorSpace/DeviceGray", false},
        {IFF_TIFF_G4, "/K -1/Columns 200/BlackIs1 true", "/ColorSpace/DeviceGray", true},
        {IFF_TIFF_G4, "/K -1/Columns 200/BlackIs1 true", "/ColorSpace/DeviceGray/Decode[1 0]",
         false},
        {IFF_TIFF_G4, "/K -1/Columns 200", "/ImageMask true", false},
        {IFF_TIFF_G3, "/K 0/Columns 200/EndOfLine true", "/ColorSpace/DeviceGray", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char dict[256];
        CLEANUP(bytes_done) struct bytes code = {0};
        encode_fax(&code, cases[i].format);
        snprintf(
            dict, sizeof dict,
            "/Width 200/Height 100/BitsPerComponent 1%s/Filter/CCITTFaxDecode/DecodeParms<<%s>>",
            cases[i].more, cases[i].parms);
        CLEANUP(image_freep)
        struct image *image = decode(
            &(struct page){.content = FULL, .dict = dict, .data = bytes_span(&code)}, SCAN_GREY);
        assert_int_equal(image_depth(image), 1);
        assert_int_equal(image_dpi(image), 36); /* 200 pixels on 400 points */
        assert_drawing(image, cases[i].inverted);
    }
}

static void jpeg_pages_are_read_also_behind_another_filter(void **state)
{
    (void)state;
    struct err err = {0};
    l_uint8 *file = NULL;
    size_t len = 0;
    PIX *pix = pixCreate(32, 16, 8);
    pixSetAllArbitrary(pix, 90);
    assert_int_equal(pixWriteMemJpeg(&file, &len, pix, 90, 0), 0);
    pixDestroy(&pix);
    CLEANUP(bytes_done) struct bytes hex = {0};
    for (size_t i = 0; i < len; i++)
        assert_int_equal(bytes_printf(&hex, &err, "%02x", file[i]), 0);
    add(&hex, ">");
    static const char *const filters[] = {"/Filter/DCTDecode", "/Filter[/DCTDecode]",
                                          "/Filter[/ASCIIHexDecode/DCTDecode]",
                                          "/Filter/DCTDecode/Decode[1 0]"};
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        char dict[256];
        snprintf(dict, sizeof dict,
                 "/Width 32/Height 16/BitsPerComponent 8/ColorSpace/DeviceGray%s", filters[i]);
        CLEANUP(image_freep)
        struct image *image =
            decode(&(struct page){.content = FULL,
                                  .dict = dict,
                                  .data = i == 2 ? bytes_span(&hex) : span_of(file, len)},
                   SCAN_GREY);
        assert_int_equal(image_width_px(image), 32);
        assert_in_range(pixel(image, 16, 8), i == 3 ? 163 : 88, i == 3 ? 167 : 92);
    }
    lept_free(file);
}

static void a_page_too_big_to_draw_is_drawn_smaller_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *box;
        uint32_t dpi; /* 0: refused */
    } cases[] = {{"/MediaBox[0 0 72 72]", 300},    {"/MediaBox[0 0 720 720]", 100},
                 {"/MediaBox[0 0 7200 72]", 50},   {"/MediaBox[0 0 7272 72]", 0},
                 {"/MediaBox[0 0 14400000 9]", 0}, {"/MediaBox[0 0 72 72]/UserUnit 10", 100},
                 {"/MediaBox[0 0 0 0]", 101},      {"/MediaBox[0 0 1e99 9]", 101}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};
        enum scan_way way = SCAN_DECODE;
        uint32_t dpi = 0;
        CLEANUP(opened_done) struct opened opened = {0};
        open_page(&opened, &(struct page){.content = "0 0 m S",
                                          .page = cases[i].box,
                                          .dict = GREY_DICT,
                                          .data = corners});
        int rc = scan_page_way(opened.scan, 0, &way, &dpi, &err);
        if (cases[i].dpi == 0) {
            assert_int_equal(rc, -1);
            assert_int_equal(err.reason, REASON_PIXEL_LIMIT);
        } else if (rc != 0 || dpi != cases[i].dpi) {
            fail_msg("%s: %d, %u dpi %s", cases[i].box, rc, dpi, err.text);
        }
    }
}

static void an_image_past_the_limit_or_cut_short_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *dict;
        enum reason reason;
    } cases[] = {
        {"/Width 4000/Height 4000/BitsPerComponent 8/ColorSpace/DeviceGray", REASON_PIXEL_LIMIT},
        {"/Width 900000000/Height 1/BitsPerComponent 8/ColorSpace/DeviceCMYK", REASON_PIXEL_LIMIT},
        {"/Width 4/Height 5/BitsPerComponent 8/ColorSpace/DeviceGray", REASON_DAMAGED},
        {GREY_DICT "/Filter/DCTDecode", REASON_DAMAGED},
        {GREY_DICT "/Filter/FlateDecode", REASON_DAMAGED},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};
        CLEANUP(opened_done) struct opened opened = {0};
        open_page(&opened, &(struct page){.content = FULL, .dict = cases[i].dict, .data = corners});
        CLEANUP(image_freep) struct image *image = scan_decode(opened.scan, 0, SCAN_GREY, &err);
        assert_null(image);
        if (err.kind != ERR_INPUT || err.reason != cases[i].reason)
            fail_msg("%s: %s (%s)", cases[i].dict, err.text, reason_code(err.reason));
    }
}

static void every_cut_is_survived(void **state)
{
    (void)state;
    CLEANUP(bytes_done) struct bytes file = {0};
    write_pdf(&file, &(struct page){.content = FULL, .dict = GREY_DICT, .data = corners});
    for (size_t len = 0; len <= file.len; len += 3) {
        struct err err = {0};
        uint8_t *copy = malloc(len ? len : 1); /* exactly so long: reading over the end shows */
        memcpy(copy, file.data, len);
        CLEANUP(scan_closep) struct scan *scan = scan_open(span_of(copy, len), &limits, &err);
        if (scan) {
            CLEANUP(image_freep) struct image *image = scan_decode(scan, 0, SCAN_GREY, &err);
            (void)image;
        } else {
            assert_int_equal(err.kind, ERR_INPUT);
        }
        scan_close(TAKE(scan));
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_counts_as_one_image_or_not),
        cmocka_unit_test(what_is_not_understood_is_rasterised),
        cmocka_unit_test(every_way_to_lie_is_set_upright),
        cmocka_unit_test(samples_of_every_kind_are_read),
        cmocka_unit_test(fax_pages_are_taken_bit_by_bit),
        cmocka_unit_test(jpeg_pages_are_read_also_behind_another_filter),
        cmocka_unit_test(a_page_too_big_to_draw_is_drawn_smaller_or_refused),
        cmocka_unit_test(an_image_past_the_limit_or_cut_short_is_refused),
        cmocka_unit_test(every_cut_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
