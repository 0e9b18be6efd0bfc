/* ocr/page_text.h - the text of one page: blocks of lines of words, each with its box.
 *
 * Boxes are pixels of the page as archived and oriented (before any deskew). The packed form is
 * what a cell hands to the keeper, so unpacking trusts nothing. */
#ifndef OCR_PAGE_TEXT_H
#define OCR_PAGE_TEXT_H

#include "base/bytes.h"

struct text_box {
    int32_t x, y, w, h; /* pixels; may reach outside the page by rounding, never negative size */
};

struct text_word {
    struct text_box box;
    float confidence;   /* 0..100 */
    uint32_t line;      /* index into lines */
    uint32_t chars_off; /* into chars */
    uint32_t chars_len; /* bytes, NFC, at least 1 */
};

struct text_line {
    struct text_box box;
    uint32_t block; /* index into blocks */
    uint32_t word_first, word_len;
};

struct text_block {
    struct text_box box;
    uint32_t line_first, line_len;
};

/* The smallest box that holds both. */
static inline struct text_box text_box_around(struct text_box a, struct text_box b)
{
    const int32_t x1 = a.x < b.x ? a.x : b.x, y1 = a.y < b.y ? a.y : b.y;
    const int32_t x2 = a.x + a.w > b.x + b.w ? a.x + a.w : b.x + b.w;
    const int32_t y2 = a.y + a.h > b.y + b.h ? a.y + a.h : b.y + b.h;
    return (struct text_box){x1, y1, x2 - x1, y2 - y1};
}

#define TEXT_WORDS_MAX 100000u     /* of one page */
#define TEXT_CHARS_MAX (4u << 20)  /* bytes of one page */
#define TEXT_WORD_MAX  (64u << 10) /* bytes of one word: XML readers bound an attribute */

/* Zero-initialise; page_text_done() releases. Words, lines and blocks are in reading order and
 * dense: line_first of a block is where the block before it ended, and so on. */
struct page_text {
    struct text_block *blocks;
    size_t block_len, block_cap;
    struct text_line *lines;
    size_t line_len, line_cap;
    struct text_word *words;
    size_t word_len, word_cap;
    struct bytes chars;
};

void page_text_done(struct page_text *text); /* fits CLEANUP */

/* Building, in reading order: a line belongs to the last block, a word to the last line. Words are
 * made NFC; empty ones are skipped. ERR_INPUT TOO_MUCH_TEXT past the limits. */
MUST_USE int page_text_block(struct page_text *text, struct text_box box, struct err *err);
MUST_USE int page_text_line(struct page_text *text, struct text_box box, struct err *err);
MUST_USE int page_text_word(struct page_text *text, struct text_box box, float confidence,
                            struct span chars, struct err *err);

struct span page_text_chars(const struct page_text *text, const struct text_word *word);

/* Mean of the words' confidences weighted by their length; 0 when there is no word. */
float page_text_confidence(const struct page_text *text);

/* Plain text: one line per line, words joined by one space, an empty line between blocks. */
MUST_USE int page_text_plain(const struct page_text *text, struct bytes *out, struct err *err);

/* The form that crosses from cell to keeper. Unpacking checks every count, index, length, the
 * UTF-8 and the order; ERR_INPUT CRASHED when anything is off: a cell that lies has been broken. */
MUST_USE int page_text_pack(const struct page_text *text, struct bytes *out, struct err *err);
MUST_USE int page_text_unpack(struct span packed, struct page_text *ret_text, struct err *err);

#endif
