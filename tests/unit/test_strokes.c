/* tests/unit/test_strokes.c - strokes make of a page what Leptonica's bricks make of it. */
#include "ocr/strokes.h"

#include <stdbool.h>

#include "tests/unit/test.h"

static const uint32_t widths[] = {1, 2, 31, 32, 33, 64, 95, 300};
static const uint32_t lengths[] = {1, 2, 3, 9, 31, 32, 33, 60, 64, 65, 100, 170};

#define HEIGHT 131

/* Runs of every length, down to single pixels, and what lies in the words beyond the page. */
static PIX *scribble(uint32_t width, unsigned seed, bool turned)
{
    PIX *pix = pixCreate((l_int32)(turned ? HEIGHT : width), (l_int32)(turned ? width : HEIGHT), 1);
    for (uint32_t y = 0; y < HEIGHT; y++) {
        bool black = false;
        for (uint32_t x = 0, left = 0; x < width; x++, left--) {
            if (left == 0) {
                seed = seed * 1664525u + 1013904223u;
                left = 1 + (seed >> 8) % (1u << (seed >> 28) % 8);
                black = !black;
            }
            (void)pixSetPixel(pix, (l_int32)(turned ? y : x), (l_int32)(turned ? x : y), black);
        }
    }
    if (!turned)
        (void)pixSetPadBits(pix, 1);
    return pix;
}

typedef void make(PIX *page, uint32_t length);
typedef PIX *make_new(PIX *page, int length);

static void close_across(PIX *page, uint32_t length)
{
    struct err err = {0};
    assert_ok(strokes_close_across(page, length, &err), err);
}

static PIX *brick_open_across(PIX *page, int length)
{
    return pixOpenBrick(NULL, page, length, 1);
}

static PIX *brick_open_down(PIX *page, int length)
{
    return pixOpenBrick(NULL, page, 1, length);
}

static PIX *brick_close_across(PIX *page, int length)
{
    return pixCloseSafeBrick(NULL, page, length, 1);
}

static PIX *brick_widen_down(PIX *page, int length)
{
    return pixDilateBrick(NULL, page, 1, length);
}

static const struct stroke_case {
    const char *why;
    make *ours;
    make_new *theirs;
    bool down;
} cases[] = {
    {"opened across", strokes_open_across, brick_open_across, false},
    {"opened down", strokes_open_down, brick_open_down, true},
    {"closed across", close_across, brick_close_across, false},
    {"widened down", strokes_widen_down, brick_widen_down, true},
};

static void is_the_same(void **state)
{
    const struct stroke_case *c = *state;
    unsigned changed = 0;
    for (size_t w = 0; w < ARRAY_LEN(widths); w++)
        for (size_t n = 0; n < ARRAY_LEN(lengths); n++) {
            l_int32 same = 0, still = 0;
            PIX *page = scribble(widths[w], (unsigned)(w * 100 + n), c->down);
            PIX *before = pixCopy(NULL, page), *theirs = c->theirs(page, (int)lengths[n]);
            c->ours(page, lengths[n]);
            (void)pixEqual(page, theirs, &same);
            (void)pixEqual(page, before, &still);
            if (!same)
                fail_msg("%u pixels wide, stroke of %u", widths[w], lengths[n]);
            changed += !still;
            pixDestroy(&page);
            pixDestroy(&before);
            pixDestroy(&theirs);
        }
    assert_true(changed > ARRAY_LEN(widths) * ARRAY_LEN(lengths) / 2);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(cases)];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        tests[i] = (struct CMUnitTest){cases[i].why, is_the_same, NULL, NULL,
                                       (void *)(uintptr_t)&cases[i]};
    return cmocka_run_group_tests_name("strokes", tests, NULL, NULL);
}
