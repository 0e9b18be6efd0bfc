/* tests/unit/test_recognise.c - a page is read however it lies: turned by quarters or a little
 * askew, the text is that of the upright page, and the boxes are where it stands on the page as
 * given. */
#include <math.h>

#include "tests/unit/test.h"

#include <leptonica/allheaders.h>

#include "ocr/selftest.h"
#include "pipeline/page.h"

#define MARGIN_PX 60   /* around the built-in lines: what is turned a little stays on the page */
#define SKEW_DEG  2.0F /* more than deskew_run() leaves as it is */
#define SLACK_PX  15   /* a third of a letter: where words part is known to a step or two */

static struct reader *reader; /* of all tests */

static int open_reader(void **state)
{
    (void)state;
    struct err err = {0};
    reader = reader_open(NULL, "vie", READER_FAST, &err);
    assert_ok_ptr(reader, err);
    return 0;
}

static int close_reader(void **state)
{
    (void)state;
    reader_closep(&reader);
    return 0;
}

/* The built-in lines with white around them, and what stands there. */
static struct image *upright_page(const char **ret_text)
{
    struct err err = {0};
    CLEANUP(image_freep) struct image *lines = selftest_page("vie", ret_text, &err);
    assert_ok_ptr(lines, err);
    PIX *wide = pixAddBorder(image_pix(lines), MARGIN_PX, 0);
    assert_non_null(wide);
    struct image *page = image_of_pix(wide, &err);
    assert_ok_ptr(page, err);
    return page;
}

/* As decode_run() leaves it. Takes the picture over. */
static struct page page_of(struct image *image)
{
    return (struct page){.reader = reader,
                         .image = image,
                         .found = {.width_px = image_width_px(image),
                                   .height_px = image_height_px(image),
                                   .dpi = image_dpi(image)}};
}

static void assert_reads(const struct page *page, const char *want)
{
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes plain = {0};
    double agreement = 0;
    assert_ok(page_text_plain(&page->text, &plain, &err), err);
    assert_ok(selftest_agreement(span_of_text(want), bytes_span(&plain), &agreement, &err), err);
    if (agreement < SELFTEST_AGREE_MIN)
        fail_msg("%.2f %% of the letters were read", agreement);
    assert_true(page->found.confidence > 80);
}

static void assert_inside(struct text_box box, const struct page *page)
{
    if (box.x < 0 || box.y < 0 || box.w <= 0 || box.h <= 0 ||
        (uint32_t)(box.x + box.w) > page->found.width_px ||
        (uint32_t)(box.y + box.h) > page->found.height_px)
        fail_msg("box %d %d, %d x %d, on a page of %u x %u", box.x, box.y, box.w, box.h,
                 page->found.width_px, page->found.height_px);
}

static void assert_boxes_inside(const struct page *page)
{
    for (size_t i = 0; i < page->text.block_len; i++)
        assert_inside(page->text.blocks[i].box, page);
    for (size_t i = 0; i < page->text.line_len; i++)
        assert_inside(page->text.lines[i].box, page);
    for (size_t i = 0; i < page->text.word_len; i++)
        assert_inside(page->text.words[i].box, page);
}

/* Where a box comes to lie when its page is turned clockwise by quarters, one at a time: what was
 * at the bottom comes to the left. */
static struct text_box turned_box(struct text_box box, unsigned quarters, int32_t width,
                                  int32_t height)
{
    for (; quarters > 0; quarters--) {
        box = (struct text_box){height - box.y - box.h, box.x, box.h, box.w};
        const int32_t was_width = width;
        width = height;
        height = was_width;
    }
    return box;
}

static void assert_same_box(struct text_box got, struct text_box want)
{
    if (memcmp(&got, &want, sizeof got) != 0)
        fail_msg("box %d %d, %d x %d, where %d %d, %d x %d should be", got.x, got.y, got.w, got.h,
                 want.x, want.y, want.w, want.h);
}

/* Turning by quarters loses nothing: what is read of the turned page is what is read of the
 * upright one, box by box. */
static void assert_turned(const struct page *turned, const struct page *upright, unsigned quarters)
{
    const struct page_text *got = &turned->text, *want = &upright->text;
    const int32_t w = (int32_t)upright->found.width_px, h = (int32_t)upright->found.height_px;
    assert_int_equal(got->word_len, want->word_len);
    assert_int_equal(got->line_len, want->line_len);
    assert_int_equal(got->block_len, want->block_len);
    for (size_t i = 0; i < want->word_len; i++)
        assert_same_box(got->words[i].box, turned_box(want->words[i].box, quarters, w, h));
    for (size_t i = 0; i < want->line_len; i++)
        assert_same_box(got->lines[i].box, turned_box(want->lines[i].box, quarters, w, h));
    for (size_t i = 0; i < want->block_len; i++)
        assert_same_box(got->blocks[i].box, turned_box(want->blocks[i].box, quarters, w, h));
}

static void reads_turned_by(unsigned quarters)
{
    const char *want;
    struct err err = {0};
    CLEANUP(page_done) struct page upright = page_of(upright_page(&want));
    assert_ok(recognise_run(&upright, &err), err);
    assert_int_equal(upright.found.turned_deg, 0);
    assert_reads(&upright, want);
    assert_boxes_inside(&upright);
    if (quarters == 0)
        return;
    struct image *image = image_turn(upright.image, quarters, &err);
    assert_ok_ptr(image, err);
    CLEANUP(page_done) struct page turned = page_of(image);
    turned.found.skew_deg = 1; /* as if measured on the lines that stand on end */
    assert_ok(recognise_run(&turned, &err), err);
    assert_int_equal(turned.found.turned_deg, (4 - quarters) * 90);
    assert_true(fpclassify(turned.found.skew_deg) == FP_ZERO);
    assert_reads(&turned, want);
    assert_boxes_inside(&turned);
    assert_turned(&turned, &upright, quarters);
}

static void an_upright_page_is_read_as_it_lies(void **state)
{
    (void)state;
    reads_turned_by(0);
}

static void a_page_on_its_right_side_is_read(void **state)
{
    (void)state;
    reads_turned_by(1);
}

static void a_page_on_its_head_is_read(void **state)
{
    (void)state;
    reads_turned_by(2);
}

static void a_page_on_its_left_side_is_read(void **state)
{
    (void)state;
    reads_turned_by(3);
}

/* Where the middle of a box comes to lie when its page is turned by image_rotate(). */
static void assert_near(struct text_box got, struct text_box box, double angle_deg,
                        const struct page *page)
{
    const double angle = angle_deg * M_PI / 180, x0 = page->found.width_px / 2.0,
                 y0 = page->found.height_px / 2.0;
    const double dx = box.x + box.w / 2.0 - x0, dy = box.y + box.h / 2.0 - y0;
    const double x = x0 + dx * cos(angle) + dy * sin(angle);
    const double y = y0 - dx * sin(angle) + dy * cos(angle);
    const double off_x = got.x + got.w / 2.0 - x, off_y = got.y + got.h / 2.0 - y;
    if (fabs(off_x) > SLACK_PX || fabs(off_y) > SLACK_PX)
        fail_msg("a word is off by %.1f, %.1f", off_x, off_y);
}

static void reads_askew_by(float angle_deg)
{
    const char *want;
    struct err err = {0};
    CLEANUP(page_done) struct page upright = page_of(upright_page(&want));
    assert_ok(recognise_run(&upright, &err), err);
    struct image *image = image_rotate(upright.image, angle_deg, &err);
    assert_ok_ptr(image, err);
    CLEANUP(page_done) struct page askew = page_of(image);
    assert_ok(blank_run(&askew, &err), err);
    assert_ok(deskew_run(&askew, &err), err);
    assert_true(fabsf(askew.lean_deg - angle_deg) < 0.2F); /* read as it lies */
    assert_ok(recognise_run(&askew, &err), err);
    assert_int_equal(askew.found.status, PAGE_OK);
    assert_int_equal(askew.found.turned_deg, 0);
    assert_true(fabsf(askew.found.skew_deg - angle_deg) < 0.2F);
    assert_reads(&askew, want);
    assert_boxes_inside(&askew);
    assert_int_equal(askew.text.word_len, upright.text.word_len);
    for (size_t i = 0; i < askew.text.word_len; i++)
        assert_near(askew.text.words[i].box, upright.text.words[i].box, (double)angle_deg, &askew);
}

static void a_page_askew_is_read(void **state)
{
    (void)state;
    reads_askew_by(SKEW_DEG);
}

static void a_page_askew_the_other_way_is_read(void **state)
{
    (void)state;
    reads_askew_by(-SKEW_DEG);
}

/* The built-in lines on a black bar, grey as a scanner gives them. */
static void white_on_black_is_read(void **state)
{
    (void)state;
    const char *want;
    struct err err = {0};
    CLEANUP(image_freep) struct image *plain = upright_page(&want);
    PIX *bar = pixConvertTo8(image_pix(plain), 0);
    (void)pixInvert(bar, bar);
    PIX *wide = pixAddBorder(bar, 4 * MARGIN_PX, UINT8_MAX);
    pixDestroy(&bar);
    (void)pixSetResolution(wide, (l_int32)image_dpi(plain), (l_int32)image_dpi(plain));
    struct image *image = image_of_pix(wide, &err);
    assert_ok_ptr(image, err);
    CLEANUP(page_done) struct page page = page_of(image);
    assert_ok(recognise_run(&page, &err), err);
    assert_reads(&page, want);
    assert_boxes_inside(&page);
}

/* The built-in lines as a renderer would give them, with a shadow from the left. */
static struct image *shaded_page(const char **ret_text)
{
    struct err err = {0};
    CLEANUP(image_freep) struct image *plain = upright_page(ret_text);
    PIX *pix = pixConvertTo8(image_pix(plain), 0);
    const int width = pixGetWidth(pix);
    for (int y = 0; y < pixGetHeight(pix); y++)
        for (int x = 0; x < width; x++) {
            l_uint32 level = 0;
            (void)pixGetPixel(pix, x, y, &level);
            (void)pixSetPixel(pix, x, y,
                              (30 + level * 3 / 4) * (l_uint32)(width + 2 * x) / width / 3);
        }
    struct image *image = image_of_pix(pix, &err);
    assert_ok_ptr(image, err);
    image_set_dpi(image, image_dpi(plain));
    return image;
}

static void a_shadow_is_cleared_for_reading_only(void **state)
{
    (void)state;
    const char *want;
    struct err err = {0};
    CLEANUP(image_freep) struct image *shaded = shaded_page(&want);
    CLEANUP(bytes_done) struct bytes drawn = {0};
    CLEANUP(bytes_done) struct bytes as_drawn = {0};
    const struct scan_limits limits = {100000000, 30000, 1};
    assert_ok(image_encode(shaded, IMAGE_PNG, &drawn, &err), err);
    assert_ok(image_encode(shaded, IMAGE_JPEG, &as_drawn, &err), err);
    CLEANUP(page_done)
    struct page page = {.reader = reader,
                        .limits = &limits,
                        .raster = bytes_span(&drawn),
                        .raster_dpi = image_dpi(shaded)};
    assert_ok(decode_run(&page, &err), err);
    assert_true(page.cleared);
    assert_ok(blank_run(&page, &err), err);
    assert_ok(recognise_run(&page, &err), err);
    assert_reads(&page, want);
    assert_ok(encode_run(&page, &err), err);
    assert_int_equal(page.access.len, as_drawn.len);
    assert_memory_equal(page.access.data, as_drawn.data, as_drawn.len);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_upright_page_is_read_as_it_lies),
        cmocka_unit_test(a_page_on_its_right_side_is_read),
        cmocka_unit_test(a_page_on_its_head_is_read),
        cmocka_unit_test(a_page_on_its_left_side_is_read),
        cmocka_unit_test(a_page_askew_is_read),
        cmocka_unit_test(a_page_askew_the_other_way_is_read),
        cmocka_unit_test(white_on_black_is_read),
        cmocka_unit_test(a_shadow_is_cleared_for_reading_only),
    };
    return cmocka_run_group_tests_name("recognise", tests, open_reader, close_reader);
}
