/* records/extract_page.c - the lines of a page as patterns meet them. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "records/extract_impl.h"

#define CAPS_FEW_PCT 15 /* letters that may be small in a line of capitals: badly read ones */
#define CAPS_LETTERS 2

void page_lines_done(struct page_lines *lines)
{
    free(lines->lines);
    free(lines->at);
    bytes_done(&lines->chars);
    bytes_done(&lines->folded);
}

/* How many letters are small, how many there are. */
static int count_letters(struct span text, struct span folded, const uint32_t *at,
                         uint32_t *ret_small, uint32_t *ret_letters, struct err *err)
{
    CLEANUP(bytes_done) struct bytes lower = {0};
    *ret_small = *ret_letters = 0;
    if (text_recase(text, TEXT_LOWER, &lower, err) < 0)
        return -1;
    bool same_size = lower.len == text.len; /* of Vietnamese letters both cases have one size */
    for (size_t i = 0; i < folded.len && same_size; i++) {
        if (folded.data[i] < 'a' || folded.data[i] > 'z')
            continue;
        ++*ret_letters;
        *ret_small += memcmp(text.data + at[i], lower.data + at[i], at[i + 1] - at[i]) == 0;
    }
    return 0;
}

static int append_line(struct page_lines *lines, const struct text_line *line, struct err *err)
{
    for (uint32_t w = 0; w < line->word_len; w++) {
        const struct text_word *word = &lines->text->words[line->word_first + w];
        if ((w > 0 && bytes_append(&lines->chars, span_of(" ", 1), err) < 0) ||
            bytes_append(&lines->chars, page_text_chars(lines->text, word), err) < 0)
            return -1; /* UNTESTED: no memory */
    }
    return 0;
}

/* Marks where each character begins, and the end. */
static void find_chars(struct span text, uint32_t *at)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        if ((text.data[i] & 0xC0) != 0x80)
            at[n++] = (uint32_t)i;
    at[n] = (uint32_t)text.len;
}

static int read_lines(struct page_lines *lines, size_t n, struct err *err)
{
    lines->lines = calloc(n + 1, sizeof *lines->lines);
    if (!lines->lines)
        return err_sys(err, "look at a page"); /* UNTESTED: no memory */
    for (; lines->len < n; lines->len++) {
        const struct text_line *from = &lines->text->lines[lines->len];
        struct page_line *line = &lines->lines[lines->len];
        *line = (struct page_line){
            .box = from->box, .word_first = from->word_first, .word_len = from->word_len};
        size_t begin = lines->chars.len;
        if (append_line(lines, from, err) < 0)
            return -1; /* UNTESTED: no memory */
        line->text.len = lines->chars.len - begin;
    }
    return text_fold_chars(bytes_span(&lines->chars), &lines->folded, err);
}

/* Now that nothing moves any more. */
static int point(struct page_lines *lines, struct err *err)
{
    size_t from = 0, folded = 0;
    lines->at = calloc(lines->folded.len + lines->len + 1, sizeof *lines->at);
    if (!lines->at)
        return err_sys(err, "look at a page"); /* UNTESTED: no memory */
    if (lines->chars.len == 0)
        lines->len = 0; /* not a word in any of them */
    for (size_t i = 0; i < lines->len; i++) {
        struct page_line *line = &lines->lines[i];
        uint32_t *at = lines->at + folded + i;
        uint32_t small = 0, letters = 0;
        line->text = span_of(lines->chars.data + from, line->text.len);
        line->folded = span_of(lines->folded.data + folded, text_count(line->text));
        find_chars(line->text, at);
        line->at = at;
        if (count_letters(line->text, line->folded, at, &small, &letters, err) < 0)
            return -1; /* UNTESTED: no memory */
        line->caps = letters >= CAPS_LETTERS && small * 100 <= letters * CAPS_FEW_PCT;
        from += line->text.len;
        folded += line->folded.len;
    }
    return 0;
}

int page_lines_make(const struct page_text *text, uint32_t width_px, uint32_t height_px,
                    struct page_lines *lines, struct err *err)
{
    size_t n = text->line_len < EXTRACT_LINES_MAX ? text->line_len : EXTRACT_LINES_MAX;
    *lines = (struct page_lines){.text = text, .width = width_px, .height = height_px};
    return read_lines(lines, n, err) < 0 ? -1 : point(lines, err);
}
