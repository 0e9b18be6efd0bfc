/* tests/unit/test_image.c - pictures: what they are made of, turning, skew, ink, encoding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <leptonica/allheaders.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/image.h"

static struct image *wrap(PIX *pix)
{
    struct err err = {0};
    assert_non_null(pix);
    struct image *image = image_of_pix(pix, &err);
    assert_non_null(image);
    return image;
}

static uint32_t pixel(const struct image *image, int x, int y)
{
    l_uint32 value = 0;
    assert_int_equal(pixGetPixel(image_pix(image), x, y, &value), 0);
    return value;
}

static void black_box(PIX *pix, int x, int y, int w, int h)
{
    BOX *box = boxCreate(x, y, w, h);
    if (pixGetDepth(pix) == 1)
        pixSetInRect(pix, box);
    else
        pixClearInRect(pix, box);
    boxDestroy(&box);
}

/* 60 lines of "words" that end at the same margin: what a page looks like to a skew meter. */
static PIX *lines_of_text(int width, int height)
{
    PIX *pix = pixCreate(width, height, 1);
    unsigned seed = 7;
    for (int y = height / 10; y < height * 9 / 10; y += 40)
        for (int x = width / 10; x < width * 9 / 10;) {
            seed = seed * 1103515245u + 12345u;
            int w = 8 + (int)(seed >> 16 & 15), h = 14 + (int)(seed >> 20 & 7);
            black_box(pix, x, y + 22 - h, w, h);
            x += w + 6;
        }
    return pix;
}

static void every_depth_becomes_one_of_three(void **state)
{
    (void)state;
    static const struct {
        int depth;
        uint32_t becomes;
    } cases[] = {{1, 1}, {2, 8}, {4, 8}, {8, 8}, {16, 8}, {32, 32}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        PIX *pix = pixCreate(9, 5, cases[i].depth);
        pixSetBlackOrWhite(pix, L_SET_WHITE);
        CLEANUP(image_freep) struct image *image = wrap(pix);
        assert_int_equal(image_depth(image), cases[i].becomes);
        assert_int_equal(image_width_px(image), 9);
        assert_int_equal(image_height_px(image), 5);
        assert_int_equal(pixel(image, 8, 4) >> (cases[i].depth == 32 ? 8 : 0),
                         cases[i].depth == 1    ? 0
                         : cases[i].depth == 32 ? 0xffffff
                                                : 255);
    }
}

static PIX *mapped(int depth, int r0, int g0, int b0, int r1, int g1, int b1)
{
    PIX *pix = pixCreate(4, 1, depth);
    PIXCMAP *map = pixcmapCreate(depth);
    pixcmapAddColor(map, r0, g0, b0);
    pixcmapAddColor(map, r1, g1, b1);
    pixSetColormap(pix, map);
    pixSetPixel(pix, 2, 0, 1);
    return pix;
}

static void colour_maps_are_resolved(void **state)
{
    (void)state;
    CLEANUP(image_freep) struct image *bw = wrap(mapped(1, 0, 0, 0, 255, 255, 255));
    assert_int_equal(image_depth(bw), 1); /* 0 was black: 1 must be black now */
    assert_int_equal(pixel(bw, 0, 0), 1);
    assert_int_equal(pixel(bw, 2, 0), 0);
    CLEANUP(image_freep) struct image *grey = wrap(mapped(8, 40, 40, 40, 90, 90, 90));
    assert_int_equal(image_depth(grey), 8);
    assert_int_equal(pixel(grey, 2, 0), 90);
    CLEANUP(image_freep) struct image *colour = wrap(mapped(4, 1, 2, 3, 200, 100, 50));
    assert_int_equal(image_depth(colour), 32);
    assert_int_equal(pixel(colour, 2, 0) >> 8, 200 << 16 | 100 << 8 | 50);
}

static void transparent_pixels_are_white(void **state)
{
    (void)state;
    PIX *pix = pixCreate(2, 1, 32);
    pixSetSpp(pix, 4);
    pixSetPixel(pix, 0, 0, 0x102030ff);
    pixSetPixel(pix, 1, 0, 0x10203000);
    CLEANUP(image_freep) struct image *image = wrap(pix);
    assert_int_equal(pixel(image, 0, 0) >> 8, 0x102030);
    assert_int_equal(pixel(image, 1, 0) >> 8, 0xffffff);
}

static void resolution_is_kept_through_every_step(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(image_freep) struct image *image = wrap(pixCreate(40, 30, 8));
    assert_int_equal(image_dpi(image), 0);
    image_set_dpi(image, 240);
    CLEANUP(image_freep) struct image *bilevel = image_binarise(image, &err);
    CLEANUP(image_freep) struct image *turned = image_rotate(image, 3, &err);
    assert_int_equal(image_dpi(bilevel), 240);
    assert_int_equal(image_dpi(turned), 240);
    image_set_dpi(image, UINT32_MAX);
    assert_int_equal(image_dpi(image), 0);
}

static void ink_is_told_from_paper(void **state)
{
    (void)state;
    struct err err = {0};
    PIX *pix = pixCreate(100, 100, 8);
    pixSetAllArbitrary(pix, 210);
    for (int x = 20; x < 40; x++)
        pixSetPixel(pix, x, 50, 90);
    CLEANUP(image_freep) struct image *grey = wrap(pix);
    CLEANUP(image_freep) struct image *bilevel = image_binarise(grey, &err);
    assert_non_null(bilevel);
    l_int32 count = 0;
    pixCountPixels(image_pix(bilevel), &count, NULL);
    assert_int_equal(count, 20);
    assert_int_equal(pixel(bilevel, 20, 50), 1);
    assert_int_equal(pixel(grey, 20, 50), 90); /* the source is untouched */
}

static void the_grain_of_empty_paper_is_no_ink(void **state)
{
    (void)state;
    struct err err = {0};
    PIX *pix = pixCreate(64, 64, 8);
    for (int i = 0; i < 64 * 64; i++)
        pixSetPixel(pix, i % 64, i / 64, (l_uint32)(235 + i % 7));
    CLEANUP(image_freep) struct image *grey = wrap(pix);
    CLEANUP(image_freep) struct image *bilevel = image_binarise(grey, &err);
    l_int32 count = -1;
    pixCountPixels(image_pix(bilevel), &count, NULL);
    assert_int_equal(count, 0);
}

static void bilevel_stays_and_is_a_copy(void **state)
{
    (void)state;
    struct err err = {0};
    PIX *pix = pixCreate(10, 10, 1);
    pixSetPixel(pix, 3, 4, 1);
    CLEANUP(image_freep) struct image *image = wrap(pix);
    CLEANUP(image_freep) struct image *copy = image_binarise(image, &err);
    assert_ptr_not_equal(image_pix(image), image_pix(copy));
    assert_int_equal(pixel(copy, 3, 4), 1);
    assert_int_equal(pixel(copy, 4, 3), 0);
}

/* A mark right of the centre goes up when the picture is turned counter-clockwise. */
static void turning_is_counter_clockwise(void **state)
{
    (void)state;
    static const int depths[] = {1, 8, 32};
    for (size_t i = 0; i < ARRAY_LEN(depths); i++) {
        struct err err = {0};
        PIX *pix = pixCreate(401, 401, depths[i]);
        pixSetBlackOrWhite(pix, L_SET_WHITE);
        black_box(pix, 346, 196, 9, 9); /* around (350, 200): 150 right of the centre */
        CLEANUP(image_freep) struct image *image = wrap(pix);
        CLEANUP(image_freep) struct image *turned = image_rotate(image, 10, &err);
        assert_non_null(turned);
        assert_int_equal(image_width_px(turned), 401);
        assert_int_equal(image_height_px(turned), 401);
        assert_int_equal(image_depth(turned), depths[i]);
        /* 150 * cos 10 = 147.7, 150 * sin 10 = 26.0 upwards */
        uint32_t mark = pixel(turned, 200 + 148, 200 - 26);
        uint32_t old = pixel(turned, 350, 200), corner = pixel(turned, 0, 0);
        uint32_t black = depths[i] == 1 ? 1 : 0;
        uint32_t white = depths[i] == 1 ? 0 : depths[i] == 8 ? 255 : 0xffffff;
        assert_int_equal(depths[i] == 32 ? mark >> 8 : mark, black);
        assert_int_equal(depths[i] == 32 ? old >> 8 : old, white);
        assert_int_equal(depths[i] == 32 ? corner >> 8 : corner, white);
    }
}

static void a_turn_by_nothing_is_still_a_new_picture(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(image_freep) struct image *image = wrap(pixCreate(20, 20, 1));
    CLEANUP(image_freep) struct image *turned = image_rotate(image, 0, &err);
    assert_ptr_not_equal(image_pix(image), image_pix(turned));
    assert_int_equal(pixGetRefcount(image_pix(turned)), 1);
    assert_int_equal(pixGetRefcount(image_pix(image)), 1);
}

static void skew_is_found_with_its_sign(void **state)
{
    (void)state;
    static const float angles[] = {0, 1.5f, -1.5f, 4.0f, -6.2f};
    struct err err = {0};
    PIX *text = lines_of_text(1654, 2339);
    CLEANUP(image_freep) struct image *page = wrap(pixConvert1To8(NULL, text, 255, 0));
    pixDestroy(&text);
    for (size_t i = 0; i < ARRAY_LEN(angles); i++) {
        CLEANUP(image_freep) struct image *scan = image_rotate(page, angles[i], &err);
        CLEANUP(image_freep) struct image *askew = image_binarise(scan, &err);
        struct skew skew = {9, 9};
        assert_int_equal(image_find_skew(askew, &skew, &err), 0);
        if (fabsf(skew.angle_deg - angles[i]) >= 0.2f)
            fail_msg("%.2f read as %.2f", (double)angles[i], (double)skew.angle_deg);
        assert_true(skew.confidence > 3);
        CLEANUP(image_freep) struct image *upright = image_rotate(askew, -skew.angle_deg, &err);
        assert_int_equal(image_find_skew(upright, &skew, &err), 0);
        assert_true(fabsf(skew.angle_deg) < 0.2f); /* near 0 the pixel lattice shows */
    }
}

static void nothing_to_measure_is_no_skew(void **state)
{
    (void)state;
    static const int sides[][2] = {{1, 1},   {1, 3000},  {3000, 1}, {7, 7},
                                   {64, 64}, {65, 2000}, {800, 800}};
    for (size_t i = 0; i < ARRAY_LEN(sides); i++)
        for (int black = 0; black < 2; black++) {
            struct err err = {0};
            PIX *pix = pixCreate(sides[i][0], sides[i][1], 1);
            if (black && sides[i][0] < 800)
                pixSetAll(pix);
            CLEANUP(image_freep) struct image *image = wrap(pix);
            struct skew skew = {9, 9};
            assert_int_equal(image_find_skew(image, &skew, &err), 0);
            assert_true(skew.angle_deg == 0 && skew.confidence == 0);
        }
}

static double ink_of(PIX *pix)
{
    struct err err = {0};
    double ink = -1;
    CLEANUP(image_freep) struct image *image = wrap(pix);
    assert_int_equal(image_ink(image, &ink, &err), 0);
    return ink * image_width_px(image) * image_height_px(image);
}

static void colour_box(PIX *pix, int x, int y, int w, int h, uint32_t rgb)
{
    for (int row = y; row < y + h; row++)
        for (int column = x; column < x + w; column++)
            (void)pixSetPixel(pix, column, row, rgb);
}

#define WHITE 0xffffff00u
#define RED   0xdc282800u

/* Black text under a red seal, the seal alone, and where they cross. 203 wide: no multiple of 4. */
static void a_red_seal_is_left_out_of_what_is_read(void **state)
{
    (void)state;
    struct err err = {0};
    PIX *pix = pixCreate(203, 100, 32);
    colour_box(pix, 0, 0, 203, 100, WHITE);
    colour_box(pix, 10, 10, 180, 40, 0x10101000u);
    colour_box(pix, 150, 40, 50, 20, RED);
    colour_box(pix, 160, 40, 5, 10, 0x20080800u); /* ink of both */
    struct image *colour = wrap(pix), *grey = image_grey_for_reading(colour, &err);
    assert_int_equal(image_depth(grey), 8);
    assert_true(pixel(grey, 20, 20) < 0x20);
    assert_true(pixel(grey, 195, 55) > 0xd0);
    assert_true(pixel(grey, 199, 45) > 0xd0);
    assert_true(pixel(grey, 162, 45) < 0x30);
    assert_true(pixel(grey, 202, 99) == 0xff);
    image_free(grey);
    image_free(colour);
}

/* Every pixel of pages so wide that something is left over however many are done at once. */
static void every_pixel_is_sifted_alike(void **state)
{
    (void)state;
    struct err err = {0};
    for (int width = 1; width < 70; width += 3)
        for (int seal = 0; seal < 2; seal++) {
            PIX *pix = pixCreate(width, 40, 32);
            uint32_t seed = 3;
            for (int y = 0; y < 40; y++)
                for (int x = 0; x < width; x++) {
                    seed = seed * 1664525u + 1013904223u;
                    const uint32_t bluish = (seed >> 1 & 0x7f000000) | (seed & 0x00ffff00);
                    (void)pixSetPixel(pix, x, y, y < 20 ? 0x01020300 : bluish | 0x00808000);
                }
            if (seal)
                colour_box(pix, 0, 30, width, 4, RED);
            struct image *colour = wrap(pix), *grey = image_grey_for_reading(colour, &err);
            for (uint32_t y = 0; y < 40; y++)
                for (uint32_t x = 0; x < (uint32_t)width; x++) {
                    const uint32_t c = pixel(colour, x, y), r = c >> 24, g = c >> 16 & 255,
                                   b = c >> 8 & 255;
                    const double want = seal ? r : 0.299 * r + 0.587 * g + 0.114 * b;
                    if (fabs(pixel(grey, x, y) - want) > (seal ? 0 : 1.1))
                        fail_msg("%x at %u, %u of %d is %u", c, x, y, width, pixel(grey, x, y));
                }
            image_free(grey);
            image_free(colour);
        }
}

static void text_that_is_red_itself_is_read(void **state)
{
    (void)state;
    struct err err = {0};
    PIX *pix = pixCreate(200, 100, 32);
    colour_box(pix, 0, 0, 200, 100, WHITE);
    colour_box(pix, 10, 10, 180, 40, RED);
    colour_box(pix, 10, 60, 20, 10, 0x10101000u);
    struct image *colour = wrap(pix), *grey = image_grey_for_reading(colour, &err);
    assert_true(pixel(grey, 20, 20) < 0x80);
    image_free(grey);
    image_free(colour);
}

static void dust_is_no_ink(void **state)
{
    (void)state;
    PIX *pix = pixCreate(133, 100, 1);
    for (int i = 0; i < 30; i++)
        black_box(pix, 4 * i, 10, 2, 2);
    black_box(pix, 60, 50, 2, 9); /* narrow */
    black_box(pix, 80, 50, 9, 2); /* flat */
    assert_true(ink_of(pixCopy(NULL, pix)) < 0.5);
    black_box(pix, 20, 50, 3, 3);
    black_box(pix, 130, 97, 3, 3); /* in the corner: ends with the page */
    assert_true(fabs(ink_of(pix) - 18) < 1e-6);
}

static void a_mark_is_whole_however_it_is_joined(void **state)
{
    (void)state;
    /* V, then its upside-down form, a ring, a diagonal: joined below, above, around, by corners */
    static const char *const rows[] = {
        "#...#.....#.....####....#.......", ".#.#.....#.#....#..#.....#......",
        "..#.....#...#...#..#......#.....", "................####............"};
    PIX *pix = pixCreate(32, 4, 1);
    int count = 0;
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 32; x++)
            if (rows[y][x] == '#') {
                pixSetPixel(pix, x, y, 1);
                count++;
            }
    assert_true(fabs(ink_of(pix) - count) < 1e-6);
}

/* Against Leptonica's own components, on noise of several densities. */
static void ink_agrees_with_connected_components(void **state)
{
    (void)state;
    unsigned seed = 3;
    for (int turn = 1; turn < 8; turn++) {
        PIX *pix = pixCreate(97 + turn, 61, 1);
        for (int y = 0; y < 61; y++)
            for (int x = 0; x < 97 + turn; x++) {
                seed = seed * 1103515245u + 12345u;
                if ((int)(seed >> 24 & 15) < turn)
                    pixSetPixel(pix, x, y, 1);
            }
        PIX *big = pixSelectBySize(pix, 3, 3, 8, L_SELECT_IF_BOTH, L_SELECT_IF_GTE, NULL);
        l_int32 count = 0;
        pixCountPixels(big, &count, NULL);
        pixDestroy(&big);
        assert_true(fabs(ink_of(pix) - count) < 1e-6);
    }
}

static void what_is_encoded_reads_back(void **state)
{
    (void)state;
    static const struct {
        int depth;
        enum image_codec codec;
        int tolerance;
    } cases[] = {{1, IMAGE_PNG, 0},  {8, IMAGE_PNG, 0},  {32, IMAGE_PNG, 0},
                 {1, IMAGE_JPEG, 9}, {8, IMAGE_JPEG, 9}, {32, IMAGE_JPEG, 9}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};
        CLEANUP(bytes_done) struct bytes out = {0};
        assert_int_equal(bytes_append(&out, span_of("head", 4), &err), 0);
        PIX *pix = pixCreate(64, 48, cases[i].depth);
        pixSetBlackOrWhite(pix, L_SET_WHITE);
        black_box(pix, 16, 16, 16, 16);
        CLEANUP(image_freep) struct image *image = wrap(pix);
        image_set_dpi(image, 300);
        assert_int_equal(image_encode(image, cases[i].codec, &out, &err), 0);
        assert_memory_equal(out.data, "head", 4);
        PIX *back = pixReadMem(out.data + 4, out.len - 4);
        assert_non_null(back);
        assert_true(abs(pixGetXRes(back) - 300) <= 1);
        PIX *grey = pixConvertTo8(back, 0);
        l_uint32 in = 9, around = 9;
        pixGetPixel(grey, 24, 24, &in);
        pixGetPixel(grey, 50, 40, &around);
        assert_true(in <= (l_uint32)cases[i].tolerance);
        assert_true(around >= 255u - (l_uint32)cases[i].tolerance);
        pixDestroy(&grey);
        pixDestroy(&back);
    }
}

static void a_picture_too_long_for_jpeg_is_refused(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes out = {0};
    CLEANUP(image_freep) struct image *image = wrap(pixCreate(65501, 1, 1));
    assert_int_equal(image_encode(image, IMAGE_JPEG, &out, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_depth_becomes_one_of_three),
        cmocka_unit_test(colour_maps_are_resolved),
        cmocka_unit_test(transparent_pixels_are_white),
        cmocka_unit_test(resolution_is_kept_through_every_step),
        cmocka_unit_test(ink_is_told_from_paper),
        cmocka_unit_test(the_grain_of_empty_paper_is_no_ink),
        cmocka_unit_test(bilevel_stays_and_is_a_copy),
        cmocka_unit_test(turning_is_counter_clockwise),
        cmocka_unit_test(a_turn_by_nothing_is_still_a_new_picture),
        cmocka_unit_test(skew_is_found_with_its_sign),
        cmocka_unit_test(nothing_to_measure_is_no_skew),
        cmocka_unit_test(a_red_seal_is_left_out_of_what_is_read),
        cmocka_unit_test(every_pixel_is_sifted_alike),
        cmocka_unit_test(text_that_is_red_itself_is_read),
        cmocka_unit_test(dust_is_no_ink),
        cmocka_unit_test(a_mark_is_whole_however_it_is_joined),
        cmocka_unit_test(ink_agrees_with_connected_components),
        cmocka_unit_test(what_is_encoded_reads_back),
        cmocka_unit_test(a_picture_too_long_for_jpeg_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
