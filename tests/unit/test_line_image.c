/* tests/unit/test_line_image.c - a line cut out of a page that lies askew is the line of the page
 * set upright. */
#include "ocr/line_image.h"

#include <leptonica/allheaders.h>
#include <stdlib.h>

#include "tests/unit/test.h"

#define WIDTH  1600
#define HEIGHT 1200
/* Mean difference of two pictures of a line, of 254 levels. Edges are a little softer or harder by
 * how they were turned; lines that are off by one pixel in a letter differ by more than 20. */
#define SOFTNESS_MAX      6.0
#define SOFTNESS_GREY_MAX 4.2 /* rows are mixed: without, up to 4.9 */

/* Rows of blocks of many widths and heights: nothing looks like its neighbours. */
static struct image *page_of_blocks(int depth, struct err *err)
{
    uint32_t seed = 5;
    PIX *pix = pixCreate(WIDTH, HEIGHT, 8);
    (void)pixSetAll(pix);
    for (int y = 20; y + 50 < HEIGHT; y += 60)
        for (int x = 30; x + 60 < WIDTH; x += 34) {
            seed = seed * 1664525u + 1013904223u;
            BOX *box = boxCreate(x, y + (int)(seed >> 28), 8 + (int)(seed >> 24 & 15),
                                 12 + (int)(seed >> 20 & 15));
            (void)pixSetInRectArbitrary(pix, box, 20);
            boxDestroy(&box);
        }
    if (depth == 1) {
        PIX *bilevel = pixConvertTo1(pix, 128);
        pixDestroy(&pix);
        pix = bilevel;
    }
    return image_of_pix(pix, err);
}

static double difference(const struct line_image *a, const struct line_image *b)
{
    assert_int_equal(a->width_px, b->width_px);
    const size_t n = (size_t)a->width_px * NETWORK_HEIGHT;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += abs(a->pixels[i] - b->pixels[i]);
    return sum / (double)n;
}

static void free_line(struct line_image *line)
{
    free((void *)(uintptr_t)line->pixels);
}

static void line_is_the_same_however_the_page_lies(void **state)
{
    (void)state;
    static const float angles[] = {0.3F, -0.3F, 1.0F, -2.5F, 4.0F, -7.0F};
    static const struct text_box boxes[] = {
        {300, 550, 1000, 55}, {200, 190, 900, 50}, {500, 970, 800, 52}, {700, 600, 40, 50}};
    struct err err = {0};
    for (int depth = 1; depth <= 8; depth += 7) {
        CLEANUP(image_freep) struct image *page = page_of_blocks(depth, &err);
        assert_ok_ptr(page, err);
        for (size_t a = 0; a < ARRAY_LEN(angles); a++) {
            /* What a scanner gives is grey; a page of 1 bpp is what is left of it. */
            CLEANUP(image_freep) struct image *grey = page_of_blocks(8, &err);
            CLEANUP(image_freep) struct image *askew = image_rotate(grey, angles[a], &err);
            assert_ok_ptr(askew, err);
            CLEANUP(image_freep)
            struct image *scan = depth == 8
                                     ? image_rotate(grey, angles[a], &err)
                                     : image_of_pix(pixConvertTo1(image_pix(askew), 128), &err);
            assert_ok_ptr(scan, err);
            for (size_t b = 0; b < ARRAY_LEN(boxes); b++) {
                CLEANUP(free_line) struct line_image straight = {0}, cut = {0};
                assert_ok(line_image_make(page, boxes[b], 0, false, &straight, &err), err);
                assert_ok(line_image_make(scan, boxes[b], angles[a], false, &cut, &err), err);
                assert_true(straight.width_px > 0);
                const double off = difference(&straight, &cut);
                if (off > (depth == 8 ? SOFTNESS_GREY_MAX : SOFTNESS_MAX))
                    fail_msg("%d bpp, %.1f degrees, line %zu: off by %.1f", depth,
                             (double)angles[a], b, off);
            }
        }
    }
}

/* What the turned page has and the page has not is white. */
static void beyond_the_page_it_is_white(void **state)
{
    (void)state;
    static const struct text_box boxes[] = {{0, 0, WIDTH, 40},
                                            {0, HEIGHT - 40, WIDTH, 40},
                                            {0, 0, 40, 40},
                                            {WIDTH - 40, HEIGHT - 40, 40, 40}};
    struct err err = {0};
    for (int depth = 1; depth <= 8; depth += 7) {
        CLEANUP(image_freep) struct image *page = page_of_blocks(depth, &err);
        for (size_t b = 0; b < ARRAY_LEN(boxes); b++)
            for (float angle = -8; angle <= 8; angle += 4) {
                CLEANUP(free_line) struct line_image line = {0}, turned = {0};
                CLEANUP(image_freep) struct image *upright = image_rotate(page, -angle, &err);
                assert_ok(line_image_make(page, boxes[b], angle, false, &line, &err), err);
                assert_ok(line_image_make(upright, boxes[b], 0, false, &turned, &err), err);
                assert_true(difference(&line, &turned) <= SOFTNESS_MAX);
            }
    }
    PIX *black = pixCreate(WIDTH, HEIGHT, 8);
    CLEANUP(image_freep) struct image *page = image_of_pix(black, &err);
    CLEANUP(free_line) struct line_image line = {0};
    /* The page's content is turned by 8 degrees: its corner's right upper half is off the page. */
    assert_ok(line_image_make(page, (struct text_box){0, 0, 40, 40}, 8, false, &line, &err), err);
    assert_int_equal(line.pixels[0], 127);
    CLEANUP(free_line) struct line_image straight = {0};
    assert_ok(line_image_make(page, (struct text_box){0, 0, 40, 40}, 0, false, &straight, &err),
              err);
    assert_true(straight.pixels[0] < 0);
}

static void a_line_turned_over_is_that_of_the_negative(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(image_freep) struct image *page = page_of_blocks(8, &err);
    assert_ok_ptr(page, err);
    CLEANUP(image_freep)
    struct image *negative = image_of_pix(pixInvert(NULL, image_pix(page)), &err);
    assert_ok_ptr(negative, err);
    const struct text_box box = {300, 550, 1000, 55};
    CLEANUP(free_line) struct line_image line = {0}, white = {0}, turned = {0};
    assert_ok(line_image_make(page, box, 0, false, &line, &err), err);
    assert_ok(line_image_make(negative, box, 0, false, &white, &err), err);
    assert_ok(line_image_make(negative, box, 0, true, &turned, &err), err);
    assert_true(difference(&line, &white) > 60);
    assert_true(difference(&line, &turned) < 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_is_the_same_however_the_page_lies),
        cmocka_unit_test(beyond_the_page_it_is_white),
        cmocka_unit_test(a_line_turned_over_is_that_of_the_negative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
