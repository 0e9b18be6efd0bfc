/* tests/unit/test_paper.c - paper is cleared of shadows and of what shines through, and of nothing
 * else. */
#include <leptonica/allheaders.h>
#include <math.h>

#include "image/image.h"
#include "tests/unit/test.h"

#define WIDTH  1240
#define HEIGHT 1754
#define PAPER  240
#define INK    30
#define MARGIN 130

static struct image *wrap(PIX *pix)
{
    struct err err = {0};
    assert_non_null(pix);
    struct image *image = image_of_pix(pix, &err);
    assert_ok_ptr(image, err);
    return image;
}

static void paint(PIX *pix, int x, int y, int w, int h, int grey)
{
    BOX *box = boxCreate(x, y, w, h);
    (void)pixSetInRectArbitrary(pix, box, (l_uint32)grey);
    boxDestroy(&box);
}

static PIX *empty_page(int paper)
{
    PIX *pix = pixCreate(WIDTH, HEIGHT, 8);
    assert_non_null(pix);
    (void)pixSetAllArbitrary(pix, (l_uint32)paper);
    return pix;
}

/* Rows of strokes 4 thick, as letters have them. */
static void write_rows(PIX *pix, int first, int pitch, int grey)
{
    unsigned seed = 3;
    for (int y = first; y + 20 < HEIGHT - MARGIN; y += pitch)
        for (int x = MARGIN; x + 20 < WIDTH - MARGIN; x += 16) {
            seed = seed * 1664525u + 1013904223u;
            if (seed >> 28 < 3)
                continue; /* between words */
            paint(pix, x, y + (int)(seed >> 26 & 3), 4, 18, grey);
            paint(pix, x, y + 8, 10, 4, grey);
        }
}

static PIX *written_page(void)
{
    PIX *pix = empty_page(PAPER);
    write_rows(pix, MARGIN, 40, INK);
    return pix;
}

static bool clear(struct image *image)
{
    struct err err = {0};
    bool changed = false;
    assert_ok(image_clear_paper(image, &changed, &err), err);
    return changed;
}

static struct image *black_and_white(const struct image *image)
{
    struct err err = {0};
    struct image *bilevel = image_binarise(image, &err);
    assert_ok_ptr(bilevel, err);
    return bilevel;
}

static int64_t black_of(const struct image *bilevel)
{
    l_int32 count = 0;
    assert_int_equal(pixCountPixels(image_pix(bilevel), &count, NULL), 0);
    return count;
}

/* In how many pixels two pages differ once they are black and white, of 1000 black ones. */
static int64_t per_mille_off(const struct image *a, const struct image *b)
{
    CLEANUP(image_freep) struct image *x = black_and_white(a);
    CLEANUP(image_freep) struct image *y = black_and_white(b);
    CLEANUP(image_freep) struct image *off = wrap(pixXor(NULL, image_pix(x), image_pix(y)));
    return black_of(off) * 1000 / black_of(x);
}

static uint32_t pixel(const struct image *image, int x, int y)
{
    l_uint32 value = 0;
    assert_int_equal(pixGetPixel(image_pix(image), x, y, &value), 0);
    return value;
}

/* --- shadows ---------------------------------------------------------------------------------- */

typedef double shade(double x, double y, double loss); /* x, y: 0..1 */

static double from_the_left(double x, double y, double loss)
{
    (void)y;
    return 1 - loss * (1 - x);
}

static double from_the_middle(double x, double y, double loss)
{
    return 1 - loss * ((x - 0.5) * (x - 0.5) + (y - 0.5) * (y - 0.5)) * 2;
}

static double dark_corner(double x, double y, double loss)
{
    const double far = hypot(1 - x, 1 - y) / 0.7;
    return far < 1 ? 1 - loss * (1 + cos(M_PI * far)) / 2 : 1;
}

static double book_edge(double x, double y, double loss)
{
    (void)y;
    return 1 - loss * exp(-x / 0.08);
}

static double fold(double x, double y, double loss)
{
    (void)x;
    return y < 0.4 ? 1 : 1 - loss * exp((0.4 - y) / 0.06);
}

static PIX *lit_by(PIX *pix, shade *light, double loss)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            l_uint32 value = 0;
            (void)pixGetPixel(pix, x, y, &value);
            const double share = light((double)x / WIDTH, (double)y / HEIGHT, loss);
            (void)pixSetPixel(pix, x, y, (l_uint32)(value * share + 0.5));
        }
    return pix;
}

static const struct shadow_case {
    const char *why;
    shade *light;
    double loss;
    int64_t off_max; /* of 1000 black pixels; along a sharp edge some are lost */
} shadows[] = {
    {"light from one side", from_the_left, 0.65, 2},
    {"hardly any light from one side", from_the_left, 0.75, 2},
    {"light from the middle", from_the_middle, 0.75, 2},
    {"a dark corner", dark_corner, 0.75, 2},
    {"the edge of a book", book_edge, 0.75, 2},
    {"a fold", fold, 0.65, 25},
};

static void shadow_is_taken_away(void **state)
{
    const struct shadow_case *c = *state;
    CLEANUP(image_freep) struct image *even = wrap(written_page());
    CLEANUP(image_freep) struct image *dark = wrap(lit_by(written_page(), c->light, c->loss));
    assert_true(per_mille_off(even, dark) > 30); /* it matters */
    assert_true(clear(dark));
    assert_true(per_mille_off(even, dark) <= c->off_max);
}

static double dark_corner_dim_top(double x, double y, double loss)
{
    return y < 0.25 ? 0.93 : dark_corner(x, y, loss);
}

static void what_is_lit_stays_as_it_is(void **state)
{
    (void)state;
    CLEANUP(image_freep)
    struct image *before = wrap(lit_by(written_page(), dark_corner_dim_top, 0.75));
    CLEANUP(image_freep) struct image *after = wrap(pixCopy(NULL, image_pix(before)));
    assert_true(clear(after));
    for (int y = 0; y < HEIGHT / 5; y++)
        for (int x = 0; x < WIDTH; x++)
            assert_int_equal(pixel(before, x, y), pixel(after, x, y));
}

static void a_black_bar_in_the_shadow_stays_black(void **state)
{
    (void)state;
    PIX *pix = written_page();
    paint(pix, MARGIN, 800, 900, 160, INK);
    paint(pix, 0, 0, WIDTH, 100, INK); /* the scanner's lid */
    CLEANUP(image_freep) struct image *even = wrap(pixCopy(NULL, pix));
    CLEANUP(image_freep) struct image *dark = wrap(lit_by(pix, from_the_left, 0.7));
    assert_true(clear(dark));
    assert_true(per_mille_off(even, dark) <= 20);
}

/* No steps where one tile ends and the next begins. */
static void cleared_paper_is_smooth(void **state)
{
    (void)state;
    PIX *pix = lit_by(written_page(), book_edge, 0.75);
    paint(pix, 20, 60, 2, 2, 200); /* whiter than paper */
    CLEANUP(image_freep) struct image *page = wrap(pix);
    assert_true(clear(page));
    assert_int_equal(pixel(page, 20, 60), UINT8_MAX);
    for (int x = 8; x + 1 < WIDTH; x++)
        assert_in_range(pixel(page, x + 1, 10) - pixel(page, x, 10) + 8, 0, 16);
}

/* Letters as thick as tiles are no shadows of their own, though their ink is grey. */
static void heavy_letters_keep_their_ink(void **state)
{
    (void)state;
    PIX *pix = written_page();
    for (int x = MARGIN; x + 60 < WIDTH - MARGIN; x += 60)
        paint(pix, x, 30, 18, 70, PAPER / 4);
    CLEANUP(image_freep) struct image *even = wrap(pixCopy(NULL, pix));
    CLEANUP(image_freep) struct image *dark = wrap(lit_by(pix, from_the_left, 0.65));
    assert_true(clear(dark));
    assert_true(per_mille_off(even, dark) <= 2);
}

/* --- pages that are left alone ---------------------------------------------------------------- */

static void assert_left_alone(PIX *pix)
{
    CLEANUP(image_freep) struct image *before = wrap(pix);
    CLEANUP(image_freep) struct image *after = wrap(pixCopy(NULL, pix));
    assert_false(clear(after));
    l_int32 same = 0;
    assert_int_equal(pixEqual(image_pix(before), image_pix(after), &same), 0);
    assert_true(same);
}

static void even_pages_are_left_alone(void **state)
{
    (void)state;
    PIX *boxes = written_page();
    paint(boxes, MARGIN, 300, 900, 120, INK);
    paint(boxes, 400, 900, 90, 90, PAPER / 2);
    assert_left_alone(boxes);
    assert_left_alone(written_page());
    assert_left_alone(lit_by(written_page(), from_the_left, 0.2));
    PIX *grey = lit_by(written_page(), from_the_left, 0.7);
    assert_left_alone(pixConvertTo1(grey, 128));
    pixDestroy(&grey);
}

/* A picture is dark and no shadow, however large; negatives have no paper. */
static void dark_pictures_are_left_alone(void **state)
{
    (void)state;
    PIX *picture = written_page();
    paint(picture, 0, 0, WIDTH, HEIGHT / 2, 25);
    assert_left_alone(picture);
    PIX *night = empty_page(40);
    paint(night, 0, 0, WIDTH, HEIGHT / 2, 20);
    assert_left_alone(night);
}

static void faint_print_is_no_ghost(void **state)
{
    (void)state;
    PIX *pix = empty_page(PAPER);
    write_rows(pix, MARGIN, 40, PAPER * 7 / 10);
    paint(pix, MARGIN, HEIGHT - MARGIN, 120, 30, INK); /* a signature in fresh ink */
    assert_left_alone(pix);
}

/* Thin rules have grey edges, and in some tiles nothing else of them is looked at first. */
static void edges_of_rules_are_no_ghosts(void **state)
{
    (void)state;
    PIX *pix = written_page();
    for (int y = 20; y < HEIGHT - 20; y += 9) {
        paint(pix, 0, y, WIDTH, 3, PAPER * 7 / 10);
        paint(pix, 0, y + 1, WIDTH, 1, INK);
    }
    assert_left_alone(pix);
}

/* --- what shines through ---------------------------------------------------------------------- */

static void the_back_is_bleached(int share_pct)
{
    const int ghost = PAPER * (100 - share_pct) / 100;
    CLEANUP(image_freep) struct image *front = wrap(written_page());
    PIX *pix = empty_page(PAPER);
    write_rows(pix, MARGIN + 24, 58, ghost); /* first: ink lies over it */
    write_rows(pix, MARGIN, 40, INK);
    CLEANUP(image_freep) struct image *page = wrap(pix);
    assert_true(clear(page));
    int64_t pale = 0;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            if (pixel(front, x, y) == INK)
                assert_true(pixel(page, x, y) < 100);
            else
                pale += pixel(page, x, y) < UINT8_MAX;
        }
    assert_int_equal(pale, 0);
    assert_int_equal(per_mille_off(front, page), 0);
}

static void a_back_that_shines_through_is_bleached(void **state)
{
    (void)state;
    the_back_is_bleached(20);
    the_back_is_bleached(30);
    the_back_is_bleached(35);
}

static void both_at_once_are_cleared(void **state)
{
    (void)state;
    CLEANUP(image_freep) struct image *front = wrap(written_page());
    PIX *pix = empty_page(PAPER);
    write_rows(pix, MARGIN + 24, 58, PAPER * 7 / 10);
    write_rows(pix, MARGIN, 40, INK);
    CLEANUP(image_freep) struct image *page = wrap(lit_by(pix, from_the_left, 0.65));
    assert_true(clear(page));
    assert_true(per_mille_off(front, page) <= 10);
    assert_int_equal(pixel(page, 4, 4), UINT8_MAX);
}

/* --- bounds ----------------------------------------------------------------------------------- */

static void pages_of_any_shape_are_borne(void **state)
{
    (void)state;
    static const int sides[][2] = {{1, 1},     {1, 2},     {7, 7},     {9, 8},      {30000, 1},
                                   {1, 30000}, {30000, 9}, {2, 30000}, {257, 3000}, {641, 95}};
    static const int greys[] = {0, 1, 64, 255};
    for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
        for (size_t k = 0; k < ARRAY_LEN(greys); k++) {
            PIX *even = pixCreate(sides[i][0], sides[i][1], 8);
            (void)pixSetAllArbitrary(even, (l_uint32)greys[k]);
            assert_left_alone(even);
        }
        PIX *pix = pixCreate(sides[i][0], sides[i][1], 8);
        for (int y = 0; y < sides[i][1]; y++)
            for (int x = 0; x < sides[i][0]; x++)
                (void)pixSetPixel(pix, x, y, (l_uint32)(255 - 220 * x / sides[i][0]));
        CLEANUP(image_freep) struct image *slope = wrap(pix);
        const bool changed = clear(slope);
        assert_true(changed || sides[i][0] < 20);
    }
}

/* White and grey only where a tile is looked at first, black else: a closer look finds no light. */
static void a_page_made_to_mislead_is_left_alone(void **state)
{
    (void)state;
    const int side = (HEIGHT + 95) / 96, step = (side + 4) / 5;
    PIX *pix = empty_page(0);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            if (x % side % step == 0 && y % side % step == 0)
                (void)pixSetPixel(pix, x, y, y < HEIGHT / 2 ? UINT8_MAX : 100);
    assert_left_alone(pix);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(shadows) + 12] = {
        cmocka_unit_test(what_is_lit_stays_as_it_is),
        cmocka_unit_test(a_black_bar_in_the_shadow_stays_black),
        cmocka_unit_test(cleared_paper_is_smooth),
        cmocka_unit_test(heavy_letters_keep_their_ink),
        cmocka_unit_test(even_pages_are_left_alone),
        cmocka_unit_test(dark_pictures_are_left_alone),
        cmocka_unit_test(faint_print_is_no_ghost),
        cmocka_unit_test(edges_of_rules_are_no_ghosts),
        cmocka_unit_test(a_back_that_shines_through_is_bleached),
        cmocka_unit_test(both_at_once_are_cleared),
        cmocka_unit_test(pages_of_any_shape_are_borne),
        cmocka_unit_test(a_page_made_to_mislead_is_left_alone),
    };
    for (size_t i = 0; i < ARRAY_LEN(shadows); i++)
        tests[12 + i] = (struct CMUnitTest){shadows[i].why, shadow_is_taken_away, NULL, NULL,
                                            (void *)(uintptr_t)&shadows[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
