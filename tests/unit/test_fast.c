/* tests/unit/test_fast.c - our reader on pictures nobody would call a page: no crash, no text
 * outside the picture, the same answer twice. The sanitizers watch. */
#include "ocr/fast.h"

#include "tests/unit/models.h"

#include <leptonica/allheaders.h>

static struct fast *open_vie(void)
{
    char path[PATH_MAX];
    struct err err = {0};
    struct fast *fast = fast_open(model_path("vie", path), KERNELS_BEST, &err);
    assert_ok_ptr(fast, err);
    return fast;
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void box_in(PIX *pix, int x, int y, int w, int h)
{
    BOX *box = boxCreate(x, y, w, h);
    if (box)
        (void)pixSetInRect(pix, box);
    boxDestroy(&box);
}

/* --- pictures: each draws on a white picture of 1 bpp --------------------------------------------
 */

static void nothing(PIX *pix)
{
    (void)pix;
}

static void all_black(PIX *pix)
{
    (void)pixSetAll(pix);
}

static void dust(PIX *pix)
{
    uint32_t seed = 1;
    for (int i = 0; i < pixGetWidth(pix) * pixGetHeight(pix) / 200; i++)
        (void)pixSetPixel(pix, (int)(next_random(&seed) % (uint32_t)pixGetWidth(pix)),
                          (int)(next_random(&seed) % (uint32_t)pixGetHeight(pix)), 1);
}

static void snow(PIX *pix)
{
    uint32_t seed = 2;
    for (int y = 0; y < pixGetHeight(pix); y++)
        for (int x = 0; x < pixGetWidth(pix); x++)
            (void)pixSetPixel(pix, x, y, next_random(&seed) & 1);
}

static void chess_board(PIX *pix)
{
    for (int y = 0; y < pixGetHeight(pix); y += 8)
        for (int x = y % 16; x < pixGetWidth(pix); x += 16)
            box_in(pix, x, y, 8, 8);
}

static void letters_without_end(PIX *pix)
{
    for (int y = 2; y + 14 < pixGetHeight(pix); y += 18)
        for (int x = 0; x + 8 < pixGetWidth(pix); x += 11)
            box_in(pix, x, y, 7, 12);
}

static void grid(PIX *pix)
{
    for (int y = 0; y < pixGetHeight(pix); y += 40)
        box_in(pix, 0, y, pixGetWidth(pix), 2);
    for (int x = 0; x < pixGetWidth(pix); x += 60)
        box_in(pix, x, 0, 2, pixGetHeight(pix));
}

static void tables_in_tables(PIX *pix)
{
    for (int i = 0; i < 12; i++) {
        const int at = i * 30, w = pixGetWidth(pix) - 2 * at, h = pixGetHeight(pix) - 2 * at;
        if (w < 20 || h < 20)
            break;
        box_in(pix, at, at, w, 3);
        box_in(pix, at, at + h - 3, w, 3);
        box_in(pix, at, at, 3, h);
        box_in(pix, at + w - 3, at, 3, h);
        box_in(pix, at + 10, at + 10, 12, 12);
    }
}

static void stairs(PIX *pix)
{
    for (int i = 0; i * 24 + 20 < pixGetHeight(pix); i++)
        for (int k = 0; k < 6; k++)
            box_in(pix, (i * 37) % (pixGetWidth(pix) / 2 + 1) + k * 14, i * 24, 9, 14);
}

static const struct picture_case {
    const char *what;
    void (*draw)(PIX *pix);
    int width, height, dpi;
} cases[] = {
    {"an empty page", nothing, 600, 800, 200},
    {"one pixel", all_black, 1, 1, 300},
    {"a black page", all_black, 640, 480, 200},
    {"a line one pixel high", all_black, 3000, 1, 200},
    {"a line one pixel wide", all_black, 1, 3000, 200},
    {"a black strip wider than any line", all_black, 20000, 12, 100},
    {"dust", dust, 900, 900, 200},
    {"snow", snow, 500, 300, 100},
    {"snow at 600 dpi", snow, 600, 600, 600},
    {"a chess board", chess_board, 640, 640, 200},
    {"letters from edge to edge", letters_without_end, 900, 700, 150},
    {"letters, unknown resolution", letters_without_end, 300, 300, 0},
    {"letters, absurd resolution", letters_without_end, 300, 300, 9600},
    {"a grid", grid, 1000, 900, 150},
    {"tables in tables", tables_in_tables, 900, 900, 150},
    {"stairs of words", stairs, 900, 1000, 200},
};

static bool inside(struct text_box box, const struct image *image)
{
    return box.x >= 0 && box.y >= 0 && box.w >= 0 && box.h >= 0 &&
           (uint32_t)(box.x + box.w) <= image_width_px(image) &&
           (uint32_t)(box.y + box.h) <= image_height_px(image);
}

static void assert_inside(const struct page_text *text, const struct image *image)
{
    for (size_t i = 0; i < text->line_len; i++)
        assert_true(inside(text->lines[i].box, image));
    for (size_t i = 0; i < text->word_len; i++) {
        assert_true(inside(text->words[i].box, image));
        assert_true(text->words[i].confidence >= 0 && text->words[i].confidence <= 100);
    }
}

static void is_read_without_harm(void **state)
{
    const struct picture_case *c = *state;
    struct err err = {0};
    struct fast *fast = open_vie();
    PIX *pix = pixCreate(c->width, c->height, 1);
    c->draw(pix);
    (void)pixSetResolution(pix, c->dpi, c->dpi);
    PIX *grey = pixConvertTo8(pix, 0);
    struct image *pictures[] = {image_of_pix(pix, &err), image_of_pix(grey, &err)};
    for (size_t i = 0; i < ARRAY_LEN(pictures); i++) {
        CLEANUP(page_text_done) struct page_text first = {0}, again = {0};
        CLEANUP(bytes_done) struct bytes a = {0}, b = {0};
        assert_ok(fast_read(fast, pictures[i], NULL, 0, &first, &err), err);
        assert_ok(fast_read(fast, pictures[i], NULL, 0, &again, &err), err);
        assert_inside(&first, pictures[i]);
        assert_ok(page_text_pack(&first, &a, &err), err);
        assert_ok(page_text_pack(&again, &b, &err), err);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.data, b.data, a.len);
        image_free(pictures[i]);
    }
    fast_close(fast);
}

/* Scraps of all of the above, put anywhere, over each other. */
static void random_pictures_do_no_harm(void **state)
{
    (void)state;
    struct err err = {0};
    struct fast *fast = open_vie();
    uint32_t seed = 7;
    for (int round = 0; round < 60; round++) {
        PIX *pix =
            pixCreate(1 + (int)(next_random(&seed) % 700), 1 + (int)(next_random(&seed) % 500), 1);
        const int scraps = (int)(next_random(&seed) % 8);
        for (int i = 0; i < scraps; i++) {
            const struct picture_case *c = &cases[next_random(&seed) % ARRAY_LEN(cases)];
            PIX *scrap = pixCreate(20 + (int)(next_random(&seed) % 300),
                                   20 + (int)(next_random(&seed) % 300), 1);
            c->draw(scrap);
            (void)pixRasterop(pix, (int)(next_random(&seed) % 700) - 100,
                              (int)(next_random(&seed) % 500) - 100, pixGetWidth(scrap),
                              pixGetHeight(scrap), PIX_PAINT, scrap, 0, 0);
            pixDestroy(&scrap);
        }
        (void)pixSetResolution(pix, 75 << round % 4, 75 << round % 4);
        struct image *image = image_of_pix(pix, &err);
        CLEANUP(page_text_done) struct page_text text = {0};
        assert_ok(fast_read(fast, image, NULL, 0, &text, &err), err);
        assert_inside(&text, image);
        image_free(image);
    }
    fast_close(fast);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(cases) + 1];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        tests[i] = (struct CMUnitTest){cases[i].what, is_read_without_harm, NULL, NULL,
                                       (void *)(uintptr_t)&cases[i]};
    tests[ARRAY_LEN(cases)] = (struct CMUnitTest)cmocka_unit_test(random_pictures_do_no_harm);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
