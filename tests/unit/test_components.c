/* tests/unit/test_components.c - connected components are Leptonica's, in its order, each with a
 * pixel of its own. */
#include "ocr/components.h"

#include <stdbool.h>

#include "tests/unit/test.h"

static const struct page_case {
    const char *why;
    int width, height;
    unsigned black; /* of 16 pixels */
} cases[] = {
    {"nothing", 100, 50, 0},     {"everything", 100, 50, 16},
    {"one pixel", 1, 1, 16},     {"one column", 1, 90, 7},
    {"one row", 90, 1, 7},       {"specks", 333, 200, 1},
    {"pieces", 333, 200, 5},     {"pieces at a word's end", 64, 200, 6},
    {"a maze", 333, 200, 8},     {"holes", 333, 200, 11},
    {"nearly all", 95, 200, 15}, {"a large maze", 999, 700, 9},
};

static PIX *scatter(const struct page_case *c)
{
    PIX *pix = pixCreate(c->width, c->height, 1);
    unsigned seed = (unsigned)c->width + c->black;
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++) {
            seed = seed * 1664525u + 1013904223u;
            (void)pixSetPixel(pix, x, y, (seed >> 16) % 16 < c->black);
        }
    (void)pixSetPadBits(pix, 1);
    return pix;
}

static void are_leptonicas(const struct page_case *c, int connectivity)
{
    struct err err = {0};
    struct component *found = NULL;
    size_t n = 0;
    PIX *pix = scatter(c);
    assert_ok(components_find(pix, connectivity, &found, &n, &err), err);
    BOXA *boxes = pixConnCompBB(pix, connectivity);
    assert_int_equal(n, boxaGetCount(boxes));
    for (size_t i = 0; i < n; i++) {
        struct text_box want;
        l_uint32 pixel = 0;
        (void)boxaGetBoxGeometry(boxes, (int)i, &want.x, &want.y, &want.w, &want.h);
        assert_memory_equal(&found[i].box, &want, sizeof want);
        (void)pixGetPixel(pix, found[i].seed_px, want.y, &pixel);
        assert_int_equal(pixel, 1);
        assert_in_range(found[i].seed_px, want.x, want.x + want.w - 1);
    }
    free(found);
    boxaDestroy(&boxes);
    pixDestroy(&pix);
}

/* Clearing what hangs together from each seed, one after the other, meets black each time, and
 * leaves nothing. */
static void each_has_a_seed_of_its_own(const struct page_case *c)
{
    struct err err = {0};
    struct component *found = NULL;
    size_t n = 0;
    l_int32 empty = 0;
    PIX *pix = scatter(c);
    assert_ok(components_find(pix, 8, &found, &n, &err), err);
    L_STACK *stack = lstackCreate(0);
    stack->auxstack = lstackCreate(0);
    for (size_t i = 0; i < n; i++) {
        l_uint32 pixel = 0;
        (void)pixGetPixel(pix, found[i].seed_px, found[i].box.y, &pixel);
        assert_int_equal(pixel, 1);
        assert_int_equal(pixSeedfill(pix, stack, found[i].seed_px, found[i].box.y, 8), 0);
    }
    (void)pixSetPadBits(pix, 0);
    (void)pixZero(pix, &empty);
    assert_true(empty);
    lstackDestroy(&stack, true);
    free(found);
    pixDestroy(&pix);
}

static void components(void **state)
{
    are_leptonicas(*state, 4);
    are_leptonicas(*state, 8);
    each_has_a_seed_of_its_own(*state);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(cases)];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        tests[i] =
            (struct CMUnitTest){cases[i].why, components, NULL, NULL, (void *)(uintptr_t)&cases[i]};
    return cmocka_run_group_tests_name("components", tests, NULL, NULL);
}
