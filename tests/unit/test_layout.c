/* tests/unit/test_layout.c - which lines are found on a page of blocks drawn like letters. */
#include "ocr/layout.h"

#include <leptonica/allheaders.h>

#include "ocr/inverse.h"
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

static void turn_white(PIX *pix, int x, int y, int w, int h)
{
    (void)pixRasterop(pix, x, y, w, h, PIX_NOT(PIX_DST), NULL, 0, 0);
}

static const struct layout_line *line_at(const struct layout *layout, int y)
{
    for (size_t i = 0; i < layout->len; i++)
        if (abs(layout->lines[i].base - y) < 8)
            return &layout->lines[i];
    fail_msg("no line at %d", y);
    return NULL;
}

static void white_rows_on_black_are_lines(void **state)
{
    (void)state;
    CLEANUP(layout_done) struct layout layout = {0};
    PIX *pix = pixCreate(WIDTH, HEIGHT, 1);
    row(pix, 300, 1300, 100, 32);
    row(pix, 300, 1300, 200, 32);
    turn_white(pix, 280, 150, 1040, 64);
    row(pix, 300, 1300, 300, 32);
    row(pix, 300, 700, 500, 32); /* two rows in one bar */
    row(pix, 300, 600, 560, 32);
    turn_white(pix, 250, 450, 500, 130);
    row(pix, 900, 1300, 520, 32);
    find(pix, &layout);
    assert_int_equal(layout.len, 6);
    static const struct {
        int base;
        bool inverse;
    } wants[] = {{100, false}, {200, true}, {300, false}, {500, true}, {560, true}, {520, false}};
    for (size_t i = 0; i < ARRAY_LEN(wants); i++)
        assert_int_equal(line_at(&layout, wants[i].base)->inverse, wants[i].inverse);
    const struct text_box box = line_at(&layout, 200)->box; /* nothing beside the bar is shown */
    assert_true(box.x >= 280 && box.y >= 150 && box.x + box.w <= 1320 && box.y + box.h <= 214);
    assert_true(box.x <= 300 && box.y <= 168 && box.x + box.w >= 1270 && box.y + box.h >= 200);
}

/* A lid, a bar with two specks, a table with thick rules, a grating, boxes of a form. */
static void other_black_is_not_turned_over(void **state)
{
    (void)state;
    CLEANUP(layout_done) struct layout layout = {0};
    PIX *pix = pixCreate(WIDTH, HEIGHT, 1);
    row(pix, 300, 1300, 100, 32);
    row(pix, 300, 1300, 300, 32);
    draw(pix, 0, 0, WIDTH, 40);
    draw(pix, 280, 330, 800, 60);
    turn_white(pix, 400, 345, 18, 30);
    turn_white(pix, 500, 345, 18, 30);
    for (int x = 200; x <= 1400; x += 400)
        draw(pix, x, 420, 14, 200);
    for (int y = 420; y <= 620; y += 100)
        draw(pix, 200, y, 1214, 14);
    row(pix, 240, 580, 490, 32);
    for (int y = 660; y < 780; y += 20)
        for (int x = 300; x < 800; x += 20)
            draw(pix, x, y, 15, 20);
    draw(pix, 900, 660, 504, 82); /* boxes to write letters in */
    for (int x = 910; x + 60 < 1404; x += 60)
        turn_white(pix, x, 670, 50, 62);
    find(pix, &layout);
    for (size_t i = 0; i < layout.len; i++)
        assert_false(layout.lines[i].inverse);
    (void)line_at(&layout, 100);
    (void)line_at(&layout, 300);
    (void)line_at(&layout, 490);
}

static size_t bars_in(PIX *pix)
{
    struct err err = {0};
    struct text_box bars[INVERSE_MAX];
    size_t n = 0;
    assert_ok(inverse_turn_over(pix, bars, &n, &err), err);
    return n;
}

/* Scratches on the scanner's lid are letters by their size, but few. */
static void a_bar_is_turned_over_with_its_edge(void **state)
{
    (void)state;
    PIX *lid = pixCreate(WIDTH, HEIGHT, 1), *bar = pixCreate(WIDTH, HEIGHT, 1);
    draw(lid, 0, 0, WIDTH, 24);
    for (int x = 20; x < WIDTH; x += 150)
        turn_white(lid, x, 6, 5, 12);
    assert_int_equal(bars_in(lid), 0);
    draw(bar, 100, 100, 400, 30);
    for (int x = 102; x < 480; x += 7)
        draw(bar, x, 98, 3, 34); /* ragged above and below */
    for (int x = 120; x < 470; x += 20)
        turn_white(bar, x, 108, 10, 14);
    assert_int_equal(bars_in(bar), 1);
    l_int32 black = 0;
    assert_int_equal(pixCountPixels(bar, &black, NULL), 0);
    assert_int_equal(black, 18 * 10 * 14);
    pixDestroy(&lid);
    pixDestroy(&bar);
}

/* Negatives are in doubt as a whole. */
static void a_page_that_is_mostly_black_stays(void **state)
{
    (void)state;
    PIX *negative = pixCreate(WIDTH, HEIGHT, 1), *bar = pixCreate(WIDTH, HEIGHT, 1);
    draw(negative, 0, 0, WIDTH, HEIGHT * 6 / 10);
    draw(bar, 0, 0, WIDTH, HEIGHT * 4 / 10);
    for (int y = 60; y < HEIGHT / 3; y += 40)
        for (int x = 100; x < WIDTH - 100; x += 24) {
            turn_white(negative, x, y, 10, 20);
            turn_white(bar, x, y, 10, 20);
        }
    assert_int_equal(bars_in(negative), 0);
    assert_int_equal(bars_in(bar), 1);
    pixDestroy(&negative);
    pixDestroy(&bar);
}

static void black_and_white_pages_of_any_shape_are_borne(void **state)
{
    (void)state;
    static const int sides[][2] = {{1, 1}, {17, 17}, {30000, 20}, {20, 30000}, {600, 500}};
    for (size_t i = 0; i < ARRAY_LEN(sides); i++)
        for (int black = 0; black < 3; black++) {
            CLEANUP(layout_done) struct layout layout = {0};
            PIX *pix = pixCreate(sides[i][0], sides[i][1], 1);
            if (black > 0)
                (void)pixSetAll(pix);
            for (int x = 20; black > 1 && x < sides[i][0]; x += 40)
                turn_white(pix, x, sides[i][1] - 20, 20, 20); /* letters cut by the edge */
            find(pix, &layout);
        }
}

/* A slanting stroke as high as a seal, through the first letter of one line, well before another.
 */
static void lines_that_begin_below_tall_ink_are_told(void **state)
{
    (void)state;
    CLEANUP(layout_done) struct layout layout = {0};
    PIX *pix = pixCreate(WIDTH, HEIGHT, 1);
    row(pix, 300, 1200, 200, 24);
    row(pix, 700, 1200, 300, 24);
    for (int y = 0; y < 300; y++)
        draw(pix, 290 + y / 5, 100 + y, 12, 1);
    find(pix, &layout);
    assert_int_equal(layout.len, 2);
    for (size_t i = 0; i < layout.len; i++)
        assert_int_equal(layout.lines[i].covered, layout.lines[i].base < 250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_capitals_close_to_each_other_stay_apart),
        cmocka_unit_test(a_row_of_marks_belongs_to_its_line),
        cmocka_unit_test(rules_are_no_lines),
        cmocka_unit_test(lines_that_begin_below_tall_ink_are_told),
        cmocka_unit_test(white_rows_on_black_are_lines),
        cmocka_unit_test(other_black_is_not_turned_over),
        cmocka_unit_test(a_bar_is_turned_over_with_its_edge),
        cmocka_unit_test(a_page_that_is_mostly_black_stays),
        cmocka_unit_test(black_and_white_pages_of_any_shape_are_borne),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
