/* tests/unit/test_ocr_unrotate.c - a box found on a deskewed page lands where it was on the page.
 */
#include <math.h>
#include <stdbool.h>

#include "tests/unit/test.h"

#include <leptonica/allheaders.h>

#include "ocr/reader.h"

#define SLACK_PX 2 /* rotation by shears moves a pixel by up to one and a half */

static struct page_text one_word(struct text_box box)
{
    struct page_text text = {0};
    struct err err = {0};
    assert_ok(page_text_block(&text, box, &err), err);
    assert_ok(page_text_line(&text, box, &err), err);
    assert_ok(page_text_word(&text, box, 50, span_of_text("a"), &err), err);
    return text;
}

static const struct turn_case {
    const char *why;
    struct text_box box;
    float skew_deg;
    uint32_t width_px, height_px;
    struct text_box expected;
} turn_cases[] = {
    {"no angle, no change", {7, 8, 9, 10}, 0, 100, 100, {7, 8, 9, 10}},
    {"an angle image_rotate() leaves alone", {7, 8, 9, 10}, 0.05f, 9000, 9000, {7, 8, 9, 10}},
    {"not a number is no angle", {7, 8, 9, 10}, NAN, 100, 100, {7, 8, 9, 10}},
    /* The middle is pixel (50, 50), whose own middle is 50.5: right of it goes above it. */
    {"a quarter counter-clockwise", {60, 50, 1, 1}, 90, 101, 101, {50, 40, 1, 1}},
    {"a quarter clockwise", {60, 50, 1, 1}, -90, 101, 101, {50, 60, 1, 1}},
    {"half a turn, even sides", {1, 1, 10, 20}, 180, 100, 100, {90, 80, 10, 20}},
    {"what leaves the page is cut off", {0, 0, 100, 10}, 90, 101, 51, {25, 0, 10, 51}},
    {"a pixel stays of what is off the page", {0, 0, 10, 10}, 90, 101, 51, {25, 50, 10, 1}},
    /* A square of 20 about the middle, at 45 degrees: 20 * sqrt 2 = 28.28, from 36.36 to 64.64. */
    {"the smallest box around", {40, 40, 21, 21}, 45, 101, 101, {35, 35, 31, 31}},
};

static void box_lands_there(void **state)
{
    const struct turn_case *c = *state;
    CLEANUP(page_text_done) struct page_text text = one_word(c->box);
    page_text_unrotate(&text, c->skew_deg, c->width_px, c->height_px);
    const struct text_box got[] = {text.blocks[0].box, text.lines[0].box, text.words[0].box};
    for (size_t i = 0; i < ARRAY_LEN(got); i++) {
        assert_int_equal(got[i].x, c->expected.x);
        assert_int_equal(got[i].y, c->expected.y);
        assert_int_equal(got[i].w, c->expected.w);
        assert_int_equal(got[i].h, c->expected.h);
    }
}

/* A picture with one black spot is turned; the box around the spot comes back to where it was. */
static void a_box_on_a_turned_page_comes_back(void **state)
{
    (void)state;
    const struct text_box spot = {7, 20, 5, 3};
    for (unsigned quarters = 1; quarters <= 3; quarters++) {
        struct err err = {0};
        PIX *pix = pixCreate(40, 60, 1);
        BOX *box = boxCreate(spot.x, spot.y, spot.w, spot.h);
        (void)pixSetInRect(pix, box);
        boxDestroy(&box);
        CLEANUP(image_freep) struct image *page = image_of_pix(pix, &err);
        CLEANUP(image_freep) struct image *turned = image_turn(page, quarters, &err);
        struct text_box found = {0};
        assert_int_equal(pixClipToForeground(image_pix(turned), NULL, &box), 0);
        (void)boxGetGeometry(box, &found.x, &found.y, &found.w, &found.h);
        boxDestroy(&box);
        CLEANUP(page_text_done) struct page_text text = one_word(found);
        page_text_unturn(&text, quarters, 40, 60);
        const struct text_box got = text.words[0].box;
        assert_true(got.x == spot.x && got.y == spot.y && got.w == spot.w && got.h == spot.h);
        assert_memory_equal(&text.blocks[0].box, &got, sizeof got);
        assert_memory_equal(&text.lines[0].box, &got, sizeof got);
    }
}

static const struct mark_case {
    const char *why;
    float skew_deg;
    int depth, x, y, w, h;
} mark_cases[] = {
    {"bilevel, top left, counter-clockwise", 1.0f, 1, 200, 150, 60, 40},
    {"bilevel, bottom right, clockwise", -2.5f, 1, 1300, 1900, 50, 50},
    {"bilevel, far from the middle", 5.0f, 1, 150, 1800, 40, 40},
    {"grey, top right", 3.0f, 8, 1400, 200, 30, 30},
    {"grey, a long line", -0.5f, 8, 200, 900, 1300, 12},
};

/* A mark on the page; the page set upright as the deskew stage does; the mark found there as a
 * reader would; its box turned back must hold the mark, and not much more than the turn makes of
 * it. */
static void mark_is_found_again(void **state)
{
    const struct mark_case *c = *state;
    struct err err = {0};
    const uint32_t width = 1654, height = 2339;
    PIX *pix = pixCreate((int)width, (int)height, c->depth);
    if (c->depth == 8)
        assert_int_equal(pixSetAll(pix), 0);
    BOX *mark = boxCreate(c->x, c->y, c->w, c->h);
    assert_int_equal(c->depth == 8 ? pixClearInRect(pix, mark) : pixSetInRect(pix, mark), 0);
    boxDestroy(&mark);
    CLEANUP(image_freep) struct image *page = image_of_pix(pix, &err);
    assert_ok_ptr(page, err);
    CLEANUP(image_freep) struct image *upright = image_rotate(page, -c->skew_deg, &err);
    assert_ok_ptr(upright, err);

    PIX *bilevel = pixConvertTo1(image_pix(upright), 128);
    BOX *found = NULL;
    assert_int_equal(pixClipToForeground(bilevel, NULL, &found), 0);
    struct text_box box = {found->x, found->y, found->w, found->h};
    boxDestroy(&found);
    pixDestroy(&bilevel);
    CLEANUP(page_text_done) struct page_text text = one_word(box);
    page_text_unrotate(&text, c->skew_deg, width, height);

    struct text_box got = text.words[0].box;
    assert_true(got.x <= c->x + SLACK_PX && got.y <= c->y + SLACK_PX);
    assert_true(got.x + got.w >= c->x + c->w - SLACK_PX);
    assert_true(got.y + got.h >= c->y + c->h - SLACK_PX);
    /* Both ways the box grows by sine times the other side; the centre stays. */
    assert_in_range(2 * got.x + got.w - 2 * c->x - c->w + 2 * SLACK_PX, 0, 4 * SLACK_PX);
    assert_in_range(2 * got.y + got.h - 2 * c->y - c->h + 2 * SLACK_PX, 0, 4 * SLACK_PX);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(turn_cases) + ARRAY_LEN(mark_cases) + 1];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(turn_cases); i++)
        tests[n++] = (struct CMUnitTest){turn_cases[i].why, box_lands_there, NULL, NULL,
                                         (void *)&turn_cases[i]};
    for (size_t i = 0; i < ARRAY_LEN(mark_cases); i++)
        tests[n++] = (struct CMUnitTest){mark_cases[i].why, mark_is_found_again, NULL, NULL,
                                         (void *)&mark_cases[i]};
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(a_box_on_a_turned_page_comes_back);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
