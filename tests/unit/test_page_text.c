/* tests/unit/test_page_text.c - building a page's text, reading it back, and lies of a cell. */
#include "ocr/page_text.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "base/text.h"
#include "tests/unit/test.h"

static void add_word(struct page_text *text, struct text_box box, float confidence,
                     const char *chars)
{
    struct err err = {0};
    assert_int_equal(page_text_word(text, box, confidence, span_of_text(chars), &err), 0);
}

/* Two blocks; the first has two lines, and one of all the words is of a letter of four bytes. */
static void build(struct page_text *text)
{
    struct err err = {0};
    assert_int_equal(page_text_block(text, (struct text_box){10, 20, 500, 90}, &err), 0);
    assert_int_equal(page_text_line(text, (struct text_box){10, 20, 500, 40}, &err), 0);
    add_word(text, (struct text_box){10, 20, 200, 40}, 96.5f, "CỘNG");
    add_word(text, (struct text_box){220, 20, 290, 40}, 90, "HÒA");
    assert_int_equal(page_text_line(text, (struct text_box){-3, 60, 500, 50}, &err), 0);
    add_word(text, (struct text_box){-3, 60, 80, 50}, 12, "Số:");
    assert_int_equal(page_text_block(text, (struct text_box){0, 200, 9, 9}, &err), 0);
    assert_int_equal(page_text_line(text, (struct text_box){0, 200, 9, 9}, &err), 0);
    add_word(text, (struct text_box){0, 200, 9, 9}, 0, "\xF0\xA4\xBD\x90");
}

static bool same_box(struct text_box a, struct text_box b)
{
    return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h;
}

static void assert_same(const struct page_text *a, const struct page_text *b)
{
    assert_int_equal(a->block_len, b->block_len);
    assert_int_equal(a->line_len, b->line_len);
    assert_int_equal(a->word_len, b->word_len);
    assert_int_equal(a->chars.len, b->chars.len);
    assert_memory_equal(a->chars.data, b->chars.data, a->chars.len);
    for (size_t i = 0; i < a->block_len; i++) {
        assert_true(same_box(a->blocks[i].box, b->blocks[i].box));
        assert_int_equal(a->blocks[i].line_first, b->blocks[i].line_first);
        assert_int_equal(a->blocks[i].line_len, b->blocks[i].line_len);
    }
    for (size_t i = 0; i < a->line_len; i++) {
        assert_true(same_box(a->lines[i].box, b->lines[i].box));
        assert_int_equal(a->lines[i].block, b->lines[i].block);
        assert_int_equal(a->lines[i].word_first, b->lines[i].word_first);
        assert_int_equal(a->lines[i].word_len, b->lines[i].word_len);
    }
    for (size_t i = 0; i < a->word_len; i++) {
        assert_true(same_box(a->words[i].box, b->words[i].box));
        assert_int_equal(a->words[i].line, b->words[i].line);
        assert_int_equal(a->words[i].chars_off, b->words[i].chars_off);
        assert_int_equal(a->words[i].chars_len, b->words[i].chars_len);
        assert_float_equal(a->words[i].confidence, b->words[i].confidence, 0);
    }
}

/* What unpacking promises of every text it lets through: dense, in order, in range, words. */
static void assert_valid(const struct page_text *text)
{
    size_t line = 0, word = 0, chars = 0;
    for (size_t b = 0; b < text->block_len; b++) {
        assert_int_equal(text->blocks[b].line_first, line);
        for (size_t end = line + text->blocks[b].line_len; line < end; line++) {
            assert_true(line < text->line_len);
            assert_int_equal(text->lines[line].block, b);
            assert_int_equal(text->lines[line].word_first, word);
            for (size_t stop = word + text->lines[line].word_len; word < stop; word++) {
                assert_true(word < text->word_len);
                const struct text_word *w = &text->words[word];
                assert_int_equal(w->line, line);
                assert_int_equal(w->chars_off, chars);
                assert_true(w->chars_len > 0);
                assert_true(w->box.w >= 0 && w->box.h >= 0);
                assert_true(w->confidence >= 0 && w->confidence <= 100);
                assert_true(text_valid(page_text_chars(text, w)));
                chars += w->chars_len;
            }
        }
    }
    assert_int_equal(line, text->line_len);
    assert_int_equal(word, text->word_len);
    assert_int_equal(chars, text->chars.len);
}

static void plain_text_has_a_line_per_line_and_a_gap_between_blocks(void **state)
{
    (void)state;
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(bytes_done) struct bytes out = {0};
    struct err err = {0};
    static const char expected[] = "CỘNG HÒA\nSố:\n\n\xF0\xA4\xBD\x90\n";

    build(&text);
    assert_int_equal(page_text_plain(&text, &out, &err), 0);
    assert_int_equal(out.len, sizeof expected - 1);
    assert_memory_equal(out.data, expected, out.len);
}

static const struct word_case {
    const char *why, *in, *out; /* out "" means the word is skipped */
} word_cases[] = {
    {"as it is", "Nghị", "Nghị"},
    {"combining marks are composed", "Ho\xCC\xA3\xCC\x82", "H\xE1\xBB\x99"},
    {"Icelandic eth is the Vietnamese letter", "\xC3\x90", "\xC4\x90"},
    {"tab and line break are dropped", "a\tb\nc", "abc"},
    {"C1 controls and DEL are dropped", "a\xC2\x85\x7F\xC2\x9Fz", "az"},
    {"no-break and ideographic space are dropped", "\xC2\xA0x\xE3\x80\x80", "x"},
    {"line separator is dropped", "x\xE2\x80\xA8y", "xy"},
    {"what XML cannot carry is dropped", "\xEF\xBF\xBEx\xEF\xBF\xBF", "x"},
    {"markup stays what it is", "<a&\"'>", "<a&\"'>"},
    {"four bytes", "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
    {"blanks only", " \t ", ""},
    {"empty", "", ""},
};

static void word_is_cleaned(void **state)
{
    const struct word_case *c = *state;
    CLEANUP(page_text_done) struct page_text text = {0};
    struct err err = {0};
    assert_int_equal(page_text_block(&text, (struct text_box){0}, &err), 0);
    assert_int_equal(page_text_line(&text, (struct text_box){0}, &err), 0);
    add_word(&text, (struct text_box){0}, 50, c->in);
    if (!*c->out) {
        assert_int_equal(text.word_len, 0);
        return;
    }
    assert_int_equal(text.word_len, 1);
    struct span chars = page_text_chars(&text, &text.words[0]);
    assert_int_equal(chars.len, strlen(c->out));
    assert_memory_equal(chars.data, c->out, chars.len);
}

static void what_is_not_utf8_or_has_a_box_out_of_range_is_refused(void **state)
{
    (void)state;
    CLEANUP(page_text_done) struct page_text text = {0};
    struct err err = {0};
    struct text_box inside_out = {0, 0, -1, 5}, far = {INT32_MAX, 0, INT32_MAX, 1};
    assert_int_equal(page_text_block(&text, inside_out, &err), -1);
    assert_int_equal(page_text_block(&text, far, &err), -1);
    assert_int_equal(page_text_block(&text, (struct text_box){0}, &err), 0);
    assert_int_equal(page_text_line(&text, inside_out, &err), -1);
    assert_int_equal(page_text_line(&text, (struct text_box){0}, &err), 0);
    assert_int_equal(page_text_word(&text, inside_out, 1, span_of_text("a"), &err), -1);
    assert_int_equal(page_text_word(&text, (struct text_box){0}, 1, span_of("\xC3", 1), &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(text.word_len, 0);
}

static void confidence_stays_between_0_and_100(void **state)
{
    (void)state;
    CLEANUP(page_text_done) struct page_text text = {0};
    struct err err = {0};
    assert_int_equal(page_text_block(&text, (struct text_box){0}, &err), 0);
    assert_int_equal(page_text_line(&text, (struct text_box){0}, &err), 0);
    add_word(&text, (struct text_box){0}, NAN, "a");
    add_word(&text, (struct text_box){0}, -5, "a");
    add_word(&text, (struct text_box){0}, FLT_MAX, "a");
    assert_float_equal(text.words[0].confidence, 0, 0);
    assert_float_equal(text.words[1].confidence, 0, 0);
    assert_float_equal(text.words[2].confidence, 100, 0);
}

static void confidence_of_a_page_is_weighted_by_length(void **state)
{
    (void)state;
    CLEANUP(page_text_done) struct page_text text = {0};
    struct err err = {0};
    assert_float_equal(page_text_confidence(&text), 0, 0);
    assert_int_equal(page_text_block(&text, (struct text_box){0}, &err), 0);
    assert_int_equal(page_text_line(&text, (struct text_box){0}, &err), 0);
    add_word(&text, (struct text_box){0}, 100, "abc");
    add_word(&text, (struct text_box){0}, 20, "d");
    assert_float_equal(page_text_confidence(&text), 80, 0.001f);
}

static void text_past_the_limits_is_refused(void **state)
{
    (void)state;
    CLEANUP(page_text_done) struct page_text words = {0};
    CLEANUP(page_text_done) struct page_text chars = {0};
    CLEANUP(bytes_done) struct bytes big = {0};
    struct err err = {0};
    assert_int_equal(page_text_block(&words, (struct text_box){0}, &err), 0);
    assert_int_equal(page_text_line(&words, (struct text_box){0}, &err), 0);
    for (uint32_t i = 0; i < TEXT_WORDS_MAX; i++)
        add_word(&words, (struct text_box){0}, 1, "a");
    assert_int_equal(page_text_word(&words, (struct text_box){0}, 1, span_of_text("a"), &err), -1);
    assert_int_equal(err.reason, REASON_TOO_MUCH_TEXT);

    assert_int_equal(page_text_block(&chars, (struct text_box){0}, &err), 0);
    assert_int_equal(page_text_line(&chars, (struct text_box){0}, &err), 0);
    assert_int_equal(bytes_reserve(&big, TEXT_WORD_MAX + 1, &err), 0);
    memset(big.data, 'x', TEXT_WORD_MAX + 1);
    struct span all = span_of(big.data, TEXT_WORD_MAX + 1);
    assert_int_equal(page_text_word(&chars, (struct text_box){0}, 1, all, &err), -1);
    assert_int_equal(err.reason, REASON_TOO_MUCH_TEXT);
    all.len = TEXT_WORD_MAX;
    for (uint32_t i = 0; i < TEXT_CHARS_MAX / TEXT_WORD_MAX; i++)
        assert_int_equal(page_text_word(&chars, (struct text_box){0}, 1, all, &err), 0);
    err = (struct err){0};
    assert_int_equal(page_text_word(&chars, (struct text_box){0}, 1, span_of_text("a"), &err), -1);
    assert_int_equal(err.reason, REASON_TOO_MUCH_TEXT);
}

/* A copy of exactly `len` bytes, so that the address sanitizer sees one byte too far. */
static int unpack_copy(const struct bytes *packed, size_t len, size_t flip, uint8_t mask,
                       struct page_text *ret_text, struct err *err)
{
    uint8_t *copy = malloc(len + !len);
    assert_non_null(copy);
    memcpy(copy, packed->data, len);
    if (mask)
        copy[flip] ^= mask;
    int rc = page_text_unpack(span_of(copy, len), ret_text, err);
    free(copy);
    return rc;
}

static void packing_and_unpacking_gives_the_same_text(void **state)
{
    (void)state;
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(page_text_done) struct page_text back = {0};
    CLEANUP(page_text_done) struct page_text nothing = {0};
    CLEANUP(bytes_done) struct bytes packed = {0};
    struct err err = {0};

    build(&text);
    assert_valid(&text);
    assert_int_equal(page_text_pack(&text, &packed, &err), 0);
    assert_int_equal(unpack_copy(&packed, packed.len, 0, 0, &back, &err), 0);
    assert_same(&text, &back);

    packed.len = 0;
    assert_int_equal(page_text_pack(&nothing, &packed, &err), 0);
    page_text_done(&back);
    assert_int_equal(unpack_copy(&packed, packed.len, 0, 0, &back, &err), 0);
    assert_int_equal(back.block_len, 0);
}

static void every_truncated_length_is_refused(void **state)
{
    (void)state;
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(bytes_done) struct bytes packed = {0};
    struct err err = {0};

    build(&text);
    assert_int_equal(page_text_pack(&text, &packed, &err), 0);
    for (size_t len = 0; len < packed.len; len++) {
        struct page_text back = {0};
        err = (struct err){0};
        assert_int_equal(unpack_copy(&packed, len, 0, 0, &back, &err), -1);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_int_equal(err.reason, REASON_CRASHED);
        assert_null(back.words);
    }
    assert_int_equal(bytes_append(&packed, span_of("x", 1), &err), 0);
    struct page_text back = {0};
    assert_int_equal(unpack_copy(&packed, packed.len, 0, 0, &back, &err), -1);
}

static void every_flipped_byte_gives_valid_text_or_an_error(void **state)
{
    (void)state;
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(bytes_done) struct bytes packed = {0};
    struct err err = {0};
    static const uint8_t masks[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF};
    size_t refused = 0;

    build(&text);
    assert_int_equal(page_text_pack(&text, &packed, &err), 0);
    for (size_t i = 0; i < packed.len * ARRAY_LEN(masks); i++) {
        CLEANUP(page_text_done) struct page_text back = {0};
        err = (struct err){0};
        if (unpack_copy(&packed, packed.len, i / ARRAY_LEN(masks), masks[i % ARRAY_LEN(masks)],
                        &back, &err) < 0) {
            assert_int_equal(err.reason, REASON_CRASHED);
            refused++;
            continue;
        }
        assert_int_equal(back.block_len, text.block_len);
        assert_int_equal(back.line_len, text.line_len);
        assert_int_equal(back.word_len, text.word_len);
        assert_int_equal(back.chars.len, text.chars.len);
        assert_valid(&back);
    }
    assert_true(refused > packed.len); /* of nine tries at each byte */
}

/* Lies that no flipped bit tells. at: offset of a 32-bit field in build()'s packed page. */
static const struct lie_case {
    const char *why;
    size_t at;
    uint32_t value;
    const char *error;
} lie_cases[] = {
    {"more blocks than any page has", 4, 0xFFFFFFFF, "too many pieces"},
    {"more letters than any page has", 16, TEXT_CHARS_MAX + 1, "too many pieces"},
    {"a block claims another's line", 20 + 16, 3, "more lines"},
    {"a block leaves a line behind", 20 + 16, 1, "belong"},
    {"a block claims more lines than there are", 20 + 16, 0xFFFFFFFF, "more lines"},
    {"a line claims all the words", 20 + 40 + 16, 0xFFFFFFFF, "more words"},
    {"a line leaves a word behind", 20 + 40 + 16, 1, "belong"},
    {"a word of no letters", 20 + 40 + 60 + 20, 0, "more letters"},
    {"a word claims all letters and more", 20 + 40 + 60 + 20, 0xFFFFFFFF, "more letters"},
    {"a word ends inside a letter", 20 + 40 + 60 + 20, 3, "not a word"},
    {"confidence is not a number", 20 + 40 + 60 + 16, 0x7FC00000, "confidence"},
    {"a box of negative width", 20 + 40 + 60 + 8, 0x80000000, "not a word"},
    {"a line as far as integers go", 20 + 40, 0x7FFFFFFF, "box of a line"},
    {"a block as far as integers go", 20, 0x7FFFFFFF, "box of a block"},
};

static void lie_is_refused(void **state)
{
    const struct lie_case *c = *state;
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(bytes_done) struct bytes packed = {0};
    struct page_text back = {0};
    struct err err = {0};
    build(&text);
    assert_int_equal(page_text_pack(&text, &packed, &err), 0);
    put_le32(packed.data + c->at, c->value);
    assert_int_equal(unpack_copy(&packed, packed.len, 0, 0, &back, &err), -1);
    assert_int_equal(err.reason, REASON_CRASHED);
    if (!strstr(err.text, c->error))
        fail_msg("'%s' does not say '%s'", err.text, c->error);
    assert_null(back.blocks);
}

static void letters_that_are_not_composed_are_refused(void **state)
{
    (void)state;
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(page_text_done) struct page_text back = {0};
    CLEANUP(bytes_done) struct bytes packed = {0};
    struct err err = {0};
    assert_int_equal(page_text_block(&text, (struct text_box){0}, &err), 0);
    assert_int_equal(page_text_line(&text, (struct text_box){0}, &err), 0);
    add_word(&text, (struct text_box){0}, 1, "abc");
    assert_int_equal(page_text_pack(&text, &packed, &err), 0);
    memcpy(packed.data + packed.len - 3, "a\xCC\x81", 3);
    assert_int_equal(page_text_unpack(bytes_span(&packed), &back, &err), -1);
    assert_non_null(strstr(err.text, "normal form"));
}

#define FIXED_TESTS 9

int main(void)
{
    struct CMUnitTest tests[FIXED_TESTS + ARRAY_LEN(word_cases) + ARRAY_LEN(lie_cases)] = {
        cmocka_unit_test(plain_text_has_a_line_per_line_and_a_gap_between_blocks),
        cmocka_unit_test(what_is_not_utf8_or_has_a_box_out_of_range_is_refused),
        cmocka_unit_test(confidence_stays_between_0_and_100),
        cmocka_unit_test(confidence_of_a_page_is_weighted_by_length),
        cmocka_unit_test(text_past_the_limits_is_refused),
        cmocka_unit_test(packing_and_unpacking_gives_the_same_text),
        cmocka_unit_test(every_truncated_length_is_refused),
        cmocka_unit_test(every_flipped_byte_gives_valid_text_or_an_error),
        cmocka_unit_test(letters_that_are_not_composed_are_refused),
    };
    size_t n = FIXED_TESTS;
    for (size_t i = 0; i < ARRAY_LEN(word_cases); i++)
        tests[n++] = (struct CMUnitTest){word_cases[i].why, word_is_cleaned, NULL, NULL,
                                         (void *)&word_cases[i]};
    for (size_t i = 0; i < ARRAY_LEN(lie_cases); i++)
        tests[n++] = (struct CMUnitTest){lie_cases[i].why, lie_is_refused, NULL, NULL,
                                         (void *)&lie_cases[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
