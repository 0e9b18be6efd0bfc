/* tests/unit/test_selftest.c - a model is trusted when it reads the built-in lines, and not before.
 */
#include "ocr/selftest.h"

#include <leptonica/allheaders.h>

#include "tests/unit/models.h"

#include "ocr/traineddata.h"

static const struct text_case {
    const char *what, *want, *got;
    double pct;
} text_cases[] = {
    {"the same", "Độc lập", "Độc lập", 100},
    {"white space is one blank", "a b\nc", "  a  b \n\n c\n", 100},
    {"one letter of ten is wrong", "0123456789", "012345678x", 90},
    {"a letter with marks is one letter", "quyết định", "quyêt định", 90},
    {"one of five is missing", "abcde", "abde", 80},
    {"one too many", "abcde", "abxcde", 80},
    {"nothing was read", "abc", "", 0},
    {"much more was read than is there", "ab", "xyzxyzxyz", 0},
    {"nothing is there", "", "", 100},
};

static void texts_agree_by_so_much(void **state)
{
    const struct text_case *c = *state;
    struct err err = {0};
    double pct = -1;
    assert_ok(selftest_agreement(span_of_text(c->want), span_of_text(c->got), &pct, &err), err);
    assert_true(pct > c->pct - 0.01 && pct < c->pct + 0.01);
}

static void a_text_too_long_is_refused(void **state)
{
    (void)state;
    static char text[5000];
    struct err err = {0};
    double pct;
    memset(text, 'a', sizeof text - 1);
    assert_int_equal(selftest_agreement(span_of_text("a"), span_of_text(text), &pct, &err), -1);
    assert_int_equal(err.reason, REASON_TOO_MUCH_TEXT);
}

static void both_readers_read_the_built_in_lines(void **state)
{
    (void)state;
    static const char *const languages[] = {"vie", "eng"};
    for (size_t i = 0; i < ARRAY_LEN(languages); i++) {
        struct err err = {0};
        struct selftest result;
        assert_ok(selftest_run(NULL, languages[i], &result, &err), err);
        print_message("%s: ours %.2f %%, tesseract %.2f %%, agreement %.2f %%\n", languages[i],
                      result.ours_pct, result.tesseract_pct, result.both_pct);
        assert_true(result.ours_pct >= 99 && result.tesseract_pct >= 99 && result.both_pct >= 99);
        assert_string_equal(result.refused, "");
    }
}

/* Each line by itself, in the box it was found in: as in the page with the dictionary, and hardly
 * worse without. */
static void a_line_is_read_alone_as_in_its_page(void **state)
{
    (void)state;
    const char *want;
    char path[PATH_MAX];
    struct err err = {0};
    struct fast *fast = fast_open(model_path("vie", path), KERNELS_BEST, &err);
    assert_ok_ptr(fast, err);
    CLEANUP(image_freep) struct image *page = selftest_page("vie", &want, &err);
    assert_ok_ptr(page, err);
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(bytes_done) struct bytes plain = {0}, with = {0}, without = {0};
    assert_ok(fast_read(fast, page, NULL, 0, &text, &err), err);
    assert_ok(page_text_plain(&text, &plain, &err), err);
    assert_true(text.line_len >= 4);
    for (size_t i = 0; i < text.line_len; i++) {
        const struct text_box box = text.lines[i].box;
        assert_ok(fast_read_line(fast, page, box, true, &with, &err), err);
        assert_ok(fast_read_line(fast, page, box, false, &without, &err), err);
        assert_ok(bytes_printf(&with, &err, "\n"), err);
        assert_ok(bytes_printf(&without, &err, "\n"), err);
    }
    double agreement = 0;
    assert_ok(selftest_agreement(bytes_span(&plain), bytes_span(&with), &agreement, &err), err);
    assert_true(agreement >= 100);
    assert_ok(selftest_agreement(bytes_span(&plain), bytes_span(&without), &agreement, &err), err);
    assert_true(agreement >= 99);
    fast_close(fast);
}

/* Letters too small to be sure of: the dictionary chooses other ones than the network alone. */
static void the_dictionary_can_be_left_out(void **state)
{
    (void)state;
    const char *want;
    char path[PATH_MAX];
    struct err err = {0};
    struct fast *fast = fast_open(model_path("vie", path), KERNELS_BEST, &err);
    assert_ok_ptr(fast, err);
    CLEANUP(image_freep) struct image *page = selftest_page("vie", &want, &err);
    CLEANUP(image_freep)
    struct image *small = image_of_pix(pixScale(image_pix(page), 0.25F, 0.25F), &err);
    assert_ok_ptr(small, err);
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(bytes_done) struct bytes with = {0}, without = {0};
    assert_ok(fast_read(fast, small, NULL, 0, &text, &err), err);
    for (size_t i = 0; i < text.line_len; i++) {
        assert_ok(fast_read_line(fast, small, text.lines[i].box, true, &with, &err), err);
        assert_ok(fast_read_line(fast, small, text.lines[i].box, false, &without, &err), err);
    }
    assert_true(with.len > 0 && without.len > 0);
    assert_false(with.len == without.len && memcmp(with.data, without.data, with.len) == 0);
    fast_close(fast);
}

static void what_is_too_narrow_to_be_a_line_has_no_text(void **state)
{
    (void)state;
    const char *want;
    char path[PATH_MAX];
    struct err err = {0};
    struct fast *fast = fast_open(model_path("vie", path), KERNELS_BEST, &err);
    assert_ok_ptr(fast, err);
    CLEANUP(image_freep) struct image *page = selftest_page("vie", &want, &err);
    CLEANUP(bytes_done) struct bytes text = {0};
    const struct text_box box = {.w = 1, .h = (int32_t)image_height_px(page)};
    assert_ok(fast_read_line(fast, page, box, true, &text, &err), err);
    assert_int_equal(text.len, 0);
    fast_close(fast);
}

static void a_language_without_lines_says_so(void **state)
{
    (void)state;
    struct err err = {0};
    struct selftest result;
    assert_int_equal(selftest_run(NULL, "osd", &result, &err), -1);
    assert_non_null(strstr(err.text, "no built-in lines for language 'osd'"));
}

/* Writes a copy of the model with some of its last layer's weights set to nothing: of the right
 * shape, and wrong. */
static char *folder_with_spoilt_model(void)
{
    struct err err = {0};
    struct bytes file = {0};
    struct span part;
    char path[PATH_MAX];
    assert_ok(traineddata_load(model_path("vie", path), &file, &err), err);
    assert_ok(traineddata_part(bytes_span(&file), TRAINEDDATA_LSTM, &part, &err), err);
    memset(file.data + (part.data - file.data) + part.len - 40000, 0, 20000);
    char *folder = test_dir_make();
    (void)snprintf(path, sizeof path, "%s/vie.traineddata", folder);
    FILE *out = fopen(path, "we");
    assert_non_null(out);
    assert_int_equal(fwrite(file.data, 1, file.len, out), file.len);
    assert_int_equal(fclose(out), 0);
    bytes_done(&file);
    return folder;
}

static void a_model_that_reads_nonsense_is_not_taken_unasked(void **state)
{
    (void)state;
    struct err err = {0};
    char *folder = folder_with_spoilt_model();
    struct reader *sound = reader_open(NULL, "vie", READER_AUTO, &err);
    assert_ok_ptr(sound, err);
    assert_int_equal(strncmp(reader_engine(sound), "sohoa ", 6), 0);
    struct reader *reader = reader_open(folder, "vie", READER_AUTO, &err);
    assert_ok_ptr(reader, err);
    assert_int_equal(strncmp(reader_engine(reader), "tesseract ", 10), 0);
    struct selftest result;
    assert_ok(selftest_run(folder, "vie", &result, &err), err);
    assert_true(result.ours_pct < SELFTEST_AGREE_MIN);
    reader_close(reader);
    reader_close(sound);
    test_dir_remove(folder);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(text_cases) + 7];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(text_cases); i++)
        tests[n++] = (struct CMUnitTest){text_cases[i].what, texts_agree_by_so_much, NULL, NULL,
                                         (void *)(uintptr_t)&text_cases[i]};
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(a_text_too_long_is_refused);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(both_readers_read_the_built_in_lines);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(a_line_is_read_alone_as_in_its_page);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(the_dictionary_can_be_left_out);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(what_is_too_narrow_to_be_a_line_has_no_text);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(a_language_without_lines_says_so);
    tests[n++] =
        (struct CMUnitTest)cmocka_unit_test(a_model_that_reads_nonsense_is_not_taken_unasked);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
