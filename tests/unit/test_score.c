/* tests/unit/test_score.c - the scorer against distances counted by hand. */
#include "bench/score.h"

#include <stdbool.h>

#include "tests/unit/test.h"

static const struct score_case {
    const char *why, *truth, *read;
    struct score expected;
} cases[] = {
    {"equal", "Quyết định", "Quyết định", {10, 0, 0, 0, 10, 0, 2, 2, 2}},
    {"one letter wrong", "abc", "axc", {3, 1, 1, 0, 3, 1, 1, 1, 0}},
    {"one letter missing", "abc", "ac", {3, 1, 0, 0, 3, 1, 1, 1, 0}},
    {"one letter too many", "abc", "abxc", {3, 1, 0, 0, 3, 1, 1, 1, 0}},
    {"kitten and sitting", "kitten", "sitting", {6, 3, 2, 0, 6, 2, 1, 1, 0}},
    {"wrong tone", "định", "đinh", {4, 1, 1, 1, 4, 1, 1, 1, 0}},
    {"stroke of d lost", "định", "dịnh", {4, 1, 1, 1, 4, 1, 1, 1, 0}},
    {"mark and tone lost", "ổ", "o", {1, 1, 1, 1, 1, 1, 1, 1, 0}},
    {"case is no mark", "Ổ", "ổ", {1, 1, 1, 0, 1, 1, 1, 1, 0}},
    {"a mark error and a wrong letter", "cổng", "công.", {4, 2, 1, 1, 4, 1, 1, 1, 0}},
    {"where both alignments cost the same, the marks win", "ax", "xà", {2, 2, 2, 0, 2, 1, 1, 1, 0}},
    {"composed and combining are the same",
     "Hội",
     "Ho\xCC\xA3\xCC\x82i",
     {3, 0, 0, 0, 3, 0, 1, 1, 1}},
    {"combining in the truth", "Ho\xCC\xA3\xCC\x82i", "Hôi", {3, 1, 1, 1, 3, 1, 1, 1, 0}},
    {"a mark that composes with nothing is a letter",
     "x\xCC\x81",
     "x",
     {2, 1, 0, 0, 2, 1, 1, 1, 0}},
    {"four bytes are one letter", "\xF0\xA4\xBD\x90", "a", {1, 1, 1, 0, 1, 1, 1, 1, 0}},
    {"nothing and nothing", "", " \n", {0, 0, 0, 0, 0, 0, 0, 0, 0}},
    {"empty truth", "", "ab c", {0, 4, 0, 0, 0, 0, 0, 2, 0}},
    {"empty text", "ab c", "", {4, 4, 0, 0, 4, 4, 2, 0, 0}},
    {"white space is one space", "a b", " a \t\r\n\f\xC2\xA0 b\n\n", {3, 0, 0, 0, 3, 0, 2, 2, 2}},
    {"reordered lines", "ab\ncd", "cd\nab", {5, 4, 4, 0, 4, 0, 2, 2, 2}},
    {"a line read as two", "ab cd", "ab\ncd", {5, 0, 0, 0, 5, 0, 2, 2, 2}},
    {"lines read as one", "ab\n\ncd", "ab cd", {5, 0, 0, 0, 4, 0, 2, 2, 2}},
    {"spurious text is seen by CER and words, not by lines",
     "ab",
     "xyz ab",
     {2, 4, 0, 0, 2, 0, 1, 2, 1}},
    {"a line missing", "ab\ncde", "ab", {6, 4, 0, 0, 5, 3, 2, 1, 1}},
    {"one line of the text may serve two of the truth",
     "ab\nab",
     "ab",
     {5, 3, 0, 0, 4, 0, 2, 1, 1}},
    {"a word read twice matches once", "a b", "a a b", {3, 2, 0, 0, 3, 0, 2, 3, 2}},
    {"a word twice in the truth matches once", "a a b", "a b", {5, 2, 0, 0, 5, 2, 3, 2, 2}},
    {"words of equal length differ", "ab cd", "ab ce", {5, 1, 1, 0, 5, 1, 2, 2, 1}},
};

static void score_is(void **state)
{
    const struct score_case *c = *state;
    struct score got;
    struct err err = {0};
    assert_ok(score_page(span_of_text(c->truth), span_of_text(c->read), &got, &err), err);
    assert_int_equal(got.letters, c->expected.letters);
    assert_int_equal(got.edits, c->expected.edits);
    assert_int_equal(got.substitutions, c->expected.substitutions);
    assert_int_equal(got.mark_errors, c->expected.mark_errors);
    assert_int_equal(got.line_letters, c->expected.line_letters);
    assert_int_equal(got.line_edits, c->expected.line_edits);
    assert_int_equal(got.words, c->expected.words);
    assert_int_equal(got.words_read, c->expected.words_read);
    assert_int_equal(got.words_matched, c->expected.words_matched);
}

static bool near(double a, double b)
{
    return a - b < 1e-12 && b - a < 1e-12;
}

static void rates_follow_from_the_counts(void **state)
{
    (void)state;
    struct score score = {.letters = 8,
                          .edits = 2,
                          .substitutions = 4,
                          .mark_errors = 3,
                          .line_letters = 5,
                          .line_edits = 1,
                          .words = 2,
                          .words_read = 3,
                          .words_matched = 1};
    assert_true(near(score_cer(&score), 0.25));
    assert_true(near(score_line_cer(&score), 0.2));
    assert_true(near(score_word_f1(&score), 0.4));
    assert_true(near(score_mark_share(&score), 0.75));
    assert_true(near(score_mark_rate(&score), 0.375));
    struct score sum = score;
    score_add(&sum, &score);
    assert_int_equal(sum.letters, 16);
    assert_int_equal(sum.mark_errors, 6);
    assert_int_equal(sum.words_read, 6);
    assert_true(near(score_cer(&sum), 0.25));
}

static void rates_of_nothing_are_defined(void **state)
{
    (void)state;
    struct score nothing = {0}, spurious = {.edits = 4, .words_read = 2};
    assert_true(near(score_cer(&nothing), 0));
    assert_true(near(score_word_f1(&nothing), 1));
    assert_true(near(score_mark_share(&nothing), 0));
    assert_true(near(score_mark_rate(&nothing), 0));
    assert_true(near(score_cer(&spurious), 1));
    assert_true(near(score_word_f1(&spurious), 0));
}

static void text_that_cannot_be_scored_is_refused(void **state)
{
    (void)state;
    struct score score = {.letters = 77};
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes big = {0};
    assert_int_equal(score_page(span_of("\xFF", 1), span_of_text("a"), &score, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_non_null(strstr(err.text, "truth: "));
    assert_ok(bytes_reserve(&big, SCORE_LETTERS_MAX + 1, &err), err);
    memset(big.data, 'x', SCORE_LETTERS_MAX + 1);
    struct span over = span_of(big.data, SCORE_LETTERS_MAX + 1);
    assert_int_equal(score_page(span_of_text("a"), over, &score, &err), -1);
    assert_int_equal(err.reason, REASON_TOO_MUCH_TEXT);
    assert_int_equal(score.letters, 77);
}

/* The largest costs there are must not run from one field into the next. */
static void the_longest_texts_are_counted_right(void **state)
{
    (void)state;
    struct score score;
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes big = {0};
    assert_ok(bytes_reserve(&big, SCORE_LETTERS_MAX, &err), err);
    memset(big.data, 'x', SCORE_LETTERS_MAX);
    struct span all = span_of(big.data, SCORE_LETTERS_MAX);
    assert_ok(score_page(span_of_text("yz"), all, &score, &err), err);
    assert_int_equal(score.edits, SCORE_LETTERS_MAX);
    assert_int_equal(score.substitutions, 2);
    assert_int_equal(score.mark_errors, 0);
}

#define FIXED_TESTS 4

int main(void)
{
    struct CMUnitTest tests[FIXED_TESTS + ARRAY_LEN(cases)] = {
        cmocka_unit_test(rates_follow_from_the_counts),
        cmocka_unit_test(rates_of_nothing_are_defined),
        cmocka_unit_test(text_that_cannot_be_scored_is_refused),
        cmocka_unit_test(the_longest_texts_are_counted_right),
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        tests[FIXED_TESTS + i] =
            (struct CMUnitTest){cases[i].why, score_is, NULL, NULL, (void *)&cases[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
