/* ocr/layout.h - where the lines of an upright page are, and in which order a person reads them. */
#ifndef OCR_LAYOUT_H
#define OCR_LAYOUT_H

#include "image/image.h"
#include "ocr/page_text.h"

#define LAYOUT_LINES_MAX 20000u /* of one page; more is no text */
#define LAYOUT_RULES_MAX 4000u

struct layout_line {
    struct text_box box;    /* what the recogniser is shown: from ascender to descender */
    struct text_box ink;    /* what is black of it */
    int32_t cut_px;         /* how far box begins right of what the recogniser was shown */
    int32_t base, x_height; /* baseline's y, height of small letters; pixels */
    uint32_t block;         /* set by layout_order(): lines of a block follow each other */
    bool inverse;           /* white on black */
    bool covered;           /* its beginning touches tall ink that was left out: a seal */
    bool goes_on; /* set by layout_order(): same row as the line before, wide blank between */
};

/* A ruled line of a table or form, as the box around it. */
struct layout_rule {
    struct text_box box;
    bool vertical;
};

/* Zero-initialise; layout_done() releases. All in pixels of the page. */
struct layout {
    struct layout_line *lines;
    size_t len, cap;
    struct layout_rule *rules;
    size_t rule_len, rule_cap;
    int32_t letter_px; /* median height of a letter */
};
void layout_done(struct layout *layout); /* fits CLEANUP */

/* Finds rules and lines (in no order) on an upright 1-bpp page; lines in black bars, too. 5 ms for
 * A4 at 300 dpi. ERR_INPUT TOO_MUCH_TEXT past the limits. */
MUST_USE int layout_find(const struct image *bilevel, struct layout *ret_layout, struct err *err);

/* Room for a line more, zeroed and counted; lines may move. NULL with *err: no memory. */
MUST_USE struct layout_line *layout_grow(struct layout *layout, struct err *err);

/* What a line says, as far as the order depends on it. */
enum layout_role {
    LAYOUT_PLAIN,
    LAYOUT_TITLE, /* national title */
    LAYOUT_NUMBER,
    LAYOUT_DATE,
    LAYOUT_ADDRESSEE,
    LAYOUT_RECIPIENTS
};

/* Puts the lines into reading order and numbers the blocks. roles[i] belongs to lines[i] and is
 * borrowed; ret_order receives the old index of each line (len of them).
 *
 * Tables are read cell by cell, row by row. Where lines stand side by side with a gap that goes
 * through several of them, the left side is read before the right: the letterhead (issuer |
 * national title) and the foot (recipients | signature) of Decree 30/2020/ND-CP, annex I; the row
 * with number and date comes after both halves of the letterhead, and both before the addressee.
 * A blank inside a row of running text, as typewriters leave after a full stop, parts nothing. */
MUST_USE int layout_order(struct layout *layout, const enum layout_role roles[], size_t ret_order[],
                          struct err *err);

#endif
