/* tests/unit/test_layout.c - which lines are found on a page of blocks drawn like letters. */
#include "ocr/layout.h"

#include <leptonica/allheaders.h>

#include "tests/unit/test.h"

#define WIDTH  1600
#define HEIGHT 800
#define DPI    300

static void draw(PIX *pix, int x, int y, int w, int h)
{
    BOX *box = boxCreate(x, y, w, h);
    (void)pixSetInRect(pix, box);
    boxDestroy(&box);
}

/* A row of letters w pixels apart that stand on `base`. */
static void row(PIX *pix, int left, int right, int base, int high)
{
    for (int x = left; x + 18 <= right; x += 26)
        draw(pix, x, base - high, 18, high);
}

static void find(PIX *pix, struct layout *layout)
{
    struct err err = {0};
    (void)pixSetResolution(pix, DPI, DPI);
    CLEANUP(image_freep) struct image *page = image_of_pix(pix, &err);
    assert_ok_ptr(page, err);
    assert_ok(layout_find(page, layout, &err), err);
}

static void rows_of_capitals_close_to_each_other_stay_apart(void **state)
{
    (void)state;
    CLEANUP(layout_done) struct layout layout = {0};
    PIX *pix = pixCreate(WIDTH, HEIGHT, 1);
    row(pix, 300, 1200, 200, 32);
    row(pix, 200, 1400, 250, 32);
    draw(pix, 460, 218, 4, 42); /* a stroke */
    row(pix, 350, 1100, 300, 32);
    find(pix, &layout);
    assert_int_equal(layout.len, 3);
}

/* Stacked marks that stand off their letters, as on capitals in some typefaces. */
static void a_row_of_marks_belongs_to_its_line(void **state)
{
    (void)state;
    CLEANUP(layout_done) struct layout layout = {0};
    PIX *pix = pixCreate(WIDTH, HEIGHT, 1);
    row(pix, 300, 1200, 200, 32);
    row(pix, 300, 1200, 160, 24);
    row(pix, 300, 1200, 400, 32);
    find(pix, &layout);
    assert_int_equal(layout.len, 2);
    for (size_t i = 0; i < layout.len; i++)
        if (layout.lines[i].base < 300)
            assert_true(layout.lines[i].box.y <= 136);
}

static void rules_are_no_lines(void **state)
{
    (void)state;
    CLEANUP(layout_done) struct layout layout = {0};
    PIX *pix = pixCreate(WIDTH, HEIGHT, 1);
    row(pix, 300, 700, 200, 24);
    row(pix, 900, 1300, 200, 24);
    for (int x = 200; x <= 1400; x += 600)
        draw(pix, x, 100, 4, 200);
    draw(pix, 200, 100, 1200, 4);
    draw(pix, 200, 300, 1204, 4);
    find(pix, &layout);
    assert_int_equal(layout.len, 2);
    assert_int_equal(layout.rule_len, 5);
    for (size_t i = 0; i < layout.len; i++)
        assert_true(layout.lines[i].base > 190 && layout.lines[i].base < 210);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_capitals_close_to_each_other_stay_apart),
        cmocka_unit_test(a_row_of_marks_belongs_to_its_line),
        cmocka_unit_test(rules_are_no_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
