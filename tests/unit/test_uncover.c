/* tests/unit/test_uncover.c - a seal on the first letters of a line: they are read all the same
 * where they can be told, and nothing is made up where they cannot. */
#include "ocr/fast.h"

#include <leptonica/allheaders.h>

#include "ocr/selftest.h"
#include "tests/unit/models.h"

#define MARGIN_PX 300 /* room for a seal left of the lines */
#define RADIUS_PX 130
#define STROKE_PX 5

static struct fast *open_vie(void)
{
    char path[PATH_MAX];
    struct err err = {0};
    struct fast *fast = fast_open(model_path("vie", path), KERNELS_BEST, &err);
    assert_ok_ptr(fast, err);
    return fast;
}

static PIX *built_in_lines(void)
{
    const char *text;
    struct err err = {0};
    CLEANUP(image_freep) struct image *lines = selftest_page("vie", &text, &err);
    assert_ok_ptr(lines, err);
    PIX *page = pixAddBorder(image_pix(lines), MARGIN_PX, 0);
    assert_non_null(page);
    return page;
}

/* The outline of a disc, or all of it. */
static void stamp(PIX *page, int x, int y, bool whole)
{
    const int inner = whole ? 0 : (RADIUS_PX - STROKE_PX) * (RADIUS_PX - STROKE_PX);
    for (int dy = -RADIUS_PX; dy <= RADIUS_PX; dy++)
        for (int dx = -RADIUS_PX; dx <= RADIUS_PX; dx++)
            if (dx * dx + dy * dy <= RADIUS_PX * RADIUS_PX && dx * dx + dy * dy >= inner)
                (void)pixSetPixel(page, x + dx, y + dy, 1);
}

/* Reads a page and gives it back to nobody. */
static void read_page(struct fast *fast, PIX *page, struct page_text *text)
{
    struct err err = {0};
    CLEANUP(image_freep) struct image *image = image_of_pix(page, &err);
    assert_ok_ptr(image, err);
    assert_ok(fast_read(fast, image, NULL, 0, text, &err), err);
}

static void words_of(const struct page_text *text, const struct text_line *line, struct bytes *out)
{
    struct err err = {0};
    for (uint32_t i = 0; i < line->word_len; i++) {
        const struct text_word *word = &text->words[line->word_first + i];
        assert_ok(bytes_append(out, page_text_chars(text, word), &err), err);
        assert_ok(bytes_append(out, span_of_text(" "), &err), err);
    }
    assert_ok(bytes_append(out, span_of("", 1), &err), err);
}

/* The line that ends in the same place. */
static const struct text_line *line_at(const struct page_text *text, struct text_box box)
{
    for (size_t i = 0; i < text->line_len; i++) {
        const struct text_box b = text->lines[i].box;
        if (abs(b.x + b.w - box.x - box.w) < 20 && abs(b.y + b.h / 2 - box.y - box.h / 2) < 20)
            return &text->lines[i];
    }
    fail_msg("the line is gone");
    return NULL;
}

struct outcome {
    size_t lines, whole,
        more; /* looked at; read as without the seal; with words that are not there */
};

/* Each line of its own, with a seal whose rim goes through its first letters. */
static struct outcome stamp_each(bool whole)
{
    struct outcome outcome = {0};
    struct fast *fast = open_vie();
    CLEANUP(page_text_done) struct page_text clean = {0};
    PIX *page = built_in_lines();
    read_page(fast, pixCopy(NULL, page), &clean);
    for (size_t i = 0; i < clean.line_len; i++) {
        CLEANUP(page_text_done) struct page_text text = {0};
        CLEANUP(bytes_done) struct bytes want = {0}, got = {0};
        const struct text_box first = clean.words[clean.lines[i].word_first].box;
        PIX *stamped = pixCopy(NULL, page);
        const int dx = whole ? RADIUS_PX * 7 / 10 : RADIUS_PX * 85 / 100;
        stamp(stamped, first.x + (whole ? first.w / 2 : 8) - dx, first.y - RADIUS_PX / 2, whole);
        read_page(fast, stamped, &text);
        words_of(&clean, &clean.lines[i], &want);
        words_of(&text, line_at(&text, clean.lines[i].box), &got);
        outcome.lines++;
        outcome.whole += strcmp((char *)want.data, (char *)got.data) == 0;
        outcome.more += got.len > want.len;
    }
    pixDestroy(&page);
    fast_close(fast);
    return outcome;
}

static void first_letters_below_a_rim_are_read(void **state)
{
    (void)state;
    const struct outcome outcome = stamp_each(false);
    assert_int_equal(outcome.more, 0);
    assert_true(outcome.whole * 2 >= outcome.lines);
}

static void nothing_is_made_up_below_a_black_disc(void **state)
{
    (void)state;
    const struct outcome outcome = stamp_each(true);
    assert_int_equal(outcome.whole, 0);
    assert_int_equal(outcome.more, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_letters_below_a_rim_are_read),
        cmocka_unit_test(nothing_is_made_up_below_a_black_disc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
