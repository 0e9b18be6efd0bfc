/* tests/unit/test_embed.c - pictures for a PDF: as they are stored where that is possible, else the
 * same pixels. */
#include "image/embed.h"

#include "tests/unit/test.h"

#include <leptonica/allheaders.h>
#include <png.h>

#include <jpeglib.h>

#include "image/format.h"

static const struct scan_limits limits = {1000000, 5000, 10};

/* A picture of 37 x 23 whose every pixel is its own. */
static struct image *picture(int depth)
{
    struct err err = {0};
    PIX *pix = pixCreate(37, 23, depth);
    for (int y = 0; y < 23; y++)
        for (int x = 0; x < 37; x++) {
            l_uint32 value = (l_uint32)(x * 5 + y * 3) % 256;
            (void)pixSetPixel(pix, x, y,
                              depth == 1   ? (value / 8) % 2
                              : depth == 8 ? value
                                           : value << 24 | (255 - value) << 16 | (value / 2) << 8);
        }
    struct image *image = image_of_pix(pix, &err);
    assert_ok_ptr(image, err);
    return image;
}

static void embed_page(struct span file, uint32_t index, struct embed *ret_embed, struct bytes *out)
{
    struct err err = {0};
    CLEANUP(scan_closep) struct scan *scan = scan_open(file, &limits, &err);
    assert_ok_ptr(scan, err);
    assert_ok(scan_embed(scan, index, ret_embed, out, &err), err);
    assert_true(embed_valid(ret_embed, limits.side_max_px));
}

static void encode(const struct image *image, enum image_codec codec, struct bytes *out)
{
    struct err err = {0};
    assert_ok(image_encode(image, codec, out, &err), err);
}

static void append(struct bytes *out, const void *data, size_t len)
{
    struct err err = {0};
    assert_ok(bytes_append(out, span_of(data, len), &err), err);
}

static void a_jpeg_is_its_own_bytes(void **state)
{
    (void)state;
    static const int depths[] = {8, 32};
    for (size_t i = 0; i < ARRAY_LEN(depths); i++) {
        CLEANUP(image_freep) struct image *image = picture(depths[i]);
        CLEANUP(bytes_done) struct bytes file = {0}, out = {0};
        struct embed embed;
        encode(image, IMAGE_JPEG, &file);
        append(&file, "what a scanner adds", 19);
        embed_page(bytes_span(&file), 0, &embed, &out);
        assert_int_equal(embed.coding, EMBED_JPEG);
        assert_int_equal(embed.width_px, 37);
        assert_int_equal(embed.height_px, 23);
        assert_int_equal(embed.components, depths[i] == 8 ? 1 : 3);
        assert_int_equal(embed.orientation, 1);
        assert_int_equal(embed.colour_transform, -1);
        assert_int_equal(out.len, file.len);
        assert_memory_equal(out.data, file.data, file.len);
    }
}

static void a_jpeg_tells_how_it_lies(void **state)
{
    (void)state;
    static const uint8_t exif[] = "\xFF\xE1\0\x22"
                                  "Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0";
    CLEANUP(image_freep) struct image *image = picture(8);
    CLEANUP(bytes_done) struct bytes plain = {0}, file = {0}, out = {0};
    struct embed embed;
    encode(image, IMAGE_JPEG, &plain);
    append(&file, plain.data, 2);
    append(&file, exif, 2 + 0x22);
    append(&file, plain.data + 2, plain.len - 2);
    embed_page(bytes_span(&file), 0, &embed, &out);
    assert_int_equal(embed.coding, EMBED_JPEG);
    assert_int_equal(embed.orientation, 6);
    assert_int_equal(embed.width_px, 37);
    assert_int_equal(out.len, file.len);
}

static void a_jpeg_that_is_cut_is_decoded(void **state)
{
    (void)state;
    CLEANUP(image_freep) struct image *image = picture(8);
    CLEANUP(bytes_done) struct bytes file = {0}, out = {0};
    struct embed embed;
    encode(image, IMAGE_JPEG, &file);
    embed_page(span_of(file.data, file.len - 2), 0, &embed, &out);
    assert_int_equal(embed.coding, EMBED_FLATE);
    assert_int_equal(embed.bits, 8);
    assert_int_equal(embed.components, 1);
}

/* Grey steps in so many components, by libjpeg; without the marks that tell their meaning. */
static void write_jpeg(struct bytes *out, int components, J_COLOR_SPACE space, bool arithmetic)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *file = NULL;
    unsigned long len = 0;
    uint8_t row[4 * 16];
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &file, &len);
    jpeg.image_width = jpeg.image_height = 16;
    jpeg.input_components = components;
    jpeg.in_color_space = space;
    jpeg_set_defaults(&jpeg);
    jpeg_set_colorspace(&jpeg, space);
    jpeg.write_Adobe_marker = FALSE;
    jpeg.arith_code = arithmetic;
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < jpeg.image_height) {
        JSAMPROW rows[] = {row};
        memset(row, (int)jpeg.next_scanline * 16, sizeof row);
        (void)jpeg_write_scanlines(&jpeg, rows, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    append(out, file, len);
    free(file);
}

static void a_jpeg_no_pdf_a_may_hold_is_decoded(void **state)
{
    (void)state;
    static const struct {
        int components;
        J_COLOR_SPACE space;
        bool arithmetic;
    } cases[] = {{4, JCS_CMYK, false}, {1, JCS_GRAYSCALE, true}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(bytes_done) struct bytes file = {0}, out = {0};
        struct embed embed;
        write_jpeg(&file, cases[i].components, cases[i].space, cases[i].arithmetic);
        embed_page(bytes_span(&file), 0, &embed, &out);
        assert_int_equal(embed.coding, EMBED_FLATE);
        assert_int_equal(embed.width_px, 16);
    }
}

static void a_jpeg_of_plain_rgb_says_so(void **state)
{
    (void)state;
    CLEANUP(bytes_done) struct bytes file = {0}, out = {0};
    struct embed embed;
    write_jpeg(&file, 3, JCS_RGB, false);
    embed_page(bytes_span(&file), 0, &embed, &out);
    assert_int_equal(embed.coding, EMBED_JPEG);
    assert_int_equal(embed.components, 3);
    assert_int_equal(embed.colour_transform, 0);
}

/* Packs the rows into a PNG again and compares the pixels. */
static void same_pixels(const struct embed *embed, struct span rows, const struct image *image)
{
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes png = {0}, again = {0};
    struct embed embed_again;
    encode(image, IMAGE_PNG, &png);
    CLEANUP(scan_closep) struct scan *scan = scan_open(bytes_span(&png), &limits, &err);
    assert_ok_ptr(scan, err);
    assert_ok(scan_embed(scan, 0, &embed_again, &again, &err), err);
    assert_memory_equal(embed, &embed_again, sizeof embed_again);
    assert_int_equal(rows.len, again.len);
    assert_memory_equal(rows.data, again.data, rows.len);
}

static void a_png_is_its_own_rows(void **state)
{
    (void)state;
    static const int depths[] = {1, 8, 32};
    for (size_t i = 0; i < ARRAY_LEN(depths); i++) {
        CLEANUP(image_freep) struct image *image = picture(depths[i]);
        CLEANUP(bytes_done) struct bytes file = {0}, out = {0};
        struct embed embed;
        encode(image, IMAGE_PNG, &file);
        embed_page(bytes_span(&file), 0, &embed, &out);
        assert_int_equal(embed.coding, EMBED_FLATE);
        assert_int_equal(embed.bits, depths[i] == 1 ? 1 : 8);
        assert_int_equal(embed.components, depths[i] == 32 ? 3 : 1);
        assert_non_null(memmem(file.data, file.len, out.data, out.len)); /* in one chunk */
        same_pixels(&embed, bytes_span(&out), image);
    }
}

static void a_png_that_is_cut_or_odd_is_decoded(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(image_freep) struct image *image = picture(8);
    CLEANUP(bytes_done) struct bytes file = {0}, out = {0};
    struct embed embed;
    encode(image, IMAGE_PNG, &file);
    embed_page(bytes_span(&file), 0, &embed, &out);
    size_t rows = out.len;
    for (size_t len = 0; len < file.len; len++) { /* every cut: nothing is taken, nothing is left */
        assert_int_equal(png_rows(span_of(file.data, len), &embed, &out, &err), 0);
        assert_int_equal(out.len, rows);
    }
    static const struct {
        size_t at;
        uint8_t value;
    } odd[] = {{24, 3}, {24, 0}, {25, 3}, {25, 4}, {25, 6}, {26, 1}, {27, 1}, {28, 1}};
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        uint8_t was = file.data[odd[i].at];
        file.data[odd[i].at] = odd[i].value;
        assert_int_equal(png_rows(bytes_span(&file), &embed, &out, &err), 0);
        file.data[odd[i].at] = was;
    }
    assert_int_equal(png_rows(bytes_span(&file), &embed, &out, &err), 1);
    CLEANUP(bytes_done) struct bytes clear = {0}; /* a level of grey that is transparent */
    append(&clear, file.data, 33);
    append(&clear, "\0\0\0\2tRNS\0\7\0\0\0", 14);
    append(&clear, file.data + 33, file.len - 33);
    rows = out.len;
    assert_int_equal(png_rows(bytes_span(&clear), &embed, &out, &err), 0);
    assert_int_equal(out.len, rows);
}

static void black_and_white_is_packed_as_group_4(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(image_freep) struct image *image = picture(1);
    CLEANUP(bytes_done) struct bytes out = {0};
    struct embed embed;
    l_uint8 *tiff = NULL;
    size_t len = 0;
    assert_int_equal(pixWriteMemTiff(&tiff, &len, image_pix(image), IFF_TIFF_LZW), 0);
    embed_page(span_of(tiff, len), 0, &embed, &out);
    lept_free(tiff);
    assert_int_equal(embed.coding, EMBED_GROUP4);
    const struct fax_options opt = {FAX_GROUP4, embed.width_px, embed.height_px};
    CLEANUP(canvas_freep) PIX *back = fax_decode(bytes_span(&out), &opt, &err);
    assert_ok_ptr(back, err);
    l_int32 same = 0;
    assert_int_equal(pixEqual(back, image_pix(image), &same), 0);
    assert_true(same);
}

static void grey_and_colours_are_packed_without_loss(void **state)
{
    (void)state;
    static const int depths[] = {8, 32};
    for (size_t i = 0; i < ARRAY_LEN(depths); i++) {
        CLEANUP(image_freep) struct image *image = picture(depths[i]);
        CLEANUP(bytes_done) struct bytes out = {0};
        struct embed embed;
        l_uint8 *tiff = NULL;
        size_t len = 0;
        assert_int_equal(pixWriteMemTiff(&tiff, &len, image_pix(image), IFF_TIFF_LZW), 0);
        embed_page(span_of(tiff, len), 0, &embed, &out);
        lept_free(tiff);
        assert_int_equal(embed.coding, EMBED_FLATE);
        same_pixels(&embed, bytes_span(&out), image);
    }
}

static void what_a_cell_says_is_believed_within_bounds(void **state)
{
    (void)state;
    /* coding, width, height, components, bits, orientation, inverted, colour transform */
    static const struct embed good[] = {
        {EMBED_JPEG, 10, 10, 3, 8, 8, 1, 1},   {EMBED_JPEG, 1, 1, 1, 8, 1, 0, -1},
        {EMBED_GROUP4, 10, 1, 1, 1, 1, 0, -1}, {EMBED_FLATE, 10, 10, 3, 16, 1, 0, -1},
        {EMBED_FLATE, 10, 10, 1, 4, 1, 0, -1},
    };
    static const struct embed bad[] = {
        {0, 10, 10, 3, 8, 8, 0, 0},
        {EMBED_CODINGS, 10, 10, 3, 8, 8, 0, 0},
        {EMBED_JPEG, 0, 10, 3, 8, 8, 0, 0},
        {EMBED_JPEG, 11, 10, 3, 8, 8, 0, 0},
        {EMBED_JPEG, 10, 0, 3, 8, 8, 0, 0},
        {EMBED_JPEG, 10, 11, 3, 8, 8, 0, 0},
        {EMBED_JPEG, 10, 10, 4, 8, 8, 0, 0},
        {EMBED_JPEG, 10, 10, 3, 16, 8, 0, 0},
        {EMBED_JPEG, 10, 10, 3, 8, 0, 0, 0},
        {EMBED_JPEG, 10, 10, 3, 8, 9, 0, 0},
        {EMBED_JPEG, 10, 10, 3, 8, 8, 2, 0},
        {EMBED_JPEG, 10, 10, 3, 8, 8, 0, 2},
        {EMBED_JPEG, 10, 10, 3, 8, 8, 0, -2},
        {EMBED_GROUP4, 10, 10, 3, 1, 1, 0, 0},
        {EMBED_GROUP4, 10, 10, 1, 8, 1, 0, 0},
        {EMBED_GROUP4, 10, 10, 1, 1, 1, 1, 0},
        {EMBED_FLATE, 10, 10, 3, 4, 1, 0, 0},
        {EMBED_FLATE, 10, 10, 1, 3, 1, 0, 0},
        {EMBED_FLATE, 10, 10, 1, 8, 1, 1, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(embed_valid(&good[i], 10));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(embed_valid(&bad[i], 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_jpeg_is_its_own_bytes),
        cmocka_unit_test(a_jpeg_tells_how_it_lies),
        cmocka_unit_test(a_jpeg_that_is_cut_is_decoded),
        cmocka_unit_test(a_jpeg_no_pdf_a_may_hold_is_decoded),
        cmocka_unit_test(a_jpeg_of_plain_rgb_says_so),
        cmocka_unit_test(a_png_is_its_own_rows),
        cmocka_unit_test(a_png_that_is_cut_or_odd_is_decoded),
        cmocka_unit_test(black_and_white_is_packed_as_group_4),
        cmocka_unit_test(grey_and_colours_are_packed_without_loss),
        cmocka_unit_test(what_a_cell_says_is_believed_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
